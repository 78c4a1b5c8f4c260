package badger

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
)

// Some of Badger's troubles reach nobody but its log. alarms are the lines after which what it
// holds or writes cannot be relied on any more.
var alarms = []string{
	"Ignoring table",                 // a damaged table is left out at open, with all that was in it
	"Unable to read",                 // a value cannot be read, and comes out empty
	"curlf sync",                     // an fsync failed, and the write succeeds
	"error flushing memtable",        // it will not get better by trying again
	"Compact FAILED",                 // see fileGuard for what may follow
	"cannot start subcompaction",     //
	"cannot create new mem",          //
	"While trying to flush memtable", // while a prefix was dropped
}

// logAdapter passes Badger's log lines on, quietly, and raises an alarm for those that mean harm.
type logAdapter struct {
	log   *slog.Logger
	mu    sync.Mutex
	raise func(error) // set once there is a session to fail
	early error       // what was raised before that
}

func (a *logAdapter) Errorf(format string, args ...any) {
	a.line(slog.LevelError, format, args)
}

func (a *logAdapter) Warningf(format string, args ...any) {
	a.line(slog.LevelWarn, format, args)
}

func (a *logAdapter) Infof(format string, args ...any)  { a.detail(format, args) }
func (a *logAdapter) Debugf(format string, args ...any) {} // one or more for each write

func (a *logAdapter) detail(format string, args []any) {
	if a.log.Enabled(context.Background(), slog.LevelDebug) {
		a.log.Debug("badger", "line", brief(fmt.Sprintf(format, args...)))
	}
}

func (a *logAdapter) line(level slog.Level, format string, args []any) {
	text := brief(fmt.Sprintf(format, args...))
	if isAlarm(text) {
		a.log.Error("badger cannot be relied on", "line", text)
		a.alarm(fmt.Errorf("badger reports: %s", text))
		return
	}
	if level == slog.LevelError {
		a.log.Error("badger", "line", text)
	} else {
		a.log.Warn("badger", "line", text)
	}
}

func isAlarm(text string) bool {
	return slices.ContainsFunc(alarms, func(alarm string) bool { return strings.Contains(text, alarm) })
}

func (a *logAdapter) alarm(err error) {
	a.mu.Lock()
	raise := a.raise
	if a.early == nil {
		a.early = err
	}
	a.mu.Unlock()
	if raise != nil {
		raise(err)
	}
}

// connect makes later alarms go to raise, and returns the first one so far.
func (a *logAdapter) connect(raise func(error)) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.raise = raise
	return a.early
}

// brief keeps the beginning of a text on one line: Badger dumps keys and values in some of its texts.
func brief(text string) string {
	text = strings.TrimSpace(text)
	if first, _, more := strings.Cut(text, "\n"); more {
		text = first
	}
	const most = 300
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
