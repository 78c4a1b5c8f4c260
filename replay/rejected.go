package replay

import (
	"bytes"
	"errors"
	"net/http"
	"slices"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/store"
)

// Release is what became of a rejected request that was verified again.
type Release struct {
	Outcome Outcome
	Event   event.ID // the event it became, or whose copy it is
	Code    string   // why it was not released
}

func (c *call) rejected() error {
	f, err := c.rejectedFilter()
	if err != nil {
		return err
	}
	page := newScan[Rejected](c.r.Context(), f.limit)
	err = c.Engine.ListRejected(page.ctx, f.query, func(r *event.Rejected) bool {
		if !page.take(r.ID) {
			return false
		}
		if f.matches(r) {
			page.items = append(page.items, showRejected(r))
		}
		return true
	})
	list, err := page.list(rejectedCursor, err)
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, list)
}

// rejectedFilter is what a listed request must match, and which page of those is asked for.
type rejectedFilter struct {
	query store.RejectedQuery
	code  string
	limit int
}

func (c *call) rejectedFilter() (f rejectedFilter, err error) {
	f.query.Source, f.code = c.params["source"], c.params["code"]
	if f.query.Since, f.query.Until, err = c.times(); err != nil {
		return f, err
	}
	limit, after, err := c.place(rejectedCursor)
	f.limit = limit
	copy(f.query.After[:], after)
	return f, err
}

// matches repeats what the store has seen to, for requests that were named one by one.
func (f *rejectedFilter) matches(r *event.Rejected) bool {
	q := &f.query
	return (f.code == "" || f.code == r.Code) && (q.Source == "" || q.Source == r.Source) &&
		!r.ReceivedAt.Before(q.Since) && (q.Until.IsZero() || r.ReceivedAt.Before(q.Until))
}

// rejectedID is the request that the path names. What cannot be an ID names none.
func (c *call) rejectedID() (event.RejectedID, error) {
	id, err := event.ParseRejectedID(c.args[0])
	if err != nil {
		return id, &Error{http.StatusNotFound, "no such rejected request: " + err.Error()}
	}
	return id, nil
}

// readRejected reads the request that the path names.
func (c *call) readRejected() (*event.Rejected, error) {
	id, err := c.rejectedID()
	if err != nil {
		return nil, err
	}
	return c.Engine.Rejected(c.r.Context(), id)
}

func (c *call) rejectedOne() error {
	r, err := c.readRejected()
	if err != nil {
		return err
	}
	shown, sources := showRejected(r), c.Config.Sources()
	shown.Request = showRequest(&r.Request, func(header string) bool {
		// One of another source, too: what is sent to the wrong address is rejected there.
		return c.Config.SecretHeader(r.Source, r.Provider, header) || slices.ContainsFunc(sources, func(s Source) bool {
			return c.Config.SecretHeader(s.Name, s.Provider, header)
		})
	})
	shown.Explanation = c.Config.Explain(r)
	return c.answer(http.StatusOK, shown)
}

func (c *call) rejectedBody() error {
	r, err := c.readRejected()
	if err != nil {
		return err
	}
	c.answerBody(r.ID.String(), r.Body)
	return nil
}

func (c *call) removeRejected() error {
	id, err := c.rejectedID()
	if err != nil {
		return err
	}
	if err := c.Engine.RemoveRejected(c.r.Context(), id); err != nil {
		return err
	}
	c.Logger.Info("rejected request removed by an operator", "rejected", id.String())
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// verify verifies rejected requests again, in the order in which they arrived, and releases those
// that are genuine.
func (c *call) verify() error {
	var in VerifyRequest
	if err := c.decode(&in); err != nil {
		return err
	}
	if len(in.IDs) > maxLimit {
		return badRequest("ids names %d requests: name at most %d", len(in.IDs), maxLimit)
	}
	c.params = in.params()
	f, err := c.rejectedFilter()
	if err != nil {
		return err
	}
	f.query.Oldest, f.query.Body = true, true

	page := newScan[VerifyItem](c.r.Context(), f.limit)
	visit := func(r *event.Rejected) bool {
		if !page.take(r.ID) {
			return false
		}
		if f.matches(r) {
			page.items = append(page.items, c.release(r, in.DryRun))
		}
		return true
	}
	if len(in.IDs) > 0 {
		err = c.named(in.IDs, page, f.query.After, visit)
	} else {
		err = c.Engine.ListRejected(page.ctx, f.query, visit)
	}
	list, err := page.list(rejectedCursor, err)
	if err != nil {
		return err
	}
	result := VerifyResult{Items: []VerifyItem{}, Next: list.Next}
	result.Add(&VerifyResult{Items: list.Items})
	return c.answer(http.StatusOK, result)
}

// named visits the requests of these IDs in the order in which they arrived.
func (c *call) named(ids []event.RejectedID, page *scan[VerifyItem], after event.RejectedID, visit func(*event.Rejected) bool) error {
	compare := func(a, b event.RejectedID) int { return bytes.Compare(a[:], b[:]) }
	ids = slices.Clone(ids)
	slices.SortFunc(ids, compare)
	for _, id := range slices.Compact(ids) {
		if compare(id, after) <= 0 {
			continue
		}
		r, err := c.Engine.Rejected(page.ctx, id)
		switch {
		case errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrDamaged):
			if !page.take(id) {
				return nil
			}
			page.items = append(page.items, VerifyItem{ID: id, Outcome: OutcomeNotFound})
		case err != nil:
			return err
		case !visit(r):
			return nil
		}
	}
	return nil
}

// release verifies one request, and sees to it that it leaves the quarantine if it is done with.
func (c *call) release(r *event.Rejected, dryRun bool) VerifyItem {
	ctx := c.r.Context()
	done := c.Config.Release(ctx, r, dryRun)
	item := VerifyItem{ID: r.ID, Source: r.Source, Outcome: done.Outcome, Event: done.Event, Code: done.Code}
	if dryRun || !done.Outcome.settled() {
		return item
	}
	log := c.Logger.With("rejected", r.ID.String(), "source", r.Source)
	log.Info("rejected request released by an operator", "outcome", string(done.Outcome), "event", done.Event.String())
	if done.Outcome != OutcomeHandshake {
		return item
	}
	if err := c.Engine.RemoveRejected(ctx, r.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
		log.Warn("a handshake cannot be removed from the quarantine; it will be one again the next time", "error", err)
	}
	return item
}

// showRejected is a rejected request as lists have it.
func showRejected(r *event.Rejected) Rejected {
	return Rejected{
		ID: r.ID, Source: r.Source, Provider: r.Provider, ReceivedAt: Time{r.ReceivedAt},
		Code: r.Code, Message: r.Message, Size: r.Size, RemoteIP: r.Request.ClientIP,
	}
}
