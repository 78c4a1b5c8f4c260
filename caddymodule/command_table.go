package caddymodule

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatepost/gatepost/replay"
)

// view is how values of a type are shown: in rows of a table or, with --json, as what they are.
type view[T any] struct {
	columns []string
	row     func(*T) []string
}

// list shows values as they come and counts them. A JSON array that an error cuts short is left
// open, so that no program takes the part for the whole.
func (v view[T]) list(cmd *cobra.Command, items iter.Seq2[*T, error]) (n int, err error) {
	out := cmd.OutOrStdout()
	if wantsJSON(cmd) {
		return listJSON(out, items)
	}
	t := newTable(out, v.columns...)
	for item, err := range items {
		if err != nil {
			return n, t.end(err)
		}
		t.row(v.row(item)...)
		n++
	}
	return n, t.end(nil)
}

func listJSON[T any](out io.Writer, items iter.Seq2[*T, error]) (n int, err error) {
	separator := "["
	for item, err := range items {
		if err != nil {
			return n, err
		}
		var text bytes.Buffer
		e := json.NewEncoder(&text)
		e.SetEscapeHTML(false)
		if err := e.Encode(item); err != nil {
			return n, err
		}
		if _, err := fmt.Fprintf(out, "%s\n%s", separator, bytes.TrimSpace(text.Bytes())); err != nil {
			return n, err
		}
		separator = ","
		n++
	}
	if n == 0 {
		_, err = io.WriteString(out, "[]\n")
	} else {
		_, err = io.WriteString(out, "\n]\n")
	}
	return n, err
}

// all shows values that are at hand as a whole.
func (v view[T]) all(cmd *cobra.Command, items []T) error {
	_, err := v.list(cmd, func(yield func(*T, error) bool) {
		for i := range items {
			if !yield(&items[i], nil) {
				return
			}
		}
	})
	return err
}

// one shows a single value, which is no array in JSON.
func (v view[T]) one(cmd *cobra.Command, item *T) error {
	if wantsJSON(cmd) {
		return printJSON(cmd.OutOrStdout(), item)
	}
	t := newTable(cmd.OutOrStdout(), v.columns...)
	t.row(v.row(item)...)
	return t.end(nil)
}

// table aligns cells in columns. What is in a cell may come from a stranger, so nothing in it can
// move a terminal's cursor or begin another line.
type table struct {
	w      *tabwriter.Writer
	header []string // not yet written, so that a list that fails at once is nothing but its error
	rows   int
}

// tableBlock is after how many rows the columns may get another width, so that a long list neither
// waits for its end nor fills the memory.
const tableBlock = 1000

// newTable begins with the names of the columns, if there are any.
func newTable(out io.Writer, columns ...string) *table {
	return &table{w: tabwriter.NewWriter(out, 0, 0, 2, ' ', 0), header: columns}
}

func (t *table) row(cells ...string) {
	t.begin()
	shown := make([]string, len(cells))
	for i, c := range cells {
		shown[i] = cell(c)
	}
	_, _ = fmt.Fprintln(t.w, strings.Join(shown, "\t")) // end reports its error, too
	if t.rows++; t.rows%tableBlock == 0 {
		_ = t.w.Flush()
	}
}

func (t *table) begin() {
	if len(t.header) > 0 {
		_, _ = fmt.Fprintln(t.w, strings.Join(t.header, "\t"))
		t.header = nil
	}
}

// end writes what is left. It returns err, if there is one.
func (t *table) end(err error) error {
	if err == nil {
		t.begin()
	}
	if flushed := t.w.Flush(); err == nil {
		err = flushed
	}
	return err
}

// maxCell bounds a cell in characters; --json has the whole.
const maxCell = 100

func cell(text string) string {
	if text == "" {
		return "-"
	}
	if runes := []rune(text); len(runes) > maxCell {
		text = string(runes[:maxCell-1]) + "…"
	}
	return printable(text)
}

// printable is text with everything escaped that does not print as itself.
func printable(text string) string {
	quoted := strconv.Quote(text)
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(quoted[1 : len(quoted)-1])
}

// local is a time for people; the zero time is none.
func local(t replay.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format(time.DateTime)
}

// brief is a duration for people: 72h rather than 72h0m0s.
func brief(d replay.Duration) string {
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// milliseconds is how long something took.
func milliseconds(n int64) string {
	if n < 10_000 {
		return strconv.FormatInt(n, 10) + "ms"
	}
	return (time.Duration(n) * time.Millisecond).Round(100 * time.Millisecond).String()
}

// errWriter writes until the first error, and keeps it.
type errWriter struct {
	w   io.Writer
	err error
}

func (w *errWriter) Write(p []byte) (int, error) {
	if w.err == nil {
		_, w.err = w.w.Write(p)
	}
	return len(p), w.err
}

func (w *errWriter) printf(format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

// field writes a line with a name and what is known under it, in full.
func (w *errWriter) field(name, value string) {
	w.printf("%-14s%s\n", name, cmp.Or(printable(value), "-"))
}
