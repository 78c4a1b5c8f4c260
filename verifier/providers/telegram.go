package providers

import "github.com/gatepost/gatepost/verifier"

func init() {
	const code = "tdlib/telegram-bot-api, telegram-bot-api/WebhookActor.cpp and Client.cpp"
	verifier.Register(verifier.Provider{
		Name:   "telegram",
		Title:  "Telegram Bot API",
		Scheme: verifier.Scheme{Kind: verifier.Token, Header: "X-Telegram-Bot-Api-Secret-Token"},
		Identity: verifier.Identity{
			EventID:   "body.update_id",
			EventType: firstField("message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "inline_query", "my_chat_member", "chat_member", "pre_checkout_query"),
			Dedupe:    "body.update_id",
		},
		Facts: []verifier.Fact{
			{About: "signature", Text: "none; secret_token of setWebhook is sent in X-Telegram-Bot-Api-Secret-Token", Source: code, Confidence: verifier.Source},
			{About: "secret", Text: "1 to 256 of A-Z, a-z, 0-9, _ and -", Source: code, Confidence: verifier.Source},
			{About: "identity", Text: "update_id, which grows and is unique for a bot", Source: code, Confidence: verifier.Source},
			{About: "type", Text: "the name of the field that an update has", Source: code, Confidence: verifier.Source},
			{About: "retrying", Text: "until a 2xx, at growing intervals of up to two minutes; after 410 updates are dropped in 23 hours", Source: code, Confidence: verifier.Source},
		},
		Notes: []string{
			"Use one source for each bot: update_id is unique for one only.",
			"The answer to an update can hold a call of the API; Gatepost answers without a body.",
			tokenNote,
		},
		Samples: samples("telegram"),
	})
}
