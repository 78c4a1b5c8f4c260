package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	verifier.Register(verifier.Provider{
		Name:  "shippo",
		Title: "Shippo",
		Scheme: verifier.Scheme{
			Kind: verifier.HMAC,
			Signature: verifier.Signature{
				Header:       []string{"Shippo-Auth-Signature"},
				Format:       verifier.Pairs,
				Separator:    ",",
				SignatureKey: "v1",
				TimestampKey: "t",
				Signed:       "{timestamp}.{body}",
			},
		},
		Identity: verifier.Identity{
			EventType: "body.event",
			Dedupe:    "digest",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "t=<unix>,v1=<hex HMAC-SHA256 of {t}.{body}> in Shippo-Auth-Signature", Source: registry, Confidence: verifier.ThirdParty},
			{About: "secret", Text: "as it is", Source: registry, Confidence: verifier.ThirdParty},
			{About: "type", Text: "event", Source: "package shippo, models/components/webhookpayload", Confidence: verifier.Source},
			{About: "when", Text: "HMAC is switched on by Shippo on request; else a token of yours in the query is all there is", Source: "docs.goshippo.com/docs/tracking/webhooksecurity", Confidence: verifier.Documented},
		},
		Notes: []string{
			"Without HMAC, which Shippo switches on for you, add ?token=… to the address and receive it with the provider token, query token.",
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "track_updated", Body: `{"event":"{type}","test":false,"data":{"tracking_number":"1Z999","carrier":"ups","tracking_status":{"object_id":"{id}","status":"DELIVERED","status_date":"{time}"}}}`},
		},
	})
}
