package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	gatepost = "gatepost"
	module   = "github.com/gatepost/gatepost"
	secret   = "the secret of the benchmark"

	patience = 30 * time.Second
)

// server is one of those that are compared, in a process of its own.
type server struct {
	name    string
	binary  string
	config  string // Caddy's JSON
	address string
	admin   string
	cmd     *exec.Cmd
}

type servers struct {
	all      []*server
	upstream *exec.Cmd
}

func (s *servers) byName(name string) *server {
	for _, one := range s.all {
		if one.name == name {
			return one
		}
	}
	return nil
}

// startServers builds the binaries and starts all servers; those that no sample runs against do
// nothing. What was started must be stopped, also after an error.
func startServers(ctx context.Context, dir string) (*servers, error) {
	all := new(servers)
	shipped, checking := filepath.Join(dir, "gatepost.exe"), filepath.Join(dir, "hmac.exe")
	for binary, pkg := range map[string]string{shipped: "/cmd/gatepost", checking: "/bench/hmac"} {
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, module+pkg).CombinedOutput(); err != nil {
			return all, fmt.Errorf("building %s: %w\n%s", pkg, err, out)
		}
	}
	upstream, err := all.startUpstream()
	if err != nil {
		return all, fmt.Errorf("starting the application: %w", err)
	}
	proxy := func(transport string) string {
		return fmt.Sprintf(`{"handler":"reverse_proxy","upstreams":[{"dial":%q}]%s}`, upstream, transport)
	}
	for _, one := range []*server{
		{name: "respond", binary: shipped, config: site(`{"handler":"static_response","status_code":200}`, "")},
		{name: "proxy", binary: shipped, config: site(proxy(""), "")},
		{name: "proxy-kept", binary: shipped, config: site(proxy(`,"transport":{"protocol":"http","keep_alive":{"max_idle_conns_per_host":1024}}`), "")},
		{name: "hmac", binary: checking, config: site(fmt.Sprintf(`{"handler":"check_hmac","secret":%q}`, secret), "")},
		{
			name: gatepost, binary: shipped,
			config: site(fmt.Sprintf(`{"handler":"webhooks","provider":"github","secrets":[%q]}`, secret),
				fmt.Sprintf(`,"webhooks":{"store":{"path":%q}}`, filepath.Join(dir, "store"))),
		},
	} {
		if err := one.start(dir); err != nil {
			return all, fmt.Errorf("starting %s: %w", one.name, err)
		}
		all.all = append(all.all, one)
	}
	return all, nil
}

// site is a configuration of one site with one handler, and further apps.
func site(handler, apps string) string {
	return `{"admin":{"listen":"ADMIN","config":{"persist":false}},"logging":{"logs":{"default":{"level":"WARN"}}},"apps":{"http":{"servers":{"bench":` +
		`{"listen":["ADDRESS"],"automatic_https":{"disable":true},"routes":[{"handle":[` + handler + `]}]}}}` + apps + `}}`
}

func (s *server) start(dir string) (err error) {
	if s.address == "" {
		if s.address, err = freeAddress(); err != nil {
			return err
		}
		if s.admin, err = freeAddress(); err != nil {
			return err
		}
	}
	config := filepath.Join(dir, s.name+".json")
	text := strings.NewReplacer("ADMIN", s.admin, "ADDRESS", s.address).Replace(s.config)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(dir, s.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	s.cmd = exec.Command(s.binary, "run", "--config", config)
	s.cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		resp, err := http.Get("http://" + s.address + "/")
		if err == nil {
			_ = resp.Body.Close()
			return nil
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log.Name())
			return fmt.Errorf("no answer after %s: %w\n%s", patience, err, text)
		}
	}
}

// kill ends the server as it is.
func (s *server) kill() {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	}
}

func (s *servers) stop() {
	for _, one := range s.all {
		one.kill()
	}
	if s.upstream != nil {
		_ = s.upstream.Process.Kill()
		_ = s.upstream.Wait()
	}
}

// startUpstream starts the application behind the proxies and returns its address.
func (s *servers) startUpstream() (address string, err error) {
	cmd, err := again(roleUpstream)
	if err != nil {
		return "", err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	s.upstream = cmd
	address, err = bufio.NewReader(out).ReadString('\n')
	return strings.TrimSpace(address), err
}

// upstreamMain is the application behind the proxies: it reads what it gets and answers 200.
func upstreamMain() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return (&http.Server{
		ReadHeaderTimeout: patience,
		Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
		}),
	}).Serve(l)
}

// Other parts of the benchmark are processes of their own, made from this same program, so that
// what they cost can be told apart.
const (
	roleVariable = "GATEPOST_BENCH_ROLE"
	roleLoad     = "load"
	roleUpstream = "upstream"
)

func again(role string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Stderr = os.Stderr
	return cmd, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
