package caddymodule

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatepost/gatepost/verifier"
)

// sampleInfo is a test event as `send` would make it, before it is signed.
type sampleInfo struct {
	Type   string      `json:"type"`
	Bytes  int         `json:"bytes"`
	Header http.Header `json:"headers"`
	Body   string      `json:"body"`
}

var sampleView = view[sampleInfo]{
	columns: []string{"TYPE", "BYTES", "CONTENT TYPE"},
	row: func(s *sampleInfo) []string {
		return []string{s.Type, strconv.Itoa(s.Bytes), s.Header.Get("Content-Type")}
	},
}

// samplesOf makes one event of each of the provider's types, the default first.
func samplesOf(p *verifier.Provider, now time.Time) []sampleInfo {
	var all []sampleInfo
	for _, s := range p.Samples {
		e := p.Sample(s.Type, newSampleID(), now)
		all = append(all, sampleInfo{e.Type, len(e.Body), e.Header, string(e.Body)})
	}
	return all
}

// newSampleID is an ID that no test event had before.
func newSampleID() string { return strings.ToLower(rand.Text()) }

// otherSample says what is sent for a type of which there is no sample.
func otherSample(p *verifier.Provider, eventType string) string {
	near := "none resembles it"
	if types := p.NearestSamples(eventType); len(types) > 0 {
		near = "near are " + strings.Join(types, ", ")
	}
	return fmt.Sprintf("no sample of %s has the type %q, so another one goes out under its name: %s; --list shows all, --data sends a body of yours", p.Name, eventType, near)
}

// completeTypes lets a shell complete --type with the types of the provider's samples.
func completeTypes(cmd *cobra.Command) {
	complete := func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		var types []string
		if len(args) > 0 {
			if p, ok := verifier.Lookup(args[0]); ok {
				for _, s := range p.Samples {
					types = append(types, s.Type)
				}
			}
		}
		return types, cobra.ShellCompDirectiveNoFileComp
	}
	_ = cmd.RegisterFlagCompletionFunc("type", complete) // fails only for a flag that is not there
}
