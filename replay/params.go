package replay

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	defaultLimit = 50
	maxLimit     = 1000

	maxParam = 4 << 10 // bytes; as long as an expression may be
)

// readParams reads a query string that may hold each of the allowed parameters, names separated
// by spaces, once. One without a value is as good as absent.
func readParams(query, allowed string) (map[string]string, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, badRequest("bad query: %v", err)
	}
	params := make(map[string]string)
	for name, v := range values {
		if !slices.Contains(strings.Fields(allowed), name) {
			return nil, badRequest("unknown parameter %q: this call takes %s", name, cmp.Or(strings.Join(strings.Fields(allowed), ", "), "none"))
		}
		if len(v) > 1 {
			return nil, badRequest("parameter %s is given %d times: give it once", name, len(v))
		}
		if len(v[0]) > maxParam {
			return nil, badRequest("parameter %s is longer than %d bytes", name, maxParam)
		}
		params[name] = v[0]
	}
	return params, nil
}

// limit is how many items a page may have.
func (c *call) limit() (int, error) {
	text := c.params["limit"]
	if text == "" {
		return defaultLimit, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxLimit {
		return 0, badRequest("bad limit %q: use 1 to %d", text, maxLimit)
	}
	return n, nil
}

// times are the parameters since and until; zero if absent.
func (c *call) times() (since, until time.Time, err error) {
	now := c.Now()
	if since, err = parseTime(c.params["since"], now); err != nil {
		return since, until, badRequest("bad since: %v", err)
	}
	if until, err = parseTime(c.params["until"], now); err != nil {
		return since, until, badRequest("bad until: %v", err)
	}
	if !until.IsZero() && !since.Before(until) {
		return since, until, badRequest("since is not before until: nothing can be in between")
	}
	return since, until, nil
}

// parseTime reads RFC 3339 or a duration back from now.
func parseTime(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	// A + that was not escaped, as in 01:00:00+02:00, arrives as a space; no valid form has one.
	if t, err := time.Parse(time.RFC3339, strings.ReplaceAll(text, " ", "+")); err == nil {
		return t, nil
	}
	d, err := parseDuration(text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is neither RFC 3339 such as 2026-11-21T06:35:09Z nor a duration such as 2h or 7d", text)
	}
	return now.Add(-d), nil
}

var daysFirst = regexp.MustCompile(`^(?:([0-9]{1,5})d)?(.*)$`)

// parseDuration reads Go's durations with days before them, such as 1d12h. None is negative.
func parseDuration(text string) (time.Duration, error) {
	m := daysFirst.FindStringSubmatch(text)
	if m == nil || text == "" {
		return 0, fmt.Errorf("bad duration %q", text)
	}
	days, _ := strconv.Atoi(cmp.Or(m[1], "0"))
	var rest time.Duration
	if m[2] != "" {
		var err error
		if rest, err = time.ParseDuration(m[2]); err != nil {
			return 0, err
		}
	}
	d := time.Duration(days)*24*time.Hour + rest
	if rest < 0 || d < 0 {
		return 0, fmt.Errorf("bad duration %q", text)
	}
	return d, nil
}
