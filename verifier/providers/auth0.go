package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const docs = "auth0.com/docs, Custom log streams"
	verifier.Register(verifier.Provider{
		Name:     "auth0",
		Title:    "Auth0 log streams",
		Scheme:   verifier.Scheme{Kind: verifier.Token, Header: "Authorization"},
		Identity: verifier.Identity{Dedupe: "digest"},
		Batch: &verifier.Batch{
			Split: "body.log_id == nil ? body : [body]",
			Identity: verifier.Identity{
				EventID:   "body.log_id",
				EventType: "body.data.type",
				Dedupe:    "body.log_id",
			},
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "none; the authorization token of the stream is sent in Authorization as it is configured", Source: docs, Confidence: verifier.Documented},
			{About: "body", Text: "JSON lines unless an array or single objects are chosen", Source: docs, Confidence: verifier.Documented},
			{About: "identity of each event", Text: "log_id", Confidence: verifier.Unconfirmed},
			{About: "type", Text: "data.type", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "3", Source: "auth0.com/docs/customize/log-streams/custom-log-streams", Confidence: verifier.Documented},
		},
		Notes: []string{
			"The token is optional at Auth0: set one.",
			`The secret is the whole value of the header, with or without "Bearer " as configured there.`,
			"JSON lines are not one JSON document, so expressions cannot look into them: choose another format for that, and for `split` the array.",
			batchNote,
			tokenNote,
		},
		Samples: []verifier.Sample{
			{Type: "s", Header: map[string]string{"Content-Type": "application/x-ndjson"}, Body: `{"log_id":"{id}","data":{"date":"{time}","type":"{type}","description":"Successful login","user_name":"ada@example.com"}}`},
		},
	})
}
