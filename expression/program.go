package expression

import (
	"errors"
	"fmt"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// Program is a compiled expression. It is safe for concurrent use.
type Program struct {
	text    string
	headers []string
	names   []string
	asks    bool
	code    *vm.Program
}

// Compile compiles an expression. Its errors are expr's own, several lines with the position and a
// caret; so are those for what expr knows but a rule may not use.
func Compile(text string) (_ *Program, err error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("an expression may have at most %d bytes, this one has %d", maxText, len(text))
	}
	defer func() { // a text that the compiler does not survive is refused, as every other bad one
		if r := recover(); r != nil {
			err = fmt.Errorf("the expression cannot be compiled: %v", r)
		}
	}()

	language := languageConfig()
	tree, err := parser.ParseWithConfig(text, language)
	if err != nil {
		return nil, err
	}
	// The tree is measured before it is checked: checking takes exponential time on some.
	r := rewriter{}
	rewritten := r.node(tree.Node)
	if r.err != nil {
		return nil, r.err.Bind(tree.Source)
	}
	if _, err := checker.Check(tree, language); err != nil {
		return nil, err
	}
	if r.doubt != nil {
		return nil, r.doubt.Bind(tree.Source)
	}

	tree.Node = rewritten
	machine := machineConfig()
	if _, err := checker.Check(tree, machine); err != nil {
		return nil, err
	}
	code, err := compiler.Compile(tree, machine)
	if err != nil {
		return nil, err
	}
	return &Program{text: text, headers: r.headers, names: r.names, asks: r.asks, code: code}, nil
}

// CompileRule compiles an expression that is to decide. One that yields the same for all requests, and
// neither true nor false, is refused: a text in quotes, most likely, that was meant as an expression.
func CompileRule(text string) (*Program, error) {
	p, err := Compile(text)
	if err != nil || !p.Constant() {
		return p, err
	}
	if _, err := p.Bool(NewScope(&Request{})); err != nil {
		return nil, fmt.Errorf("%w, whatever arrives; in single quotes it is a text and no expression", err)
	}
	return p, nil
}

// languageConfig is what an expression is parsed and checked with.
func languageConfig() *conf.Config {
	c := conf.New(environment{})
	c.MaxNodes = maxNodes
	expr.DisableAllBuiltins()(c)
	for name := range builtins {
		expr.EnableBuiltin(name)(c)
	}
	for name := range c.Disabled {
		delete(c.Builtins, name)
	}
	return c
}

// machineConfig is what a rewritten expression is compiled with. The optimiser stays off: some of
// its shortcuts change what nil does.
func machineConfig() *conf.Config {
	c := conf.CreateNew()
	c.Optimize = false
	for name, f := range functions {
		expr.Function(name, func(args ...any) (any, error) { return f(args[0].(*Scope), args[1:]) })(c)
	}
	for name, v := range variables {
		expr.Function(name, func(args ...any) (any, error) { return v(args[0].(*Scope)), nil })(c)
	}
	return c
}

// Bool evaluates the program as a rule. Nil is false; every other result that is neither true nor
// false is an error.
func (p *Program) Bool(s *Scope) (bool, error) {
	v, err := p.Value(s)
	if err != nil {
		return false, err
	}
	switch v := v.(type) {
	case nil:
		return false, nil
	case bool:
		return v, nil
	}
	return false, fmt.Errorf("the rule yields %s, not true or false", kind(v))
}

// Value evaluates the program. The result is nil, a bool, an int, a float64, a string, a time.Time,
// a time.Duration, or a list ([]any) or object (map[string]any) of these. It may be a part of the
// body: it must not be changed, and a string of it that is to outlive the scope is better cloned.
// Errors are one line and quote neither the text nor the request.
func (p *Program) Value(s *Scope) (any, error) {
	v, err := s.vm.Run(p.code, s)
	if at, ok := errors.AsType[*file.Error](err); ok {
		return nil, fmt.Errorf("%s (%d:%d)", at.Message, at.Line, at.Column+1)
	}
	return v, err
}

// String is the program's text.
func (p *Program) String() string { return p.text }

// Headers lists the headers that the program reads by a constant name, in canonical form and in
// the order of the text.
func (p *Program) Headers() []string { return p.headers }

// Uses reports whether the program names one of the variables, such as `body`.
func (p *Program) Uses(variables ...string) bool {
	return slices.ContainsFunc(variables, func(name string) bool { return slices.Contains(p.names, name) })
}

// Constant reports whether the program yields the same for all requests of a source, for it looks at
// none of them.
func (p *Program) Constant() bool {
	return !p.asks && !slices.ContainsFunc(p.names, func(name string) bool { return name != "source" && name != "provider" })
}
