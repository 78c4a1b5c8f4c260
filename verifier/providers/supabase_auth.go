package providers

import (
	"time"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const code = "supabase/auth, internal/hooks/hookshttp/hookshttp.go and internal/conf/configuration.go"
	verifier.Register(verifier.Provider{
		Name:           "supabase_auth",
		Title:          "Supabase Auth Hooks",
		Scheme:         spaced(standardWebhooks("webhook")),
		Identity:       verifier.Identity{Dedupe: "digest"},
		Ack:            verifier.Ack{Status: 204},
		AnswerDeadline: 5 * time.Second,
		RetryHorizon:   14 * time.Second,
		Facts: []verifier.Fact{
			{About: "signature", Text: "Standard Webhooks; the signatures of several secrets are joined with a comma and a space", Source: code, Confidence: verifier.Source},
			{About: "secret", Text: "v1,whsec_ and base64; the configuration of Supabase joins several with |", Source: code, Confidence: verifier.Source},
			{About: "identity", Text: "webhook-id is made anew for every attempt, so it tells no duplicate", Source: code, Confidence: verifier.Source},
			{About: "deadline", Text: "5 seconds", Source: code, Confidence: verifier.Source},
			{About: "retries", Text: "3 attempts, 2 seconds apart", Source: code, Confidence: verifier.Source},
		},
		Notes: []string{
			"Supabase waits for the answer and reads it: a hook that decides something, such as custom_access_token, must go to your app itself. Gatepost suits the ones that only tell, such as send_sms and send_email.",
			"Give each of several secrets as one of its own, without the |.",
			toleranceNote,
		},
		Samples: []verifier.Sample{
			{Type: "send_sms", Body: `{"user":{"id":"{id}","phone":"+4915112345678"},"sms":{"otp":"123456"}}`},
		},
	})
}

// spaced is the scheme with signatures set apart by a comma and a space, as Supabase joins them.
func spaced(s verifier.Scheme) verifier.Scheme {
	s.Signature.Separator = ", "
	return s
}
