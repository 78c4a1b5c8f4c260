package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const page = "Contract.fit documentation, Webhooks (an older version of the page)"
	verifier.Register(verifier.Provider{
		Name:  "contractfit",
		Title: "Contract.fit",
		// The integration sends back a header that its owner configured, whole and unchanged.
		Scheme: verifier.Scheme{Kind: verifier.Token, Header: "Authorization"},
		Open:   []string{"header", "insecure"},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: `none; an optional static header, such as Authorization: Bearer …, is sent as configured under "headers" of the integration`, Source: page, Confidence: verifier.Documented},
			{About: "identity", Text: "data.id is the document, not the event; there is no event ID", Source: page, Confidence: verifier.Documented},
			{About: "retries", Text: "none yet; announced: at most 10, after 2^n seconds, on anything but 200", Source: page, Confidence: verifier.Documented},
			{About: "setup", Text: "POST /integrations of type webhook, with the address as target, the events, and the header that it shall send under headers", Source: page, Confidence: verifier.Documented},
		},
		Notes: []string{
			"The secret is the whole value of the header, such as \"Bearer abc\", not only what follows the scheme's name.",
			"The header proves who sends, not what: it covers nothing of the request, and whoever reads one request can send any other.",
			"Where no header was configured at Contract.fit, write insecure instead of a secret: then anybody who knows the address can send events.",
		},
		Samples: []verifier.Sample{
			{Type: "document_predict", Body: `{"event":"{type}","organization":"example","data":{"id":"{id}","document_type":"invoice","predictions":[{"field":"total","value":"499.80","confidence":"93"}]}}`},
			{Type: "document_evaluate", Body: `{"event":"{type}","organization":"example","data":{"id":"{id}","document_type":"invoice","feedback":[{"field":"total","value":"499.80"}]}}`},
			{Type: "document_text", Body: `{"event":"{type}","organization":"example","data":{"id":"{id}","text":"Invoice NP-2201, total 499.80"}}`},
			{Type: "document_split", Body: `{"event":"{type}","organization":"example","data":{"id":"{id}","sections":[{"document_type":"invoice","format":"a4","confidence":"88","page":"0"}]}}`},
			{Type: "document_delete", Body: `{"event":"{type}","organization":"example","data":{"id":"{id}"}}`},
		},
	})
}
