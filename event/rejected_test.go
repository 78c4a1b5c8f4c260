package event

import (
	"errors"
	"net/http"
	"reflect"
	"testing"
	"time"
)

func sampleRejected() *Rejected {
	at := time.Date(2026, 11, 21, 6, 35, 9, 123456789, time.UTC)
	return &Rejected{
		ID: new(IDs).Rejected(at), Source: "stripe", Provider: "stripe", ReceivedAt: at,
		Code: "signature_mismatch", Message: "the signature does not match",
		Request: Request{
			Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/stripe?a=1", Proto: "HTTP/2.0",
			PeerAddr: "192.0.2.1:4711", ClientIP: "192.0.2.1",
			Header: http.Header{"Stripe-Signature": {"t=1,v1=00"}, "X-Twice": {"a", "b"}},
		},
		Size: 7, Body: []byte(`{"a":1}`),
	}
}

func TestRejectedRecordRoundTrip(t *testing.T) {
	want := sampleRejected()
	got, err := DecodeRejected(want.AppendRecord([]byte("before"))[len("before"):])
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// Whatever single bit is flipped, and wherever a record is cut, it is refused; so are the records of
// other kinds and of later versions.
func TestDamageOfARejectedRequestIsFound(t *testing.T) {
	record := sampleRejected().AppendRecord(nil)
	for i := range record {
		for bit := range 8 {
			b := append([]byte(nil), record...)
			b[i] ^= 1 << bit
			if _, err := DecodeRejected(b); err == nil {
				t.Fatalf("bit %d of byte %d flipped and not noticed", bit, i)
			}
		}
		if _, err := DecodeRejected(record[:i]); err == nil {
			t.Fatalf("cut to %d bytes and not noticed", i)
		}
	}
	if _, err := DecodeRejected(sampleEvent().AppendRecord(nil, true)); !errors.Is(err, ErrMalformed) {
		t.Errorf("an event's record: %v, want %v", err, ErrMalformed)
	}
	w := writer{[]byte{rejectedMagic, rejectedVersion + 1}}
	if _, err := DecodeRejected(w.seal(0)); !errors.Is(err, ErrVersion) {
		t.Errorf("a later version: %v, want %v", err, ErrVersion)
	}
}

func TestRejectedIDs(t *testing.T) {
	at := time.Date(2026, 11, 21, 6, 35, 9, 123e6, time.UTC)
	id := new(IDs).Rejected(at)
	if !id.Time().Equal(at) || id.IsZero() || !(RejectedID{}).IsZero() {
		t.Errorf("%s is of %s", id, id.Time())
	}
	var read RejectedID
	if err := read.UnmarshalText([]byte(id.String())); err != nil || read != id {
		t.Errorf("%s is read as %s, %v", id, read, err)
	}
	for _, text := range []string{"", "rej_", ID(id).String(), id.String() + "0", id.String()[4:]} {
		if _, err := ParseRejectedID(text); err == nil {
			t.Errorf("%q is taken for an ID", text)
		}
	}
}

// A record with a right checksum and arbitrary fields is decoded or refused, and what is decoded
// encodes to something that decodes to the same.
func FuzzDecodeRejected(f *testing.F) {
	record := sampleRejected().AppendRecord(nil)
	f.Add(record[:len(record)-4])
	f.Add([]byte{rejectedMagic, rejectedVersion})
	f.Fuzz(func(t *testing.T, b []byte) {
		w := writer{append([]byte(nil), b...)}
		r, err := DecodeRejected(w.seal(0))
		if err != nil {
			return
		}
		again, err := DecodeRejected(r.AppendRecord(nil))
		if err != nil || !reflect.DeepEqual(r, again) {
			t.Errorf("%+v becomes %+v, %v", r, again, err)
		}
	})
}
