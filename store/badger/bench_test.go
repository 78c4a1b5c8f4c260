package badger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

var benchIDs event.IDs

func benchAcceptance(body []byte, deliveries int) store.Acceptance {
	now := time.Now()
	e := &event.Event{
		ID: benchIDs.Event(now), Source: "github", Provider: "github", EventID: "72d3162e", Type: "push",
		ReceivedAt: now, Size: len(body), Body: body,
		Request: event.Request{
			Method: "POST", Scheme: "https", Host: "hooks.example.com", URI: "/github", Proto: "HTTP/1.1", PeerAddr: "192.0.2.7:5123", ClientIP: "192.0.2.7",
			Header: http.Header{
				"Content-Type": {"application/json"}, "User-Agent": {"GitHub-Hookshot/044aadd"}, "X-Github-Event": {"push"},
				"X-Github-Delivery": {"72d3162e-cc78-11e3-81ab-4c9367dc0958"}, "X-Hub-Signature-256": {"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
			},
		},
		Verification: event.Verification{Result: event.VerifiedResult},
	}
	e.Key = sha256.Sum256(binary.BigEndian.AppendUint64(e.ID[:], 1))
	a := store.Acceptance{Event: e, Window: 7 * 24 * time.Hour}
	for n := range deliveries {
		a.Deliveries = append(a.Deliveries, &event.Delivery{
			ID: e.ID.Delivery(n), Event: e.ID, Route: event.Route{Source: "github", Name: fmt.Sprint("app", n)}, State: event.Pending, NextAttemptAt: now, ChangedAt: now,
		})
	}
	return a
}

func BenchmarkAccept(b *testing.B) {
	body := make([]byte, 1<<10)
	for i := range body {
		body[i] = byte(' ' + i*7%90)
	}
	for _, deliveries := range []int{0, 1} {
		for _, callers := range []int{1, 16, 64, 256} {
			b.Run(fmt.Sprintf("deliveries=%d/callers=%d", deliveries, callers), func(b *testing.B) {
				s := New(Options{Dir: b.TempDir(), Logger: slog.New(slog.DiscardHandler)})
				defer s.Close()
				if err := s.Open(context.Background()); err != nil {
					b.Fatal(err)
				}
				b.SetParallelism(callers / 2)
				b.ReportAllocs()
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if _, err := s.Accept(context.Background(), benchAcceptance(body, deliveries)); err != nil {
							b.Fatal(err)
						}
					}
				})
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "acks/s")
				b.ReportMetric(float64(b.N)/float64(s.Stats().Commits.Count), "acks/commit")
			})
		}
	}
}
