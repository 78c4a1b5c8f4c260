package providers

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/dedupe"
	"github.com/gatepost/gatepost/expression"
	"github.com/gatepost/gatepost/verifier"
)

// unsignedIdentity are the headers that identities read although no signature covers them: whoever
// captured a request can change them. Each is on the provider's page.
var unsignedIdentity = map[string][]string{
	"bitbucket":      {"X-Request-UUID", "X-Event-Key"},
	"circleci":       {"circleci-event-type"},
	"discourse":      {"X-Discourse-Event-Id", "X-Discourse-Event"},
	"docurift":       {"X-DocuRift-Event-Id"},
	"gitea":          {"X-Gitea-Delivery", "X-Gitea-Event"},
	"github":         {"X-GitHub-Delivery", "X-GitHub-Event"},
	"gitlab_signing": {"X-Gitlab-Event"},
	"jira":           {"X-Atlassian-Webhook-Identifier"},
	"linear":         {"Linear-Delivery"},
	"razorpay":       {"x-razorpay-event-id"},
	"saleor":         {"Saleor-Event"},
	"saleor_hmac":    {"Saleor-Event"},
	"sanity":         {"idempotency-key", "sanity-operation"},
	"sentry":         {"Request-ID", "Sentry-Hook-Resource"},
	"shopify":        {"X-Shopify-Event-Id", "Shopify-Event-Id", "X-Shopify-Topic", "Shopify-Topic"},
	"snyk":           {"X-Snyk-Transport-ID", "X-Snyk-Event"},
	"woocommerce":    {"X-WC-Webhook-Delivery-ID", "X-WC-Webhook-Topic"},
	"zendesk":        {"X-Zendesk-Webhook-Invocation-Id"},
}

var headersRead = regexp.MustCompile(`header\("([^"]+)"\)`)

// A header that an identity reads is signed, is the proof itself, or is known not to be.
func TestIdentitiesReadWhatIsSigned(t *testing.T) {
	for _, name := range verifier.Names() {
		p, s := lookup(t, name), settings(name)
		covers := p.Covers(s)
		if !covers.Body && len(covers.Fields) == 0 {
			continue // a token covers nothing
		}
		identity := p.IdentityFor(s)
		var unsigned []string
		for _, match := range headersRead.FindAllStringSubmatch(identity.EventID+identity.EventType+identity.Dedupe, -1) {
			h := match[1]
			isProof := slices.ContainsFunc(append(proofs(name), testCovered[name]...), func(p string) bool { return strings.EqualFold(p, h) })
			if !covers.Header(h) && !isProof && !slices.Contains(unsigned, h) {
				unsigned = append(unsigned, h)
			}
		}
		if !slices.Equal(unsigned, unsignedIdentity[name]) {
			t.Errorf("%s: the identity reads %q, which no signature covers; known are %q", name, unsigned, unsignedIdentity[name])
		}
		for _, text := range []string{"method", "path", "query("} {
			if strings.Contains(identity.EventID+identity.EventType+identity.Dedupe, text) {
				t.Errorf("%s: the identity reads %s", name, text)
			}
		}
	}
}

// Whoever captured a request can change whatever the signature leaves open. What verifies after that
// is the same event: to expressions the body is the same, and so are ID, type and dedupe key.
func TestWhatStillVerifiesIsTheSameEvent(t *testing.T) {
	for _, name := range verifier.Names() {
		p, s := lookup(t, name), settings(name)
		covers := p.Covers(s)
		if !covers.Body && len(covers.Fields) == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVerifier(t, name, s)
			identity := must(dedupe.Compile(dedupe.Config(p.IdentityFor(s))))
			if p.Identity.Dedupe == dedupe.Off {
				identity = must(dedupe.Compile(dedupe.Config{EventID: p.Identity.EventID, EventType: p.Identity.EventType}))
			}
			for _, sample := range p.Samples[:min(len(p.Samples), 2)] {
				genuine := signedSample(t, name, v, sample.Type)
				want := readingOf(name, identity, genuine)
				for _, a := range alterations(p, genuine) {
					if slices.ContainsFunc(unsignedIdentity[name], func(h string) bool { return strings.EqualFold(h, a.header) }) {
						continue
					}
					if _, err := v.Verify(a.request, now); err != nil {
						continue
					}
					got := readingOf(name, identity, a.request)
					// Where some fields alone are covered, or as Twilio's all of them but not where one
					// ends, those make the key.
					if !covers.Body || name == "twilio" {
						got.id, got.typ, got.body = want.id, want.typ, want.body
					}
					if !reflect.DeepEqual(got, want) {
						t.Errorf("%s, %s:\n%s %s %q\n%.300q\nis\n%.200v\nwant\n%.200v", sample.Type, a.what, a.request.Method, a.request.URI, a.request.Header, a.request.Body, got, want)
					}
				}
			}
		})
	}
}

func signedSample(t *testing.T, name string, v verifier.Verifier, eventType string) *verifier.Request {
	t.Helper()
	e := lookup(t, name).Sample(eventType, id, now)
	r := &verifier.Request{Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/in?v=1", Header: e.Header, Body: e.Body}
	r.Header.Set("X-Acme-Kind", "kind")
	if err := v.Sign(r, id, now); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// reading is what the receiving way makes of a request that verified.
type reading struct {
	key     any
	id, typ string
	body    any
}

var wholeBody = must(expression.Compile("body"))

func readingOf(name string, identity *dedupe.Identity, r *verifier.Request) reading {
	_, query, _ := strings.Cut(r.URI, "?")
	scope := expression.NewScope(&expression.Request{
		Source: name, Provider: name, Method: r.Method, Path: r.Path(), RawQuery: query, Header: r.Header, Body: r.Body, ReceivedAt: now,
	})
	of := identity.Of(scope)
	body, err := wholeBody.Value(scope)
	if err != nil {
		panic(err)
	}
	return reading{of.Key, of.EventID, of.Type, body}
}

// alteration is a request that was changed.
type alteration struct {
	what    string
	header  string // that was changed, if it is one
	request *verifier.Request
}

// alterations are what can be done to a request without its secret.
func alterations(p *verifier.Provider, genuine *verifier.Request) (all []alteration) {
	add := func(what, header string, change func(r *verifier.Request)) {
		r := clone(genuine)
		change(r)
		all = append(all, alteration{what, header, r})
	}
	for _, method := range p.Methods {
		add("method", "", func(r *verifier.Request) { r.Method = method })
		add("method, no body", "", func(r *verifier.Request) { r.Method, r.Body = method, nil })
	}
	for _, uri := range []string{"/in", "/in?v=1&x=1", "/in?x=1&v=1", "//in?v=1", "/./in?v=1", "/%69n?v=1", "/in?v=%31", "/in?v=1#x", "/in?v=1;", "/in?v=1&v=2", "https://hooks.example.com/in?v=1"} {
		add("address", "", func(r *verifier.Request) { r.URI = uri })
	}
	for _, host := range []string{"HOOKS.example.com", "hooks.example.com:443", "hooks.example.com.", "other.example.com"} {
		add("host", "", func(r *verifier.Request) { r.Host = host })
	}
	alterHeaders(genuine, add)
	for _, body := range alteredBodies(genuine.Body) {
		add("body", "", func(r *verifier.Request) { r.Body = body })
		add("body, as a form", "Content-Type", func(r *verifier.Request) { r.Body = body; r.Header.Set("Content-Type", formType) })
		add("body, as JSON", "Content-Type", func(r *verifier.Request) { r.Body = body; r.Header.Set("Content-Type", "application/json") })
	}
	moveBytes(genuine, add)
	return all
}

func alterHeaders(genuine *verifier.Request, add func(what, header string, change func(r *verifier.Request))) {
	for _, value := range []string{"", "text/plain", "application/json", formType, formType + "; charset=utf-16", "multipart/form-data; boundary=x", " " + strings.ToUpper(formType)} {
		set := func(r *verifier.Request) { r.Header.Set("Content-Type", value) }
		add("content type", "Content-Type", set)
		add("content type first", "Content-Type", func(r *verifier.Request) {
			r.Header["Content-Type"] = append([]string{value}, r.Header["Content-Type"]...)
		})
	}
	add("content encoding", "Content-Encoding", func(r *verifier.Request) { r.Header.Set("Content-Encoding", "gzip") })
	for name, values := range genuine.Header {
		add("left out", name, func(r *verifier.Request) { delete(r.Header, name) })
		add("empty", name, func(r *verifier.Request) { r.Header[name] = []string{""} })
		for what, value := range map[string]string{
			"other": "other", "longer": values[0] + "0", "listed": values[0] + ", other", "listed first": "other, " + values[0],
			"lower": strings.ToLower(values[0]), "upper": strings.ToUpper(values[0]),
			"zero": "0" + values[0], "signed": "+" + values[0], "unpadded": strings.TrimRight(values[0], "="), "padded": values[0] + "=",
			"url alphabet": strings.NewReplacer("+", "-", "/", "_").Replace(values[0]), "twice in one": values[0] + "," + values[0],
		} {
			add(what, name, func(r *verifier.Request) { r.Header[name] = []string{value} })
			add("second is "+what, name, func(r *verifier.Request) { r.Header[name] = append(r.Header[name], value) })
			add("first is "+what, name, func(r *verifier.Request) { r.Header[name] = []string{value, values[0]} })
		}
	}
}

var jsonName = regexp.MustCompile(`"([A-Za-z_][A-Za-z_0-9-]*)"\s*:`)

// alteredBodies are other texts of a body, or of what readers could make of it.
func alteredBodies(body []byte) (all [][]byte) {
	text := string(body)
	add := func(t string) { all = append(all, []byte(t)) }
	for _, extra := range []string{" ", "\n", "\r\n", "\x00", "\ufeff", "\xff", "\u00a0", "&", ";", "?", "x=1&", "payload=%7B%7D&", "payload={}&", "[]", "{}", "null"} {
		add(extra + text)
		add(text + extra)
	}
	add(text + "&payload=%7B%7D")
	add(text + "&" + text)
	add("[" + text + "]")
	add(`{"payload":` + text + `}`)
	add("")
	for _, at := range jsonName.FindAllStringSubmatchIndex(text, -1) {
		name, before, after := text[at[2]:at[3]], text[:at[0]], text[at[0]:]
		escaped := `\u00` + strings.ToLower(string("0123456789abcdef"[name[0]>>4])+string("0123456789abcdef"[name[0]&15])) + name[1:]
		for _, other := range []string{name, strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:], escaped, name + `\u0000`, name + "\xff"} {
			for _, value := range []string{"null", `"other"`, "[]", "{}", "1e0"} {
				add(before + `"` + other + `":` + value + "," + after)
			}
			add(before + `"` + other + `"` + text[at[3]+1:])
		}
	}
	for field := range strings.SplitSeq(text, "&") {
		add(text + "&" + field)
		name, value, _ := strings.Cut(field, "=")
		for _, f := range []string{name + "=other", name + "[]=" + value, strings.ToUpper(name) + "=" + value, name + "%00=" + value, name + ";x=" + value} {
			add(text + "&" + f)
			add(f + "&" + text)
		}
	}
	var v any
	if json.Unmarshal(body, &v) == nil {
		for list := range lists(v) {
			original := slices.Clone(*list)
			for _, changed := range [][]any{append(slices.Clone(original), original...), append(slices.Clone(original), nil), {original}} {
				*list = changed
				all = append(all, must(json.Marshal(v)))
			}
			*list = original
		}
		if o, ok := v.(map[string]any); ok { // whatever is not signed of it may be anything
			o["another"] = "field"
			all = append(all, must(json.Marshal(o)))
		}
	}
	return all
}

// lists are pointers to the lists in a value, which stay in it while they are changed.
func lists(v any) func(yield func(*[]any) bool) {
	return func(yield func(*[]any) bool) {
		var walk func(v any, set func(any))
		walk = func(v any, set func(any)) {
			switch v := v.(type) {
			case map[string]any:
				for name, value := range v {
					walk(value, func(changed any) { v[name] = changed })
				}
			case []any:
				for i, value := range v {
					walk(value, func(changed any) { v[i] = changed })
				}
				list := &v
				set(list)
				yield(list)
				set(*list)
			}
		}
		walk(v, func(any) {})
	}
}

// moveBytes moves bytes between the body and the end or the beginning of a header or the address: what is signed is the same then, wherever the two stand next to each other.
func moveBytes(genuine *verifier.Request, add func(what, header string, change func(r *verifier.Request))) {
	body := genuine.Body
	places := []string{""} // the address
	for name := range genuine.Header {
		places = append(places, name)
	}
	get := func(r *verifier.Request, place string) string {
		if place == "" {
			return r.URI
		}
		return r.Header.Get(place)
	}
	set := func(r *verifier.Request, place, text string) {
		if place == "" {
			r.URI = text
			return
		}
		r.Header[place] = []string{text}
	}
	for _, place := range places {
		text := get(genuine, place)
		for k := 1; k <= len(body); k++ {
			if longest := 24; k > longest && len(body)-k > longest {
				continue
			}
			for _, between := range []string{"", ".", ":"} {
				if between != "" && !bytes.HasPrefix(body[k:], []byte(between)) && !bytes.HasSuffix(body[:len(body)-k], []byte(between)) {
					continue
				}
				add("the beginning of the body moved", place, func(r *verifier.Request) {
					set(r, place, text+between+string(body[:k]))
					r.Body = bytes.TrimPrefix(body[k:], []byte(between))
				})
				add("the end of the body moved", place, func(r *verifier.Request) {
					set(r, place, string(body[len(body)-k:])+between+text)
					r.Body = bytes.TrimSuffix(body[:len(body)-k], []byte(between))
				})
			}
		}
		for k := 1; k <= len(text); k++ {
			add("its end moved into the body", place, func(r *verifier.Request) {
				set(r, place, text[:len(text)-k])
				r.Body = append([]byte(text[len(text)-k:]), body...)
			})
			add("its beginning moved into the body", place, func(r *verifier.Request) {
				set(r, place, text[k:])
				r.Body = append(bytes.Clone(body), text[:k]...)
			})
		}
	}
}
