package providers

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/gatepost/gatepost/dedupe"
	"github.com/gatepost/gatepost/expression"
	"github.com/gatepost/gatepost/verifier"
)

// part is an element of a provider's request with its identity.
type part struct {
	body string
	dedupe.Result
}

// splitBatch takes a request apart as the provider's Batch says.
func splitBatch(t *testing.T, name string, body []byte) []part {
	t.Helper()
	b := lookup(t, name).Batch
	list, err := expression.Compile(b.Split)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	identity, err := dedupe.Compile(dedupe.Config(b.Identity))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if !identity.TellsPartsApart() {
		t.Errorf("%s: the dedupe expression looks at nothing of a part", name)
	}
	whole := expression.NewScope(&expression.Request{Source: name, Body: body})
	bodies, err := list.Parts(whole)
	if err != nil {
		t.Fatalf("%s: %s: %v", name, body, err)
	}
	parts := make([]part, len(bodies))
	for i, text := range bodies {
		if !bytes.Contains(body, text) {
			t.Errorf("%s: %s is not in the request byte for byte", name, text)
		}
		s := expression.NewPartScope(&expression.Request{Source: name, Body: text}, len(bodies))
		parts[i] = part{string(text), identity.OfPart(s, whole.Digest(), i+1)}
	}
	return parts
}

// Without a Batch are only those of whom a part would not say enough.
func TestBatchesCanBeSplit(t *testing.T) {
	without := []string{"x"}
	for _, name := range verifier.Names() {
		p := lookup(t, name)
		if slices.Contains(p.Notes, batchNote) != (p.Batch != nil || slices.Contains(without, name)) {
			t.Errorf("%s: it has a Batch: %t; its notes tell otherwise", name, p.Batch != nil)
		}
		if p.Batch == nil {
			continue
		}
		if known := slices.ContainsFunc(p.Facts, func(f verifier.Fact) bool { return strings.HasPrefix(f.About, "identity") }); !known {
			t.Errorf("%s: no fact says what the identity of an event rests on", name)
		}
	}
}

// The samples hold one event each. Split, it is of the sample's type, and not the event of another
// sample.
func TestSamplesCanBeSplit(t *testing.T) {
	const other = "01K5OTHEROTHEROTHEROTHEROT"
	ofElement := []string{"meta", "quickbooks"} // the sample's type is not the element's
	for _, name := range verifier.Names() {
		p := lookup(t, name)
		if p.Batch == nil || name == "cloudevents" || name == "auth0" { // in headers, and JSON lines: see TestSplitBatches
			continue
		}
		s := settings(name)
		sign := func(eventType, id string) []byte {
			e := p.Sample(eventType, id, now)
			r := &verifier.Request{Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/in", Header: e.Header, Body: e.Body}
			if err := newVerifier(t, name, s).Sign(r, id, now); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return r.Body
		}
		hasID := false
		for _, sample := range p.Samples {
			a, b := splitBatch(t, name, sign(sample.Type, id)), splitBatch(t, name, sign(sample.Type, other))
			if len(a) != 1 || len(b) != 1 {
				t.Errorf("%s: the sample %s has %d events", name, sample.Type, len(a))
				continue
			}
			if a[0].Type != sample.Type && !slices.Contains(ofElement, name) || a[0].Type == "" {
				t.Errorf("%s: the event of the sample %s has the type %q", name, sample.Type, a[0].Type)
			}
			hasID = hasID || a[0].EventID != ""
			if a[0].Key == b[0].Key {
				t.Errorf("%s: two samples %s are one event: %q", name, sample.Type, a[0].DedupeKey)
			}
		}
		if p.Batch.Identity.EventID != "" && !hasID && name != "quickbooks" && name != "microsoft_graph" {
			t.Errorf("%s: no sample has an ID", name)
		}
	}
}

// Requests of several events, and of unusual shape: their parts, their IDs and types, and which are
// recognised in another company.
func TestSplitBatches(t *testing.T) {
	for _, c := range []struct {
		name, body string
		ids, types []string
		known      string // one character for each part: r if it is recognised wherever it is, - if in this request only
	}{
		{"sendgrid", `[{"sg_event_id":"a","event":"open"},{"sg_event_id":"b","event":"click"},{"event":"group_resubscribe"}]` + "\r\n", []string{"a", "b", ""}, []string{"open", "click", "group_resubscribe"}, "rr-"},
		{"line", `{"destination":"U","events":[{"type":"follow","webhookEventId":"a"},{"type":"message","webhookEventId":"b"}]}`, []string{"a", "b"}, []string{"follow", "message"}, "rr"},
		{
			"meta", `{"object":"page","entry":[{"id":"1","messaging":[{"message":{"mid":"m1"}},{"read":{}}],"standby":[{"postback":{}}]},{"id":"2","changes":[{"field":"feed","value":{}}]},{"id":"3","hop":1}]}`,
			[]string{"m1", "", "", "", ""},
			[]string{"message", "read", "postback", "feed", ""},
			"-----",
		},
		{
			"meta", `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messages":[{"id":"w1"},{"id":"w2"}]}},{"field":"messages","value":{"statuses":[{"id":"w3","status":"read"}]}}]}]}`,
			[]string{"w1", "w3"},
			[]string{"messages", "messages"},
			"--",
		},
		{
			"adyen", `{"notificationItems":[{"NotificationRequestItem":{"eventCode":"CAPTURE","pspReference":"p1","additionalData":{"hmacSignature":"s1"}}},{"NotificationRequestItem":{"eventCode":"REFUND","pspReference":"p1","additionalData":{"hmacSignature":"s2"}}}]}`,
			[]string{"p1", "p1"},
			[]string{"CAPTURE", "REFUND"},
			"rr",
		},
		{"ably", `{"items":[{"name":"channel.message","timestamp":1,"data":{}},{"name":"channel.closed"}]}`, []string{"", ""}, []string{"channel.message", "channel.closed"}, "r-"},
		{"xero", `{"events":[{"eventCategory":"INVOICE","eventType":"UPDATE","eventDateUtc":"2026-11-21T12:00:00.123"},{"eventCategory":"CONTACT","eventType":"CREATE"}]}`, []string{"", ""}, []string{"INVOICE.UPDATE", "CONTACT.CREATE"}, "r-"},
		{"pusher", `{"time_ms":1,"events":[{"name":"channel_occupied","channel":"a"},{"name":"channel_occupied","channel":"a"}]}`, []string{"", ""}, []string{"channel_occupied", "channel_occupied"}, "--"},
		{"quickbooks", `[{"specversion":"1.0","id":"a","type":"qbo.invoice.updated.v1","time":"2026-11-21T12:00:00Z"},{"id":"b"}]`, []string{"a", "b"}, []string{"qbo.invoice.updated.v1", ""}, "r-"},
		{"quickbooks", `{"eventNotifications":[{"realmId":"1","dataChangeEvent":{"entities":[{"name":"Invoice"},{"name":"Bill"}]}},{"realmId":"2","dataChangeEvent":{"entities":[]}}]}`, []string{"", ""}, []string{"Invoice", ""}, "--"},
		{"microsoft_graph", `{"value":[{"id":"a","subscriptionId":"s","changeType":"created"},{"id":"b","subscriptionId":"s","lifecycleEvent":"missed"},{"subscriptionId":"s","changeType":"created"}]}`, []string{"a", "b", ""}, []string{"created", "missed", "created"}, "rr-"},
		{"klaviyo", `{"data":[{"external_id":"a","topic":"t"},{"external_id":"a","topic":"u"}]}`, []string{"a", "a"}, []string{"t", "u"}, "rr"},
		{"asana", `{"events":[{"action":"changed","resource":{"resource_type":"task"},"created_at":"2026-11-21T12:00:00.123Z"},{"action":"added","resource":{"resource_type":"story"}}]}`, []string{"", ""}, []string{"task.changed", "story.added"}, "r-"},
		{"azure_event_grid", `[{"id":"a","topic":"t","eventType":"x"},{"id":"b","eventType":"y"}]`, []string{"a", "b"}, []string{"x", "y"}, "r-"},
		{"azure_event_grid", `{"id":"a","source":"t","type":"x"}`, []string{"a"}, []string{"x"}, "r"},
		{"okta", `{"eventId":"e","data":{"events":[{"uuid":"a","eventType":"x"},{"uuid":"b","eventType":"y"}]}}`, []string{"a", "b"}, []string{"x", "y"}, "rr"},
		{"auth0", `[{"log_id":"a","data":{"type":"s"}},{"log_id":"b","data":{"type":"f"}}]`, []string{"a", "b"}, []string{"s", "f"}, "rr"},
		{"auth0", `{"log_id":"a","data":{"type":"s"}}`, []string{"a"}, []string{"s"}, "r"},
		{"gocardless", `{"events":[{"id":"a","resource_type":"payments","action":"confirmed"},{"id":"b","resource_type":"mandates","action":"failed"}]}`, []string{"a", "b"}, []string{"payments.confirmed", "mandates.failed"}, "rr"},
		{
			"hubspot_v3", `[{"portalId":1,"subscriptionId":2,"eventId":3,"occurredAt":4,"objectId":5,"subscriptionType":"contact.creation"},{"portalId":1,"subscriptionId":2,"eventId":3,"occurredAt":4,"fromObjectId":5,"toObjectId":6,"associationType":"X","subscriptionType":"contact.associationChange"},{"portalId":1,"eventId":3}]`,
			[]string{"3", "3", "3"},
			[]string{"contact.creation", "contact.associationChange", ""},
			"rr-",
		},
		{"tailscale", `[{"timestamp":"2026-11-21T12:00:00.123Z","type":"nodeCreated"},{"type":"test"}]`, []string{"", ""}, []string{"nodeCreated", "test"}, "r-"},
		{"smartsheet", `{"events":[{"eventType":"updated","id":1},{"eventType":"updated","id":1}]}`, []string{"", ""}, []string{"updated", "updated"}, "--"},
		{"sparkpost", `[{"msys":{"track_event":{"type":"open","event_id":"a"}}},{"msys":{}}]`, []string{"a", ""}, []string{"open", ""}, "r-"},
		{"cloudevents", `[{"specversion":"1.0","id":"a","source":"s","type":"x"},{"specversion":"1.0","id":"a","source":"t","type":"y"}]`, []string{"a", "a"}, []string{"x", "y"}, "rr"},
		{"cloudevents", `{"specversion":"1.0","id":"a","source":"s","type":"x"}`, []string{"a"}, []string{"x"}, "r"},
	} {
		parts, later := splitBatch(t, c.name, []byte(c.body)), splitBatch(t, c.name, []byte(c.body+" ")) // another request with the same events
		var ids, types []string
		known := ""
		keys := map[[32]byte]bool{}
		for i, p := range parts {
			ids, types = append(ids, p.EventID), append(types, p.Type)
			known += map[bool]string{true: "r", false: "-"}[p.Key == later[i].Key]
			keys[p.Key] = true
		}
		if !slices.Equal(ids, c.ids) || !slices.Equal(types, c.types) || known != c.known || len(keys) != len(parts) {
			t.Errorf("%s: %s: IDs %q, types %q, recognised %s, %d keys; want %q, %q, %s", c.name, c.body, ids, types, known, len(keys), c.ids, c.types, c.known)
		}
	}
}

// A repetition has another attemptNumber and is the same event all the same.
func TestHubSpotRepeats(t *testing.T) {
	event := func(attempt string) part {
		return splitBatch(t, "hubspot_v3", []byte(`[{"portalId":1,"subscriptionId":2,"eventId":3,"occurredAt":4,"objectId":5,"subscriptionType":"contact.creation","attemptNumber":`+attempt+`}]`))[0]
	}
	if event("0").Key != event("1").Key {
		t.Error("the second attempt is another event")
	}
}
