package replay

import (
	"context"
	"iter"

	"github.com/gatepost/gatepost/event"
)

// RejectedFilter selects rejected requests; empty fields select all.
type RejectedFilter struct {
	Source string
	Code   string
	Since  string // RFC 3339, or a duration back from now such as 2h or 7d
	Until  string
	Limit  int // items a page, at most 1000; 0: the API's default
}

// Rejected yields the quarantined requests that match, newest first, as Events does.
func (c *Client) Rejected(ctx context.Context, f RejectedFilter) iter.Seq2[*Rejected, error] {
	return pages[Rejected](ctx, c, "rejected", query(f.Limit, "source", f.Source, "code", f.Code, "since", f.Since, "until", f.Until))
}

// RejectedRequest returns one with its headers and an explanation.
func (c *Client) RejectedRequest(ctx context.Context, id event.RejectedID) (*Rejected, error) {
	return get[Rejected](ctx, c, "rejected/"+id.String())
}

// RejectedBody returns the body of one, byte for byte.
func (c *Client) RejectedBody(ctx context.Context, id event.RejectedID) ([]byte, error) {
	return c.body(ctx, "rejected/"+id.String()+"/body")
}

// DeleteRejected removes one.
func (c *Client) DeleteRejected(ctx context.Context, id event.RejectedID) error {
	return c.remove(ctx, "rejected/"+id.String())
}

// VerifyRejected verifies rejected requests again and releases those that are genuine, call after
// call until all were checked. It yields the result of each call; after an error it ends.
func (c *Client) VerifyRejected(ctx context.Context, in VerifyRequest) iter.Seq2[*VerifyResult, error] {
	return func(yield func(*VerifyResult, error) bool) {
		for {
			result, err := post[VerifyResult](ctx, c, "rejected/verify", in)
			if !yield(result, err) || err != nil || result.Next == "" {
				return
			}
			in.Cursor = result.Next
		}
	}
}
