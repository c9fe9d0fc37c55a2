package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

// reviewFlags is what a review is told.
type reviewFlags struct {
	signer, desk, source, modules *string
	reviewer, key, check          *[]string
	out                           *string
}

func programReview(w cli.World) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "review",
		Short: "write down a build: both programs, what they are made of, and who looks at what",
		Long: "Hashes both programs, reads from them by what they were built, compares every module that they link with go.sum, and writes it all as one text, which its reviewers sign. " +
			"At least two people review a build, and together they look at four aspects: source, entropy (how keys are drawn, mixed and split), dependencies, and reproduced (built again elsewhere, with the same bytes). " +
			"DIR gets build.txt, and the reviewers' keys as ssh-keygen takes them.",
		Example: "strongroom program review --signer bin/strongroom-signer --desk bin/strongroom \\\n" +
			"    --source \"$(scripts/source.sh)\" --go-sum go.sum \\\n" +
			"    --reviewer 'rita=acme=Rita Roe' --key rita=rita.pub --check rita=source,dependencies,reproduced \\\n" +
			"    --reviewer 'olga=regulator=Olga Ohm' --key olga=olga.pub --check olga=entropy,reproduced -o build",
		Args: cobra.NoArgs,
	}
	s, all := cmd.Flags().String, cmd.Flags().StringArray
	f := reviewFlags{
		signer:   s("signer", "", "the program strongroom-signer, `FILE`"),
		desk:     s("desk", "", "the program strongroom, `FILE`"),
		source:   s("source", "", "what they are made of, `REVISION`: git:HEX or tree:HEX (default: the commit that both programs name)"),
		modules:  s("go-sum", "", "the go.sum of that source, `FILE`"),
		reviewer: all("reviewer", nil, "who reviews it, `PERSON=ORG=NAME`; at least two people"),
		key:      all("key", nil, "the key by which a reviewer signs, `PERSON=FILE.pub`; one each"),
		check:    all("check", nil, "what a reviewer looks at, `PERSON=ASPECT,...`: source, entropy, dependencies, reproduced"),
		out:      cmd.Flags().StringP("output", "o", "", "write the build into `DIR`, a new or empty folder"),
	}
	for _, name := range []string{"signer", "desk", "go-sum", "reviewer", "key", "check", "output"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic("strongroom: " + err.Error())
		}
	}
	cmd.RunE = func(*cobra.Command, []string) error { return f.review(w, w.Now()) }
	return cmd
}

// review makes a build of the flags, judges it and writes it.
func (f reviewFlags) review(w cli.World, now time.Time) error {
	b := ceremony.Build{Made: now}
	if err := f.readPrograms(w, &b); err != nil {
		return err
	}
	if err := f.readReviewers(w, &b); err != nil {
		return err
	}
	if err := refuseBuild(w, b.Check()); err != nil {
		return err
	}
	out, err := ceremony.RenderBuild(b)
	if err != nil {
		return err
	}
	if b, err = ceremony.ParseBuild(out); err != nil { // sorted, as it will be read
		return err
	}
	if err := f.write(b, out); err != nil {
		return err
	}
	showBuild(w, b, text.Identity(out), nil)
	w.Text("Each reviewer reads %s, and signs it:", *f.out+"/"+ceremony.BuildFile)
	w.Hintf("strongroom program sign %s --key KEY", quoted(*f.out))
	return nil
}

func (f reviewFlags) write(b ceremony.Build, out []byte) error {
	dir, err := durable.Create(*f.out)
	if err != nil {
		return err
	}
	err = dir.WriteNew(ceremony.BuildFile, out)
	if err == nil {
		err = dir.WriteNew(ceremony.SignersOf, b.AllowedSigners())
	}
	if closed := dir.Close(); err == nil {
		err = closed
	}
	return err
}

// readPrograms hashes both programs and compares what they say about themselves.
func (f reviewFlags) readPrograms(w cli.World, b *ceremony.Build) error {
	sums, modules, err := readGoSum(w, *f.modules)
	if err != nil {
		return err
	}
	b.Modules = modules
	signer, err := readProgram(*f.signer, signerPackage, sums)
	if err != nil {
		return err
	}
	desk, err := readProgram(*f.desk, deskPackage, sums)
	if err != nil {
		return err
	}
	b.Signer, b.Desk, b.Go, b.Platform = signer.file, desk.file, signer.compiler, signer.platform
	if signer.compiler != desk.compiler || signer.platform != desk.platform {
		return fmt.Errorf("programs: want both by one compiler for one platform, found %s for %s and %s for %s", signer.compiler, signer.platform, desk.compiler, desk.platform)
	}
	b.Source, err = f.revision(signer, desk)
	return err
}

// revision is what both programs were made of: what the flag says, if they do not
// contradict it.
func (f reviewFlags) revision(programs ...builtProgram) (r ceremony.Revision, err error) {
	given := strings.Replace(*f.source, ":", " ", 1)
	for _, p := range programs {
		switch {
		case p.commit == "":
		case p.changed:
			return r, fmt.Errorf("%s: want it built of a commit without changes, found changes", p.path)
		case given == "":
			given = "git " + p.commit
		case strings.HasPrefix(given, "git ") && given != "git "+p.commit:
			return r, fmt.Errorf("%s: want it built of %s, found %s", p.path, given, p.commit)
		}
	}
	if given == "" {
		return r, cli.Usagef("--source: want git:HEX or tree:HEX for programs that name no commit, found none")
	}
	if r, err = ceremony.ParseRevision(given); err != nil {
		return r, cli.Usagef("--source: %w", err)
	}
	return r, nil
}

// readReviewers reads who looks at what.
func (f reviewFlags) readReviewers(w cli.World, b *ceremony.Build) error {
	for _, s := range *f.reviewer {
		x, err := personNamed("reviewer", s)
		if err != nil {
			return err
		}
		b.Reviewers = append(b.Reviewers, x)
	}
	of := func(id text.ID) int {
		return slices.IndexFunc(b.Reviewers, func(x ceremony.Person) bool { return x.ID == id })
	}
	for _, s := range *f.key {
		id, file, err := named("key", s)
		if err != nil {
			return err
		}
		i := of(id)
		if i < 0 {
			return cli.Usagef("--key: want that of a reviewer, found that of %s", id)
		}
		if b.Reviewers[i].Key, err = publicKey(w, file); err != nil {
			return err
		}
	}
	for _, x := range b.Reviewers {
		if x.Key.String() == "" {
			return cli.Usagef("--key: want %s=FILE.pub, by which the build is signed, found none", x.ID)
		}
	}
	for _, s := range *f.check {
		id, aspects, err := named("check", s)
		if err != nil {
			return err
		}
		for _, name := range strings.Split(aspects, ",") {
			a, err := ceremony.ParseAspect(name)
			if err != nil {
				return cli.Usagef("--check: %w", err)
			}
			b.Checks = append(b.Checks, ceremony.Check{Of: a, By: id})
		}
	}
	return nil
}
