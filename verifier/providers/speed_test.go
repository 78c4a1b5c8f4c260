package providers

import (
	"cmp"
	"crypto"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

// What verification may cost at most: so many times the bare check, and so many allocations.
const (
	mostRatio  = 1.5
	mostAllocs = 6
)

// BenchmarkOverBare prints what verifying a request of 1 KiB costs with each provider, next to the
// bare check over the same bytes: the HMAC or the public-key signature, the plain hashes that the
// scheme asks for besides, and the comparison. Reading headers, decoding text and parsing bodies is
// all ours. An HMAC is taken twice: from the secret, as crypto/hmac has it, and with a key made
// ready beforehand, as our verifiers have it.
//
// An iteration is a round, in which each provider has a turn with either, and the order changes
// from round to round. A ratio is that of two turns of a round; the table has medians.
func BenchmarkOverBare(b *testing.B) {
	const least = 200 * time.Microsecond // of a turn, so that reading the clock costs nothing
	var all []*cost
	for _, name := range verifier.Names() {
		if name != "none" {
			all = append(all, newCost(b, name))
		}
	}
	for _, c := range all {
		c.repeat = int(least/max(1, turn(c.verify, 10)/10)) + 1
	}
	for round := 0; b.Loop(); round++ {
		for _, c := range all {
			c.take(round%2 == 0)
		}
	}
	slices.SortFunc(all, func(a, b *cost) int {
		return cmp.Or(cmp.Compare(b.overBare(), a.overBare()), cmp.Compare(b.time(), a.time()))
	})
	printCosts(os.Stdout, all)
	b.ReportMetric(all[0].overBare(), "x-bare-at-most")
}

// check is a bare check, from the secret and with the key made ready.
type check struct{ bare, ready func() }

// cost is what verification costs with one provider.
type cost struct {
	name   string
	verify func()
	check  check // of nothing where there is no signature
	repeat int
	allocs float64

	times, overBares, overReadys []float64 // of each round; times of one verification, in nanoseconds
}

func newCost(b *testing.B, name string) *cost {
	v := newVerifier(b, name, settings(name))
	r := kibibyte(b, name, v)
	c := &cost{name: name, check: bareCheck(b, name, v, r), verify: func() {
		if _, err := v.Verify(r, now); err != nil {
			b.Fatalf("%s: %v", name, err)
		}
	}}
	c.allocs = testing.AllocsPerRun(100, c.verify)
	return c
}

// take measures a turn of each, forward or backward.
func (c *cost) take(forward bool) {
	turns := []func(){c.verify, c.check.bare, c.check.ready}
	took := make([]float64, len(turns))
	for i := range turns {
		if !forward {
			i = len(turns) - 1 - i
		}
		if turns[i] != nil {
			took[i] = float64(turn(turns[i], c.repeat))
		}
	}
	c.times = append(c.times, took[0]/float64(c.repeat))
	if c.check.bare != nil {
		c.overBares = append(c.overBares, took[0]/took[1])
		c.overReadys = append(c.overReadys, took[0]/took[2])
	}
}

func turn(f func(), n int) time.Duration {
	start := time.Now()
	for range n {
		f()
	}
	return time.Since(start)
}

func (c *cost) time() float64 { return median(c.times) }

// overBare and overReady are 0 where there is nothing to compare with.
func (c *cost) overBare() float64  { return median(c.overBares) }
func (c *cost) overReady() float64 { return median(c.overReadys) }

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

func printCosts(to io.Writer, all []*cost) {
	table := tabwriter.NewWriter(to, 0, 0, 1, ' ', 0)
	fmt.Fprintln(table, "| provider\t| × bare\t| × ready key\t| µs\t| allocations\t|\n| ---\t| ---\t| ---\t| ---\t| ---\t|")
	for _, c := range all {
		bare, ready := "no signature", ""
		if c.check.bare != nil {
			bare, ready = fmt.Sprintf("%.2f", c.overBare()), fmt.Sprintf("%.2f", c.overReady())
		}
		fmt.Fprintf(table, "| %s\t| %s\t| %s\t| %.2f\t| %.0f\t|\n", c.name, bare, ready, c.time()/1e3, c.allocs)
	}
	_ = table.Flush()
	name := func(what string, more func(*cost) bool) {
		var names []string
		for _, c := range all {
			if more(c) {
				names = append(names, c.name)
			}
		}
		fmt.Fprintf(to, "%d of %d %s: %s\n", len(names), len(all), what, strings.Join(names, ", "))
	}
	fmt.Fprintln(to)
	name(fmt.Sprintf("take more than %.1f × the bare check", mostRatio), func(c *cost) bool { return c.overBare() > mostRatio })
	name(fmt.Sprintf("take more than %.1f × the one with a ready key", mostRatio), func(c *cost) bool { return c.overReady() > mostRatio })
	name(fmt.Sprintf("allocate more than %d times", mostAllocs), func(c *cost) bool { return c.allocs > mostAllocs })
	fmt.Fprintln(to)
}

// kibibyte is a signed request whose body was 1 KiB long before a signature was put into it.
func kibibyte(t testing.TB, name string, v verifier.Verifier) *verifier.Request {
	t.Helper()
	e := lookup(t, name).Sample("", id, now)
	r := &verifier.Request{Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/in?v=1", Header: e.Header, Body: pad(e.Body)}
	if name == "braintree" {
		r.Body = []byte("bt_payload=" + strings.Repeat("PD94bWwg", 126)) // all that Braintree sends besides the signature
	}
	if err := v.Sign(r, id, now); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// pad fills a body up to 1 KiB with more of its own kind.
func pad(body []byte) []byte {
	const size = 1 << 10
	text := string(body)
	fill := func(before, item, after string) string {
		for i := 0; len(text)+len(before)+len(item)+len(after) < size; i++ {
			before += strings.ReplaceAll(item, "{}", string(rune('a'+i%26)))
		}
		return before + after
	}
	const object = `{"name":"{}","value":"0123456789","n":12.5}`
	switch {
	case strings.HasPrefix(text, "{"):
		text = `{"padding":[` + fill("", object+",", "0],") + text[1:]
	case strings.HasPrefix(text, "["):
		text = "[" + fill("", object+",", "") + text[1:]
	case strings.HasPrefix(text, "<"):
		text += fill("", "<!-- {}123456789 -->", "")
	default:
		text += fill("", "&Padding{}=0123456789abcdef", "")
	}
	return []byte(text)
}

// bareCheck is the bare check of the request's signature.
func bareCheck(t testing.TB, name string, v verifier.Verifier, r *verifier.Request) check {
	t.Helper()
	p := lookup(t, name)
	if s, ok := v.(signedBy); ok {
		v = s.Verifier
	}
	body := func() { sha256.Sum256(r.Body) }
	switch v := v.(type) {
	case *adyenVerifier:
		return bareMAC(sha256.New, recordMAC(t, v.keys, v, r))
	case *contentfulVerifier:
		return bareMAC(sha256.New, recordMAC(t, v.keys, v, r))
	case *hook0Verifier:
		return bareMAC(sha256.New, recordMAC(t, v.keys, v, r))
	case *hubspotV3Verifier:
		return bareMAC(sha256.New, recordMAC(t, v.keys, v, r))
	case *mailgunVerifier:
		return bareMAC(sha256.New, recordMAC(t, v.keys, v, r))
	case *twilioVerifier:
		return bareMAC(sha1.New, recordMAC(t, v.keys, v, r))
	case *braintreeVerifier:
		return bareMAC(sha1.New, r.Body[len("bt_payload="):1<<10])
	case *mondayVerifier:
		return bareMAC(sha256.New, signedPart(r, "Authorization"))
	case *netlifyVerifier:
		return bareMAC(sha256.New, signedPart(r, netlifyHeader)).and(body)
	case *messagebirdVerifier:
		address := []byte(r.URL())
		return bareMAC(sha256.New, signedPart(r, messagebirdHeader)).and(body).and(func() { sha256.Sum256(address) })
	case *stampedVerifier:
		return recordKey(t, v.keys, v, r)
	case *messageVerifier:
		return recordKey(t, v.keys, v, r).and(body)
	case *snsVerifier:
		var message object
		if err := json.Unmarshal(r.Body, &message); err != nil {
			t.Fatal(err)
		}
		return bareRSA(must(snsContent(message)))
	case *paypalVerifier:
		return bareRSA(paypalContent(r.Header.Get(paypalID), r.Header.Get(paypalTime), v.webhookID, r.Body))
	case *saleorVerifier, *constantContactVerifier:
		return bareRSA(r.Body)
	case *plaidVerifier:
		k := ecdsaKey{public: &testECDSA.PublicKey, private: testECDSA, hash: crypto.SHA256}
		content := signedPart(r, plaidHeader)
		signature := must(k.sign(content))
		return publicKey(func() { k.verify(content, signature) }).and(body)
	}
	if p.Scheme.Kind != verifier.HMAC {
		return check{}
	}
	algorithms := map[string]func() hash.Hash{"": sha256.New, "sha256": sha256.New, "sha1": sha1.New, "sha512": sha512.New}
	signature := p.Scheme.Signature
	if s := settings(name).Signature; s != nil {
		signature.Signed, signature.Algorithm = cmp.Or(signature.Signed, s.Signed), cmp.Or(signature.Algorithm, s.Algorithm)
	}
	h, content := algorithms[signature.Algorithm], signedContent(name, signature.Signed, r)
	if strings.Contains(signature.Signed, "{secret}") {
		return check{hashing(h(), content), hashing(h(), content)}
	}
	return bareMAC(h, content)
}

// signedContent has as many bytes as the provider signs of the request.
func signedContent(name, signed string, r *verifier.Request) []byte {
	values := strings.NewReplacer("{body}", string(r.Body), "{timestamp}", "1790000000", "{id}", id, "{method}", r.Method,
		"{url}", r.URL(), "{uri}", r.URI, "{host}", r.Host, "{query.v}", "1", "{secret}", settings(name).Secrets[0])
	content := values.Replace(cmp.Or(signed, "{body}"))
	for h, value := range r.Header {
		content = strings.ReplaceAll(content, "{header."+h+"}", value[0])
	}
	return []byte(content)
}

func bareMAC(h func() hash.Hash, content []byte) check {
	secret := []byte("a secret, long enough for all")
	return check{
		bare: func() {
			mac := hmac.New(h, secret)
			mac.Write(content)
			sum := mac.Sum(nil)
			_ = hmac.Equal(sum, sum)
		},
		ready: hashing(hmac.New(h, secret), content),
	}
}

func hashing(h hash.Hash, content []byte) func() {
	var sum []byte
	return func() {
		h.Reset()
		h.Write(content)
		sum = h.Sum(sum[:0])
		_ = hmac.Equal(sum, sum)
	}
}

func bareRSA(content []byte) check {
	k := rsaKey{public: &testRSA.PublicKey, private: testRSA, hash: crypto.SHA256}
	signature := must(k.sign(content))
	return publicKey(func() { k.verify(content, signature) })
}

// publicKey is a check whose key is ready in any case.
func publicKey(verify func()) check { return check{verify, verify} }

// and is the check with something more to compute.
func (c check) and(more func()) check {
	return check{func() { c.bare(); more() }, func() { c.ready(); more() }}
}

// signedPart is what is signed of the token in the header.
func signedPart(r *verifier.Request, header string) []byte {
	token := r.Header.Get(header)
	return []byte(token[:strings.LastIndexByte(token, '.')])
}

// recordMAC is what the verifier puts into the MAC that fits, the last one.
func recordMAC(t testing.TB, keys macKeys, v verifier.Verifier, r *verifier.Request) []byte {
	t.Helper()
	h := &recorder{}
	genuine := keys[0]
	defer func() { keys[0] = genuine }()
	state := genuine.Get().(*macState)
	h.Hash, state.hash = state.hash, h
	keys[0] = &sync.Pool{New: func() any { return state }}
	if _, err := v.Verify(r, now); err != nil {
		t.Fatal(err)
	}
	return h.content
}

type recorder struct {
	hash.Hash
	content []byte
}

func (r *recorder) Reset() { r.Hash.Reset(); r.content = nil }

func (r *recorder) Write(b []byte) (int, error) {
	r.content = append(r.content, b...)
	return r.Hash.Write(b)
}

// recordKey is the check that the verifier makes with its key.
func recordKey(t testing.TB, keys []signatureKey, v verifier.Verifier, r *verifier.Request) check {
	t.Helper()
	k := &recordingKey{signatureKey: keys[0]}
	keys[0] = k
	defer func() { keys[0] = k.signatureKey }()
	if _, err := v.Verify(r, now); err != nil {
		t.Fatal(err)
	}
	return publicKey(func() { k.signatureKey.verify(k.content, k.signature) })
}

type recordingKey struct {
	signatureKey
	content, signature []byte
}

func (k *recordingKey) verify(content, signature []byte) bool {
	k.content, k.signature = content, signature
	return k.signatureKey.verify(content, signature)
}
