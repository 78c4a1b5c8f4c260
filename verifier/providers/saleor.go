package providers

import (
	"errors"
	"regexp"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

const saleorHeader = "Saleor-Signature"

func init() {
	const (
		page = "docs.saleor.io/developer/extending/webhooks/payload-signature"
		code = "saleor/saleor, saleor/core/jwt_manager.py and saleor/webhook/transport"
	)
	verifier.Register(verifier.Provider{
		Name:  "saleor",
		Title: "Saleor",
		Scheme: verifier.Scheme{
			Kind: verifier.Custom,
			Custom: &verifier.CustomScheme{
				Name:    "detached-jws-rs256",
				Proof:   "detached JWS of the body in " + saleorHeader,
				New:     newSaleor,
				Keyless: true,
				Covers:  verifier.Covers{Body: true},
			},
		},
		Open:     []string{"key_set"},
		Required: []string{"key_set"},
		Gap:      "each Saleor has keys of its own, at https://<its host>/.well-known/jwks.json",
		Example:  verifier.Settings{KeySet: "https://shop.example.com/.well-known/jwks.json"},
		Identity: verifier.Identity{
			EventType: `header("Saleor-Event")`,
			Dedupe:    `[header("Saleor-Event"), digest]`,
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "JWS with RS256 and detached payload, the body, in Saleor-Signature; its keys are at <backend>/.well-known/jwks.json", Source: page, Confidence: verifier.Documented},
			{About: "secret", Text: "where a webhook has a secretKey, the header is an HMAC instead, which is deprecated: the provider saleor_hmac", Source: page, Confidence: verifier.Documented},
			{About: "payload", Text: "is signed as it is, not as base64 (b64 false), with kid in the header", Source: code, Confidence: verifier.Source},
			{About: "type", Text: "Saleor-Event", Source: code, Confidence: verifier.Source},
			{About: "repetition", Text: "with growing intervals, but not after an answer of 3xx or 4xx", Source: code, Confidence: verifier.Source},
		},
		Notes: []string{
			"There is no secret: leave secretKey of the webhook empty, and set key_set to the address of your Saleor's keys.",
			"No time is signed: a captured request can be repeated until dedupe has forgotten it. Saleor-Event, which is the type, is not signed either.",
			"The keys are fetched over https and kept for an hour. If they cannot be had, requests are answered with 503 and come again.",
			"Webhooks that Saleor waits for (synchronous ones) want their real answer: use a plain reverse proxy for those.",
		},
		Samples: []verifier.Sample{
			saleorSample("order_created", `"type":"Order","id":"{id}","status":"UNCONFIRMED"`),
			saleorSample("order_paid", `"type":"Order","id":"{id}","status":"UNFULFILLED"`),
			saleorSample("product_updated", `"type":"Product","id":"{id}","name":"Mug"`),
		},
	})
}

func saleorSample(eventType, fields string) verifier.Sample {
	return verifier.Sample{
		Type:   eventType,
		Header: map[string]string{"Saleor-Event": "{type}", "Saleor-Domain": "shop.example.com"},
		Body:   `[{` + fields + `,"meta":{"issued_at":"{time}","version":"3.20"}}]`,
	}
}

var keySetAddress = regexp.MustCompile(`^https://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?/[A-Za-z0-9/._~-]{0,256}$`)

type saleorVerifier struct{ keys *keySet }

func newSaleor(s verifier.Settings) (verifier.Verifier, error) {
	if !keySetAddress.MatchString(s.KeySet) {
		return nil, errors.New("key_set: write an https address without a query, such as https://shop.example.com/.well-known/jwks.json")
	}
	return &saleorVerifier{newKeySet(s.KeySet)}, nil
}

func (v *saleorVerifier) Verify(r *verifier.Request, now time.Time) (verifier.Result, error) {
	text, err := verifier.HeaderValue(r.Header, saleorHeader)
	if err != nil {
		return verifier.Result{}, err
	}
	header, ok := readJWS(text, true, rs256)
	if !ok {
		return verifier.Result{}, verifier.Refuse(verifier.SignatureMalformed, "the "+saleorHeader+" header is no detached JWS with RS256")
	}
	return verifier.Result{}, v.keys.verify(text, r.Body, header.KeyID, now)
}

func (v *saleorVerifier) Sign(*verifier.Request, string, time.Time) error {
	return errors.New("only your Saleor has the key that signs its webhooks: cause an event there")
}
