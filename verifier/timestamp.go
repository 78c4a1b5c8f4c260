package verifier

import (
	"net/http"
	"strconv"
	"time"
)

// Bounds on the digits of a timestamp: enough for some thousand years, and seconds are not taken
// for milliseconds.
const (
	maxUnixDigits      = 11
	maxUnixMilliDigits = 14
	maxTimestampText   = 40
)

// ParseTimestamp reads a timestamp of one of the units, strictly: digits only, RFC 3339, or the date of
// HTTP.
func ParseTimestamp(unit, text string) (time.Time, bool) {
	if len(text) > maxTimestampText {
		return time.Time{}, false
	}
	switch unit {
	case RFC3339:
		t, err := time.Parse(time.RFC3339, text)
		return t.UTC(), err == nil
	case HTTPDate:
		t, err := time.Parse(http.TimeFormat, text)
		return t.UTC(), err == nil
	case UnixAny:
		if unit = Unix; len(text) > maxUnixDigits {
			unit = UnixMilli
		}
	}
	limit := maxUnixDigits
	if unit == UnixMilli {
		limit = maxUnixMilliDigits
	}
	// A zero before the others could be the last digit of what is signed before the timestamp.
	if text == "" || len(text) > limit || text[0] == '0' && len(text) > 1 {
		return time.Time{}, false
	}
	var n int64
	for i := range len(text) {
		digit := text[i] - '0'
		if digit > 9 {
			return time.Time{}, false
		}
		n = n*10 + int64(digit)
	}
	if unit == UnixMilli {
		return time.UnixMilli(n).UTC(), true
	}
	return time.Unix(n, 0).UTC(), true
}

// FormatTimestamp writes what ParseTimestamp reads.
func FormatTimestamp(unit string, t time.Time) string {
	switch unit {
	case RFC3339:
		return t.UTC().Format(time.RFC3339)
	case HTTPDate:
		return t.UTC().Format(http.TimeFormat)
	case UnixMilli:
		return strconv.FormatInt(t.UnixMilli(), 10)
	default:
		return strconv.FormatInt(t.Unix(), 10)
	}
}

// CheckAge refuses what was signed longer than the tolerance before or after now.
func CheckAge(signed, now time.Time, tolerance time.Duration) error {
	switch age := now.Sub(signed); {
	case age > tolerance:
		return Refuse(TimestampTooOld, "the signed timestamp is too old")
	case age < -tolerance:
		return Refuse(TimestampInFuture, "the signed timestamp lies in the future")
	}
	return nil
}
