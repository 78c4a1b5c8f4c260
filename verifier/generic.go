package verifier

// The generic providers: schemes that the user describes.
func init() {
	identity := Identity{Dedupe: "digest"}
	Register(Provider{
		Name:     "hmac",
		Title:    "Any HMAC signature",
		Scheme:   Scheme{Kind: HMAC},
		Open:     []string{"signature", "timestamp_header", "timestamp_field", "timestamp_unit", "id_header"},
		Required: []string{"header"},
		Gap:      "hmac knows only what you tell it",
		Example:  Settings{Signature: &Signature{Header: []string{"X-Signature"}}},
		Identity: identity,
		Samples:  genericSamples,
	})
	Register(Provider{
		Name:     "token",
		Title:    "Any secret token",
		Scheme:   Scheme{Kind: Token},
		Open:     []string{"header", "bearer", "query", "field"},
		Example:  Settings{Header: "X-Token"},
		Identity: identity,
		Notes:    tokenNotes,
		Samples:  genericSamples,
	})
	Register(Provider{
		Name:     "basic",
		Title:    "HTTP basic authentication",
		Scheme:   Scheme{Kind: Basic},
		Identity: identity,
		Notes:    tokenNotes,
		Samples:  genericSamples,
	})
	Register(Provider{
		Name:     "none",
		Title:    "No verification",
		Scheme:   Scheme{Kind: None},
		Open:     []string{"insecure"},
		Example:  Settings{Insecure: true},
		Identity: identity,
		Notes:    []string{"Anybody who knows the address can send events."},
		Samples:  genericSamples,
	})
}

var (
	tokenNotes = []string{
		"The credential proves who sends, not what: it covers nothing of the request, and whoever reads one request can send any other.",
	}
	genericSamples = []Sample{{Type: "test", AnyType: true, Body: `{"id":"{id}","type":"{type}","created_at":"{time}"}`}}
)
