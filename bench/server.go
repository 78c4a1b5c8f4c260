package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// build makes the server's binary, with the tags of the shipped one.
func build(ctx context.Context, dir string) (string, error) {
	binary := filepath.Join(dir, "server")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-tags=nobadger,nomysql,nopgx", "-o", binary, "github.com/gatepost/gatepost/bench/server")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the server: %w\n%s", err, out)
	}
	return binary, nil
}

// server is the process that serves all cases.
type server struct {
	binary, dir, upstream string

	cmd   *exec.Cmd
	ended chan struct{}
	admin string
	sites map[string]string // address by case
}

func startServer(ctx context.Context, binary, dir, upstream string) (*server, error) {
	s := &server{binary: binary, dir: dir, upstream: upstream}
	return s, s.start(ctx)
}

// start starts the process on ports that are free now. Another process can take one of them first,
// so it is tried more than once.
func (s *server) start(ctx context.Context) (err error) {
	for range 3 {
		if err = s.startOnce(ctx); err == nil || ctx.Err() != nil {
			return err
		}
		s.kill()
	}
	return err
}

func (s *server) startOnce(ctx context.Context) error {
	ports, err := freeAddresses(len(cases) + 1)
	if err != nil {
		return err
	}
	s.admin = ports[0]
	s.sites = make(map[string]string)
	for i, name := range cases {
		s.sites[name] = ports[i+1]
	}
	config := filepath.Join(s.dir, "Caddyfile")
	if err := os.WriteFile(config, []byte(s.caddyfile()), 0o600); err != nil {
		return err
	}
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) // a second start adds to the first's
	if err != nil {
		return err
	}
	defer log.Close()
	s.cmd = exec.CommandContext(ctx, s.binary, "run", "--config", config, "--adapter", "caddyfile")
	s.cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+s.dir, "XDG_CONFIG_HOME="+s.dir) // nothing of the user's
	s.cmd.Stderr = log
	if _, err := s.cmd.StdinPipe(); err != nil { // the server ends with it
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	s.ended = make(chan struct{})
	go func() {
		_ = s.cmd.Wait()
		close(s.ended)
	}()
	return s.awaitReady(ctx)
}

func (s *server) awaitReady(ctx context.Context) error {
	const most = time.Minute
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		err := s.get(ctx, "/webhooks/health", nil)
		for _, address := range s.sites {
			if err == nil {
				var conn net.Conn
				if conn, err = net.Dial("tcp", address); err == nil {
					conn.Close()
				}
			}
		}
		if err == nil {
			return nil
		}
		select {
		case <-s.ended:
			return errors.New("the server ended before it was ready")
		case <-ctx.Done():
			return fmt.Errorf("the server was not ready within %s: %w", most, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// caddyfile has the proxy keep all its connections to the upstream: with Caddy's default of 32 it would
// spend its time on new ones.
func (s *server) caddyfile() string {
	return fmt.Sprintf(`{
	admin %s
	auto_https off
	persist_config off
	storage file_system %q
	webhooks {
		store badger %q
	}
}
http://%s {
	respond 200
}
http://%s {
	reverse_proxy %s {
		transport http {
			keepalive_idle_conns_per_host 10000
		}
	}
}
http://%s {
	check_hmac %q
}
http://%s {
	webhooks github {
		secret %q
	}
}
`, s.admin, filepath.Join(s.dir, "caddy"), filepath.Join(s.dir, "events"), s.sites[caseRespond], s.sites[caseProxy], s.upstream,
		s.sites[caseHMAC], secret, s.sites[caseGatepost], secret)
}

// log is the file that has what the process prints.
func (s *server) log() string { return filepath.Join(s.dir, "server.log") }

// lastLines is the end of the log.
func (s *server) lastLines() string {
	const most = 20
	text, _ := os.ReadFile(s.log())
	lines := strings.SplitAfter(string(text), "\n")
	return strings.TrimSpace(strings.Join(lines[max(0, len(lines)-most-1):], ""))
}

func (s *server) pid() int { return s.cmd.Process.Pid }

// kill ends the process without giving it the time for anything.
func (s *server) kill() {
	if s == nil || s.ended == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	<-s.ended
}

// freeAddresses finds loopback addresses that nobody listens on.
func freeAddresses(n int) ([]string, error) {
	var addresses []string
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close() // only at the end, so that all are different
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}

// get asks the admin endpoint and decodes its JSON.
func (s *server) get(ctx context.Context, path string, to any) error {
	return s.read(ctx, path, func(body io.Reader) error {
		if to == nil {
			return nil
		}
		return json.NewDecoder(body).Decode(to)
	})
}

// save asks the admin endpoint and writes its answer to a file.
func (s *server) save(ctx context.Context, path, file string) error {
	return s.read(ctx, path, func(body io.Reader) error {
		f, err := os.Create(file)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, body)
		return errors.Join(err, f.Close())
	})
}

// commits reads from the metrics how many synced writes there were.
func (s *server) commits(ctx context.Context) (n int, err error) {
	const name = "caddy_webhooks_store_commit_duration_seconds_count "
	err = s.read(ctx, "/metrics", func(body io.Reader) error {
		lines := bufio.NewScanner(body)
		for lines.Scan() {
			if text, ok := strings.CutPrefix(lines.Text(), name); ok {
				n, err = strconv.Atoi(text)
				return err
			}
		}
		return errors.Join(fmt.Errorf("the metrics have no %s", name), lines.Err())
	})
	return n, err
}

func (s *server) read(ctx context.Context, path string, use func(io.Reader) error) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.admin+path, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", path, response.Status)
	}
	return use(response.Body)
}
