package expression

import (
	"fmt"
	"regexp"
	"regexp/syntax"
)

// pattern is a regular expression and its size, which is what matching one byte can cost.
type pattern struct {
	re    *regexp.Regexp
	insts int
}

func newPattern(text string) (*pattern, error) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, err
	}
	if len(prog.Inst) > maxInsts {
		return nil, fmt.Errorf("the regular expression is too large: it compiles to %d instructions, and %d are the most", len(prog.Inst), maxInsts)
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	return &pattern{re, len(prog.Inst)}, nil
}
