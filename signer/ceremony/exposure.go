package ceremony

import (
	"fmt"
	"slices"

	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// FindExposure judges where the shares will lie. With shares at two sites or
// more, a site whose shares rebuild the key by themselves is an error: who
// robs it has the key, and the others are there for nothing. With one site it
// is a warning, as is a site without which the key is lost. Findings are in the
// order of the groups.
func (p Plan) FindExposure() []policy.Finding {
	var out []policy.Finding
	found := func(s policy.Severity, format string, args ...any) {
		out = append(out, policy.Finding{Code: CodeSite, Severity: s, Text: fmt.Sprintf(format, args...)})
	}
	sites := p.sites()
	for _, s := range sites {
		n := p.groupsAt(s)
		switch alone := n >= p.Groups; {
		case alone && len(sites) == 1:
			found(policy.Warning, "site %s: want shares at 2 sites or more, found all of them there", s)
		case alone:
			found(policy.Error, "site %s: want fewer than the %d groups that rebuild the key, found %d", s, p.Groups, n)
		case len(p.Sites)-n < p.Groups:
			found(policy.Warning, "site %s: want %d groups left if it is lost, found %d", s, p.Groups, len(p.Sites)-n)
		}
	}
	return out
}

// sites lists where shares will lie, each once, in the order of the groups.
func (p Plan) sites() []text.ID {
	var out []text.ID
	for _, g := range p.Sites {
		if !slices.Contains(out, g.Site) {
			out = append(out, g.Site)
		}
	}
	return out
}

func (p Plan) groupsAt(site text.ID) int {
	n := 0
	for _, g := range p.Sites {
		if g.Site == site {
			n++
		}
	}
	return n
}
