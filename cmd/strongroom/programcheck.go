package main

import (
	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

func programCheck(w cli.World) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check DIR",
		Short: "see whether a build is reviewed and signed, and whether programs are of it",
		Long: "Wants the text in DIR signed by two of its reviewers or more, different people with different keys, who together looked at every aspect, and every file there that ends in .sig one of their signatures. " +
			"With --signer and --desk it also compares programs with the text. That a key is its reviewer's has to be known from elsewhere: compare the fingerprints.",
		Example: "strongroom program check build --signer strongroom-signer --desk strongroom\n" +
			"sha256sum strongroom-signer; grep ^program build/build.txt\n" +
			"ssh-keygen -Y verify -f build/allowed_signers -I rita -n build.v1@strongroom -s build/build.txt.rita.sig < build/build.txt",
		Args: cobra.ExactArgs(1),
	}
	signer := cmd.Flags().String("signer", "", "a program to compare, `FILE`: strongroom-signer")
	desk := cmd.Flags().String("desk", "", "a program to compare, `FILE`: strongroom")
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		c, err := checkBuild(args[0], *signer, *desk)
		if err != nil {
			return err
		}
		if *asJSON {
			if err := w.JSON(c.report()); err != nil {
				return err
			}
			return cli.Reported(refusal(c.reasons))
		}
		return c.tell(w)
	}
	return cmd
}

// checkedBuild is a build that was looked at, and programs beside it.
type checkedBuild struct {
	hash     text.Hash
	build    ceremony.Build // as its text says; zero where that cannot be read
	by       []text.ID      // who signed; nobody unless it counts
	compared []string       // programs that are of it
	reasons  []quorum.Reason
}

// checkBuild reads a folder and judges what is in it.
func checkBuild(path, signer, desk string) (c checkedBuild, err error) {
	b, signatures, err := readBuild(path)
	if err != nil {
		return c, err
	}
	reviewed, found := ceremony.Review(b, signatures)
	c = checkedBuild{hash: text.Identity(b), build: reviewed.Build(), by: reviewed.By(), reasons: quorum.ReasonsOf(found)}
	if read, err := ceremony.ParseBuild(b); err == nil {
		c.build = read
	}
	for _, x := range []struct {
		name, file string
		want       ceremony.Program
	}{{"strongroom-signer", signer, c.build.Signer}, {"strongroom", desk, c.build.Desk}} {
		if x.file == "" {
			continue
		}
		found, err := hashProgram(x.file)
		if err != nil {
			return c, err
		}
		if found != x.want {
			c.reasons = append(c.reasons, quorum.Because(quorum.KeyBuild, "%s: want %s, %d bytes, as the build says, found %s, %d bytes", x.file, x.want.Hash, x.want.Size, found.Hash, found.Size))
			continue
		}
		c.compared = append(c.compared, x.name)
	}
	return c, nil
}

func (c checkedBuild) tell(w cli.World) error {
	if len(c.build.Reviewers) > 0 {
		showBuild(w, c.build, c.hash, c.by)
	}
	if len(c.reasons) > 0 {
		moreReasons(w, c.reasons)
		return refusal(c.reasons)
	}
	for _, name := range c.compared {
		w.Field("compared", name+" is of this build")
	}
	if len(c.compared) == 0 {
		w.Warnf("no program was compared; --signer FILE and --desk FILE do")
	}
	w.Text("The build counts, if those keys are the reviewers'.")
	return nil
}

// programJSON is a checked build in machine form.
type programJSON struct {
	Build    string       `json:"build"`
	Source   string       `json:"source"`
	Desk     string       `json:"desk"`
	Signer   string       `json:"signer"`
	Signed   []text.ID    `json:"signed"`
	Compared []string     `json:"compared"`
	Good     bool         `json:"good"`
	Reasons  []reasonJSON `json:"reasons"`
}

func (c checkedBuild) report() programJSON {
	r := programJSON{Build: c.hash.String(), Source: c.build.Source.String(), Desk: c.build.Desk.Hash.String(), Signer: c.build.Signer.Hash.String(),
		Signed: append([]text.ID{}, c.by...), Compared: append([]string{}, c.compared...), Good: len(c.reasons) == 0, Reasons: []reasonJSON{}}
	for _, x := range c.reasons {
		r.Reasons = append(r.Reasons, reasonJSON{string(x.Code), x.Text})
	}
	return r
}
