package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const spec = "cloudevents/spec, cloudevents/http-webhook.md"
	verifier.Register(verifier.Provider{
		Name:    "cloudevents",
		Title:   "CloudEvents over HTTP",
		Scheme:  verifier.Scheme{Kind: verifier.Token, Bearer: true},
		Open:    []string{"bearer", "header", "query", "allowed_origins"},
		Example: verifier.Settings{AllowedOrigins: []string{"events.example.com"}},
		Identity: verifier.Identity{
			EventID:   `(header("ce-id") != "" ? header("ce-id") : body.id)`,
			EventType: `(header("ce-type") != "" ? header("ce-type") : body.type)`,
			Dedupe:    `[(header("ce-source") != "" ? header("ce-source") : body.source), (header("ce-id") != "" ? header("ce-id") : body.id), digest]`,
		},
		Batch: &verifier.Batch{
			// A batch, or one event that is in the body alone; what has its attributes in headers stays
			// as it is.
			Split:    "body[0].specversion != nil ? body : body.specversion != nil ? [body] : nil",
			Identity: verifier.Identity{EventID: "body.id", EventType: "body.type", Dedupe: "[body.source, body.id, digest]"},
		},
		Methods: []string{"POST", "OPTIONS"},
		Handshake: &verifier.Handshake{
			BeforeVerify: true,
			Bind:         cloudEventsConsent,
			Summary:      "A sender asks for consent by OPTIONS; one of the allowed origins gets it.",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "none; a token as Authorization: Bearer, or in the parameter access_token", Source: spec, Confidence: verifier.Documented},
			{About: "handshake", Text: "OPTIONS with WebHook-Request-Origin, answered with WebHook-Allowed-Origin and WebHook-Allowed-Rate", Source: spec, Confidence: verifier.Documented},
			{About: "identity", Text: "source and id together are unique: headers ce-source and ce-id, or fields of the body", Source: spec, Confidence: verifier.Documented},
			{About: "batches", Text: "application/cloudevents-batch+json, a list of events, for those who ask for it", Source: "cloudevents/spec, cloudevents/bindings/http-protocol-binding.md", Confidence: verifier.Documented},
			{About: "type", Text: "ce-type, or type in the body", Source: spec, Confidence: verifier.Documented},
		},
		Notes: []string{
			"Name the senders that may ask for consent in `allowed_origins`: without them every OPTIONS is refused. WebHook-Request-Callback is never called.",
			"For a token in the query write `query access_token`.",
			batchNote,
			tokenNote,
		},
		Samples: []verifier.Sample{
			{Type: "com.example.object.created", AnyType: true, Header: map[string]string{"ce-specversion": "1.0", "ce-type": "{type}", "ce-source": "/example", "ce-id": "{id}", "ce-time": "{time}"}, Body: `{"customer":"ada","note":"{id}"}`},
		},
	})
}

func cloudEventsConsent(s verifier.Settings) func(*verifier.Request) *verifier.Answer {
	return func(r *verifier.Request) *verifier.Answer { return allowOrigin(r, s.AllowedOrigins...) }
}
