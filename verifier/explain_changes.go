package verifier

import (
	"net/http"
	"slices"
	"strings"
)

// changes are all that may be wrong with the request or the settings, the commonest first.
func (x *explainer) changes() []change {
	changes := secretChanges(&x.base.scheme)
	if x.base.scheme.Kind == HMAC {
		changes = append(changes, signatureChanges(&x.base.scheme)...)
	}
	covers := x.base.scheme.covers()
	if covers.Body || len(covers.Fields) > 0 {
		changes = append(changes, bodyChanges(x.base.request.Body)...)
	}
	if covers.Address() {
		changes = append(changes, urlChanges(&x.base.request)...)
	}
	return changes
}

// secretChanges are the ways in which the right secret is given wrongly.
func secretChanges(scheme *Scheme) []change {
	each := func(f Finding, mend func(secret string) string) change {
		return change{f, func(c *candidate) bool {
			changed := false
			for i, s := range c.secrets {
				c.secrets[i] = mend(s)
				changed = changed || c.secrets[i] != s
			}
			return changed
		}}
	}
	unquote := func(s string) string {
		s = strings.TrimSpace(s)
		if len(s) > 1 && strings.IndexByte("\"'`", s[0]) >= 0 && s[0] == s[len(s)-1] {
			return s[1 : len(s)-1]
		}
		return s
	}
	changes := []change{
		each(secretWhiteSpace, strings.TrimSpace),
		each(secretQuotes, unquote),
	}
	if scheme.Kind != HMAC {
		return changes
	}
	withoutPrefix := func(s string) string { return strings.TrimPrefix(s, whsec) }
	withPrefix := func(s string) string { return whsec + withoutPrefix(s) }
	encoding := func(f Finding, name string, mend func(string) string) change {
		return change{f, func(c *candidate) bool {
			c.scheme.Signature.SecretEncoding = name
			for i, s := range c.secrets {
				c.secrets[i] = mend(s)
			}
			return true
		}}
	}
	same := func(s string) string { return s }
	if scheme.Signature.SecretEncoding != "raw" {
		return append(changes,
			encoding(secretDecoded("as it is"), "raw", same),
			encoding(secretDecoded("without its whsec_, but else as it is"), "raw", withoutPrefix),
			encoding(secretDecoded("with whsec_ before it, and else as it is"), "raw", withPrefix),
		)
	}
	return append(changes,
		encoding(secretNotDecoded("base64, after whsec_ if it has that"), "whsec", same),
		encoding(secretNotDecoded("hex"), "hex", same),
		each(secretPrefix("without its whsec_"), withoutPrefix),
		each(secretPrefix("with whsec_ before it"), withPrefix),
		each(secretNewline, func(s string) string { return strings.TrimRight(s, "\r\n") + "\n" }),
	)
}

// signatureChanges are other ways to write a signature.
func signatureChanges(scheme *Scheme) []change {
	var changes []change
	add := func(f Finding, apply func(s *Scheme)) {
		changes = append(changes, change{f, func(c *candidate) bool { apply(&c.scheme); return true }})
	}
	own := scheme.Signature
	for _, encoding := range []string{"hex", "base64", "base64url"} {
		if encoding != own.Encoding {
			add(signatureEncoding(encoding, own.Encoding), func(s *Scheme) { s.Signature.Encoding = encoding })
		}
	}
	for _, algorithm := range []string{"sha1", "sha256", "sha384", "sha512"} {
		if algorithm == own.Algorithm {
			continue
		}
		add(wrongAlgorithm(algorithm, own.Algorithm), func(s *Scheme) { s.Signature.Algorithm = algorithm })
		if prefix := strings.ReplaceAll(own.Prefix, own.Algorithm, algorithm); prefix != own.Prefix {
			add(wrongAlgorithm(algorithm, own.Algorithm), func(s *Scheme) {
				s.Signature.Algorithm, s.Signature.Prefix = algorithm, prefix
			})
		}
	}
	for _, prefix := range []string{"", own.Algorithm + "=", "v0=", "v1=", "v1,"} {
		if prefix != own.Prefix {
			add(signaturePrefix(prefix, own.Prefix), func(s *Scheme) { s.Signature.Prefix = prefix })
		}
	}
	if !scheme.covers().Timestamp {
		return changes
	}
	for _, unit := range []string{Unix, UnixMilli, RFC3339, HTTPDate} {
		if unit != scheme.TimestampUnit {
			add(timestampUnit(unit, scheme.TimestampUnit), func(s *Scheme) { s.TimestampUnit = unit })
		}
	}
	return changes
}

// urlChanges are other addresses at which the provider may have called.
func urlChanges(r *Request) []change {
	scheme, rest, _ := strings.Cut(r.URL(), "://")
	rest, _, _ = strings.Cut(rest, "?")
	host, path, _ := strings.Cut(rest, "/")
	toggled := path + "/"
	if strings.HasSuffix(path, "/") || path == "" {
		toggled = strings.TrimSuffix(path, "/")
	}
	hosts := []string{host}
	if forwarded := r.Header.Get("X-Forwarded-Host"); forwarded != "" && forwarded != host {
		hosts = append(hosts, forwarded)
	}
	var changes []change
	for _, s := range []string{scheme, "https", "http"} {
		for _, h := range hosts {
			for _, p := range []string{path, toggled} {
				address := s + "://" + h + "/" + p
				if address == scheme+"://"+rest {
					continue
				}
				changes = append(changes, change{otherURL(address), func(c *candidate) bool {
					c.request.PublicURL = address
					return true
				}})
			}
		}
	}
	return changes
}

// otherProvider tells whose signature the request has instead.
func (x *explainer) otherProvider() (Finding, bool) {
	own := x.provider.signatureHeaders()
	var named, others []*Provider // the former have their name in the header's
	headers := make(map[*Provider]string)
	for _, name := range Names() {
		p, _ := Lookup(name)
		for _, h := range p.signatureHeaders() {
			if len(x.base.request.Header[h]) == 0 || slices.Contains(own, h) {
				continue
			}
			if headers[p] = h; strings.Contains(strings.ToLower(h), name) {
				named = append(named, p)
			} else {
				others = append(others, p)
			}
			break
		}
	}
	all := append(named, others...)
	if len(all) == 0 {
		return Finding{}, false
	}
	for _, p := range all {
		if x.isOf(p) {
			return verifiesAs(p), true
		}
	}
	if len(named) > 0 {
		return looksLike(headers[named[0]], named[0].Name), true
	}
	const most = 3
	var names []string
	for _, p := range others[:min(len(others), most)] {
		names = append(names, p.Name)
	}
	if len(others) > most {
		names = append(names, "others")
	}
	return looksLike(headers[others[0]], strings.Join(names, " or ")), true
}

// isOf reports whether the request verifies as the other provider's, with the same secret.
func (x *explainer) isOf(p *Provider) bool {
	v, err := p.New(Settings{Secrets: x.settings.Secrets, PublicURL: x.settings.PublicURL})
	if err != nil {
		return false
	}
	_, err = verifyAtAnyTime(v, &x.base.request, x.now)
	return err == nil
}

// signatureHeaders are the headers by which the provider's requests are recognised.
func (p *Provider) signatureHeaders() []string {
	var names []string
	if p.Scheme.Kind == HMAC || p.Scheme.Kind == Token {
		names = p.Scheme.Signature.headers()
		if p.Scheme.Header != "" {
			names = append(names, p.Scheme.Header)
		}
	}
	for i, name := range names {
		names[i] = http.CanonicalHeaderKey(name)
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "Authorization" })
}

func hyphenated(name string) string {
	return http.CanonicalHeaderKey(strings.ReplaceAll(name, "_", "-"))
}
