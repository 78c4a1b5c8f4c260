package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gatepost/gatepost/replay"
	"github.com/gatepost/gatepost/verifier"
)

// What differs must be two events, whatever the provider's own advice on recognising duplicates;
// what is the same must be one.
func TestIdentity(t *testing.T) {
	t.Parallel()
	body := func(text string) request {
		return request{Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(text)}
	}
	header := func(r request, pairs ...string) request {
		for i := 0; i < len(pairs); i += 2 {
			r = r.with(pairs[i], pairs[i+1])
		}
		return r
	}
	tests := []struct {
		name          string
		provider      string
		first, second request
		same          bool
	}{
		{
			name: "a document is verified, then rejected", provider: "syncai",
			first:  body(`{"event":"document.verified","document_id":"d1","review_id":"r1"}`),
			second: body(`{"event":"document.rejected","document_id":"d1","review_id":"r1"}`),
		},
		{
			name: "one review is sent twice with another timestamp", provider: "syncai", same: true,
			first:  body(`{"event":"document.verified","document_id":"d2","review_id":"r2","timestamp":"2026-01-01T00:00:00Z"}`),
			second: body(`{"event":"document.verified","document_id":"d2","review_id":"r2","timestamp":"2026-01-01T00:00:05Z"}`),
		},
		{
			name: "a document is uploaded, then completed", provider: "docintell",
			first:  body(`{"event":"document.uploaded","data":{"document_id":"d1","job_id":"j1"}}`),
			second: body(`{"event":"document.processing.completed","data":{"document_id":"d1","job_id":"j1"}}`),
		},
		{
			name: "a job fails, then completes", provider: "docextract",
			first:  body(`{"event":"job.failed","data":{"id":"j1"}}`),
			second: body(`{"event":"job.completed","data":{"id":"j1"}}`),
		},
		{
			name: "credits run low twice, without an ID", provider: "docextract",
			first:  body(`{"event":"credits.low_balance","data":{"current_balance":40}}`),
			second: body(`{"event":"credits.low_balance","data":{"current_balance":39}}`),
		},
		{
			name: "credits run low once, sent twice", provider: "docextract", same: true,
			first:  body(`{"event":"credits.low_balance","data":{"current_balance":38}}`),
			second: body(`{"event":"credits.low_balance","data":{"current_balance":38}}`),
		},
		{
			name: "an unsigned ID is used again with another body", provider: "github",
			first:  header(body(`{"n":1}`), "X-GitHub-Event", "push", "X-GitHub-Delivery", "reused"),
			second: header(body(`{"n":2}`), "X-GitHub-Event", "push", "X-GitHub-Delivery", "reused"),
		},
		{
			name: "one event is delivered under two topics", provider: "shopify",
			first:  header(body(`{"n":1}`), "X-Shopify-Topic", "orders/create", "X-Shopify-Event-Id", "e1"),
			second: header(body(`{"n":1}`), "X-Shopify-Topic", "orders/updated", "X-Shopify-Event-Id", "e1"),
		},
		{
			name: "a retry has a new timestamp and signature", provider: "stripe", same: true,
			first:  body(`{"id":"evt_1","type":"invoice.paid"}`),
			second: body(`{"id":"evt_1","type":"invoice.paid"}`),
		},
		{
			name: "IDs differ in the last of many digits", provider: "slack",
			first:  body(`{"event_id":12345678901234567890123,"type":"x"}`),
			second: body(`{"event_id":12345678901234567890124,"type":"x"}`),
		},
	}
	site := ""
	for _, p := range []string{"syncai", "docintell", "docextract", "github", "shopify", "stripe", "slack"} {
		site += fmt.Sprintf("webhooks /%s %s {\n secret `%s`\n}\n", p, p, secret)
	}
	g := start(t, config{site: site})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := g.in(t)
			s := newSource("/"+tt.provider, tt.provider, verifier.Settings{})
			now := time.Now()
			first := g.accept(s.sign(tt.first, "id", now))
			second := g.send(s.sign(tt.second, "id", now.Add(time.Second)))
			if second.Status/100 != 2 || second.duplicate() != tt.same {
				t.Errorf("the second was answered %v, want duplicate: %v", second, tt.same)
			}
			if (second.id() == first.String()) != tt.same {
				t.Errorf("IDs %s and %s", first, second.id())
			}
		})
	}
}

// Two sources of one provider never take one's event for the other's.
func TestSourcesShareNoMarks(t *testing.T) {
	t.Parallel()
	g := start(t, config{site: fmt.Sprintf("webhooks /a stripe a {\n secret `%s`\n}\nwebhooks /b stripe b {\n secret `%[1]s`\n}\n", secret)})
	a := newSource("/a", "stripe", verifier.Settings{}).sample("invoice.paid", "one")
	b := a
	b.Path = "/b"
	if g.accept(a) == g.accept(b) {
		t.Error("one event for two sources")
	}
}

// 200 copies at one time: one is accepted, all are acknowledged, one is delivered; and so it stays
// after a restart.
func TestConcurrentDuplicates(t *testing.T) {
	t.Parallel()
	const copies = 200
	a := newApp(t, nil)
	g := start(t, githubSite("route app "+a.URL))
	r := push("many", []byte(`{"copies":200}`))

	answered := g.sendCopies(r, copies)
	if len(answered) != copies {
		t.Fatalf("%d of %d were acknowledged", len(answered), copies)
	}
	first := 0
	for _, got := range answered {
		if got.id() == "" || got.id() != answered[0].id() {
			t.Fatalf("answered %v, another %v", got, answered[0])
		}
		if !got.duplicate() {
			first++
		}
	}
	if first != 1 {
		t.Errorf("%d were accepted as new", first)
	}

	a.await(1)
	g.restart()
	if again := g.send(r); !again.duplicate() || again.id() != answered[0].id() {
		t.Errorf("after a restart: %v", again)
	}
	if stored := g.events(replay.EventFilter{}); len(stored) != 1 || len(stored[0].Deliveries) != 1 {
		t.Errorf("stored: %v", stored)
	}
	eventually(t, "the delivery is over", func() error {
		if s := g.events(replay.EventFilter{})[0].Status; s != "delivered" {
			return fmt.Errorf("it is %s", s)
		}
		return nil
	})
	if got := a.all(); len(got) != 1 {
		t.Errorf("it was delivered %d times", len(got))
	}
}

// Requests that do not verify leave nothing behind that the real event could meet.
func TestUnverifiedRequestsPoisonNothing(t *testing.T) {
	t.Parallel()
	g := start(t, config{site: "webhooks /stripe stripe {\n secret `" + secret + "`\n}\n"})
	genuine := newSource("/stripe", "stripe", verifier.Settings{})
	forger := newSource("/stripe", "stripe", verifier.Settings{Secrets: []string{otherSecret}})
	const n = 50
	var all sync.WaitGroup
	for i := range n {
		id := fmt.Sprint(i)
		forged := forger.sample("invoice.paid", id)
		for range 3 { // before it and at the same time
			all.Go(func() {
				if a, err := g.trySend(forged); err != nil || a.Status != http.StatusUnauthorized {
					t.Errorf("forged: %v %v", a, err)
				}
			})
		}
		all.Go(func() {
			if a, err := g.trySend(genuine.sample("invoice.paid", id)); err != nil || a.Status != http.StatusOK || a.duplicate() {
				t.Errorf("genuine: %v %v", a, err)
			}
		})
	}
	all.Wait()
	if got := len(g.events(replay.EventFilter{})); got != n {
		t.Errorf("%d events are stored, want %d", got, n)
	}
}

// Nor is one that was altered so that its signature still holds.
func TestAlteredCapture(t *testing.T) {
	t.Parallel()
	g := start(t, config{site: `
		webhooks /form hmac form {
			secret ` + "`" + secret + "`" + `
			signature {
				header X-Sig
			}
			event_type body.kind
			dedupe body.id
			route app {
				on paid
				to http://127.0.0.1:1
			}
		}
		webhooks /header hmac header {
			secret ` + "`" + secret + "`" + `
			signature {
				header X-Sig
				signed {header.X-Time}.{body}
			}
			dedupe body.id
		}
		webhooks /adyen adyen {
			secret 0123456789abcdef
		}
	`})
	form := newSource("/form", "hmac", verifier.Settings{Signature: &verifier.Signature{Header: []string{"X-Sig"}}})
	captured := form.sign(request{Body: []byte("id=1&kind=paid"), Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}}, "", time.Now())
	first := g.accept(captured)
	for _, contentType := range []string{"", "text/plain", "application/json", "multipart/form-data; boundary=x"} {
		if a := g.send(captured.with("Content-Type", contentType)); !a.duplicate() {
			t.Errorf("a form called %q: %v", contentType, a)
		}
	}
	if e := g.event(first); e.Type != "paid" || e.DedupeKey != "1" || len(e.Deliveries) != 1 {
		t.Errorf("the form: %+v", e)
	}

	header := newSource("/header", "hmac", verifier.Settings{Signature: &verifier.Signature{Header: []string{"X-Sig"}, Signed: "{header.X-Time}.{body}"}})
	captured = header.sign(request{Body: []byte(`{"id":"1","n":1.5}`), Header: http.Header{"X-Time": {"1790000000"}}}, "", time.Now())
	g.accept(captured)
	torn := captured.with("X-Time", `1790000000.{"id":"1","n":1`)
	torn.Body = []byte("5}")
	g.refuse(torn, http.StatusUnauthorized, string(verifier.SignatureMalformed))

	adyen := newSource("/adyen", "adyen", verifier.Settings{Secrets: []string{"0123456789abcdef"}})
	captured = adyen.sample("", "1")
	g.accept(captured)
	item, ok := strings.CutSuffix(string(captured.Body[strings.IndexByte(string(captured.Body), '[')+1:]), "]}")
	if !ok {
		t.Fatalf("the list is not the end of %s", captured.Body)
	}
	doubled := captured
	doubled.Body = []byte(strings.Replace(string(captured.Body), item, item+","+item, 1))
	g.refuse(doubled, http.StatusUnauthorized, string(verifier.SignatureMalformed))
}

// A captured request is of no use later, nor with another ID, nor with another body.
func TestCapturedRequest(t *testing.T) {
	t.Parallel()
	g := start(t, config{site: githubDirective("") + "webhooks /stripe stripe {\n secret `" + secret + "`\n}\n"})
	captured := push("captured", []byte(`{"n":1}`))
	g.accept(captured)
	if a := g.send(captured); !a.duplicate() {
		t.Errorf("as it was: %v", a)
	}
	altered := captured
	altered.Body = []byte(`{"n":2}`)
	g.refuse(altered, http.StatusUnauthorized, string(verifier.SignatureMismatch))
	// The ID is not signed, so that this cannot be told from a new event with an equal body.
	if a := g.send(captured.with("X-GitHub-Delivery", "new")); a.Status != http.StatusOK || a.duplicate() {
		t.Errorf("with another unsigned ID: %v", a)
	}
	old := newSource("/stripe", "stripe", verifier.Settings{}).sampleAt("invoice.paid", "old", time.Now().Add(-10*time.Minute))
	g.refuse(old, http.StatusUnauthorized, string(verifier.TimestampTooOld))
}
