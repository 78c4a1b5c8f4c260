package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gatepost/gatepost/replay"
)

// patience is how long anything that must happen may take. It is long, because machines that run
// tests are slow at times, and because nothing waits longer than it has to.
const patience = time.Minute

// config is what a test says of the Caddyfile; the rest is the same in all.
type config struct {
	global   string // further global options
	webhooks string // options of the global block webhooks
	site     string // directives of the site
	sites    string // further sites
}

// gatepost is an installation under test: directories, addresses, and a process that comes and goes.
type gatepost struct {
	t     testing.TB
	dir   string
	data  string // the store's directory, made by the process
	admin string // address of the admin endpoint
	site  string // address of the site
	env   []string
	api   *replay.Client
	http  *http.Client // for the site
	once  *http.Client // for the admin endpoint, a connection for each request

	cmd     *exec.Cmd
	exited  chan struct{} // closed once the process is gone
	logFrom int           // where in the log this process begins
}

// start makes an installation and starts it.
func start(t testing.TB, c config) *gatepost {
	t.Helper()
	g := install(t, c)
	g.start()
	return g
}

// install makes an installation without starting it.
func install(t testing.TB, c config) *gatepost {
	t.Helper()
	g := &gatepost{t: t, dir: t.TempDir(), admin: freeAddress(t), site: freeAddress(t)}
	g.data = filepath.Join(g.dir, "store")
	g.env = []string{"HOME=" + g.dir, "XDG_DATA_HOME=" + g.dir, "XDG_CONFIG_HOME=" + g.dir, "PATH=" + os.Getenv("PATH"), "GORACE=halt_on_error=1"}
	g.http = &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	// A reload replaces the server of the admin endpoint, which then closes its idle connections: a POST
	// that meets that is lost, and not repeated.
	g.once = &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	g.api = &replay.Client{Base: "http://" + g.admin, Do: g.once.Do}
	g.configure(c)
	t.Cleanup(func() {
		if g.cmd != nil {
			g.kill()
		}
		g.http.CloseIdleConnections()
		if t.Failed() {
			t.Logf("the end of the log:\n%s", tail(g.logText(), 40))
		}
	})
	return g
}

// configure writes the configuration that the next start reads.
func (g *gatepost) configure(c config) {
	g.t.Helper()
	if err := os.WriteFile(g.caddyfile(), []byte(g.text(c)), 0o600); err != nil {
		g.t.Fatal(err)
	}
}

func (g *gatepost) caddyfile() string { return filepath.Join(g.dir, "Caddyfile") }
func (g *gatepost) logFile() string   { return filepath.Join(g.dir, "log") }

// text is the whole Caddyfile.
func (g *gatepost) text(c config) string {
	return fmt.Sprintf(`{
	admin %s
	auto_https off
	persist_config off
	%s
	webhooks {
		store badger %s
		%s
	}
}
http://%s {
	%s
}
%s
`, g.admin, c.global, g.data, c.webhooks, g.site, c.site, c.sites)
}

// start starts the process and waits until it takes events.
func (g *gatepost) start() {
	g.t.Helper()
	g.launch()
	g.awaitHealth(replay.HealthOK)
}

// launch starts the process.
func (g *gatepost) launch() {
	g.t.Helper()
	g.cmd = g.command(context.Background(), "run", "--config", g.caddyfile(), "--adapter", "caddyfile")
	log, err := os.OpenFile(g.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		g.t.Fatal(err)
	}
	defer log.Close()
	g.logFrom = len(g.logText())
	g.cmd.Stdout, g.cmd.Stderr = log, log
	if err := g.cmd.Start(); err != nil {
		g.t.Fatal(err)
	}
	cmd, exited := g.cmd, make(chan struct{})
	g.exited = exited
	go func() {
		_ = cmd.Wait() // its status is in cmd.ProcessState
		close(exited)
	}()
}

// command is the binary in the installation's environment.
func (g *gatepost) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir, cmd.Env = g.dir, g.env
	return cmd
}

// awaitHealth waits until the process is healthy or failing.
func (g *gatepost) awaitHealth(status string) *replay.Health {
	g.t.Helper()
	var health *replay.Health
	eventually(g.t, "health is "+status, func() error {
		select {
		case <-g.exited:
			g.t.Fatalf("the process ended: %s", g.cmd.ProcessState)
		default:
		}
		var err error
		if health, err = g.api.Health(g.t.Context()); err != nil {
			return err
		}
		if health.Status != status {
			return fmt.Errorf("it is %s %v", health.Status, health.Reasons)
		}
		return nil
	})
	return health
}

// kill ends the process as a power cut of the process alone would: without a chance to do anything.
func (g *gatepost) kill() {
	g.t.Helper()
	_ = g.cmd.Process.Kill() // it may be gone
	g.await()
}

// stop asks the process to end and returns its exit status.
func (g *gatepost) stop() int {
	g.t.Helper()
	if err := g.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		g.t.Fatalf("stopping: %v", err)
	}
	return g.await()
}

// await waits for the end of the process and returns its exit status.
func (g *gatepost) await() int {
	g.t.Helper()
	select {
	case <-g.exited:
	case <-time.After(patience):
		_ = g.cmd.Process.Kill()
		g.t.Fatal("the process does not end")
	}
	g.http.CloseIdleConnections()
	return g.cmd.ProcessState.ExitCode()
}

// restart stops the process and starts it again.
func (g *gatepost) restart() {
	g.t.Helper()
	if status := g.stop(); status != 0 {
		g.t.Errorf("the process ended with status %d", status)
	}
	g.start()
}

// load gives the process another configuration and returns the answer, "" if it was taken.
func (g *gatepost) load(c config) string {
	g.t.Helper()
	defer g.http.CloseIdleConnections() // they are those of a server that has ended
	resp, err := g.once.Post("http://"+g.admin+"/load", "text/caddyfile", strings.NewReader(g.text(c)))
	if err != nil {
		g.t.Fatalf("loading a configuration: %v", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Fatalf("loading a configuration: %v", err)
	}
	g.awaitAdmin()
	if resp.StatusCode != http.StatusOK {
		return string(text)
	}
	return ""
}

// awaitAdmin waits until the admin endpoint that the last reload replaced is gone: Caddy stops it only
// after it has answered, and a connection that it accepts meanwhile ends without an answer.
func (g *gatepost) awaitAdmin() {
	g.t.Helper()
	eventually(g.t, "the admin endpoint before has stopped", func() error {
		log := g.logText()[g.logFrom:]
		started, stopped := strings.Count(log, `"admin endpoint started"`), strings.Count(log, `"stopped previous server"`)
		if stopped < started-1 {
			return fmt.Errorf("%d were started, %d have stopped", started, stopped)
		}
		return nil
	})
}

// reload gives the process another configuration, which must be accepted.
func (g *gatepost) reload(c config) {
	g.t.Helper()
	if refusal := g.load(c); refusal != "" {
		g.t.Fatalf("the configuration was refused: %s", refusal)
	}
}

// run runs a command to its end and returns what it printed and its exit status.
func (g *gatepost) run(args ...string) (output string, status int) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), patience)
	defer cancel()
	cmd := g.command(ctx, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		g.t.Fatalf("%v: %v", args, err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// logText is everything that the processes of this installation wrote.
func (g *gatepost) logText() string {
	text, err := os.ReadFile(g.logFile())
	if err != nil && !os.IsNotExist(err) {
		g.t.Fatal(err)
	}
	return string(text)
}

// logged returns the log lines whose message is msg.
func (g *gatepost) logged(msg string) []map[string]any {
	var found []map[string]any
	for line := range strings.Lines(g.logText()) {
		var fields map[string]any
		if json.Unmarshal([]byte(line), &fields) == nil && fields["msg"] == msg {
			found = append(found, fields)
		}
	}
	return found
}

// get reads a page of the admin endpoint.
func (g *gatepost) get(path string) answer {
	g.t.Helper()
	return g.send(request{Method: http.MethodGet, Path: path, at: g.admin})
}

// eventually waits until check returns nil, and fails the test with its last error if it never does.
func eventually(t testing.TB, what string, check func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %s still not: %s: %v", patience, what, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

var taken = struct {
	sync.Mutex
	ports map[int]bool
}{ports: map[int]bool{}}

// freeAddress is an address that nobody listens on. It is below the range from which systems give
// connections their ports, so that it stays free while a process restarts.
func freeAddress(t testing.TB) string {
	t.Helper()
	taken.Lock()
	defer taken.Unlock()
	for range 1000 {
		port := 20_000 + rand.IntN(12_000)
		if taken.ports[port] {
			continue
		}
		address := fmt.Sprintf("127.0.0.1:%d", port)
		l, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		_ = l.Close()
		taken.ports[port] = true
		return address
	}
	t.Fatal("no free port")
	return ""
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
