package event

import (
	"errors"
	"net/http"
	"reflect"
	"testing"
	"time"
)

func sampleEvent() *Event {
	at := time.Date(2026, 11, 21, 6, 35, 9, 123456789, time.UTC)
	var ids IDs
	return &Event{
		ID: ids.Event(at), Source: "stripe", Provider: "stripe", EventID: "evt_1P", Type: "invoice.paid",
		DedupeKey: "evt_1P", Key: Key{1, 2, 3}, ReceivedAt: at,
		Request: Request{
			Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/stripe?a=1", Proto: "HTTP/2.0",
			PeerAddr: "192.0.2.1:4711", ClientIP: "192.0.2.1",
			Header: http.Header{"Content-Type": {"application/json"}, "X-Twice": {"a", "b"}, "X-Empty": {}},
		},
		Size: 7, Body: []byte("{\"a\":1}"), BodyError: "",
		Verification: Verification{Result: VerifiedResult, Secret: 1, SignedAt: at.Add(-time.Second)},
		RouteErrors:  []RouteError{{Route: "crm", Error: "nil"}},
		Part:         2, Parts: 3, SplitError: "it yields nil, not a list",
	}
}

func sampleDelivery() *Delivery {
	e := sampleEvent()
	return &Delivery{
		ID: e.ID.Delivery(0), Event: e.ID, Route: Route{"stripe", "billing"}, State: Pending, Replay: true, Reason: "why",
		AttemptCount: 21, NextAttemptAt: e.ReceivedAt.Add(time.Minute), ChangedAt: e.ReceivedAt,
		BudgetSince: e.ReceivedAt, BudgetAttempts: 3,
		Attempts: []Attempt{{Number: 21, StartedAt: e.ReceivedAt, Duration: time.Second, Status: 503, Error: "x", Response: []byte("no")}},
	}
}

func TestEventRecordRoundTrip(t *testing.T) {
	want := sampleEvent()
	got, ext, err := DecodeEvent(want.AppendRecord(nil, true))
	if err != nil || ext != nil {
		t.Fatalf("decode: %v, external %v", err, ext)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}

	got, ext, err = DecodeEvent(want.AppendRecord([]byte("before")[:0], false))
	if err != nil || ext == nil {
		t.Fatalf("decode without body: %v, external %v", err, ext)
	}
	if got.Body != nil || got.Size != want.Size {
		t.Errorf("body %q and size %d, want none and %d", got.Body, got.Size, want.Size)
	}
	if err := ext.Check(want.Body); err != nil {
		t.Errorf("the body that was stored: %v", err)
	}
	if err := ext.Check([]byte("{\"a\":2}")); !errors.Is(err, ErrChecksum) {
		t.Errorf("another body: %v, want %v", err, ErrChecksum)
	}
}

func TestDeliveryRecordRoundTrip(t *testing.T) {
	for name, want := range map[string]*Delivery{"full": sampleDelivery(), "zero": {}} {
		got, err := DecodeDelivery(want.AppendRecord(nil))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v\nwant %+v", name, got, want)
		}
	}
}

// Whatever single bit is flipped, and wherever a record is cut, it is refused.
func TestDamageIsFound(t *testing.T) {
	for name, record := range map[string][]byte{
		"event": sampleEvent().AppendRecord(nil, true), "delivery": sampleDelivery().AppendRecord(nil),
	} {
		decode := func(b []byte) (err error) {
			if name == "event" {
				_, _, err = DecodeEvent(b)
			} else {
				_, err = DecodeDelivery(b)
			}
			return err
		}
		for i := range record {
			for bit := range 8 {
				b := append([]byte(nil), record...)
				b[i] ^= 1 << bit
				if decode(b) == nil {
					t.Fatalf("%s: bit %d of byte %d flipped and not noticed", name, bit, i)
				}
			}
			if decode(record[:i]) == nil {
				t.Fatalf("%s: cut to %d bytes and not noticed", name, i)
			}
		}
	}
}

// Records of version 1 ended with the body.
func TestRecordsOfVersion1AreRead(t *testing.T) {
	want := sampleEvent()
	want.Part, want.Parts, want.SplitError = 0, 0, ""
	record := want.AppendRecord(nil, true)
	w := writer{record[:len(record)-4-3]} // less the sum and three fields that are empty
	w.b[1] = 1
	got, _, err := DecodeEvent(w.seal(0))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
}

func TestNewerVersionIsNamed(t *testing.T) {
	w := writer{[]byte{eventMagic, eventVersion + 1}}
	if _, _, err := DecodeEvent(w.seal(0)); !errors.Is(err, ErrVersion) {
		t.Errorf("got %v, want %v", err, ErrVersion)
	}
}

// A record with a right checksum and arbitrary fields is decoded or refused, and what is decoded
// encodes to something that decodes to the same.
func FuzzCodec(f *testing.F) {
	e := sampleEvent().AppendRecord(nil, true)
	d := sampleDelivery().AppendRecord(nil)
	f.Add(e[:len(e)-4])
	f.Add(d[:len(d)-4])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		w := writer{append([]byte(nil), b...)}
		record := w.seal(0)
		if e, ext, err := DecodeEvent(record); err == nil && ext == nil {
			again, _, err := DecodeEvent(e.AppendRecord(nil, true))
			if err != nil || !reflect.DeepEqual(e.Request, again.Request) || e.ID != again.ID {
				t.Errorf("event: %v", err)
			}
		}
		if d, err := DecodeDelivery(record); err == nil {
			again, err := DecodeDelivery(d.AppendRecord(nil))
			if err != nil || d.Event != again.Event || d.Reason != again.Reason {
				t.Errorf("delivery: %v", err)
			}
		}
	})
}
