package providers

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const (
		sdk  = "Adyen/adyen-go-api-library, src/hmacvalidator"
		page = "docs.adyen.com, verify HMAC signatures"
	)
	verifier.Register(verifier.Provider{
		Name:  "adyen",
		Title: "Adyen (standard webhooks)",
		Scheme: verifier.Scheme{
			Kind: verifier.Custom,
			Custom: &verifier.CustomScheme{
				Name:        "in-body-hmac-sha256",
				Proof:       "HMAC-SHA256 of eight fields in additionalData.hmacSignature of each item",
				New:         newAdyen,
				CheckSecret: checkHexKey,
				Covers:      verifier.Covers{Fields: adyenCovered()},
			},
		},
		Identity: verifier.Identity{
			EventType: "body.notificationItems[0].NotificationRequestItem.eventCode",
			// The signature of an item is one with what is signed of it. The digest would change with what
			// is not.
			Dedupe: "len(body.notificationItems) == 1 ? body.notificationItems[0].NotificationRequestItem.additionalData.hmacSignature : map(body.notificationItems, .NotificationRequestItem.additionalData.hmacSignature)",
		},
		Batch: &verifier.Batch{
			Split: "body.notificationItems",
			Identity: verifier.Identity{
				EventID:   "body.NotificationRequestItem.pspReference",
				EventType: "body.NotificationRequestItem.eventCode",
				Dedupe:    "body.NotificationRequestItem.additionalData.hmacSignature",
			},
		},
		Ack:            verifier.Ack{Body: "[accepted]"},
		AnswerDeadline: 10 * time.Second,
		RetryHorizon:   30 * 24 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of pspReference, originalReference, merchantAccountCode, merchantReference, amount.value, amount.currency, eventCode and success, joined by colons, what is absent as empty text", Source: sdk, Confidence: verifier.Source},
			{About: "place", Text: "additionalData.hmacSignature of each item of standard webhooks; other types have it in a header", Source: page, Confidence: verifier.Documented},
			{About: "secret", Text: "the HMAC key of the webhook, hex", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "duplicates have the same eventCode and pspReference", Source: "documentation of Adyen, quoted by others", Confidence: verifier.ThirdParty},
			{About: "ack", Text: "[accepted] as body, for older set-ups; today any 2xx", Confidence: verifier.Unconfirmed},
			{About: "deadline", Text: "10 seconds", Source: "hookdeck.com, How to solve Adyen webhook timeout errors", Confidence: verifier.ThirdParty},
			{About: "retries", Text: "after 2, 5, 10, 15 and 30 min, 1, 2, 4 and 8 h, and on, for up to 30 days", Source: "docs.adyen.com/development-resources/webhooks/troubleshoot", Confidence: verifier.Documented},
			{About: "setup", Text: "the HMAC key is generated in the Customer Area; for some time after a new one was, the previous one may still sign: give both", Source: "docs.adyen.com/development-resources/webhooks/best-practices", Confidence: verifier.Documented},
			{About: "identity of each event", Text: "its signature, which is one with what is signed of it", Source: sdk, Confidence: verifier.Source},
		},
		Notes: []string{
			"Only those eight fields of each item are signed. Read nothing else from a notification that matters, or ask Adyen's API for it.",
			"The fields are joined by colons, and a colon within one is not escaped: of two neighbouring fields that hold colons, it is not signed where one ends.",
			"Every item of a request must verify, and be there once, else the whole request is refused.",
			"Nothing signs which items come together: who captured two requests can send their items as one, or those of one in another order. Turn `split` on if that matters; then each item is compared by itself.",
			batchNote,
			"Adyen for Platforms, Management and Banking webhooks are signed otherwise: use the provider adyen_platform.",
		},
		Samples: samples("adyen"),
	})
}

// adyenNames are all that is looked at in a body.
var adyenNames = append([]string{"notificationItems", "NotificationRequestItem", "additionalData", "hmacSignature"}, slices.Concat(adyenFields...)...)

// adyenFields are the signed fields of an item, in their order.
var adyenFields = [][]string{
	{"pspReference"},
	{"originalReference"},
	{"merchantAccountCode"},
	{"merchantReference"},
	{"amount", "value"},
	{"amount", "currency"},
	{"eventCode"},
	{"success"},
}

func adyenCovered() (fields []string) {
	for _, path := range adyenFields {
		fields = append(fields, "notificationItems[].NotificationRequestItem."+strings.Join(path, "."))
	}
	return fields
}

// checkHexKey reports why a secret is no key in hex.
func checkHexKey(secret string) error {
	if key, err := hex.DecodeString(secret); err != nil || len(bytes.TrimSpace(key)) == 0 {
		return errors.New("is not hex, as the key stands in the provider's dashboard")
	}
	return nil
}

type adyenVerifier struct{ keys macKeys }

func newAdyen(s verifier.Settings) (verifier.Verifier, error) {
	keys := make([]string, len(s.Secrets))
	for i, secret := range s.Secrets {
		key, err := hex.DecodeString(secret)
		if err != nil {
			return nil, checkHexKey(secret)
		}
		keys[i] = string(key)
	}
	return &adyenVerifier{newMACKeys(sha256.New, keys)}, nil
}

var errAdyenMissing = verifier.Refuse(verifier.SignatureMissing, "an item of the request has no additionalData.hmacSignature")

func (v *adyenVerifier) Verify(r *verifier.Request, _ time.Time) (verifier.Result, error) {
	body, err := readProven(r.Body, adyenNames...)
	if err != nil {
		return verifier.Result{}, err
	}
	items, err := adyenItems(body)
	if err != nil {
		return verifier.Result{}, err
	}
	index := -1
	codes := make(map[string]bool, len(items))
	for _, item := range items {
		code := textOf(item, "additionalData", "hmacSignature")
		if codes[code] {
			return verifier.Result{}, errProvenBody // one event, made to look like two
		}
		codes[code] = true
		if code == "" {
			return verifier.Result{}, errAdyenMissing
		}
		signature, ok := verifier.DecodeBase64(code)
		if !ok || len(signature) != sha256.Size {
			return verifier.Result{}, verifier.Refuse(verifier.SignatureMalformed, "an item's hmacSignature is no base64 of a SHA-256")
		}
		content, err := adyenContent(item)
		if err != nil {
			return verifier.Result{}, err
		}
		if index = v.keys.match(signature, "", content, ""); index < 0 {
			return verifier.Result{}, verifier.ErrMismatch
		}
	}
	return verifier.Result{Secret: index}, nil
}

func (v *adyenVerifier) Sign(r *verifier.Request, _ string, _ time.Time) error {
	body, err := readProven(r.Body)
	if err != nil {
		return errors.New("the body is no JSON object in which signatures could be put")
	}
	items, err := adyenItems(body)
	if err != nil {
		return errors.New("the body has no notificationItems that could be signed")
	}
	for _, item := range items {
		content, err := adyenContent(item)
		if err != nil {
			return errors.New("a signed field of an item is not of the type that Adyen sends")
		}
		data, _ := item["additionalData"].(object)
		if data == nil {
			data = object{}
			item["additionalData"] = data
		}
		data["hmacSignature"] = base64.StdEncoding.EncodeToString(v.keys.sum("", content, ""))
	}
	r.Body, err = writeJSON(body)
	return err
}

// adyenItems are the notifications of a request, at least one.
func adyenItems(body object) ([]object, error) {
	const most = 100
	list, _ := body["notificationItems"].([]any)
	if len(list) == 0 || len(list) > most {
		return nil, errProvenBody
	}
	items := make([]object, len(list))
	for i, v := range list {
		envelope, _ := v.(object)
		item, ok := envelope["NotificationRequestItem"].(object)
		if !ok {
			return nil, errProvenBody
		}
		items[i] = item
	}
	return items, nil
}

// adyenContent is what is signed of an item. What is absent counts as empty text.
func adyenContent(item object) ([]byte, error) {
	texts := make([]string, len(adyenFields))
	for i, path := range adyenFields {
		holder, name := item, path[len(path)-1]
		if len(path) == 2 {
			holder, _ = item[path[0]].(object)
		}
		switch value := holder[name].(type) {
		case nil:
		case string:
			texts[i] = value
		case json.Number:
			texts[i] = value.String()
		default:
			return nil, errProvenBody
		}
		if _, isNumber := holder[name].(json.Number); isNumber != (name == "value") && texts[i] != "" {
			return nil, errProvenBody
		}
	}
	return []byte(strings.Join(texts, ":")), nil
}
