package providers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/verifier"
)

// To explain a request of Plaid, its key is asked for once, and with the credentials of its own
// source: Plaid must not get to know what others share with their providers.
func TestPlaidIsToldNoOtherSecret(t *testing.T) {
	var questions []string
	answerPlaid(func(body []byte) (int, []byte) {
		questions = append(questions, string(body))
		return servePlaidKey(body)
	})
	defer answerPlaid(servePlaidKey)
	r := &verifier.Request{Method: "POST", Header: http.Header{}, Body: []byte("{}")}
	if err := signPlaid(r, "", now); err != nil {
		t.Fatal(err)
	}
	r.Body = []byte(`{"another":"body"}`)
	plaid := lookup(t, "plaid")
	others := []verifier.Other{
		{Name: "shop", Provider: lookup(t, "braintree"), Settings: verifier.Settings{Secrets: []string{"public:private"}}},
		{Name: "twin", Provider: plaid, Settings: verifier.Settings{Secrets: []string{"twin:of-another-account"}}},
	}
	e := plaid.Explain(settings("plaid"), r, now, others...)
	if e.Code != verifier.SignatureMismatch || len(e.Findings) != 1 || e.Findings[0].Code != verifier.SecretOrBody {
		t.Errorf("%+v", e)
	}
	if len(questions) != 1 || !strings.Contains(questions[0], `"client_id":"client"`) {
		t.Errorf("Plaid was asked %d times", len(questions))
	}
	for _, q := range questions {
		if strings.Contains(q, "public") || strings.Contains(q, "twin") {
			t.Error("Plaid was told the secret of another source")
		}
	}
}

func answerPlaid(answer func(question []byte) (int, []byte)) {
	theWeb.mu.Lock()
	defer theWeb.mu.Unlock()
	theWeb.documents[plaidLive] = answer
}
