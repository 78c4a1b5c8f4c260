package verifier

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// What is said about each fault.

var (
	secretWhiteSpace = Finding{
		SecretWhiteSpace, true,
		"The secret is right but for white space or a line break around it.",
		"Remove that where the secret is kept.",
	}
	secretQuotes = Finding{
		SecretQuotes, true,
		"The secret is right but for the quotes around it.",
		"Remove the quotes where the secret is kept: a file or an environment variable needs none.",
	}
	secretNewline = Finding{
		SecretNewline, true,
		"The sender's secret ends in a line break, which the configured one does not have.",
		"Enter the secret at the sender again, without the line break.",
	}
	keyUnavailable = Finding{
		KeyUnavailable, false,
		"The key with which to verify could not be had, so nothing is known of the signature.",
		"Mend what the message says and try again; this machine must reach the provider's keys.",
	}
)

func secretDecoded(how string) Finding {
	return Finding{
		SecretDecoded, true,
		"The sender uses the text of the secret as key, " + how + "; it is decoded here.",
		"If the scheme is your own, write `secret_encoding raw`, and the secret so. If not, the sender's library does not decode it as the scheme asks.",
	}
}

func secretNotDecoded(from string) Finding {
	return Finding{
		SecretNotDecoded, true,
		"The sender decodes the secret (" + from + "); here its text is the key, as it is.",
		"If the scheme is your own, set `secret_encoding` (whsec, base64 or hex). If not, look whether another provider of the catalogue fits, such as standard_webhooks.",
	}
}

func secretPrefix(how string) Finding {
	return Finding{
		SecretPrefix, true,
		"The secret is right " + how + ".",
		"Configure the secret so.",
	}
}

func signatureEncoding(is, wanted string) Finding {
	return Finding{
		SignatureEncoding, true,
		"The signature is right, but written in " + is + " and not in " + wanted + ".",
		"If the scheme is your own, write `encoding " + is + "`. If not, the sender does not write it as this provider does.",
	}
}

func wrongAlgorithm(is, wanted string) Finding {
	return Finding{
		WrongAlgorithm, true,
		"The signature is right, but made with HMAC-" + strings.ToUpper(is) + " and not with " + strings.ToUpper(wanted) + ".",
		"Have the sender sign with " + wanted + ". If the scheme is your own, write `algorithm " + is + "`.",
	}
}

func signaturePrefix(is, wanted string) Finding {
	name := func(prefix string) string {
		if prefix == "" {
			return "nothing"
		}
		return strconv.Quote(prefix)
	}
	advice := "write `prefix " + is + "`"
	if is == "" {
		advice = "leave `prefix` out"
	}
	return Finding{
		SignaturePrefix, true,
		"The signature is right, but " + name(is) + " and not " + name(wanted) + " stands before it.",
		"If the scheme is your own, " + advice + ". If not, the sender, or something on the way, does not write the header as this provider does.",
	}
}

func timestampUnit(is, wanted string) Finding {
	return Finding{
		TimestampUnit, true,
		"The signature is right, but the timestamp is given as " + is + " and not as " + wanted + ".",
		"If the scheme is your own, write `timestamp_unit " + is + "`. If not, the sender does not write it as this provider does.",
	}
}

const changedOnTheWay = "The body has to arrive byte for byte: look for a proxy, an application or the tool of the capture that changed it."

func bodyNewline(how, happened string) Finding {
	return Finding{
		BodyNewline, true,
		"The signature matches the body " + how + ": it was " + happened + " after signing.",
		changedOnTheWay + " Editors and `echo` add a line break; some captures cut it off.",
	}
}

func bodyLineBreaks(signed, arrived string) Finding {
	return Finding{
		BodyLineBreaks, true,
		"The signature matches the body with " + signed + " for line breaks; it has " + arrived + " now.",
		changedOnTheWay,
	}
}

func bodyJSON(how string) Finding {
	return Finding{
		BodyJSON, true,
		"The signature matches the same JSON written in another way (" + how + "): the body was decoded and encoded again after signing.",
		changedOnTheWay + " If the sender signs one text and sends another, it is the sender's fault.",
	}
}

func otherURL(address string) Finding {
	return Finding{
		OtherURL, true,
		"The signature is right for the address " + address + ".",
		"Write `public_url " + address + "`, or have the proxy in front pass on scheme, host and path as they were.",
	}
}

func headerUnderscore(name, arrived string) Finding {
	return Finding{
		HeaderUnderscore, true,
		"The header " + name + " arrived under the name " + arrived + ", which is not the same.",
		"Have the proxy in front keep the hyphens. Headers with underscores are dropped.",
	}
}

func verifiesAs(p *Provider) Finding {
	return Finding{
		OtherProvider, true,
		"The request is one of " + p.Title + ": it verifies as that with this secret.",
		"Use the provider " + p.Name + ".",
	}
}

func looksLike(header, names string) Finding {
	return Finding{
		OtherProvider, false,
		"The request has the header " + header + ": it looks like one of " + names + ".",
		"Use that provider, or give the sender the address that is meant for it.",
	}
}

// age is the finding about a signature that is right but not of now.
func (x *explainer) age(r Result) []Finding {
	if r.SignedAt.IsZero() {
		return nil
	}
	tolerance := x.base.scheme.Tolerance
	off := x.now.Sub(r.SignedAt)
	switch {
	case off > tolerance:
		return []Finding{{
			TooOld, true,
			fmt.Sprintf("The timestamp is %s too old: it was signed %s before the time of this check, and %s are allowed.", rounded(off-tolerance), rounded(off), tolerance),
			"A request that was captured earlier is to be judged at the time of its arrival. If it has just arrived, this machine's clock is ahead, or something held the request up: look at the clock (NTP) first.",
		}}
	case off < -tolerance:
		return []Finding{{
			InFuture, true,
			fmt.Sprintf("The timestamp lies in the future: it was signed %s after the time of this check, and %s are allowed.", rounded(-off), tolerance),
			"This machine's clock is behind, or the sender's ahead: look at the clock (NTP).",
		}}
	}
	return nil
}

func rounded(d time.Duration) time.Duration { return d.Round(time.Second) }

// guess is the likely reason of a refusal about which no more is known.
func (x *explainer) guess(refusal *Error) Finding {
	said := strings.ToUpper(refusal.Message[:1]) + refusal.Message[1:] + "."
	switch refusal.Code {
	case SignatureMissing, TimestampMissing:
		return Finding{
			HeaderMissing, false, said,
			"See that a secret is set at the sender, for some sign nothing without one, and that no proxy in front removes headers or writes underscores for their hyphens: such ones are dropped on arrival.",
		}
	case SignatureMalformed:
		return Finding{
			SignatureForm, false, said,
			"Compare the header with what the provider's page says of its signatures: another version of its API, another sender or a proxy may have written it.",
		}
	case TimestampMalformed:
		return Finding{
			TimestampForm, false, said,
			"The timestamp should be of the form " + x.base.scheme.TimestampUnit + "; see what the sender writes there.",
		}
	case TimestampTooOld, TimestampInFuture:
		code := TooOld
		if refusal.Code == TimestampInFuture {
			code = InFuture
		}
		return Finding{
			code, false, said,
			"Look at this machine's clock (NTP). A request that was captured earlier is to be judged at the time of its arrival.",
		}
	case TokenMismatch:
		return Finding{
			TokenWrong, false, "The token or password of the request is another than the configured one.",
			"Compare both where they are set: that of another environment or of before a rotation is the usual reason.",
		}
	default:
		return x.secretOrBody()
	}
}

// secretOrBody weighs what a signature cannot tell: whether the key was another or the content.
func (x *explainer) secretOrBody() Finding {
	const secret = "Compare the secret with the one at the sender: of this address, this environment (test or live), and not of before a rotation."
	body := x.base.request.Body
	_, short := x.bodyLength()
	isJSON := strings.Contains(x.base.request.Header.Get("Content-Type"), "json")
	switch covers := x.base.scheme.covers(); {
	case covers.Address():
		return Finding{
			SecretOrBody, false,
			"The signature is of the right form, but another secret, address or body was signed; the address counts here, and was taken to be " + x.address() + ".",
			"See first that this is the address that the provider has, with scheme, host and path; if not, set public_url. " + secret,
		}
	case short:
		return Finding{
			SecretOrBody, false,
			"The signature is of the right form, but another secret or body was signed; the body is likelier, for its length is not the one announced.",
			changedOnTheWay,
		}
	case isJSON && !json.Valid(body):
		return Finding{
			SecretOrBody, false,
			"The signature is of the right form, but another secret or body was signed; the body is likelier, for it should be JSON and is not.",
			changedOnTheWay,
		}
	default:
		return Finding{
			SecretOrBody, false,
			"The signature is of the right form, but another secret or body was signed; the secret is likelier, for the body shows no sign of a change.",
			secret + " If it is the same, the body was changed: see that it was captured byte for byte.",
		}
	}
}

// address is the URL that was taken to be signed, without its query, which may hold a token.
func (x *explainer) address() string {
	address, _, _ := strings.Cut(x.base.request.URL(), "?")
	return address
}

// bodyLength compares the body with what its header announces.
func (x *explainer) bodyLength() (Finding, bool) {
	announced, err := strconv.Atoi(x.base.request.Header.Get("Content-Length"))
	if is := len(x.base.request.Body); err == nil && is != announced {
		return Finding{
			BodyLength, false,
			fmt.Sprintf("The body has %d bytes, and Content-Length announces %d: it is not what was sent.", is, announced),
			changedOnTheWay,
		}, true
	}
	return Finding{}, false
}
