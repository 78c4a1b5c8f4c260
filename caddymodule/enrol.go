package caddymodule

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/gatepost/gatepost/verifier"
)

const (
	longestEnrolment = time.Hour
	largestEnrolled  = 256 // bytes of a secret
)

// enrolment takes the secret that a provider hands out when a webhook is made, and verifies with it
// from then on. The first one is taken, until a certain time; whoever knows the address could send it,
// which is why both are bounds. The file is all that is remembered: with it, another config, process or
// handler of the source knows the secret, and that no other is to be taken.
type enrolment struct {
	settings verifier.Enrol
	header   string
	build    func(secret string) (verifier.Verifier, error)
	without  verifier.Verifier // of the configured secrets alone, if there are any
	with     atomic.Pointer[enrolled]
	now      func() time.Time
	log      *zap.Logger // knows the source
}

// enrolled is a secret that was taken, and the verifier of it and the configured ones.
type enrolled struct {
	verifier.Verifier
	secret string
}

// enrol has the source take its secret from the provider.
func (h *Handler) enrol(s *source, settings verifier.Settings) error {
	e := &enrolment{
		settings: *settings.Enrol, header: s.Provider.EnrolHeader, without: s.Verifier, now: time.Now,
		log: h.log.With(zap.String("source", s.Name), zap.String("file", settings.Enrol.File)),
		build: func(secret string) (verifier.Verifier, error) {
			with := settings
			with.Enrol = nil
			with.Secrets = append([]string{secret}, settings.Secrets...)
			return s.Provider.New(with)
		},
	}
	if err := e.check(); err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	handshake := *s.Handshake
	handshake.Answer = e.answer
	s.Verifier, s.Handshake = e, &handshake
	return nil
}

// check reads the file, or reports why none can come to be.
func (e *enrolment) check() error {
	err := e.read()
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := os.Lstat(e.settings.File); err == nil {
		return fmt.Errorf("%s is a link to what is not there: remove it, or write the file that it leads to", e.settings.File)
	}
	now := e.now()
	example := now.Add(10 * time.Minute).UTC().Format(time.RFC3339)
	switch until := e.settings.Until; {
	case !now.Before(until):
		return fmt.Errorf("%s is not there, and enrolment ended at %s: to take a new secret write a time within the next hour, such as %s", e.settings.File, until.Format(time.RFC3339), example)
	case until.After(now.Add(longestEnrolment)):
		return fmt.Errorf("%s is more than an hour ahead, and until then anybody who knows the address could enrol a secret: write a time such as %s", until.Format(time.RFC3339), example)
	}
	if info, err := os.Stat(filepath.Dir(e.settings.File)); err != nil || !info.IsDir() {
		return fmt.Errorf("%s cannot be written: there is no such directory", e.settings.File)
	}
	e.log.Warn("enrolment is open: the first secret that comes is taken, whoever sends it", zap.Time("until", e.settings.Until))
	return nil
}

// read begins to verify with the secret that is in the file.
func (e *enrolment) read() error {
	text, err := os.ReadFile(e.settings.File)
	if err != nil {
		return err
	}
	secret := strings.TrimRight(string(text), "\r\n")
	v, err := e.build(secret)
	if err != nil {
		return fmt.Errorf("%s holds no secret: %w", e.settings.File, err)
	}
	e.with.Store(&enrolled{v, secret})
	return nil
}

// current is the secret that was taken, or nil while there is none. Another config of the same source,
// during a reload, may have taken it.
func (e *enrolment) current() *enrolled {
	if e.with.Load() == nil && e.read() != nil {
		return nil
	}
	return e.with.Load()
}

func (e *enrolment) Verify(r *verifier.Request, now time.Time) (verifier.Result, error) {
	if v := e.current(); v != nil {
		return v.Verify(r, now)
	}
	return e.without.Verify(r, now)
}

func (e *enrolment) Sign(r *verifier.Request, id string, now time.Time) error {
	if v := e.current(); v != nil {
		return v.Sign(r, id, now)
	}
	return e.without.Sign(r, id, now)
}

// answer takes the secret of the request, if it is the first and in time, and hands it back. All other
// requests are for Verify.
func (e *enrolment) answer(r *verifier.Request) *verifier.Answer {
	values := r.Header.Values(e.header)
	if r.Method != http.MethodPost || len(values) != 1 || !isEnrollable(values[0]) || e.current() != nil || !e.now().Before(e.settings.Until) {
		return nil
	}
	err := e.keep(values[0])
	switch {
	case errors.Is(err, fs.ErrExist): // another request was faster
		return nil
	case err != nil:
		e.log.Error("the enrolled secret cannot be kept, so it was not taken", zap.Error(err))
		return &verifier.Answer{Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"60"}}}
	}
	e.log.Warn("a secret was enrolled; requests are verified with it from now on", zap.String("host", r.Host))
	return &verifier.Answer{Status: http.StatusOK, Header: http.Header{http.CanonicalHeaderKey(e.header): values}}
}

// isEnrollable reports whether the text can be a secret, and be sent back in a header.
func isEnrollable(text string) bool {
	unfit := func(c rune) bool { return c <= ' ' || c > '~' }
	return text != "" && len(text) <= largestEnrolled && !strings.ContainsFunc(text, unfit)
}

// keeping lets one secret be written at a time: two configs of a source can be loaded.
var keeping sync.Mutex

// keep writes the secret to the file, whole or not at all, unless that is there.
func (e *enrolment) keep(secret string) error {
	keeping.Lock()
	defer keeping.Unlock()
	switch _, err := os.Lstat(e.settings.File); {
	case err == nil:
		return fs.ErrExist
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	v, err := e.build(secret)
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(e.settings.File), ".enrol-*") // for its owner alone
	if err != nil {
		return err
	}
	_, err = temporary.WriteString(secret)
	err = errors.Join(err, temporary.Sync(), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), e.settings.File)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	if err := syncDir(filepath.Dir(e.settings.File)); err != nil {
		return errors.Join(err, os.Remove(e.settings.File))
	}
	e.with.Store(&enrolled{v, secret})
	return nil
}

// settingsNow are the source's settings, with the secret that was enrolled.
func (s *source) settingsNow() verifier.Settings {
	settings := s.settings
	if e, ok := s.Verifier.(*enrolment); ok {
		if taken := e.current(); taken != nil {
			settings.Secrets = append([]string{taken.secret}, settings.Secrets...)
		}
	}
	return settings
}

// syncDir has the names in a directory survive a loss of power, where a directory can be synced: the
// provider tells a secret once.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
