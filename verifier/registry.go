package verifier

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

var registry = struct {
	sync.RWMutex
	providers map[string]*Provider
}{providers: map[string]*Provider{}}

// Register adds a provider. It is meant to be called from an init function and panics if the
// name is taken or not of the form [a-z0-9][a-z0-9_]*.
func Register(p Provider) {
	if !validName(p.Name) {
		panic(fmt.Sprintf("verifier: provider name %q: use lower-case letters, digits and _", p.Name))
	}
	if len(p.Methods) == 0 {
		p.Methods = []string{http.MethodPost}
	}
	if p.Ack.Status == 0 {
		p.Ack.Status = http.StatusOK
	}
	registry.Lock()
	defer registry.Unlock()
	if _, taken := registry.providers[p.Name]; taken {
		panic(fmt.Sprintf("verifier: provider %q is registered twice", p.Name))
	}
	registry.providers[p.Name] = &p
}

func validName(name string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	return name != "" && name[0] != '_' && strings.Trim(name, letters+"_") == ""
}

// Lookup finds a provider by its name. What it points to is shared: do not change it.
func Lookup(name string) (*Provider, bool) {
	registry.RLock()
	defer registry.RUnlock()
	p, ok := registry.providers[name]
	return p, ok
}

// Names are the names of all providers, sorted.
func Names() []string {
	registry.RLock()
	defer registry.RUnlock()
	return slices.Sorted(maps.Keys(registry.providers))
}

// maxNearest is how much of a misspelt name is looked at, in bytes.
const maxNearest = 64

// Nearest are at most three names that resemble the given one, the best first; for a message
// that asks "did you mean".
func Nearest(name string) []string {
	return NearestOf(name, Names())
}

// NearestOf is Nearest among the given names.
func NearestOf(name string, names []string) []string {
	return nearest(strings.ReplaceAll(strings.ToLower(name[:min(len(name), maxNearest)]), "-", "_"), names)
}

func nearest(name string, names []string) []string {
	const most = 3
	distance := map[string]int{}
	var near []string
	for _, n := range names {
		lower := strings.ToLower(n)
		d := editDistance(name, lower)
		if len(name) > 2 && (strings.HasPrefix(lower, name) || strings.HasPrefix(name, lower)) {
			d = 1
		}
		shorter := min(len(name), len(n))
		if d <= max(min(shorter/2, 2), shorter/3) {
			distance[n] = d
			near = append(near, n)
		}
	}
	slices.SortStableFunc(near, func(a, b string) int { return distance[a] - distance[b] })
	return near[:min(len(near), most)]
}

// editDistance counts the insertions, deletions and replacements of bytes that lead from a to b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
