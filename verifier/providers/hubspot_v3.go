package providers

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"

	"github.com/gatepost/gatepost/verifier"
)

const (
	hubspotV3Signature = "X-Hubspot-Signature-V3"
	hubspotV3Timestamp = "X-Hubspot-Request-Timestamp"
)

func init() {
	const (
		page = "developers.hubspot.com/docs, request validation"
		sdk  = "HubSpot/hubspot-api-python, hubspot/utils/signature.py"
	)
	verifier.Register(verifier.Provider{
		Name:  "hubspot_v3",
		Title: "HubSpot (signature v3)",
		Scheme: verifier.Scheme{
			Kind:      verifier.Custom,
			Tolerance: 5 * time.Minute,
			Custom: &verifier.CustomScheme{
				Name:  "url-hmac-sha256",
				Proof: "HMAC-SHA256 of method, address, body and time in " + hubspotV3Signature,
				New:   newHubSpotV3,
				Covers: verifier.Covers{
					Body: true, Timestamp: true, URL: true, Method: true,
					Headers: []string{hubspotV3Timestamp},
				},
			},
		},
		Identity: verifier.Identity{
			EventType: "body[0].subscriptionType",
			Dedupe:    "digest",
		},
		Batch:          hubspotBatch,
		AnswerDeadline: 5 * time.Second,
		RetryHorizon:   24 * time.Hour,
		Facts: []verifier.Fact{
			{About: "signature", Text: "base64 HMAC-SHA256 of method, address, body and timestamp, run together, in " + hubspotV3Signature, Source: page, Confidence: verifier.Documented},
			{About: "address", Text: "with %3A %2F %3F %40 %21 %24 %27 %28 %29 %2A %2C %3B decoded", Source: page, Confidence: verifier.Documented},
			{About: "address in SDKs", Text: "as it is, nothing decoded", Source: sdk, Confidence: verifier.Source},
			{About: "timestamp", Text: "milliseconds in " + hubspotV3Timestamp + "; older than 5 minutes is refused", Source: page, Confidence: verifier.Documented},
			{About: "secret", Text: "the app's client secret, as it is", Source: sdk, Confidence: verifier.Source},
			{About: "identity", Text: "eventId is not promised to be unique", Source: hubspotFields, Confidence: verifier.Documented},
			{About: "deadline", Text: "5 seconds", Confidence: verifier.Unconfirmed},
			{About: "retries", Text: "up to 10, within 24 hours as others say", Source: "integrate.hubspot.com, What does Will Retry mean, which quotes the documentation", Confidence: verifier.ThirdParty},
			{About: "setup", Text: "the app's webhook settings: the address as target URL; in a project, targetUrl of webhooks/*-hsmeta.json", Source: "developers.hubspot.com/docs/apps/developer-platform/add-features/configure-webhooks", Confidence: verifier.Documented},
			{About: "identity of each event", Text: "account, subscription, event, object, property, source of the change and time together", Confidence: verifier.Unconfirmed},
			{About: "no retries", Text: "after 400, 401, 403, 404 and 405", Source: "community.hubspot.com, Webhooks response, which quotes the documentation", Confidence: verifier.ThirdParty},
		},
		Notes: []string{
			"Set public_url to the target URL as it stands in HubSpot, unless requests reach Gatepost under that very address.",
			"HubSpot's documentation decodes some escapes of the address before signing, its SDKs do not: both are accepted.",
			"Signatures of versions 1 and 2 in the same request are ignored.",
			batchNote,
		},
		Samples: samples("hubspot_v3"),
	})
}

type hubspotV3Verifier struct {
	keys      macKeys
	tolerance time.Duration
}

func newHubSpotV3(s verifier.Settings) (verifier.Verifier, error) {
	return &hubspotV3Verifier{newMACKeys(sha256.New, s.Secrets), s.Tolerance}, nil
}

var errHubSpotURL = verifier.Refuse(verifier.SignatureMalformed, "the signed address could hold a part of the body")

func (v *hubspotV3Verifier) Verify(r *verifier.Request, now time.Time) (verifier.Result, error) {
	text, err := verifier.HeaderValue(r.Header, hubspotV3Signature)
	if err != nil {
		return verifier.Result{}, err
	}
	signature, ok := verifier.DecodeBase64(text)
	if !ok || len(signature) != sha256.Size {
		return verifier.Result{}, verifier.Refuse(verifier.SignatureMalformed, "the "+hubspotV3Signature+" header is no base64 of a SHA-256")
	}
	stamp, signedAt, err := headerTime(r, hubspotV3Timestamp, verifier.UnixMilli)
	if err != nil {
		return verifier.Result{}, err
	}
	if !r.BodyIsClear() {
		return verifier.Result{}, errHubSpotURL
	}
	address := r.URL()
	i := v.keys.match(signature, r.Method+address, r.Body, stamp)
	if decoded := decodeHubSpotURL(address); i < 0 && decoded != address {
		i = v.keys.match(signature, r.Method+decoded, r.Body, stamp)
	}
	if i < 0 {
		return verifier.Result{}, verifier.ErrMismatch
	}
	return accept(i, signedAt, now, v.tolerance)
}

func (v *hubspotV3Verifier) Sign(r *verifier.Request, _ string, now time.Time) error {
	stamp := verifier.FormatTimestamp(verifier.UnixMilli, now)
	address := decodeHubSpotURL(r.URL())
	mac := v.keys.sum(r.Method+address, r.Body, stamp)
	setHeader(r, hubspotV3Timestamp, stamp)
	setHeader(r, hubspotV3Signature, base64.StdEncoding.EncodeToString(mac))
	return nil
}

var hubspotEscapes = strings.NewReplacer(
	"%3A", ":", "%3a", ":", "%2F", "/", "%2f", "/", "%3F", "?", "%3f", "?", "%40", "@", "%21", "!", "%24", "$",
	"%27", "'", "%28", "(", "%29", ")", "%2A", "*", "%2a", "*", "%2C", ",", "%2c", ",", "%3B", ";", "%3b", ";",
)

// decodeHubSpotURL decodes the escapes that HubSpot decodes before it signs, and no others.
func decodeHubSpotURL(address string) string { return hubspotEscapes.Replace(address) }
