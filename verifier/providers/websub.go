package providers

import (
	"slices"

	"github.com/gatepost/gatepost/verifier"
)

func init() {
	const spec = "w3c/websub, index.html"
	verifier.Register(verifier.Provider{
		Name:  "websub",
		Title: "WebSub (PubSubHubbub, YouTube)",
		// The method comes before the signature; configuration pins it, no request chooses it.
		Scheme: verifier.Scheme{
			Kind:      verifier.HMAC,
			Signature: verifier.Signature{Header: []string{"X-Hub-Signature"}, Prefix: "{algorithm}="},
		},
		Open:     []string{"signature", "topics"},
		Example:  verifier.Settings{Topics: []string{"https://www.youtube.com/xml/feeds/videos.xml?channel_id=example"}, Signature: &verifier.Signature{Algorithm: "sha1"}},
		Identity: verifier.Identity{Dedupe: "off"},
		Methods:  []string{"POST", "GET"},
		Handshake: &verifier.Handshake{
			BeforeVerify: true,
			Bind:         websubIntent,
			Summary:      "A hub asks by GET whether a subscription is meant; for one of the topics its challenge is the answer.",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "<method>=<hex HMAC of the body> in X-Hub-Signature; the method is sha1, sha256, sha384 or sha512", Source: spec, Confidence: verifier.Documented},
			{About: "secret", Text: "hub.secret of the subscription, shorter than 200 bytes, as it is", Source: spec, Confidence: verifier.Documented},
			{About: "handshake", Text: "GET with hub.mode, hub.topic and hub.challenge; the challenge is the answer, 404 refuses", Source: spec, Confidence: verifier.Documented},
			{About: "hubs", Text: "most sign with sha1", Confidence: verifier.Unconfirmed},
		},
		Notes: []string{
			"Name the topics you subscribe to in `topics`: without them every request for consent is refused.",
			"The hash is pinned: sha256 unless `algorithm` in signature says otherwise, such as sha1 for the hub of Google that serves YouTube.",
			"Subscribe with hub.secret: what is not signed is refused. A subscription ends with its lease unless it is renewed.",
			"The content of a topic can return to what it was, so nothing is taken for a duplicate.",
		},
		Samples: []verifier.Sample{
			{Type: "feed", Header: map[string]string{"Content-Type": "application/atom+xml"}, Body: `<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:yt="http://www.youtube.com/xml/schemas/2015"><title>Example</title><entry><id>yt:video:{id}</id><yt:videoId>{id}</yt:videoId><title>Clip</title><updated>{time}</updated></entry></feed>`},
		},
	})
}

func websubIntent(s verifier.Settings) func(*verifier.Request) *verifier.Answer {
	return func(r *verifier.Request) *verifier.Answer {
		return hubChallenge(r, func() bool {
			q := r.Query()
			mode := q.Get("hub.mode")
			return (mode == "subscribe" || mode == "unsubscribe") && slices.Contains(s.Topics, q.Get("hub.topic"))
		})
	}
}
