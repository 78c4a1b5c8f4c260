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
// bare check: the HMAC with a key made ready beforehand, or the public-key signature, and the plain
// hashes that the scheme asks for besides, over the same bytes, the comparison included. Reading
// headers, decoding text and parsing bodies is all ours.
//
// An iteration is a round, in which each provider has a turn with either, and the order of the two
// changes from round to round. A ratio is that of the two turns of a round; the table has medians.
func BenchmarkOverBare(b *testing.B) {
	const least = 200 * time.Microsecond // of a turn, so that reading the clock costs nothing
	var all []*cost
	for _, name := range verifier.Names() {
		if name != "none" {
			all = append(all, newCost(b, name))
		}
	}
	for _, c := range all {
		c.repeat = int(least/max(1, min(turn(c.bare, 10)/10, turn(c.verify, 10)/10))) + 1
	}
	for round := 0; b.Loop(); round++ {
		for _, c := range all {
			c.take(round%2 == 0)
		}
	}
	slices.SortFunc(all, func(a, b *cost) int {
		return cmp.Or(cmp.Compare(b.ratio(), a.ratio()), cmp.Compare(b.time(), a.time()))
	})
	printCosts(os.Stdout, all)
	b.ReportMetric(all[0].ratio(), "x-bare-at-most")
}

// cost is what verification costs with one provider.
type cost struct {
	name         string
	verify, bare func() // bare does nothing where there is nothing to compute
	signs        bool
	repeat       int
	times        []float64 // of one verification, in nanoseconds
	ratios       []float64
	allocs       float64
}

func newCost(b *testing.B, name string) *cost {
	v := newVerifier(b, name, settings(name))
	r := kibibyte(b, name, v)
	c := &cost{name: name, bare: bareCheck(b, name, v, r), verify: func() {
		if _, err := v.Verify(r, now); err != nil {
			b.Fatalf("%s: %v", name, err)
		}
	}}
	if c.signs = c.bare != nil; !c.signs {
		c.bare = func() {}
	}
	c.allocs = testing.AllocsPerRun(100, c.verify)
	return c
}

func (c *cost) take(bareFirst bool) {
	var bare, ours time.Duration
	if bareFirst {
		bare = turn(c.bare, c.repeat)
	}
	ours = turn(c.verify, c.repeat)
	if !bareFirst {
		bare = turn(c.bare, c.repeat)
	}
	c.times = append(c.times, float64(ours)/float64(c.repeat))
	if c.signs {
		c.ratios = append(c.ratios, float64(ours)/float64(bare))
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

// ratio is 0 where there is nothing to compare with.
func (c *cost) ratio() float64 { return median(c.ratios) }

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

func printCosts(to io.Writer, all []*cost) {
	table := tabwriter.NewWriter(to, 0, 0, 1, ' ', 0)
	fmt.Fprintln(table, "| provider\t| × bare\t| µs\t| allocations\t|\n| ---\t| ---\t| ---\t| ---\t|")
	var slow, wasteful []string
	for _, c := range all {
		ratio := "no signature"
		if c.signs {
			ratio = fmt.Sprintf("%.2f", c.ratio())
		}
		fmt.Fprintf(table, "| %s\t| %s\t| %.2f\t| %.0f\t|\n", c.name, ratio, c.time()/1e3, c.allocs)
		if c.ratio() > mostRatio {
			slow = append(slow, c.name)
		}
		if c.allocs > mostAllocs {
			wasteful = append(wasteful, c.name)
		}
	}
	_ = table.Flush()
	fmt.Fprintf(to, "\n%d of %d providers take more than %.1f × the bare check: %s\n", len(slow), len(all), mostRatio, strings.Join(slow, ", "))
	fmt.Fprintf(to, "%d allocate more than %d times: %s\n\n", len(wasteful), mostAllocs, strings.Join(wasteful, ", "))
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

// bareCheck is the bare check of the request's signature; nil if it has none.
func bareCheck(t testing.TB, name string, v verifier.Verifier, r *verifier.Request) func() {
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
		return both(bareMAC(sha256.New, signedPart(r, netlifyHeader)), body)
	case *messagebirdVerifier:
		address := []byte(r.URL())
		return both(bareMAC(sha256.New, signedPart(r, messagebirdHeader)), both(body, func() { sha256.Sum256(address) }))
	case *stampedVerifier:
		return recordKey(t, v.keys, v, r)
	case *messageVerifier:
		return both(recordKey(t, v.keys, v, r), body)
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
		return both(func() { k.verify(content, signature) }, body)
	}
	if p.Scheme.Kind != verifier.HMAC {
		return nil
	}
	algorithms := map[string]func() hash.Hash{"": sha256.New, "sha256": sha256.New, "sha1": sha1.New, "sha512": sha512.New}
	signature := p.Scheme.Signature
	if s := settings(name).Signature; s != nil {
		signature.Signed, signature.Algorithm = cmp.Or(signature.Signed, s.Signed), cmp.Or(signature.Algorithm, s.Algorithm)
	}
	h, content := algorithms[signature.Algorithm], signedContent(name, signature.Signed, r)
	if strings.Contains(signature.Signed, "{secret}") {
		return bareHash(h(), content)
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

func bareMAC(h func() hash.Hash, content []byte) func() {
	return bareHash(hmac.New(h, []byte("a secret, long enough for all")), content)
}

func bareHash(h hash.Hash, content []byte) func() {
	h.Write(content)
	want, sum := h.Sum(nil), []byte(nil)
	return func() {
		h.Reset()
		h.Write(content)
		if sum = h.Sum(sum[:0]); !hmac.Equal(sum, want) {
			panic("another hash")
		}
	}
}

func bareRSA(content []byte) func() {
	k := rsaKey{public: &testRSA.PublicKey, private: testRSA, hash: crypto.SHA256}
	signature := must(k.sign(content))
	return func() { k.verify(content, signature) }
}

func both(a, b func()) func() { return func() { a(); b() } }

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
func recordKey(t testing.TB, keys []signatureKey, v verifier.Verifier, r *verifier.Request) func() {
	t.Helper()
	k := &recordingKey{signatureKey: keys[0]}
	keys[0] = k
	defer func() { keys[0] = k.signatureKey }()
	if _, err := v.Verify(r, now); err != nil {
		t.Fatal(err)
	}
	return func() { k.signatureKey.verify(k.content, k.signature) }
}

type recordingKey struct {
	signatureKey
	content, signature []byte
}

func (k *recordingKey) verify(content, signature []byte) bool {
	k.content, k.signature = content, signature
	return k.signatureKey.verify(content, signature)
}
