package router

import "strings"

// glob is a pattern cut at its stars: the first part begins the text, the last one ends it, and
// those between follow one another.
type glob []string

func newGlob(pattern string) glob { return strings.Split(pattern, "*") }

// match takes time in proportion to the text: each part is looked for once, from where the one
// before it ended, and the earliest place is as good as any.
func (g glob) match(text string) bool {
	if len(g) == 1 {
		return text == g[0]
	}
	text, ok := strings.CutPrefix(text, g[0])
	if !ok {
		return false
	}
	text, ok = strings.CutSuffix(text, g[len(g)-1])
	if !ok {
		return false
	}
	for _, part := range g[1 : len(g)-1] {
		_, after, ok := strings.Cut(text, part)
		if !ok {
			return false
		}
		text = after
	}
	return true
}

// matchAny reports whether one of the globs matches, or there are none.
func matchAny(globs []glob, text string) bool {
	for _, g := range globs {
		if g.match(text) {
			return true
		}
	}
	return len(globs) == 0
}
