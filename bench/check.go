package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"time"
)

// check compares what Gatepost acknowledged with what it has after a kill and a start.
type check struct {
	Acknowledged int `json:"acknowledged"`
	Unanswered   int `json:"unanswered"` // may be stored or not
	Stored       int `json:"stored"`
	Twice        int `json:"twice"`
}

func (c *check) acknowledged(s sample) {
	c.Acknowledged += s.Requests
	c.Unanswered += s.Failed
}

func (c *check) failure() error {
	switch {
	case c.Twice > 0:
		return fmt.Errorf("%d events are stored twice", c.Twice)
	case c.Stored < c.Acknowledged:
		return fmt.Errorf("%d events were acknowledged and only %d are stored", c.Acknowledged, c.Stored)
	case c.Stored > c.Acknowledged+c.Unanswered:
		return fmt.Errorf("%d events were sent and %d are stored", c.Acknowledged+c.Unanswered, c.Stored)
	}
	return nil
}

// run kills the server, starts it again, and counts its events.
func (c *check) run(ctx context.Context, s *server) error {
	s.kill()
	if err := s.start(filepath.Dir(s.binary)); err != nil {
		return fmt.Errorf("starting %s again: %w", s.name, err)
	}
	seen := make(map[string]struct{}, c.Acknowledged)
	for cursor := ""; ; {
		page, err := eventsPage(ctx, s.admin, cursor)
		if err != nil {
			return fmt.Errorf("listing events: %w", err)
		}
		for _, e := range page.Items {
			if _, twice := seen[e.EventID]; twice {
				c.Twice++
			}
			seen[e.EventID] = struct{}{}
		}
		if cursor = page.Next; cursor == "" {
			c.Stored = len(seen)
			return nil
		}
	}
}

type page struct {
	Items []struct {
		EventID string `json:"event_id"`
	} `json:"items"`
	Next string `json:"next"`
}

// eventsPage reads one page of the admin API, once the store is open.
func eventsPage(ctx context.Context, admin, cursor string) (*page, error) {
	address := "http://" + admin + "/webhooks/events?limit=1000&cursor=" + url.QueryEscape(cursor)
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, err
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode != http.StatusOK {
			_ = resp.Body.Close()
			if time.Now().Before(deadline) {
				continue
			}
			return nil, fmt.Errorf("answered %s", resp.Status)
		}
		p := new(page)
		err = json.NewDecoder(resp.Body).Decode(p)
		_ = resp.Body.Close()
		return p, err
	}
}
