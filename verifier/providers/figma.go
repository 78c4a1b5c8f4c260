package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const spec = "figma/rest-api-spec, openapi/openapi.yaml"
	verifier.Register(verifier.Provider{
		Name:   "figma",
		Title:  "Figma",
		Scheme: verifier.Scheme{Kind: verifier.Token, Field: "passcode"},
		Identity: verifier.Identity{
			EventType: "body.event_type",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "none; the passcode of the webhook is sent in the field passcode", Source: spec, Confidence: verifier.Documented},
			{About: "type", Text: "event_type", Source: spec, Confidence: verifier.Documented},
			{About: "identity", Text: "none: all have webhook_id, timestamp and event_type", Source: "package @figma/rest-api-spec, dist/api_types.ts", Confidence: verifier.Source},
			{About: "ping", Text: "PING is one of the types; it has nothing but the fields that all have", Source: "package @figma/rest-api-spec, dist/api_types.ts", Confidence: verifier.Source},
		},
		Notes: []string{
			"The passcode is part of the body, so it is stored with the event and delivered to your app.",
			tokenNote,
		},
		Samples: []verifier.Sample{
			{Type: "FILE_UPDATE", Body: `{"event_type":"{type}","file_key":"{id}","file_name":"Website","passcode":"","timestamp":"{time}","webhook_id":"22"}`},
		},
	})
}
