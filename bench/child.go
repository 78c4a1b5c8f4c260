package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"
)

// roleVar tells a process that it is a child, and what it plays.
const roleVar = "GATEPOST_BENCH_ROLE"

const (
	roleUpstream = "upstream"
	roleLoad     = "load"
)

// roles are the children: this program again, so that there is nothing else to install. What they
// read and write is JSON, and they end with their input.
var roles = map[string]func(io.Reader, io.Writer) error{
	roleUpstream: playUpstream,
	roleLoad:     playLoad,
}

// child is a process of this program.
type child struct {
	cmd *exec.Cmd
	in  *json.Encoder
	out *json.Decoder
}

func startChild(ctx context.Context, role string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), roleVar+"="+role)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the %s process: %w", role, err)
	}
	return &child{cmd: cmd, in: json.NewEncoder(in), out: json.NewDecoder(out)}, nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

func (c *child) send(v any) error    { return c.in.Encode(v) }
func (c *child) receive(v any) error { return c.out.Decode(v) }

func (c *child) kill() {
	if c == nil {
		return
	}
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

// playUpstream answers 200 to everything, on an address that it prints.
func playUpstream(in io.Reader, out io.Writer) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(listener.Addr().String()); err != nil {
		return err
	}
	server := &http.Server{
		ReadHeaderTimeout: time.Minute,
		Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
		}),
	}
	go func() {
		_, _ = io.Copy(io.Discard, in)
		_ = server.Close()
	}()
	_ = server.Serve(listener)
	return nil
}
