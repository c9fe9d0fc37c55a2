package main

import (
	"strings"

	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

// buildOf reads the build that people brought. The zero value is for a plan that
// names none; then none may be brought. What keeps the build from making a key is
// in reasons: nobody reviewed it, it is not the plan's, or the program that runs,
// by its own file, is another.
func (p *program) buildOf(have papers, running text.Hash) (r ceremony.Reviewed, reasons []quorum.Reason, err error) {
	switch none := have.plan.Build.IsZero(); {
	case none && have.build == "":
		return r, nil, nil
	case none:
		return r, because(quorum.KeyBuild, "build: want none, as the plan says, found one in %s", have.build), nil
	case have.build == "":
		return r, because(quorum.KeyBuild, "build: want --build DIR with build %s, which the plan names, found none", have.plan.Build.Short()), nil
	}
	d, err := durable.Open(have.build)
	if err != nil {
		return r, nil, err
	}
	defer give(d, &err)
	b, signatures, err := ceremony.ReadBuild(d)
	if err != nil {
		return r, nil, err
	}
	r, found := ceremony.Review(b, signatures)
	if len(found) == 0 {
		found = r.Fits(have.plan, running)
	}
	return r, quorum.ReasonsOf(found), nil
}

// showBuild shows what the program found when it compared itself with the build,
// before this ceremony began or went on.
func (g *guide) showBuild() {
	b := g.build.Build()
	g.w.Field("made of", b.Source.String())
	g.w.Field("with", b.Go+" for "+b.Platform)
	for i, x := range b.Reviewers {
		g.w.Field(once(i, "reviewer"), x.Name+", "+string(x.Org)+": "+g.stands(x.ID))
		g.w.Field("", x.Key.Fingerprint())
	}
	g.w.Text("This program is the one of that build, by the SHA-256 of its own file.")
}

// stands says what a reviewer looked at, and whether their signature is there.
func (g *guide) stands(reviewer text.ID) string {
	var looked []string
	for _, a := range g.build.Build().ChecksOf(reviewer) {
		looked = append(looked, string(a))
	}
	for _, id := range g.build.By() {
		if id == reviewer {
			return strings.Join(looked, ", ") + "; signed"
		}
	}
	return strings.Join(looked, ", ") + "; NOT SIGNED"
}

// checkProgram takes the end of the program's hash as a second person got it with
// tools of their own. It stands nowhere on this screen, an error included.
func (g *guide) checkProgram() error {
	line, err := g.w.Ask(*g.flags.confirm, "type the last 8 digits of the program's SHA-256, as your own tool printed it")
	if err != nil {
		return err
	}
	if line != g.plan.ProgramEnd() {
		return refuse(refused{reasons: because(quorum.KeyBuild, "program: want the last 8 digits of the hash in the plan, found others; stop here if your tool printed them")})
	}
	return nil
}
