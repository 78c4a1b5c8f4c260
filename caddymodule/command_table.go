package caddymodule

import (
	"bytes"
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
	w    *tabwriter.Writer
	rows int
}

// tableBlock is after how many rows the columns may get another width, so that a long list neither
// waits for its end nor fills the memory.
const tableBlock = 1000

// newTable begins with the names of the columns, if there are any.
func newTable(out io.Writer, columns ...string) *table {
	t := &table{w: tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)}
	if len(columns) > 0 {
		t.row(columns...)
	}
	return t
}

func (t *table) row(cells ...string) {
	shown := make([]string, len(cells))
	for i, c := range cells {
		shown[i] = cell(c)
	}
	fmt.Fprintln(t.w, strings.Join(shown, "\t")) // its error is Flush's, too
	if t.rows++; t.rows%tableBlock == 0 {
		_ = t.w.Flush()
	}
}

// end writes what is left. It returns err, if there is one.
func (t *table) end(err error) error {
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
