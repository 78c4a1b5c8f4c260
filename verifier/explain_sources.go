package verifier

import (
	"fmt"
	"time"
)

// Other is another source that is configured beside the one whose request is explained.
type Other struct {
	Name     string
	Provider *Provider
	Settings Settings
}

// otherSource looks for a source whose secret the request was signed with, or to which it belongs
// as a whole. It names the source and nothing of its settings.
func (x *explainer) otherSource(others []Other) ([]Finding, time.Time) {
	for _, o := range others {
		if o.Settings.Insecure {
			continue
		}
		if !x.base.scheme.fetches() {
			c := x.base
			c.secrets = o.Settings.Secrets
			if result, ok := x.verifies(c); ok {
				return append([]Finding{otherSecret(o.Name)}, x.age(result)...), result.SignedAt
			}
		}
		if scheme, _ := o.Provider.resolve(o.Settings); scheme.Kind == None || scheme.fetches() {
			continue
		}
		v, err := o.Provider.New(o.Settings)
		if err != nil {
			continue
		}
		r := x.base.request
		r.PublicURL = o.Settings.PublicURL
		if result, err := verifyAtAnyTime(v, &r, x.now); err == nil {
			return []Finding{otherAddress(o)}, result.SignedAt
		}
	}
	return nil, time.Time{}
}

func otherSecret(source string) Finding {
	return Finding{
		OtherSource, true,
		fmt.Sprintf("The request verifies with the secret of the source %s.", source),
		"Either the secrets of the two are mixed up here, or at the sender; or the sender has the address of this source where that of the other is meant.",
	}
}

func otherAddress(o Other) Finding {
	return Finding{
		OtherSource, true,
		fmt.Sprintf("The request is one for the source %s: it verifies there, as one of %s.", o.Name, o.Provider.Title),
		"Give the sender the address of that source.",
	}
}
