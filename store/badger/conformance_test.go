package badger

import (
	"context"
	"log/slog"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/gatepost/gatepost/store/storetest"
)

func TestMain(m *testing.M) {
	if role := os.Getenv(helperEnv); role != "" {
		os.Exit(help(role))
	}
	goleak.VerifyTestMain(m,
		// Badger leaves these behind when it cannot open a directory.
		goleak.IgnoreAnyFunction("github.com/dgraph-io/ristretto/v2/z.(*AllocatorPool).freeupAllocators"),
		goleak.IgnoreAnyFunction("github.com/dgraph-io/badger/v4.(*DB).monitorCache"),
	)
}

// TestConformance runs the suite that every engine passes.
func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T, o storetest.Options) storetest.Instance {
		return instance(t, t.TempDir(), o)
	})
}

func instance(t *testing.T, dir string, o storetest.Options) storetest.Instance {
	s := New(Options{Dir: dir, Now: o.Now, Logger: slog.New(slog.DiscardHandler)})
	if err := s.Open(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return storetest.Instance{
		Engine: s,
		Sweep:  s.Sweep,
		Reopen: func() storetest.Instance {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return instance(t, dir, o)
		},
	}
}
