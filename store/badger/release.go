package badger

import "github.com/gatepost/gatepost/event"

// release is the removal of a rejected request by the transaction that accepts what it became. Of
// several that find it, only the first does: the others see the removal, be it in the same batch.
type release struct {
	id event.RejectedID // zero: there is none
	k  *kept
}

// apply puts the removal into the batch if it fits together with so many other pairs.
func (r *release) apply(b *batch, pairs, size int) error {
	if r.id.IsZero() {
		return b.fits(pairs, size)
	}
	k := b.ss.quarantine.find(r.id)
	if k == nil {
		return noRejected(r.id)
	}
	if found, err := b.has(k.key()); err != nil || !found {
		if err == nil {
			err = noRejected(r.id)
		}
		return err
	}
	removal := []pair{{key: k.key()}}
	if err := b.fits(pairs+len(removal), size+sizeOf(removal)); err != nil {
		return err
	}
	r.k = k
	return b.put(removal, sizeOf(removal))
}

func (r *release) committed(b *batch) {
	if r.k != nil {
		b.ss.quarantine.remove(r.k)
	}
}
