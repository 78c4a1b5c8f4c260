package main

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// task is what the load process is asked for.
type task struct {
	Address  string
	Conns    int
	Duration time.Duration
	First    int // number of the first event; the others follow without a gap
}

// outcome is its answer. Every request was answered 200, or there is an error.
type outcome struct {
	Requests int
	Elapsed  time.Duration // until the last answer
	P50, P99 time.Duration
	Error    string
}

// playLoad works off tasks.
func playLoad(in io.Reader, out io.Writer) error {
	// The machine is the server's; one core in four is plenty for writing bytes that are ready.
	runtime.GOMAXPROCS(max(1, runtime.NumCPU()/4))
	templates := makeTemplates()
	tasks, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var t task
		if err := tasks.Decode(&t); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		got, err := t.do(templates)
		if err != nil {
			got.Error = err.Error()
		}
		if err := answers.Encode(got); err != nil {
			return err
		}
	}
}

// do opens all connections, then has each of them send one request after the other.
func (t task) do(templates []template) (outcome, error) {
	clients := make([]*client, t.Conns)
	for i := range clients {
		conn, err := net.Dial("tcp", t.Address)
		if err != nil {
			return outcome{}, err
		}
		defer conn.Close()
		clients[i] = &client{conn: conn, in: bufio.NewReader(conn), next: i}
	}
	var number atomic.Int64
	number.Store(int64(t.First))
	errs := make([]error, t.Conns)
	started := time.Now()
	until := started.Add(t.Duration)
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Go(func() { errs[i] = c.run(templates, &number, until) })
	}
	wg.Wait()
	elapsed := time.Since(started)

	var took []time.Duration
	for _, c := range clients {
		took = append(took, c.took...)
	}
	slices.Sort(took)
	got := outcome{Requests: len(took), Elapsed: elapsed}
	if len(took) > 0 {
		got.P50, got.P99 = took[len(took)/2], took[len(took)*99/100]
	}
	return got, errors.Join(errs...)
}

// client is one connection.
type client struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
	next int
	took []time.Duration
}

// patience is how long one answer may take; a machine under test is allowed to be slow.
const patience = time.Minute

func (c *client) run(templates []template, number *atomic.Int64, until time.Time) error {
	if err := c.conn.SetDeadline(until.Add(patience)); err != nil {
		return err
	}
	for now := time.Now(); now.Before(until); {
		c.out = templates[c.next%len(templates)].request(c.out[:0], number.Add(1)-1)
		c.next++
		if _, err := c.conn.Write(c.out); err != nil {
			return err
		}
		if err := c.readAnswer(); err != nil {
			return err
		}
		done := time.Now()
		c.took = append(c.took, done.Sub(now))
		now = done
	}
	return nil
}

// readAnswer reads what an answer of the cases can look like.
func (c *client) readAnswer() error {
	const status, length = "HTTP/1.1 ", "Content-Length: "
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(line, []byte(status+"200 ")) {
		return fmt.Errorf("answered %q", bytes.TrimSpace(line))
	}
	body := -1
	for {
		line, err = c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			break
		}
		if n, ok := bytes.CutPrefix(line, []byte(length)); ok {
			if body, err = strconv.Atoi(string(n)); err != nil {
				return err
			}
		}
	}
	if body < 0 {
		return errors.New("an answer without Content-Length")
	}
	_, err = c.in.Discard(body)
	return err
}

const (
	secret    = "a secret of the benchmark"
	bodySize  = 1 << 10
	templateN = 256
)

// template is a signed request that lacks its event's ID. GitHub signs the body alone, so nothing has
// to be computed while the clock runs.
type template struct{ head, tail []byte }

func (t template) request(to []byte, number int64) []byte {
	return append(appendID(append(to, t.head...), number), t.tail...)
}

// appendID writes a number in the form of GitHub's delivery IDs.
func appendID(to []byte, number int64) []byte {
	return fmt.Appendf(to, "%s%012d", idPrefix, number)
}

const idPrefix = "72d3162e-cc78-11e3-81ab-"

func makeTemplates() []template {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	random := rand.New(rand.NewPCG(1, 2)) // the same in every run
	templates := make([]template, templateN)
	for i := range templates {
		body := append(make([]byte, 0, bodySize), `{"ref":"refs/heads/main","repository":{"full_name":"example/demo"},"message":"`...)
		for len(body) < bodySize-2 {
			body = append(body, letters[random.IntN(len(letters))])
		}
		body = append(body, `"}`...)
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		templates[i] = template{
			head: []byte("POST /github HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: GitHub-Hookshot/044aadd\r\nAccept: */*\r\n" +
				"Content-Type: application/json\r\nX-GitHub-Event: push\r\nX-Hub-Signature-256: sha256=" + hex.EncodeToString(mac.Sum(nil)) +
				"\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\nX-GitHub-Delivery: "),
			tail: append([]byte("\r\n\r\n"), body...),
		}
	}
	return templates
}
