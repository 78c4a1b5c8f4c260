package badger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gatepost/gatepost/store"
)

// errBadger comes with the errors of opening that are Badger's own.
var errBadger = errors.New("badger")

// lockError turns Badger's complaint about its directory lock, which is a text only, into store.ErrLocked.
func lockError(err error) error {
	switch {
	case err == nil:
		return nil
	case strings.Contains(err.Error(), "Another process is using this Badger database"):
		return store.ErrLocked
	}
	return fmt.Errorf("%w: %s", errBadger, brief(err.Error()))
}

// holder names the process that has the directory, as far as it can be known.
func holder(dir string) string {
	b, err := os.ReadFile(filepath.Join(dir, "LOCK"))
	if err != nil {
		return "another process"
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	switch {
	case err != nil:
		return "another process"
	case pid == os.Getpid():
		return fmt.Sprintf("this same process (%d)", pid)
	}
	return fmt.Sprintf("process %d", pid)
}
