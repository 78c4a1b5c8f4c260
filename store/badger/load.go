package badger

import (
	"fmt"

	bdg "github.com/dgraph-io/badger/v4"
)

// formatVersion is that of the layout as a whole; records have versions of their own.
const formatVersion = 1

// load reads what is kept in memory: by keys, not by values, so that a large backlog opens fast.
func (ss *session) load() error {
	return ss.view(func(txn *bdg.Txn) error {
		if err := ss.checkFormat(txn); err != nil {
			return err
		}
		if err := ss.loadSeq(txn); err != nil {
			return err
		}
		ss.loadMarks(txn)
		if err := ss.queues.load(txn); err != nil {
			return err
		}
		ss.quarantine.load(txn)
		return ss.dropOrphans(txn)
	})
}

var formatKey = append([]byte{storeKind}, "format"...)

func (ss *session) checkFormat(txn *bdg.Txn) error {
	v, err := get(txn, formatKey)
	if err != nil {
		return err
	}
	if v == nil {
		ss.writer.add(newPlain(diskFull, pair{formatKey, seal(formatKey, []byte{formatVersion})}), false)
		return nil
	}
	b, ok := unseal(formatKey, v)
	if !ok || len(b) != 1 {
		ss.damage("format version", "")
		return nil
	}
	if b[0] > formatVersion {
		return fmt.Errorf("it was written by a newer version: its format is %d, this one knows up to %d", b[0], formatVersion)
	}
	return nil
}
