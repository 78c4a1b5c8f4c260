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
			{About: "signature", Text: "sha256= and the hex HMAC-SHA256 of the body and the submission ID, one after the other", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "identity", Text: "Framer-Webhook-Submission-Id, which is signed", Source: registry, Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			"Nothing separates body and submission ID in what is signed, so the ID counts together with the digest of the body.",
		},
		Samples: []verifier.Sample{
			{Type: "form", Body: `{"Name":"Ada","Email":"ada@example.com","Message":"Test {id}"}`},
		},
	})
}
