package verifier

import "time"

// Settings are what a user configures for a source. A preset takes the few it needs; the generic
// providers and presets with gaps take more. The JSON names are those of the configuration.
type Settings struct {
	// Secrets that are accepted; any one of them verifies. The first signs.
	Secrets []string `json:"secrets,omitempty"`

	// Tolerance is how far a signed timestamp may lie from now, in either direction. Default: the
	// provider's.
	Tolerance time.Duration `json:"tolerance,omitempty"`

	// PublicURL is the address at the provider, for signatures that cover it: scheme and host, or
	// with a path the whole URL as registered.
	PublicURL string `json:"public_url,omitempty"`

	// Signature says where the signature is and what it signs.
	Signature *Signature `json:"signature,omitempty"`

	// TimestampHeader holds the signed timestamp.
	TimestampHeader string `json:"timestamp_header,omitempty"`

	// TimestampUnit of the signed timestamp, wherever it is: unix, unix_ms, unix_any (seconds or
	// milliseconds, told apart by their length), rfc3339 or http_date. Default unix.
	TimestampUnit string `json:"timestamp_unit,omitempty"`

	// TimestampField is a field of the JSON body that holds the timestamp; it is signed with the
	// body.
	TimestampField string `json:"timestamp_field,omitempty"`

	// IDHeader holds the provider's event ID.
	IDHeader string `json:"id_header,omitempty"`

	// Header holds the token.
	Header string `json:"header,omitempty"`

	// Bearer says that the token is sent as Authorization: Bearer <token>.
	Bearer bool `json:"bearer,omitempty"`

	// Query is the query parameter that holds the token.
	Query string `json:"query,omitempty"`

	// Field of the JSON body that holds the token.
	Field string `json:"field,omitempty"`

	// VerifyToken is what the provider sends along with a handshake to show that it is the one
	// expected.
	VerifyToken string `json:"verify_token,omitempty"`

	// Topics are the addresses of the WebSub topics that may be subscribed to.
	Topics []string `json:"topics,omitempty"`

	// AllowedOrigins are the senders whose requests for consent, as CloudEvents has them, are answered.
	AllowedOrigins []string `json:"allowed_origins,omitempty"`

	// Algorithm of the signatures, for HTTP message signatures: hmac-sha256, ed25519,
	// ecdsa-p256-sha256, ecdsa-p384-sha384, rsa-pss-sha512 or rsa-v1_5-sha256. Only this one is
	// accepted, whatever a request says.
	Algorithm string `json:"algorithm,omitempty"`

	// Components that an HTTP message signature must cover. Default: @method, @authority, @path
	// and content-digest.
	Components []string `json:"components,omitempty"`

	// TopicARNs are the Amazon SNS topics whose messages are accepted.
	TopicARNs []string `json:"topic_arns,omitempty"`

	// AllowSHA1 accepts Amazon SNS messages of SignatureVersion 1, which are signed over SHA-1.
	AllowSHA1 bool `json:"allow_sha1,omitempty"`

	// WebhookID is the ID that PayPal gave the webhook; its signatures cover it.
	WebhookID string `json:"webhook_id,omitempty"`

	// KeySet is the https address of the provider's public keys, a JSON Web Key Set.
	KeySet string `json:"key_set,omitempty"`

	// Sandbox fetches keys from the provider's test environment instead of the live one.
	Sandbox bool `json:"sandbox,omitempty"`

	// Enrol takes a secret from the provider itself, where that hands one out when a webhook is made.
	Enrol *Enrol `json:"enrol,omitempty"`

	// Insecure accepts every request unverified.
	Insecure bool `json:"insecure,omitempty"`

	// ExpectedHeaders are names with "_" or "." that the server lets through although Caddy drops
	// such headers by default; with * at the end all that begin so. All others of that kind are refused.
	ExpectedHeaders []string `json:"-"`
}

// Enrol says where a secret is kept that the provider hands out, and until when it may be.
type Enrol struct {
	// File that the secret is in, or will be: whoever sends the first one before Until has it written
	// there, once. To have another one taken, remove the file.
	File string `json:"file,omitempty"`

	// Until is when enrolment ends, which is within the next hour when the config is loaded. Once the
	// file is there it does not matter.
	Until time.Time `json:"until"`
}

// Signature says where an HMAC signature is found, how it is written and what it signs.
type Signature struct {
	// Header names; the signatures of every one that is present are tried. In a name {n} stands for
	// the numbers from 1 to 16.
	Header []string `json:"header,omitempty"`

	// Format of the header's value. plain: one signature. list: several, split at the separator.
	// pairs: key=value, split at the separator and at spaces. positional: the timestamp, then
	// signatures, split at the separator. Default plain.
	Format string `json:"format,omitempty"`

	// Separator of a list, of pairs or of positions.
	Separator string `json:"separator,omitempty"`

	// SignatureKey is the key of the pairs that are signatures.
	SignatureKey string `json:"signature_key,omitempty"`

	// TimestampKey is the key of the pair that is the signed timestamp, if one is.
	TimestampKey string `json:"timestamp_key,omitempty"`

	// Prefix that each entry has; entries without it are ignored. In it {n} stands for any number,
	// such as a key's, and {algorithm} for the configured algorithm.
	Prefix string `json:"prefix,omitempty"`

	// Algorithm is sha1, sha256, sha384 or sha512. Default sha256.
	Algorithm string `json:"algorithm,omitempty"`

	// Encoding of the signature: hex, base64 or base64url. Default hex.
	Encoding string `json:"encoding,omitempty"`

	// Signed is the template of what is signed: {body} {timestamp} {id} {url} {method} {uri}
	// {path} {host} {header.X} {query.X}, of the request as it arrived. Default {body}. An ID that
	// contains the text which follows {id} is refused, for its end would not be clear; so is a
	// request that has a signed header or parameter twice, and one of which the signed content does
	// not tell where the body begins and ends: next to {url} say, with no text between, a body has to
	// be JSON, unless public_url is the whole address. With {secret} in it, the template is
	// hashed instead of keyed: for providers that sign so.
	Signed string `json:"signed,omitempty"`

	// SecretEncoding tells how the secret's text becomes the key: raw, hex, base64, whsec
	// (base64 after an optional "whsec_" or "v1,whsec_"), or whsec_or_raw (base64 after "whsec_",
	// or the text as it is where that is not its form). Default raw.
	SecretEncoding string `json:"secret_encoding,omitempty"`

	// KeyHeader names the key that signed, where a provider has several. A secret is then written
	// <key>:<secret>, and is tried only if the header names it.
	KeyHeader string `json:"key_header,omitempty"`
}

// The values of Signature.Format.
const (
	Plain      = "plain"
	List       = "list"
	Pairs      = "pairs"
	Positional = "positional"
)

// The values of Settings.TimestampUnit.
const (
	Unix      = "unix"
	UnixMilli = "unix_ms"
	UnixAny   = "unix_any"
	RFC3339   = "rfc3339"
	HTTPDate  = "http_date"
)
