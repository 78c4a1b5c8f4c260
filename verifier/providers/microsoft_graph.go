package providers

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const page = "microsoftgraph/microsoft-graph-docs, concepts/webhooks.md (an older version)"
	verifier.Register(verifier.Provider{
		Name:  "microsoft_graph",
		Title: "Microsoft Graph (change notifications)",
		Scheme: verifier.Scheme{
			Kind: verifier.Custom,
			Custom: &verifier.CustomScheme{
				Name:  "in-body-token",
				Proof: "clientState in each item of the body",
				New:   newMicrosoftGraph,
			},
		},
		Identity: verifier.Identity{
			EventType: "body.value[0].changeType",
			Dedupe:    "digest",
		},
		Batch: &verifier.Batch{
			Split: "body.value",
			Identity: verifier.Identity{
				EventID:   "body.id",
				EventType: "body.changeType ?? body.lifecycleEvent",
				Dedupe:    "[body.subscriptionId, body.id]",
			},
		},
		Ack: verifier.Ack{Status: http.StatusAccepted},
		Handshake: &verifier.Handshake{
			BeforeVerify: true,
			Answer:       microsoftGraphValidation,
			Summary:      "When a subscription is made, Graph posts a validationToken in the query; it is answered as plain text.",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "none; clientState of each item is the text that was given with the subscription", Source: page, Confidence: verifier.Documented},
			{About: "handshake", Text: "POST with validationToken in the query, answered within 10 seconds with 200 and the decoded token as text/plain", Source: page, Confidence: verifier.Documented},
			{About: "ack", Text: "202", Source: page, Confidence: verifier.Documented},
			{About: "repetition", Text: "a number of times, unless the answer is 2xx", Source: page, Confidence: verifier.Documented},
			{About: "identity of each event", Text: "id, which is optional", Source: "learn.microsoft.com/graph/api/resources/changenotification", Confidence: verifier.Documented},
		},
		Notes: []string{
			tokenNote,
			"clientState is in the body, so that stored events hold it: whoever can read them can send others.",
			"A request may hold notifications of several subscriptions: each item's clientState must be one of the secrets.",
			"Microsoft suggests to answer 202 also where clientState is wrong; Gatepost answers 401.",
			"Notifications with resource data bring validationTokens besides, JWTs of the Microsoft identity platform. They are not checked: clientState decides here as well. Let your app check them, and dataSignature before it decrypts encryptedContent.",
			batchNote,
		},
		Samples: []verifier.Sample{
			microsoftGraphSample("created"),
			microsoftGraphSample("updated"),
			microsoftGraphSample("deleted"),
		},
	})
}

func microsoftGraphSample(changeType string) verifier.Sample {
	return verifier.Sample{
		Type: changeType,
		Body: `{"value":[{"subscriptionId":"example","changeType":"{type}","resource":"Users/example/Messages/{id}","resourceData":{"@odata.type":"#Microsoft.Graph.Message","id":"{id}"}}]}`,
	}
}

// microsoftGraphVerifier compares digests: they have one length, so that none leaks through time.
type microsoftGraphVerifier struct {
	first   string
	digests [][sha256.Size]byte
}

func newMicrosoftGraph(s verifier.Settings) (verifier.Verifier, error) {
	v := &microsoftGraphVerifier{first: s.Secrets[0]}
	for _, secret := range s.Secrets {
		v.digests = append(v.digests, sha256.Sum256([]byte(secret)))
	}
	return v, nil
}

func (v *microsoftGraphVerifier) Verify(r *verifier.Request, _ time.Time) (verifier.Result, error) {
	body, err := readProven(r.Body, "value", "clientState")
	if err != nil {
		return verifier.Result{}, err
	}
	items, _ := body["value"].([]any)
	if len(items) == 0 {
		return verifier.Result{}, errProvenBody
	}
	index := -1
	for _, item := range items {
		state := textOf(item, "clientState")
		if state == "" {
			return verifier.Result{}, verifier.Refuse(verifier.SignatureMissing, "an item of the request has no clientState")
		}
		if index = v.find(state); index < 0 {
			return verifier.Result{}, verifier.Refuse(verifier.TokenMismatch, "an item's clientState is not the configured one")
		}
	}
	return verifier.Result{Secret: index}, nil
}

func (v *microsoftGraphVerifier) find(state string) int {
	digest := sha256.Sum256([]byte(state))
	for i := range v.digests {
		if subtle.ConstantTimeCompare(v.digests[i][:], digest[:]) == 1 {
			return i
		}
	}
	return -1
}

func (v *microsoftGraphVerifier) Sign(r *verifier.Request, _ string, _ time.Time) error {
	body, err := readProven(r.Body)
	if err != nil {
		return errors.New("the body is no JSON object in which clientState could be put")
	}
	items, _ := body["value"].([]any)
	for _, item := range items {
		if o, ok := item.(object); ok {
			o["clientState"] = v.first
		}
	}
	if len(items) == 0 {
		return errors.New("the body has no value, the list of notifications")
	}
	r.Body, err = writeJSON(body)
	return err
}

// microsoftGraphValidation answers the test of a new subscription's address. Query values are
// decoded, which is what is asked for.
func microsoftGraphValidation(r *verifier.Request) *verifier.Answer {
	values := r.Query()["validationToken"]
	if r.Method != http.MethodPost || len(values) != 1 || values[0] == "" || len(values[0]) > maxChallenge {
		return nil
	}
	return verifier.Text(http.StatusOK, values[0])
}
