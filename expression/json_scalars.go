package expression

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// string reads a string, whose opening quote is next. Without escapes it is a part of the text.
func (d *jsonDecoder) string() (string, error) {
	d.pos++
	start := d.pos
	for d.pos < len(d.text) {
		switch c := d.text[d.pos]; {
		case c == '"':
			d.pos++
			return d.text[start : d.pos-1], nil
		case c == '\\':
			return d.escaped([]byte(d.text[start:d.pos]))
		case c < ' ':
			return "", d.fail("control character in a string")
		}
		d.pos++
	}
	return "", d.fail("unexpected end")
}

// escaped reads the rest of a string from its first backslash on.
func (d *jsonDecoder) escaped(out []byte) (string, error) {
	for d.pos < len(d.text) {
		c := d.text[d.pos]
		switch {
		case c == '"':
			d.pos++
			return string(out), nil
		case c < ' ':
			return "", d.fail("control character in a string")
		case c != '\\':
			out = append(out, c)
			d.pos++
			continue
		}
		if d.pos++; d.pos >= len(d.text) {
			break
		}
		switch c := d.text[d.pos]; c {
		case '"', '\\', '/':
			out = append(out, c)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, ok := d.hex(d.pos + 1)
			if !ok {
				return "", d.fail("bad escape in a string")
			}
			d.pos += 4
			if utf16.IsSurrogate(r) {
				r = d.surrogate(r)
			}
			out = utf8.AppendRune(out, r)
		default:
			return "", d.fail("bad escape in a string")
		}
		d.pos++
	}
	return "", d.fail("unexpected end")
}

// surrogate is the character that begins with the half at pos, and goes on to its other half; half
// a one is U+FFFD.
func (d *jsonDecoder) surrogate(first rune) rune {
	if d.pos+2 < len(d.text) && d.text[d.pos+1] == '\\' && d.text[d.pos+2] == 'u' {
		if second, ok := d.hex(d.pos + 3); ok {
			if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
				d.pos += 6
				return r
			}
		}
	}
	return utf8.RuneError
}

func (d *jsonDecoder) hex(pos int) (rune, bool) {
	if pos+4 > len(d.text) {
		return 0, false
	}
	var r rune
	for _, c := range []byte(d.text[pos : pos+4]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

func (d *jsonDecoder) number() (any, error) {
	start := d.pos
	if d.text[d.pos] == '-' {
		d.pos++
	}
	if d.pos < len(d.text) && d.text[d.pos] == '0' {
		d.pos++
	} else if !d.digits() {
		return nil, d.fail("bad number")
	}
	integer := true
	if d.pos < len(d.text) && d.text[d.pos] == '.' {
		integer = false
		d.pos++
		if !d.digits() {
			return nil, d.fail("bad number")
		}
	}
	if d.pos < len(d.text) && d.text[d.pos]|0x20 == 'e' {
		integer = false
		d.pos++
		if d.pos < len(d.text) && (d.text[d.pos] == '+' || d.text[d.pos] == '-') {
			d.pos++
		}
		if !d.digits() {
			return nil, d.fail("bad number")
		}
	}
	text := d.text[start:d.pos]
	if integer {
		if n, err := strconv.Atoi(text); err == nil {
			return n, nil
		}
	} else if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f, nil
	}
	if d.origins != nil {
		d.origins.numbers[text] = true
	}
	return text, nil
}

func (d *jsonDecoder) digits() bool {
	start := d.pos
	for d.pos < len(d.text) && '0' <= d.text[d.pos] && d.text[d.pos] <= '9' {
		d.pos++
	}
	return d.pos > start
}
