package badger

import "container/heap"

// ranking has the shares of a pen with the one that has most of something at the top; of equal ones
// that with the oldest request. It is a heap, since strangers say how many shares there are.
type ranking struct {
	shares  []*share
	measure func(*share) int64
	at      func(*share) *int // where the share notes its place
}

func newRankings() [2]ranking {
	return [2]ranking{
		byRequests: {measure: func(s *share) int64 { return int64(s.list.Len()) }, at: func(s *share) *int { return &s.at[byRequests] }},
		byBytes:    {measure: func(s *share) int64 { return s.bytes }, at: func(s *share) *int { return &s.at[byBytes] }},
	}
}

// The rankings of a pen.
const (
	byRequests = iota
	byBytes
)

func (r *ranking) top() *share { return r.shares[0] }

// changed notes that a share that was not empty has changed, and may be empty now.
func (r *ranking) changed(s *share) {
	if s.list.Len() == 0 {
		heap.Remove(r, *r.at(s))
		return
	}
	heap.Fix(r, *r.at(s))
}

// Len implements heap.Interface.
func (r *ranking) Len() int { return len(r.shares) }

// Less implements heap.Interface.
func (r *ranking) Less(i, j int) bool {
	a, b := r.shares[i], r.shares[j]
	if x, y := r.measure(a), r.measure(b); x != y {
		return x > y
	}
	return before(a.oldest(), b.oldest())
}

// Swap implements heap.Interface.
func (r *ranking) Swap(i, j int) {
	r.shares[i], r.shares[j] = r.shares[j], r.shares[i]
	*r.at(r.shares[i]), *r.at(r.shares[j]) = i, j
}

// Push implements heap.Interface.
func (r *ranking) Push(x any) {
	s := x.(*share)
	*r.at(s) = len(r.shares)
	r.shares = append(r.shares, s)
}

// Pop implements heap.Interface.
func (r *ranking) Pop() any {
	last := len(r.shares) - 1
	s := r.shares[last]
	r.shares[last] = nil
	r.shares = r.shares[:last]
	return s
}
