package verifier

// Option is one of the settings that not every provider takes.
type Option struct {
	Name  string // in the configuration
	Words string // what is written behind it, in a Caddyfile; "" for one that is there or not
	Help  string // what it is
	Value any    // where it is in the settings: *string, *[]string, *bool, **Signature or **Enrol

	example string // the line that gives it, for a message
}

// Options lists them in the order in which people are shown them.
func (s *Settings) Options() []Option {
	return []Option{
		{"signature", "{ … }", "where the signature is and what it signs", &s.Signature, "signature { … }"},
		{"timestamp_header", "<name> [<unit>]", "header of the signed timestamp", &s.TimestampHeader, "timestamp_header X-Timestamp"},
		{"timestamp_field", "<name>", "field of the JSON body with the timestamp", &s.TimestampField, "timestamp_field sent_at"},
		{"timestamp_unit", "<unit>", "unix, unix_ms, unix_any, rfc3339 or http_date", &s.TimestampUnit, "timestamp_unit unix"},
		{"id_header", "<name>", "header of the event ID", &s.IDHeader, "id_header X-Event-Id"},
		{"header", "<name>", "header of the token", &s.Header, "header X-Token"},
		{"bearer", "", "the token is sent as Authorization: Bearer", &s.Bearer, "bearer"},
		{"query", "<name>", "query parameter of the token", &s.Query, "query token"},
		{"field", "<name>", "field of the JSON body with the token", &s.Field, "field token"},
		{"algorithm", "<name>", "the one algorithm that is accepted", &s.Algorithm, "algorithm ed25519"},
		{"components", "<component>...", "what a signature must cover", &s.Components, "components @method @authority @path content-digest"},
		{"verify_token", "<token>", "what a handshake must bring", &s.VerifyToken, "verify_token <token>"},
		{"topics", "<topic>...", "topics that may be subscribed to", &s.Topics, "topics <topic>"},
		{"topic_arn", "<arn>...", "topics whose messages are accepted", &s.TopicARNs, "topic_arn arn:aws:sns:<region>:<account>:<topic>"},
		{"allow_sha1", "", "accept signatures over SHA-1", &s.AllowSHA1, "allow_sha1"},
		{"allowed_origins", "<host>...", "senders whose requests for consent are answered", &s.AllowedOrigins, "allowed_origins <host>"},
		{"webhook_id", "<id>", "the ID that the provider gave the webhook", &s.WebhookID, "webhook_id <id>"},
		{"key_set", "<url>", "address of the provider's public keys", &s.KeySet, "key_set https://<host>/.well-known/jwks.json"},
		{"sandbox", "", "fetch keys from the provider's test environment", &s.Sandbox, "sandbox"},
		{"enrol", "<file> <time>", "take the secret from the provider, once, until the time; keep it in the file", &s.Enrol, "enrol /var/lib/gatepost/secret 2026-11-21T12:00:00Z"},
		{"insecure", "", "accept every request unverified", &s.Insecure, "insecure"},
	}
}

func (o Option) given() bool {
	switch v := o.Value.(type) {
	case *string:
		return *v != ""
	case *[]string:
		return len(*v) > 0
	case *bool:
		return *v
	case **Signature:
		return *v != nil
	case **Enrol:
		return *v != nil
	}
	return false
}
