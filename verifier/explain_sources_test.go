package verifier_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

// A request that the source itself cannot explain may belong to another one, which is named, and
// nothing of its secret.
func TestExplainAmongSources(t *testing.T) {
	other := func(name, provider, secret string) verifier.Other {
		p, ok := verifier.Lookup(provider)
		if !ok {
			t.Fatalf("no provider %s", provider)
		}
		return verifier.Other{Name: name, Provider: p, Settings: verifier.Settings{Secrets: []string{secret}}}
	}
	const first, second, third = "whsec_Zmlyc3Qtc2VjcmV0LW9mLXRoZS10ZXN0", "c2Vjb25kLXNlY3JldA", "third-secret-of-the-test"
	open := other("open", "none", "")
	open.Settings = verifier.Settings{Insecure: true}
	keyless := other("keyless", "aws_sns", "")
	keyless.Settings = verifier.Settings{TopicARNs: []string{"arn:aws:sns:eu-west-1:123456789012:t"}}
	others := []verifier.Other{
		open, keyless, other("github", "github", "unrelated"), other("crm", "stripe", second), other("ci", "gitlab", third),
	}
	tests := map[string]struct {
		provider, secret string // of the sender
		late             time.Duration
		others           []verifier.Other
		want             verifier.FindingCode
		text             string
	}{
		"secret of another source":       {provider: "stripe", secret: second, others: others, want: verifier.OtherSource, text: "the secret of the source crm"},
		"for another source":             {provider: "gitlab", secret: third, others: others, want: verifier.OtherSource, text: "one for the source ci"},
		"secret of none":                 {provider: "stripe", secret: "fourth", others: others, want: verifier.SecretOrBody},
		"secret of another, none asked":  {provider: "stripe", secret: second, want: verifier.SecretOrBody},
		"its own secret, and merely old": {provider: "stripe", secret: first, late: time.Hour, others: others, want: verifier.TooOld},
	}
	p, _ := verifier.Lookup("stripe")
	settings := verifier.Settings{Secrets: []string{first}}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			sender, _ := verifier.Lookup(tt.provider)
			v, err := sender.New(verifier.Settings{Secrets: []string{tt.secret}})
			if err != nil {
				t.Fatal(err)
			}
			r := &verifier.Request{Method: "POST", Scheme: "https", Host: "h", URI: "/in", Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(`{"id":1}`)}
			if err := v.Sign(r, "id", explainNow); err != nil {
				t.Fatal(err)
			}
			e := p.Explain(settings, r, explainNow.Add(tt.late), tt.others...)
			if e.Verified || len(e.Findings) != 1 || e.Findings[0].Code != tt.want || !strings.Contains(e.Findings[0].Text, tt.text) {
				t.Fatalf("%+v, want %s %q", e, tt.want, tt.text)
			}
			if f := e.Findings[0]; f.Proven != (tt.want != verifier.SecretOrBody) || f.Advice == "" {
				t.Errorf("%+v", f)
			}
			text, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{first, second, third, "unrelated"} {
				if strings.Contains(string(text), secret) {
					t.Errorf("a secret is in %s", text)
				}
			}
		})
	}

	// The secret is another's, and the request is old: both are told.
	v, err := p.New(verifier.Settings{Secrets: []string{second}})
	if err != nil {
		t.Fatal(err)
	}
	r := &verifier.Request{Method: "POST", Header: http.Header{}, Body: []byte(`{}`)}
	if err := v.Sign(r, "id", explainNow); err != nil {
		t.Fatal(err)
	}
	if e := p.Explain(settings, r, explainNow.Add(time.Hour), others...); len(e.Findings) != 2 || e.Findings[1].Code != verifier.TooOld {
		t.Errorf("another's secret and old: %+v", e.Findings)
	}

	// A source without secrets does not know them either.
	sns, _ := verifier.Lookup("aws_sns")
	if e := sns.Explain(keyless.Settings, r, explainNow, others...); len(e.Findings) != 1 || e.Findings[0].Code != verifier.OtherSource {
		t.Errorf("at a source without secrets: %+v", e)
	}
}
