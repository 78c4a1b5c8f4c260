package router

import "testing"

func TestPathAndQueryOfATarget(t *testing.T) {
	for uri, want := range map[string][2]string{
		"/a":           {"/a", ""},
		"/a?b=c?d":     {"/a", "b=c?d"},
		"/a%20b?x=%20": {"/a b", "x=%20"},
		"/%zz":         {"/%zz", ""},
		"*":            {"*", ""},
	} {
		if path, query := splitURI(uri); path != want[0] || query != want[1] {
			t.Errorf("%s gives %q and %q", uri, path, query)
		}
	}
}
