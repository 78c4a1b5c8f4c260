package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const code = "go-gitea/gitea, services/webhook/deliver.go"
	verifier.Register(verifier.Provider{
		Name:  "gitea",
		Title: "Gitea and Forgejo",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Gitea-Signature"}},
		},
		Identity: verifier.Identity{
			EventID:   `header("X-Gitea-Delivery")`,
			EventType: `header("X-Gitea-Event")`,
			Dedupe:    `[header("X-Gitea-Delivery"), digest]`,
		},
		AnswerDeadline: 5 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "hex HMAC-SHA256 of the JSON in X-Gitea-Signature; the same as sha256=… in X-Hub-Signature-256", Source: code, Confidence: verifier.Source},
			{About: "secret", Text: "as it is", Source: code, Confidence: verifier.Source},
			{About: "identity", Text: "X-Gitea-Delivery, a UUID", Source: code, Confidence: verifier.Source},
			{About: "type", Text: "X-Gitea-Event", Source: code, Confidence: verifier.Source},
			{About: "retries", Text: "none by itself; redelivery by hand", Source: code, Confidence: verifier.Source},
			{About: "deadline", Text: "5 seconds unless DELIVER_TIMEOUT says otherwise", Source: "go-gitea/gitea, modules/setting/webhook.go", Confidence: verifier.Source},
		},
		Notes: []string{
			"Set the content type application/json: with a form Gitea signs the JSON inside it, not the bytes that are sent.",
			"Without a secret Gitea sends the header empty; such a request is refused.",
			"X-Gitea-Event and X-Gitea-Delivery are not signed.",
		},
		Samples: []verifier.Sample{
			{Type: "push", Header: map[string]string{"X-Gitea-Delivery": "{id}", "X-Gitea-Event": "{type}"}, Body: `{"ref":"refs/heads/main","before":"0000000000000000000000000000000000000000","after":"{id}","commits":[{"id":"{id}","message":"Fix a typo","timestamp":"{time}"}],"repository":{"id":1,"full_name":"example/demo"},"pusher":{"login":"ada"}}`},
		},
	})
}
