package providers

import (
	"net/http"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const others = "public code: automation platforms and sample receivers"
	verifier.Register(verifier.Provider{
		Name:  "smartsheet",
		Title: "Smartsheet",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"Smartsheet-Hmac-SHA256"}},
		},
		Open:     []string{"signature"},
		Required: []string{"encoding"},
		Gap:      "sources disagree on the encoding of Smartsheet's signature; look at one: 64 characters are hex, 44 base64",
		Example:  verifier.Settings{Signature: &verifier.Signature{Encoding: "hex"}},
		Identity: verifier.Identity{
			EventType: "body.events[0].eventType",
			Dedupe:    "digest",
		},
		Batch: &verifier.Batch{
			Split: "body.events",
			Identity: verifier.Identity{
				EventType: "body.eventType",
			},
		},
		Handshake: &verifier.Handshake{
			BeforeVerify: true,
			Answer:       smartsheetChallenge,
			Summary:      "When a webhook is enabled, and again from time to time, the value of Smartsheet-Hook-Challenge is answered in Smartsheet-Hook-Response.",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "HMAC-SHA256 of the body in Smartsheet-Hmac-SHA256", Source: others, Confidence: verifier.ThirdParty},
			{About: "encoding", Text: "sources disagree: hex or base64", Source: others, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "sharedSecret of the webhook", Source: others, Confidence: verifier.ThirdParty},
			{About: "handshake", Text: "Smartsheet-Hook-Challenge, answered with the same value in Smartsheet-Hook-Response; repeated while the webhook lives", Source: "developers.smartsheet.com, Webhook verification", Confidence: verifier.Documented},
			{About: "identity", Text: "none; the body lists changed objects", Source: "developers.smartsheet.com, Webhook callbacks", Confidence: verifier.Documented},
		},
		Notes: []string{
			batchNote,
		},
		Samples: []verifier.Sample{
			{Type: "updated", Body: `{"nonce":"{id}","timestamp":"{time}","webhookId":1,"scope":"sheet","scopeObjectId":2,"events":[{"objectType":"row","eventType":"{type}","id":3,"timestamp":"{time}"}]}`},
		},
	})
}

func smartsheetChallenge(r *verifier.Request) *verifier.Answer {
	challenge := headerChallenge(r, "Smartsheet-Hook-Challenge")
	if challenge == "" {
		return nil
	}
	return &verifier.Answer{Status: http.StatusOK, Header: http.Header{"Smartsheet-Hook-Response": {challenge}}}
}
