package main

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// checkStored kills the server, starts it again, and looks whether all acknowledged events are there.
func (b *bench) checkStored(ctx context.Context) (int, error) {
	b.say("killing the server and looking for the %d events it acknowledged", b.sent)
	b.server.kill()
	if err := b.server.start(ctx); err != nil {
		return 0, err
	}
	return b.server.stored(ctx, b.sent)
}

// stored counts the events that are stored. It is an error if they are any but those numbered from 0
// up to expected, each of them once.
func (s *server) stored(ctx context.Context, expected int) (stored int, err error) {
	found := make([]bool, expected)
	strange := 0
	for cursor := ""; ; {
		var page struct {
			Items []struct {
				EventID string `json:"event_id"`
			} `json:"items"`
			Next string `json:"next"`
		}
		if err := s.get(ctx, "/webhooks/events?limit=1000&cursor="+url.QueryEscape(cursor), &page); err != nil {
			return stored, err
		}
		for _, item := range page.Items {
			stored++
			n, err := strconv.Atoi(strings.TrimPrefix(item.EventID, idPrefix))
			if err != nil || n < 0 || n >= expected || found[n] {
				strange++
				continue
			}
			found[n] = true
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if stored != expected || strange > 0 {
		return stored, fmt.Errorf("%d events were acknowledged, %d are stored, and %d of these are copies or were not sent", expected, stored, strange)
	}
	return stored, nil
}
