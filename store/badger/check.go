package badger

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A log file (.mem) of Badger is a header of 20 bytes and entries, each
//
//	meta (1)  user meta (1)  key length, value length, expiry (varints)  key  value  CRC-32C (4)
//
// and zeros after the last. A transaction is a run of entries with logTxn whose keys end in its
// number, closed by one with logEnd whose value is that number as text. Badger stops reading at
// the first entry that does not fit, and forgets the rest. That is right for the torn end a crash
// leaves, and wrong for a damaged bit in the middle. The two can be told apart: a transaction is
// written only after the one before it is on stable storage, so that a crash tears the last one only.
const (
	logHeader = 20
	logTxn    = 1 << 6
	logEnd    = 1 << 7
	logEndKey = "!badger!txn"
)

// checkFiles returns an error that names the first file that is damaged in a way that Badger does
// not notice, or does not survive.
func checkFiles(dir string) error {
	if err := checkLogs(dir); err != nil {
		return err
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := checkTable(name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// removeEmpty removes the files that Badger had created and not yet sized when the process was
// killed. They hold nothing, and Badger does not open a directory with one.
func removeEmpty(dir string) error {
	for _, kind := range []string{"*.mem", "*.vlog", "*.sst"} {
		names, err := filepath.Glob(filepath.Join(dir, kind))
		if err != nil {
			return err
		}
		for _, name := range names {
			fi, err := os.Stat(name)
			if err != nil {
				return err
			}
			if fi.Size() > 0 {
				continue
			}
			if err := os.Remove(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkTable checks the lengths at the end of a table, which Badger follows wherever they lead: the
// file is blocks, index, its length (4 bytes), a checksum, and its length (4 bytes). Everything else
// is covered by checksums that Badger looks at.
func checkTable(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	end := fi.Size()
	for _, what := range []string{"checksum", "index"} {
		var b [4]byte
		if _, err := f.ReadAt(b[:], max(end-4, 0)); err != nil {
			return fmt.Errorf("the length of its %s cannot be read: %w", what, err)
		}
		if end -= 4 + int64(binary.BigEndian.Uint32(b[:])); end < 4 {
			return fmt.Errorf("the length of its %s is damaged", what)
		}
	}
	return nil
}

// checkLogs returns an error that names the first log file that lost more than a torn end.
func checkLogs(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	if err != nil {
		return err
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	for i, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := checkLog(b, i == len(names)-1); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// checkLog checks the content of one log file; of the last one the end may be torn.
func checkLog(b []byte, last bool) error {
	if len(b) <= logHeader {
		return nil
	}
	end, txn := validEnd(b)
	tail := b[end:]
	rest := tail[:usedBytes(tail)]
	if len(rest) == 0 {
		return nil
	}
	lost := 0
	for i := 0; ; {
		at := bytes.Index(rest[i:], []byte(logEndKey))
		if at < 0 {
			break
		}
		i += at + len(logEndKey)
		if n, ok := endAround(tail, i); ok && n > txn+1 {
			lost++
		}
	}
	switch {
	case lost > 0 && txn > 0, lost > 1: // the number of the very first transaction is not known
		return fmt.Errorf("%d or more stored writes after byte %d cannot be read", lost, end)
	case len(rest) > tornMost:
		return fmt.Errorf("%d bytes after byte %d cannot be read, more than one write has", len(rest), end)
	case !last:
		return fmt.Errorf("the end, from byte %d on, cannot be read", end)
	}
	return nil
}

// usedBytes is how long b is without the zeros at its end, of which a log file has megabytes.
func usedBytes(b []byte) int {
	const chunk = 64 << 10
	zeros := make([]byte, chunk)
	for len(b) > chunk && bytes.Equal(b[len(b)-chunk:], zeros) {
		b = b[:len(b)-chunk]
	}
	return len(bytes.TrimRight(b, "\x00"))
}

// tornMost is more than one batch takes in a log file.
const tornMost = batchBytes + batchEntries*64 + (1 << 20)

// validEnd is where the last whole transaction ends, and its number.
func validEnd(b []byte) (end int, txn uint64) {
	end = logHeader
	var open uint64
	for at := end; ; {
		e, ok := entryAt(b, at)
		if !ok {
			return end, txn
		}
		at += e.size
		switch {
		case e.meta&logTxn != 0:
			if open == 0 {
				open = e.version()
			}
			if e.version() != open {
				return end, txn
			}
		case e.meta&logEnd != 0:
			n, ok := e.number()
			if !ok || n != open {
				return end, txn
			}
			end, txn, open = at, n, 0
		default:
			if open != 0 {
				return end, txn
			}
			end = at
		}
	}
}

// endAround reads the entry that closes a transaction, of which the key's text ends at i.
func endAround(b []byte, i int) (uint64, bool) {
	const before = 5 // meta, user meta, and three lengths below 128
	e, ok := entryAt(b, i-len(logEndKey)-before)
	if !ok || e.meta&logEnd == 0 {
		return 0, false
	}
	return e.number()
}

type logEntry struct {
	meta       byte
	key, value []byte
	size       int
}

// version is the number of the transaction, which a key ends with, counted down from the top.
func (e logEntry) version() uint64 {
	if len(e.key) < 8 {
		return 0
	}
	return ^binary.BigEndian.Uint64(e.key[len(e.key)-8:])
}

func (e logEntry) number() (uint64, bool) {
	n, err := strconv.ParseUint(string(e.value), 10, 64)
	return n, err == nil && strings.HasPrefix(string(e.key), logEndKey)
}

// entryAt reads the entry at a position; false if there is none or it is damaged.
func entryAt(b []byte, at int) (e logEntry, ok bool) {
	if at < 0 || at+2 > len(b) {
		return e, false
	}
	head := at + 2
	var n [3]uint64
	for i := range n {
		v, size := binary.Uvarint(b[head:])
		if size <= 0 {
			return e, false
		}
		n[i], head = v, head+size
	}
	room := uint64(len(b) - head)
	if n[0] == 0 || n[0] > 1<<16 || n[1] > room || n[0]+n[1]+crc32.Size > room {
		return e, false
	}
	mid, end := head+int(n[0]), head+int(n[0]+n[1])
	if binary.BigEndian.Uint32(b[end:]) != crc32.Checksum(b[at:end], crc32.MakeTable(crc32.Castagnoli)) {
		return e, false
	}
	return logEntry{meta: b[at], key: b[head:mid], value: b[mid:end], size: end + crc32.Size - at}, true
}
