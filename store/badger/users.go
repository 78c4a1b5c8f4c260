package badger

import "sync/atomic"

// users counts the calls inside a session, and lets none in once it ends. Unlike an RWMutex it
// turns newcomers away at once instead of keeping them waiting behind the one who ends it.
type users struct {
	n    atomic.Int64
	gone chan struct{}
}

const endedBit = 1 << 62

func newUsers() users { return users{gone: make(chan struct{}, 1)} }

// enter reports whether the session may be used; if so, leave must follow.
func (u *users) enter() bool {
	if u.n.Add(1)&endedBit == 0 {
		return true
	}
	u.leave()
	return false
}

func (u *users) leave() {
	if u.n.Add(-1) == endedBit {
		select {
		case u.gone <- struct{}{}:
		default:
		}
	}
}

// end lets nobody in any more and waits until all have left.
func (u *users) end() {
	if u.n.Add(endedBit) == endedBit {
		return
	}
	for u.n.Load() != endedBit {
		<-u.gone
	}
}
