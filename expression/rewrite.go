package expression

import (
	"fmt"
	"math"
	"net/http"
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
)

// rewriter makes the tree that is run from the tree that was parsed, and refuses what may not be
// used. The parsed tree is left as it is; it can hold one node in several places, which a rewritten
// one does not.
type rewriter struct {
	nodes   int
	nesting int // predicates around the node
	headers []string
	names   []string    // of variables
	asks    bool        // calls header or query
	err     *file.Error // the first refusal
	doubt   *file.Error // a refusal for which expr may have better words
}

func (r *rewriter) node(n ast.Node) ast.Node {
	if r.err != nil {
		return n
	}
	if r.nodes++; r.nodes > maxNodes {
		return r.refuse(n, "the expression exceeds %d nodes; a chain of comparisons counts its inner terms twice", maxNodes)
	}
	switch n := n.(type) {
	case *ast.NilNode, *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.StringNode, *ast.PointerNode:
		return n
	case *ast.IdentifierNode:
		return r.identifier(n)
	case *ast.MemberNode:
		return r.member(n)
	case *ast.ChainNode:
		return r.node(n.Node) // every member access is optional, so a chain needs no mark
	case *ast.SliceNode:
		return r.call(n, ".slice", r.node(n.Node), r.bound(n.From, 0), r.bound(n.To, math.MaxInt))
	case *ast.CallNode:
		return r.function(n)
	case *ast.BuiltinNode:
		return r.builtin(n)
	case *ast.UnaryNode:
		return r.unary(n)
	case *ast.BinaryNode:
		return r.binary(n)
	case *ast.ConditionalNode:
		return at(n, &ast.ConditionalNode{Ternary: n.Ternary, Cond: r.condition(n.Cond), Exp1: r.node(n.Exp1), Exp2: r.node(n.Exp2)})
	case *ast.VariableDeclaratorNode:
		return at(n, &ast.VariableDeclaratorNode{Name: n.Name, Value: r.node(n.Value), Expr: r.node(n.Expr)})
	case *ast.SequenceNode:
		return at(n, &ast.SequenceNode{Nodes: r.all(n.Nodes)})
	case *ast.ArrayNode:
		return at(n, &ast.ArrayNode{Nodes: r.all(n.Nodes)})
	case *ast.MapNode:
		return at(n, &ast.MapNode{Pairs: r.all(n.Pairs)})
	case *ast.PairNode:
		return at(n, &ast.PairNode{Key: r.node(n.Key), Value: r.node(n.Value)})
	}
	return r.refuse(n, "%s is not available", n)
}

func (r *rewriter) all(nodes []ast.Node) []ast.Node {
	out := make([]ast.Node, len(nodes))
	for i, n := range nodes {
		out[i] = r.node(n)
	}
	return out
}

// identifier is a variable of the environment, or one that `let` declared.
func (r *rewriter) identifier(n *ast.IdentifierNode) ast.Node {
	if _, ok := variables[n.Value]; ok {
		if !slices.Contains(r.names, n.Value) {
			r.names = append(r.names, n.Value)
		}
		return r.call(n, n.Value)
	}
	if n.Value == "$env" {
		return r.refuse(n, "$env is not available; use the names themselves")
	}
	if n.Value == "header" || n.Value == "query" {
		return r.refuse(n, "%s is a function: write %s(\"…\")", n.Value, n.Value)
	}
	return at(n, &ast.IdentifierNode{Value: n.Value})
}

func (r *rewriter) member(n *ast.MemberNode) ast.Node {
	if id, ok := n.Node.(*ast.IdentifierNode); ok && id.Value == "received_at" {
		return r.refuse(n, "received_at has no fields; string(received_at) is its RFC 3339 text")
	}
	return r.call(n, "get", r.node(n.Node), r.node(n.Property))
}

// bound is an end of a slice, which may be missing.
func (r *rewriter) bound(n ast.Node, missing int) ast.Node {
	if n == nil {
		return &ast.IntegerNode{Value: missing}
	}
	return r.node(n)
}

// function is a call of one of the environment's functions. Values have none: what else is called
// is a mistake, which expr can tell better if the name is unknown or an argument is wrong.
func (r *rewriter) function(n *ast.CallNode) ast.Node {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return r.refuse(n, "values have no methods")
	}
	if callee.Value != "header" && callee.Value != "query" || len(n.Arguments) != 1 {
		if r.doubt == nil {
			r.doubt = objection(n, "%s is not a function", callee.Value)
		}
		r.all(n.Arguments) // expr checks them, so they have to be measured
		return n
	}
	r.asks = true
	name, ok := n.Arguments[0].(*ast.StringNode)
	if callee.Value == "header" && ok {
		canonical := http.CanonicalHeaderKey(name.Value)
		if !slices.Contains(r.headers, canonical) {
			r.headers = append(r.headers, canonical)
		}
		return r.call(n, "header", at(name, &ast.StringNode{Value: canonical}))
	}
	return r.call(n, callee.Value, r.node(n.Arguments[0]))
}

func (r *rewriter) builtin(n *ast.BuiltinNode) ast.Node {
	b, ok := builtins[n.Name]
	switch {
	case !ok:
		return r.refuse(n, "unknown name %s", n.Name)
	case !b.predicate:
		return r.call(n, n.Name, r.all(n.Arguments)...)
	case len(n.Arguments) == 1: // count(list) counts what is true
		return r.loop(n, n.Arguments[0], at(n, &ast.PointerNode{}))
	}
	return r.loop(n, n.Arguments[0], n.Arguments[1].(*ast.PredicateNode).Node)
}

// loop evaluates body for each element of a list, and pays before each for all of its nodes. All but
// map ask it for a yes or no.
func (r *rewriter) loop(n *ast.BuiltinNode, list, body ast.Node) ast.Node {
	elements := r.call(n, ".list", r.node(list))
	if r.nesting++; r.nesting > maxNesting {
		return r.refuse(n, "predicates may be nested at most %d deep", maxNesting)
	}
	before := r.nodes
	if n.Name == "map" {
		body = r.node(body)
	} else {
		body = r.condition(body)
	}
	r.nesting--
	pay := r.call(n, ".pay", &ast.IntegerNode{Value: 1 + r.nodes - before})
	predicate := at(n, &ast.PredicateNode{Node: at(n, &ast.SequenceNode{Nodes: []ast.Node{pay, body}})})
	return at(n, &ast.BuiltinNode{Name: n.Name, Arguments: []ast.Node{elements, predicate}})
}

func (r *rewriter) unary(n *ast.UnaryNode) ast.Node {
	switch n.Operator {
	case "not", "!":
		return at(n, &ast.UnaryNode{Operator: n.Operator, Node: r.condition(n.Node)})
	case "+": // on its own it would let anything pass
		return r.call(n, "+", &ast.IntegerNode{}, r.node(n.Node))
	}
	return at(n, &ast.UnaryNode{Operator: n.Operator, Node: r.node(n.Node)})
}

func (r *rewriter) binary(n *ast.BinaryNode) ast.Node {
	switch n.Operator {
	case "and", "&&", "or", "||":
		return at(n, &ast.BinaryNode{Operator: n.Operator, Left: r.condition(n.Left), Right: r.condition(n.Right)})
	case "matches":
		return r.matches(n)
	case "!=":
		equal := r.call(n, "==", r.node(n.Left), r.node(n.Right))
		return at(n, &ast.UnaryNode{Operator: "not", Node: equal})
	case "..":
		return r.refuse(n, "ranges are not available; compare with < and <=")
	}
	left, right := r.node(n.Left), r.node(n.Right)
	if _, ok := functions[n.Operator]; ok {
		return r.call(n, n.Operator, left, right)
	}
	return at(n, &ast.BinaryNode{Operator: n.Operator, Left: left, Right: right})
}

// matches takes a constant pattern only: one from a payload could be made to take for ever.
func (r *rewriter) matches(n *ast.BinaryNode) ast.Node {
	pattern, ok := n.Right.(*ast.StringNode)
	if !ok {
		return r.refuse(n.Right, "a regular expression must be a constant string")
	}
	if len(pattern.Value) > maxPattern {
		return r.refuse(n.Right, "a regular expression may have at most %d bytes", maxPattern)
	}
	re, err := newPattern(pattern.Value)
	if err != nil {
		return r.refuse(n.Right, "%v", err)
	}
	return r.call(n, "matches", r.node(n.Left), at(pattern, &ast.ConstantNode{Value: re}))
}

// condition is a node whose value decides: the machine only takes a bool for one, and says so in
// Go's words.
func (r *rewriter) condition(n ast.Node) ast.Node {
	out := r.node(n)
	switch n := n.(type) {
	case *ast.BoolNode:
		return out
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return out
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "==", "!=", "<", "<=", ">", ">=", "and", "&&", "or", "||", "in", "contains", "startsWith", "endsWith", "matches":
			return out
		}
	case *ast.BuiltinNode:
		switch n.Name {
		case "all", "any", "none", "one", "hasPrefix", "hasSuffix":
			return out
		}
	}
	return r.call(n, ".condition", out)
}

// call is a call of one of our functions in place of n, with the scope as its first argument.
func (r *rewriter) call(n ast.Node, name string, args ...ast.Node) ast.Node {
	scope := &ast.IdentifierNode{Value: "$env"}
	return at(n, &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: append([]ast.Node{scope}, args...)})
}

// at gives a new node the place of the old one, so that errors point into the text.
func at(old, node ast.Node) ast.Node {
	node.SetLocation(old.Location())
	return node
}

func (r *rewriter) refuse(n ast.Node, format string, args ...any) ast.Node {
	if r.err == nil {
		r.err = objection(n, format, args...)
	}
	return n
}

func objection(n ast.Node, format string, args ...any) *file.Error {
	return &file.Error{Location: n.Location(), Message: fmt.Sprintf(format, args...)}
}
