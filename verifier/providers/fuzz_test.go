package providers

import (
	"errors"
	"net/http"
	"testing"

	"github.com/gatepost/gatepost/verifier"
)

// FuzzVerify is over all providers: no request makes one panic, a refusal is of the right type,
// and what nobody signed does not pass. The first argument chooses the provider.
//
// No call leaves the process: a key that cannot be fetched is a fault of ours, and no *Error.
func FuzzVerify(f *testing.F) {
	transport := calls.Transport
	calls.Transport = http.NewFileTransport(http.Dir(f.TempDir()))
	f.Cleanup(func() { calls.Transport = transport })
	const another = "another request"
	names := verifier.Names()
	verifiers := map[string]verifier.Verifier{}
	for i, name := range names {
		v := newVerifier(f, name, settings(name))
		verifiers[name] = v
		e := lookup(f, name).Sample("", id, now)
		r := &verifier.Request{Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/in?v=1", Header: e.Header, Body: e.Body}
		if err := v.Sign(r, id, now); err != nil {
			f.Fatalf("%s: %v", name, err)
		}
		var proof string
		for _, h := range proofs(name) {
			proof += r.Header.Get(h)
		}
		f.Add(uint16(i), proof, "1790000000", id, r.URI, r.Body)
		f.Add(uint16(i), proof, now.Format("2006-01-02T15:04:05Z"), "", "/in?token=x&token=y", []byte(`{"a":`))
	}
	f.Fuzz(func(t *testing.T, which uint16, proof, timestamp, eventID, uri string, body []byte) {
		name := names[int(which)%len(names)]
		p := lookup(t, name)
		r := &verifier.Request{Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: uri, Header: http.Header{}, Body: body}
		for _, h := range proofs(name) {
			r.Header.Set(h, proof)
		}
		for _, h := range []string{p.Scheme.TimestampHeader, "X-Signature-Timestamp", "Telnyx-Timestamp"} {
			if h != "" {
				r.Header.Set(h, timestamp)
			}
		}
		if p.Scheme.IDHeader != "" {
			r.Header.Set(p.Scheme.IDHeader, eventID)
		}
		if h := p.HandshakeFor(settings(name)); h != nil && h.BeforeVerify {
			h.Answer(r)
		}
		_, err := verifiers[name].Verify(r, now)
		switch {
		case err != nil && p.Scheme.Kind != verifier.Custom && !errors.As(err, new(*verifier.Error)):
			t.Errorf("%s: %T: %v", name, err, err)
		case err == nil && p.Covers(settings(name)).Body:
			// A genuine sample, which the seeds hold, passes; with other bytes added it must not.
			r.Body = append(r.Body, another...)
			if _, err := verifiers[name].Verify(r, now); err == nil {
				t.Errorf("%s takes another body with the same proof", name)
			}
		}
	})
}
