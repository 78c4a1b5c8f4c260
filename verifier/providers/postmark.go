package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	verifier.Register(verifier.Provider{
		Name:   "postmark",
		Title:  "Postmark",
		Scheme: verifier.Scheme{Kind: verifier.Basic},
		Identity: verifier.Identity{
			EventType: "body.RecordType",
			Dedupe:    "digest",
		},
		RetryHorizon: 10*time.Hour + 30*time.Minute,
		Facts: []verifier.Fact{
			{About: "signature", Text: "none; user and password of the webhook are sent as HTTP basic authentication", Source: "ActiveCampaign/postmark.js, src/client/models/webhooks", Confidence: verifier.Source},
			{About: "identity", Text: "MessageID with RecordType; opens and clicks repeat it", Confidence: verifier.Unconfirmed},
			{About: "type", Text: "RecordType", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "of inbound mail 10, from 1 min to 6 h apart, within 10.5 hours; 403 ends them", Source: "postmarkapp.com/support, Understanding inbound webhook retries", Confidence: verifier.Documented},
		},
		Notes: []string{
			"Where the webhook sends a header of its own instead, use the provider token.",
			tokenNote,
		},
		Samples: []verifier.Sample{
			{Type: "Delivery", Body: `{"RecordType":"{type}","ServerID":23,"MessageStream":"outbound","MessageID":"{id}","Recipient":"ada@example.com","Tag":"invoice","DeliveredAt":"{time}","Details":"Test"}`},
			{Type: "Bounce", Body: `{"RecordType":"{type}","ServerID":23,"MessageStream":"outbound","ID":42,"Type":"HardBounce","MessageID":"{id}","Email":"nobody@example.com","BouncedAt":"{time}"}`},
		},
	})
}
