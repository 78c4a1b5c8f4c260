package providers

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"testing"

	"github.com/gatepost/gatepost/verifier"
)

// Each row is what the vendor's own code or documentation computes, written out once more: for
// those that publish no vector with fixed values.
func TestFormulas(t *testing.T) {
	const (
		secret = "a secret"
		body   = `{"type":"a"}`
		unix   = "1790000000"
		ms     = "1790000000000"
	)
	mac := func(key, text string) []byte {
		h := hmac.New(sha256.New, []byte(key))
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	mac512 := func(text string) []byte {
		h := hmac.New(sha512.New, []byte(secret))
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	inHex := func(text string) string { return hex.EncodeToString(mac(secret, text)) }
	inBase64 := func(text string) string { return base64.StdEncoding.EncodeToString(mac(secret, text)) }
	const key = "a secret of 24 bytes ..."
	coded := base64.StdEncoding.EncodeToString([]byte(key))
	standard := "v1," + base64.StdEncoding.EncodeToString(mac(key, "msg_1."+unix+"."+body))

	tests := []struct {
		provider, secret string
		headers          []string
	}{
		{"aftership", secret, []string{"aftership-hmac-sha256", inBase64(body)}},
		{"airship", secret, []string{"X-UA-TIMESTAMP", unix, "X-UA-SIGNATURE", inHex(unix + ":" + body)}},
		{"airwallex", secret, []string{"x-timestamp", ms, "x-signature", inHex(ms + body)}},
		{"airwallex", secret, []string{"x-timestamp", unix, "x-signature", inHex(unix + body)}},
		{"ashby", secret, []string{"Ashby-Signature", "sha256=" + inHex(body)}},
		{"boldsign", secret, []string{"X-BoldSign-Signature", "t=" + unix + ", s0=" + inHex(unix+"."+body) + ", s1=" + hex.EncodeToString(mac("another", unix+"."+body))}},
		{"bolt", secret, []string{"X-Bolt-Hmac-Sha256", inBase64(body)}},
		{"btcpay", secret, []string{"BTCPay-Sig", "sha256=" + inHex(body)}},
		{"cal_com", secret, []string{"X-Cal-Signature-256", inHex(body)}},
		{"checkout_com", secret, []string{"Cko-Signature", inHex(body)}},
		{"cloudflare_stream", secret, []string{"Webhook-Signature", "time=" + unix + ",sig1=" + inHex(unix+"."+body)}},
		{"deel", secret, []string{"x-deel-signature", inHex("POST" + body)}},
		{"dub", secret, []string{"Dub-Signature", inHex(body)}},
		{"dwolla", secret, []string{"X-Request-Signature-SHA-256", inHex(body)}},
		{"envoy", secret, []string{"X-Envoy-Signature", inBase64(body)}},
		{"finch", coded, []string{"Finch-Event-Id", "msg_1", "Finch-Timestamp", unix, "Finch-Signature", standard}},
		{"fourthwall", secret, []string{"X-Fourthwall-Hmac-SHA256", inBase64(body)}},
		{"fourthwall", secret, []string{"X-Fourthwall-Hmac-Apps-SHA256", inBase64(body)}},
		{"framer", secret, []string{"Framer-Webhook-Submission-Id", "0fbbb90e", "Framer-Signature", "sha256=" + inHex(body+"0fbbb90e")}},
		{"front", secret, []string{"X-Front-Request-Timestamp", ms, "X-Front-Signature", inBase64(ms + ":" + body)}},
		{"ghost", secret, []string{"X-Ghost-Signature", "sha256=" + inHex(body+ms) + ", t=" + ms}},
		{"greenhouse", secret, []string{"Signature", "sha256 " + inHex(body)}},
		{"hcp_terraform", secret, []string{"X-TFE-Notification-Signature", hex.EncodeToString(mac512(body))}},
		{"knock", secret, []string{"x-knock-signature", "t=" + ms + ",s=" + inBase64(ms+"."+body)}},
		{"logto", secret, []string{"logto-signature-sha-256", inHex(body)}},
		{"modern_treasury", secret, []string{"X-Signature", inHex(body)}},
		{"ms_teams", base64.StdEncoding.EncodeToString([]byte(secret)), []string{"Authorization", "HMAC " + inBase64(body)}},
		{"npm", secret, []string{"x-npm-signature", "sha256=" + inHex(body)}},
		{"oncehub", secret, []string{"Oncehub-Signature", "t=" + unix + ",s=" + inHex(unix+"."+body)}},
		{"persona", secret, []string{"Persona-Signature", "t=" + unix + ",v1=" + hex.EncodeToString(mac("another", unix+"."+body)) + " t=" + unix + ",v1=" + inHex(unix+"."+body)}},
		{"primer", secret, []string{"X-Signature-Primary", inBase64(body)}},
		{"primer", secret, []string{"X-Signature-Primary", base64.StdEncoding.EncodeToString(mac("another", body)), "X-Signature-Secondary", inBase64(body)}},
		{"render", "whsec_" + coded, []string{"webhook-id", "msg_1", "webhook-timestamp", unix, "webhook-signature", standard}},
		{"snyk", secret, []string{"X-Hub-Signature", "sha256=" + inHex(body)}},
		{"sonarqube", secret, []string{"X-Sonar-Webhook-HMAC-SHA256", inHex(body)}},
		{"squarespace", hex.EncodeToString([]byte(secret)), []string{"Squarespace-Signature", inHex(body)}},
		{"tiktok", secret, []string{"TikTok-Signature", "t=" + unix + ",s=" + inHex(unix+"."+body)}},
		{"typeform", secret, []string{"Typeform-Signature", "sha256=" + inBase64(body)}},
		{"vanta", "whsec_" + coded, []string{"svix-id", "msg_1", "svix-timestamp", unix, "svix-signature", standard}},
		{"webflow", secret, []string{"x-webflow-timestamp", ms, "x-webflow-signature", inHex(ms + ":" + body)}},
		{"yousign", secret, []string{"X-Yousign-Signature-256", "sha256=" + inHex(body)}},
	}
	for _, tt := range tests {
		h := http.Header{}
		for i := 0; i < len(tt.headers); i += 2 {
			h.Set(tt.headers[i], tt.headers[i+1])
		}
		v := newVerifier(t, tt.provider, verifier.Settings{Secrets: []string{tt.secret}})
		if _, err := v.Verify(&verifier.Request{Method: "POST", URI: "/", Header: h, Body: []byte(body)}, now); err != nil {
			t.Errorf("%s: %v", tt.provider, err)
		}
		if _, err := v.Verify(&verifier.Request{Method: "POST", URI: "/", Header: h, Body: []byte(body + " ")}, now); err == nil {
			t.Errorf("%s: verifies another body", tt.provider)
		}
	}
}
