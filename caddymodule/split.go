package caddymodule

import (
	"errors"
	"fmt"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/gatepost/gatepost/dedupe"
	"github.com/gatepost/gatepost/expression"
	"github.com/gatepost/gatepost/ingest"
	"github.com/gatepost/gatepost/verifier"
)

// parseSplit parses
//
//	split [<expression>]
//
// and writes the provider's expression where there is none.
func (s *Source) parseSplit(d *caddyfile.Dispenser) error {
	if d.CountRemainingArgs() > 0 {
		return parseExpression(d, &s.Split)
	}
	p, err := s.provider()
	if err != nil {
		return d.WrapErr(err)
	}
	if p.Batch == nil {
		return d.Errf("split: where %s has several events in one request is not known: write an expression for their list, such as split body.events", p.Name)
	}
	s.Split = p.Batch.Split
	return nil
}

// split is how requests become several events; nil if they do not.
func (s *Source) split(p *verifier.Provider) (*ingest.Split, error) {
	if s.Split == "" {
		return nil, nil
	}
	list, err := expression.Compile(s.Split)
	if err != nil {
		return nil, fmt.Errorf("split: %w", err)
	}
	if !list.Uses("body") {
		return nil, errors.New("split: the expression does not look at the request's body, so nothing of that would be in any event: write where the list of events is, such as split body.events")
	}
	if list.Uses("id", "type") {
		return nil, errors.New("split: id and type are those of an event, and there is none before the request is split: use body")
	}
	identity, err := dedupe.Compile(s.partIdentity(p))
	if err != nil {
		return nil, err
	}
	if !identity.TellsPartsApart() {
		return nil, errors.New("dedupe: with split it is evaluated for each part of a request, and this looks at what all of them share, so all but the first would be dropped as duplicates: use body, id, type or digest in it, or leave it out")
	}
	return &ingest.Split{List: list, Identity: identity}, nil
}

// partIdentity is the expressions that determine the identity of a part of a request.
func (s *Source) partIdentity(p *verifier.Provider) dedupe.Config {
	var preset verifier.Identity
	if p.Batch != nil {
		preset = p.Batch.Identity
	}
	return s.overrides(preset)
}
