package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "framer",
		Title: "Framer",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header: []string{"Framer-Signature"},
				Prefix: "sha256=",
				Signed: "{body}{id}",
			},
			IDHeader: "Framer-Webhook-Submission-Id",
		},
		Identity: verifier.Identity{
			EventID: `header("Framer-Webhook-Submission-Id")`,
			Dedupe:  `[header("Framer-Webhook-Submission-Id"), digest]`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of the body and the submission ID, one after the other, in Framer-Signature", Source: "www.framer.com/help/articles/framer-form-webhook-setup", Confidence: verifier.Documented},
			{About: "secret", Text: "of at least 32 characters, as it is; you choose it for the webhook and it is not shown again", Source: "www.framer.com/help/articles/framer-form-webhook-setup", Confidence: verifier.Documented},
			{About: "identity", Text: "Framer-Webhook-Submission-Id, which is signed", Source: "www.framer.com/help/articles/framer-form-webhook-setup", Confidence: verifier.Documented},
			{About: "retrying", Text: "up to 5 times, unless the answer is a 2xx; redirects are not followed", Source: "www.framer.com/help/articles/framer-form-webhook-setup", Confidence: verifier.Documented},
		},
		Notes: []string{
			"Nothing separates body and submission ID in what is signed, so the ID counts together with the digest of the body.",
		},
		Samples: []verifier.Sample{
			{Type: "form", Body: `{"Name":"Ada","Email":"ada@example.com","Message":"Test {id}"}`},
		},
	})
}
