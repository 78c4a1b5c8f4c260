package providers

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const code = "woocommerce/woocommerce, plugins/woocommerce/includes/class-wc-webhook.php"
	verifier.Register(verifier.Provider{
		Name:  "woocommerce",
		Title: "WooCommerce",
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-WC-Webhook-Signature"}, Encoding: "base64"},
		},
		Identity: verifier.Identity{
			EventID:   `header("X-WC-Webhook-Delivery-ID")`,
			EventType: `header("X-WC-Webhook-Topic")`,
			Dedupe:    `[header("X-WC-Webhook-Delivery-ID"), digest]`,
		},
		AnswerDeadline: time.Minute,
		Handshake: &verifier.Handshake{
			BeforeVerify: true,
			Answer:       wooActivation,
			Summary:      "When a webhook is activated, WooCommerce posts an unsigned form with nothing but its number, which is answered 200.",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of the body in X-WC-Webhook-Signature; a site can choose another hash", Source: code, Confidence: verifier.Source},
			{About: "secret", Text: "as it is, with HTML entities in it decoded", Source: code, Confidence: verifier.Source},
			{About: "handshake", Text: "when a webhook is activated, an unsigned form with webhook_id alone must be answered 200", Source: code, Confidence: verifier.Source},
			{About: "identity", Text: "X-WC-Webhook-Delivery-ID is the same for two deliveries of one webhook within a second", Source: code, Confidence: verifier.Source},
			{About: "type", Text: "X-WC-Webhook-Topic", Source: "woocommerce/woocommerce-rest-api-docs, source/includes/v2/_webhooks.md", Confidence: verifier.Documented},
			{About: "deadline", Text: "60 seconds", Source: code, Confidence: verifier.Source},
			{About: "retrying", Text: "none; more than 5 failures in a row disable the webhook", Source: code, Confidence: verifier.Source},
		},
		Notes: []string{
			"Only the body is signed: topic and delivery ID are not.",
			"A secret that holds an entity such as &amp; must be given here decoded, as &.",
		},
		Samples: []verifier.Sample{
			wooSample("order.created", `"id":727,"status":"processing","currency":"EUR","total":"499.80","order_key":"wc_order_{id}","date_created":"{time}","line_items":[{"name":"Copy paper A4","quantity":60,"total":"420.00"}]`),
			wooSample("product.updated", `"id":93,"name":"Copy paper A4","sku":"{id}","price":"7.00","date_modified":"{time}"`),
			wooSample("customer.created", `"id":25,"email":"ada@example.com","username":"{id}","date_created":"{time}"`),
		},
	})
}

var wooActivationForm = regexp.MustCompile(`^webhook_id=[0-9]{1,20}$`)

func wooActivation(r *verifier.Request) *verifier.Answer {
	if r.Method != http.MethodPost || r.Header.Get("X-WC-Webhook-Signature") != "" || !wooActivationForm.Match(r.Body) {
		return nil
	}
	return &verifier.Answer{Status: http.StatusOK}
}

func wooSample(topic, fields string) verifier.Sample {
	resource, event, _ := strings.Cut(topic, ".")
	return verifier.Sample{
		Type: topic,
		Header: map[string]string{
			"X-WC-Webhook-Delivery-ID": "{id}",
			"X-WC-Webhook-Event":       event,
			"X-WC-Webhook-ID":          "1",
			"X-WC-Webhook-Resource":    resource,
			"X-WC-Webhook-Source":      "https://shop.example.com/",
			"X-WC-Webhook-Topic":       "{type}",
		},
		Body: `{` + fields + `}`,
	}
}
