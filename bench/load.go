package main

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// order tells the load generator what to do.
type order struct {
	Address     string
	Connections int
	Duration    time.Duration
	FirstID     uint64
}

// load is what the load generator saw.
type load struct {
	Requests int           // answered 200
	Failed   int           // all others
	Failure  string        // the first of those
	Elapsed  time.Duration // from the first request to the last answer
	P50, P99 time.Duration
}

const (
	bodySize = 1024
	bodies   = 256 // signed in advance, so that signing costs nothing meanwhile
	idSize   = 36
)

// loadMain is the load generator: an order comes in on standard input, what it saw goes out.
func loadMain() error {
	var o order
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		return err
	}
	l, err := o.run()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(l)
}

// connection is one sender, which waits for each answer before it sends the next request.
type connection struct {
	net.Conn
	r         *bufio.Reader
	latencies []time.Duration
	failed    int
	failure   string
}

func (o order) run() (*load, error) {
	requests := signedRequests(o.Address)
	connections := make([]*connection, o.Connections)
	for i := range connections {
		c, err := net.DialTimeout("tcp", o.Address, patience)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		connections[i] = &connection{Conn: c, r: bufio.NewReaderSize(c, 4<<10)}
	}
	var ids atomic.Uint64
	ids.Store(o.FirstID)
	began := time.Now()
	end := began.Add(o.Duration)
	var all sync.WaitGroup
	for _, c := range connections {
		_ = c.SetDeadline(end.Add(patience))
		all.Go(func() { c.run(requests, &ids, end) })
	}
	all.Wait()

	l := &load{Elapsed: time.Since(began)}
	var latencies []time.Duration
	for _, c := range connections {
		latencies = append(latencies, c.latencies...)
		l.Failed += c.failed
		if l.Failure == "" {
			l.Failure = c.failure
		}
	}
	l.Requests = len(latencies)
	if slices.Sort(latencies); l.Requests > 0 {
		l.P50, l.P99 = latencies[l.Requests/2], latencies[l.Requests*99/100]
	}
	return l, nil
}

func (c *connection) run(requests []signedRequest, ids *atomic.Uint64, end time.Time) {
	var buffer []byte
	for now := time.Now(); now.Before(end); {
		id := ids.Add(1)
		request := &requests[id%bodies]
		buffer = append(buffer[:0], request.text...)
		putID(buffer[request.id:], id)
		status, err := c.exchange(buffer)
		if err != nil {
			c.fail(err.Error())
			return
		}
		after := time.Now()
		if status == 200 {
			c.latencies = append(c.latencies, after.Sub(now))
		} else {
			c.fail(fmt.Sprint("status ", status))
		}
		now = after
	}
}

func (c *connection) fail(why string) {
	c.failed++
	if c.failure == "" {
		c.failure = why
	}
}

// exchange sends a request and reads the answer to its end.
func (c *connection) exchange(request []byte) (status int, err error) {
	if _, err := c.Write(request); err != nil {
		return 0, err
	}
	length := 0
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		switch name, value, _ := bytes.Cut(line, []byte(": ")); {
		case status == 0:
			if len(line) < 12 {
				return 0, fmt.Errorf("the answer begins %q", line)
			}
			if status, err = strconv.Atoi(string(line[9:12])); err != nil {
				return 0, err
			}
		case len(line) == 0:
			_, err := io.CopyN(io.Discard, c.r, int64(length))
			return status, err
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			return 0, fmt.Errorf("the answer has a %s", line)
		}
	}
}

// signedRequest is a request as GitHub sends it, with a place for its ID, which is not signed.
type signedRequest struct {
	text []byte
	id   int // where the ID is
}

func signedRequests(address string) []signedRequest {
	all := make([]signedRequest, bodies)
	for i := range all {
		body := fmt.Appendf(nil, `{"ref":"refs/heads/main","after":"%x","repository":{"id":%d,"full_name":"example/demo"},"filling":"`, sha256.Sum256([]byte{byte(i)}), i)
		for n := byte(i); len(body) < bodySize-2; n = n*5 + 1 {
			body = append(body, 'a'+n%26)
		}
		body = append(body, `"}`...)
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		text := fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: %s\r\nUser-Agent: GitHub-Hookshot/bench\r\nContent-Type: application/json\r\n"+
			"X-GitHub-Event: push\r\nX-Hub-Signature-256: sha256=%s\r\nContent-Length: %d\r\nX-GitHub-Delivery: ", address, hex.EncodeToString(mac.Sum(nil)), len(body))
		all[i].id = len(text)
		text = append(text, bytes.Repeat([]byte("0"), idSize)...)
		all[i].text = append(append(text, "\r\n\r\n"...), body...)
	}
	return all
}

// putID writes an ID in the form of GitHub's.
func putID(to []byte, id uint64) {
	const form = "00000000-0000-4000-8000-000000000000"
	copy(to, form)
	const digits = "0123456789abcdef"
	for i := range 16 { // from the last digit on, around the dashes
		at := idSize - 1 - i
		if i >= 12 {
			at = 7 - (i - 12)
		}
		to[at] = digits[id&15]
		id >>= 4
	}
}
