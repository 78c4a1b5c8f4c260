package providers

import (
	"net/http"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		docs     = "MicrosoftDocs/azure-docs, articles/event-grid/webhook-event-delivery.md"
		retrying = "MicrosoftDocs/azure-docs, articles/event-grid/delivery-and-retry.md"
	)
	verifier.Register(verifier.Provider{
		Name:   "azure_event_grid",
		Title:  "Azure Event Grid",
		Scheme: verifier.Scheme{Kind: verifier.Token, Query: "token"},
		Open:   []string{"header", "query", "insecure"},
		Identity: verifier.Identity{
			EventID:   "body[0].id ?? body.id",
			EventType: "body[0].eventType ?? body.type",
			Dedupe:    "digest",
		},
		Batch: &verifier.Batch{
			Split: "body.id == nil ? body : [body]",
			Identity: verifier.Identity{
				EventID:   "body.id",
				EventType: "body.eventType ?? body.type",
				Dedupe:    "[body.topic ?? body.source, body.id]",
			},
		},
		Methods:        []string{"POST", "OPTIONS"},
		AnswerDeadline: 30 * time.Second,
		RetryHorizon:   24 * time.Hour,
		Handshake: &verifier.Handshake{
			Answer:  eventGridValidation,
			Summary: "When a subscription is made, Event Grid posts a validation code, which is answered in JSON, or asks by OPTIONS with the CloudEvents schema.",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "none; a secret in the query of the URL, a header of your own, or a token of Microsoft Entra ID", Source: docs, Confidence: verifier.Documented},
			{About: "handshake", Text: "a POST with aeg-event-type: SubscriptionValidation, answered with its validationCode; with the CloudEvents schema OPTIONS with WebHook-Request-Origin", Source: docs, Confidence: verifier.Documented},
			{About: "origin", Text: "eventgrid.azure.net", Confidence: verifier.Unconfirmed},
			{About: "identity of each event", Text: "id", Source: docs, Confidence: verifier.Documented},
			{About: "type", Text: "[].eventType", Source: docs, Confidence: verifier.Documented},
			{About: "deadline", Text: "30 seconds", Source: docs, Confidence: verifier.Documented},
			{About: "retries", Text: "after 10 and 30 s, 1, 5, 10 and 30 min, 1, 3 and 6 h, then every 12 h, for up to 24 hours and 30 times, unless the subscription says otherwise", Source: retrying, Confidence: verifier.Documented},
			{About: "no retries", Text: "after 400, 401 and 413: the event is dropped, or dead-lettered at once", Source: retrying, Confidence: verifier.Documented},
		},
		Notes: []string{
			"Put the secret into the URL of the subscription as ?token=…, or name another parameter with query, or a header with header. Tokens of Microsoft Entra ID are not verified.",
			"Event Grid does not repeat what was answered 400, 401 or 413: with a wrong secret events are lost, unless the subscription has a place for dead letters.",
			"The validation is answered only with the right secret; Gatepost never calls validationUrl.",
			batchNote,
			tokenNote,
		},
		Samples: []verifier.Sample{
			{Type: "Microsoft.Storage.BlobCreated", Header: map[string]string{"aeg-event-type": "Notification"}, Body: `[{"id":"{id}","topic":"/subscriptions/example","subject":"/blobServices/default/containers/demo/blobs/invoice.pdf","eventType":"{type}","eventTime":"{time}","dataVersion":"1","metadataVersion":"1","data":{"api":"PutBlob","contentType":"application/pdf"}}]`},
		},
	})
}

func eventGridValidation(r *verifier.Request) *verifier.Answer {
	if r.Method == http.MethodOptions {
		return allowOrigin(r, "eventgrid.azure.net")
	}
	var events []struct {
		EventType string
		Data      struct{ ValidationCode string }
	}
	if r.Header.Get("aeg-event-type") != "SubscriptionValidation" || !decodeObject(r, &events) || len(events) != 1 ||
		events[0].EventType != "Microsoft.EventGrid.SubscriptionValidationEvent" {
		return nil
	}
	code := events[0].Data.ValidationCode
	if code == "" || len(code) > maxChallenge {
		return nil
	}
	return verifier.JSON("validationResponse", code)
}
