package e2e

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gatepost/gatepost/event"
	"github.com/gatepost/gatepost/replay"
)

// An application that misbehaves costs one attempt and no more time than the route allows; others
// are not affected.
func TestApplicationsThatMisbehave(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int    // recorded
		text   string // part of the recorded error
		behave func(net.Conn)
	}{
		{"never answers", 0, "within", func(c net.Conn) { wait(c) }},
		{"hangs up", 0, "EOF", func(net.Conn) {}},
		{"sends a slow header", 0, "within", func(c net.Conn) { drip(c, "HTTP/1.1 200 OK\r\nX: ", "x") }},
		{"sends a slow body", 0, "within", func(c net.Conn) { drip(c, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", "x") }},
		{"sends 1xx for ever", 0, "", func(c net.Conn) { drip(c, "", "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n") }},
		{"is reset in the body", 0, "", func(c net.Conn) {
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf"))
			_ = c.(*net.TCPConn).SetLinger(0)
		}},
		{"speaks no HTTP", 0, "malformed", func(c net.Conn) { _, _ = c.Write([]byte("SSH-2.0-OpenSSH\r\n\r\n")) }},
		{"fails with an endless body", 500, "", func(c net.Conn) {
			chunk := append([]byte("10000\r\n"), append(bytes.Repeat([]byte("x"), 0x10000), '\r', '\n')...)
			_, err := c.Write([]byte("HTTP/1.1 500 Broken\r\nTransfer-Encoding: chunked\r\n\r\n"))
			for err == nil {
				_, err = c.Write(chunk)
			}
		}},
		{"answers 200 without a body", 200, "", func(c net.Conn) {
			_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"))
		}},
	}
	good := newApp(t, nil)
	var site strings.Builder
	fmt.Fprintf(&site, "route good %s\n", good.URL)
	for i, tt := range tests {
		fmt.Fprintf(&site, "route bad-%d {\n to http://%s\n timeout 1s\n retry {\n attempts 1\n}\n}\n", i, rawServer(t, tt.behave))
	}
	g := start(t, githubSite(site.String()))
	id := g.accept(push("1", nil))
	good.await(1)

	var e *replay.Event
	eventually(t, "all deliveries are over", func() error {
		e = g.event(id)
		if e.Status == event.StatusPending {
			return fmt.Errorf("the event is %s", e.Status)
		}
		return nil
	})
	for _, d := range e.Deliveries[1:] {
		var i int
		_, _ = fmt.Sscanf(d.Route, "bad-%d", &i)
		tt, tried := tests[i], d.Attempts[0]
		state := "dead"
		if tt.status == 200 {
			state = "delivered"
		}
		if d.State != state || tried.Status != tt.status || !strings.Contains(tried.Error, tt.text) || tt.status == 0 && tried.Error == "" {
			t.Errorf("%s: %s, %+v", tt.name, d.State, tried)
		}
		if tried.DurationMS > 3000 {
			t.Errorf("%s: took %d ms", tt.name, tried.DurationMS)
		}
		if len(tried.Response) > event.MaxResponseKept || tt.status == 500 && len(tried.Response) != event.MaxResponseKept {
			t.Errorf("%s: %d bytes of the answer are kept", tt.name, len(tried.Response))
		}
	}
}

// rawServer answers each connection, once a request's header was read, by what behave writes.
func rawServer(t testing.TB, behave func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(patience))
				buffer := make([]byte, 64<<10)
				for read := ""; !strings.Contains(read, "\r\n\r\n"); {
					n, err := c.Read(buffer)
					if err != nil {
						return
					}
					read += string(buffer[:n])
				}
				behave(c)
			}()
		}
	}()
	return l.Addr().String()
}

// wait returns when the other side closes the connection.
func wait(c net.Conn) { _, _ = c.Read(make([]byte, 1)) }

// drip sends the beginning, then the rest again and again, until the other side has enough.
func drip(c net.Conn, begin, again string) {
	_, err := c.Write([]byte(begin))
	for err == nil {
		time.Sleep(20 * time.Millisecond)
		_, err = c.Write([]byte(again))
	}
}
