package expression

import "reflect"

// origins remembers where the lists and objects of a decoded body came from, so that those that an
// expression hands on, in whatever order and company, can leave with the very bytes that arrived.
// Lists and objects are references: whatever selects, filters or flattens passes them on as they are.
type origins struct {
	texts   map[identity]origin
	numbers map[string]bool // texts of the numbers that decode to strings
}

// origin is a value and the text that it was decoded from. Holding the value keeps its address from
// being given to another.
type origin struct {
	value any
	text  string
}

// identity tells a list or an object from all others that are alive.
type identity struct {
	address uintptr
	length  int // of a list, which may share its address with a part of it; -1 for an object
}

func newOrigins() *origins {
	return &origins{texts: map[identity]origin{}, numbers: map[string]bool{}}
}

func (o *origins) add(v any, text string) {
	if i, ok := identityOf(v); ok {
		o.texts[i] = origin{v, text}
	}
}

// of is the text that a list or object was decoded from, "" if it was not.
func (o *origins) of(v any) string {
	i, ok := identityOf(v)
	if !ok {
		return ""
	}
	return o.texts[i].text
}

func identityOf(v any) (identity, bool) {
	switch v := v.(type) {
	case map[string]any:
		return identity{reflect.ValueOf(v).Pointer(), -1}, true
	case []any:
		return identity{reflect.ValueOf(v).Pointer(), len(v)}, cap(v) > 0
	}
	return identity{}, false
}

// traced reads a list or an object and remembers its text.
func (d *jsonDecoder) traced(opening byte, depth int) (any, error) {
	start := d.pos
	v, err := d.container(opening, depth)
	if err != nil {
		return nil, err
	}
	if list, ok := v.([]any); ok && len(list) == 0 {
		v = make([]any, 0, 1) // all lists without room are at one address
	}
	d.origins.add(v, d.text[start:d.pos])
	return v, nil
}
