package badger

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Badger opens a directory that has lost data without a word. audit notices: it looks at the
// files before Badger does, at Badger's alarms, and at whether the last write is as new as the one
// noted beside the database some seconds before the end. It then refuses to open the store, unless
// the operator accepts the loss by creating a file, which counts once.
type audit struct {
	dir      string
	log      *slog.Logger
	accepted bool   // the operator's file is there
	high     uint64 // number of the last write that was noted
	noted    uint64 // what record wrote last
}

const (
	acceptFile = "accept-data-loss"
	highFile   = "seq_high"
)

// newAudit checks the files, and clears away what a crash left of them. Nobody may be writing to them.
func newAudit(dir string, log *slog.Logger) (audit, error) {
	a := audit{dir: dir, log: log}
	if err := removeEmpty(dir); err != nil {
		return a, err
	}
	if _, err := os.Stat(a.path(acceptFile)); err == nil {
		a.accepted = true
	}
	a.high = a.readHigh()
	return a, a.accept(checkFiles(dir))
}

func (a *audit) path(name string) string { return filepath.Join(a.dir, name) }

// accept turns a loss into an error, or into a line in the log if the operator accepts it.
func (a *audit) accept(loss error) error {
	switch {
	case loss == nil:
		return nil
	case a.accepted:
		a.log.Error("data was lost, and is done without as the operator asked", "loss", loss)
		return nil
	}
	return fmt.Errorf("stored data is damaged or gone: %w; restore a backup, or create the file %s to open the store once with what is left",
		loss, a.path(acceptFile))
}

// opened compares the last write found with the last one noted.
func (a *audit) opened(seq uint64) error {
	var loss error
	if seq < a.high {
		loss = fmt.Errorf("the last %d writes are missing", a.high-seq)
	}
	if err := a.accept(loss); err != nil {
		return err
	}
	a.noted = a.high
	if a.accepted {
		if err := os.Remove(a.path(acceptFile)); err != nil {
			return err
		}
		a.noted = 0 // the old note must not make the next opening fail
		a.record(seq)
	}
	return nil
}

// record notes that a write is on stable storage.
func (a *audit) record(seq uint64) {
	if seq == a.noted {
		return
	}
	if err := a.writeHigh(seq); err != nil {
		a.log.Warn("the number of the last write cannot be noted", "error", err)
		return
	}
	a.noted = seq
}

// readHigh reads the note; one that is missing or damaged proves nothing.
func (a *audit) readHigh() uint64 {
	b, err := os.ReadFile(a.path(highFile))
	if errors.Is(err, fs.ErrNotExist) {
		return 0
	}
	text, sum, ok := strings.Cut(strings.TrimSpace(string(b)), " ")
	seq, perr := strconv.ParseUint(text, 10, 64)
	if err != nil || !ok || perr != nil || sum != highSum(text) {
		a.log.Warn("the note of the last write is unreadable; it is written anew", "file", a.path(highFile))
		return 0
	}
	return seq
}

func highSum(text string) string {
	return fmt.Sprintf("%08x", sumOf([]byte(highFile), []byte(text)))
}

func (a *audit) writeHigh(seq uint64) error {
	text := strconv.FormatUint(seq, 10)
	temp := a.path(highFile + ".new")
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s %s\n", text, highSum(text))
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(temp, a.path(highFile))
}
