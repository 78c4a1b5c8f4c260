package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/gatepost/gatepost/replay"
)

// free is how many bytes are free where dir is.
func free(t testing.TB, dir string) int64 {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		t.Fatal(err)
	}
	return int64(s.Bavail) * s.Bsize
}

// ballast takes up space until it is removed.
func ballast(t testing.TB, dir string, size int64) (remove func()) {
	t.Helper()
	name := filepath.Join(dir, "ballast")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	remove = func() {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	}
	t.Cleanup(remove)
	switch err := syscall.Fallocate(int(f.Fd()), 0, 0, size); {
	case errors.Is(err, syscall.EOPNOTSUPP):
		t.Skip("this file system cannot allocate space in advance")
	case err != nil:
		t.Fatal(err)
	}
	return remove
}

// fill takes up all space, while others may be taking some, too.
func fill(t testing.TB, dir string) (remove func()) {
	t.Helper()
	name := filepath.Join(dir, "the last byte")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 64<<10))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() { _ = os.Remove(name) }
}

// awaitQuiet waits until nothing was written for a while.
func awaitQuiet(t testing.TB, dir string) {
	t.Helper()
	var last int64
	since := time.Now()
	eventually(t, "nothing is written", func() error {
		if now := free(t, dir); now != last {
			last, since = now, time.Now()
		}
		if quiet := time.Since(since); quiet < time.Second {
			return fmt.Errorf("%d bytes are free since %s", last, quiet)
		}
		return nil
	})
}

// smallDisk mounts a file system of its own.
func smallDisk(t testing.TB, size int64) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("gatepost-e2e", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("mounting a small disk needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// Below min_free_disk sources answer 503, and take events again by themselves once there is space.
// Deliveries go on meanwhile.
func TestDiskLow(t *testing.T) {
	t.Parallel()
	const margin = 1 << 30 // others use this disk, too
	a := newApp(t, nil)
	g := install(t, config{})
	space := free(t, g.dir)
	if space < 4*margin {
		t.Skipf("needs %d bytes of free disk", int64(4*margin))
	}
	checkDiskLow(t, g, a, space-margin, 2*margin, g.dir)
}

func TestDiskLowOnSmallDisk(t *testing.T) {
	t.Parallel()
	const size = 512 << 20
	disk := smallDisk(t, size)
	g := install(t, config{})
	g.data = filepath.Join(disk, "store")
	checkDiskLow(t, g, newApp(t, nil), 256<<20, 300<<20, disk)
}

func checkDiskLow(t *testing.T, g *gatepost, a *app, least, weight int64, dir string) {
	t.Helper()
	g.configure(config{webhooks: fmt.Sprintf("min_free_disk %d", least), site: githubDirective("route app " + a.URL)})
	g.start()
	g.hold("github", "app")
	before := g.accept(push("before", nil))

	remove := ballast(t, dir, weight)
	refusal := awaitAnswer(g, "refused", http.StatusServiceUnavailable)
	if refusal.code() != "disk_low" || refusal.Header.Get("Retry-After") == "" {
		t.Errorf("refused with %v", refusal)
	}
	if h := g.awaitHealth(replay.HealthFailing); !slices.Contains(h.Reasons, "disk_low") {
		t.Errorf("health: %+v", h)
	}
	g.resume("github", "app")
	g.awaitState(before, "delivered")

	remove()
	awaitAnswer(g, "taken", http.StatusOK)
	g.awaitHealth(replay.HealthOK)
	a.await(2)
}

// awaitAnswer sends events until one is answered with the status.
func awaitAnswer(g *gatepost, what string, status int) (last answer) {
	g.t.Helper()
	n := 0
	eventually(g.t, "events are "+what, func() error {
		n++
		if last = g.send(push(fmt.Sprint(what, n), nil)); last.Status != status {
			return fmt.Errorf("answered %v", last)
		}
		return nil
	})
	return last
}

// A disk that is full to the last byte ends nothing: not the process, not the sites beside, and not
// what was acknowledged; and when there is space again, no hand is needed.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, 480<<20)
	others := ballast(t, disk, 160<<20)
	a := newApp(t, nil)
	g := install(t, config{})
	g.data = filepath.Join(disk, "store")
	beside := freeAddress(t)
	g.configure(config{
		webhooks: "min_free_disk 192MiB",
		site:     githubDirective("max_body 1MiB\n route app " + a.URL),
		sites:    "http://" + beside + " {\n respond beside\n}",
	})
	g.start()
	checkBeside := func(when string) {
		t.Helper()
		if got := g.send(request{Method: http.MethodGet, Path: "/", at: beside}); got.Body != "beside" {
			t.Errorf("%s: the other site answers %v", when, got)
		}
	}

	l := &load{g: g, sizes: []int{900 << 10, 1 << 10, 990 << 10}}
	l.run(8, nil, func(got answer, err error) bool {
		if err != nil || got.code() != "disk_low" {
			t.Errorf("refused with %v %v", got, err)
		}
		return false
	})
	// What is being written when others take the last byte cannot be helped. But nothing new is begun
	// below min_free_disk, nor anything else below half of it.
	awaitQuiet(t, disk)
	others()
	others = ballast(t, disk, free(t, disk)-32<<20)
	awaitQuiet(t, disk)
	last := fill(t, disk)
	g.refuse(push("more", nil), http.StatusServiceUnavailable, "disk_low")
	checkBeside("on a full disk")

	g.kill()
	g.launch()
	g.awaitHealth(replay.HealthFailing)
	if got := g.send(push("more", nil)); got.Status != http.StatusServiceUnavailable {
		t.Errorf("after a start on a full disk: %v", got)
	}
	checkBeside("after a start on a full disk")

	last()
	others()
	g.awaitHealth(replay.HealthOK)
	l.checkStored()
	l.checkDelivered(a)
}
