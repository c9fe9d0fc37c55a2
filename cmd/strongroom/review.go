package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum"
)

// reviewCommand shows a proposal to an officer.
func reviewCommand(w cli.World, home *string) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "review ID",
		Short: "show a proposal, what it means, and how to sign it by hand",
		Long: "Shows the exact text, what it means by this desk's own computation, and who has signed. With -o it writes the text to a file and prints the line that signs it with plain ssh-keygen.\n" +
			"Ends with 3 when the proposal could not be released whoever approved it.",
		Example: "strongroom review 4f1c09ab -o order.txt",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write the text to the new file `FILE`")
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.showReview(args[0], out, *asJSON) })
	}
	return cmd
}

func (d *desk) showReview(prefix, out string, asJSON bool) error {
	x, err := d.open(prefix)
	if err != nil {
		return err
	}
	p := x.order.proposal
	review, err := d.review(x.view, p.Bytes())
	if err != nil {
		return err
	}
	if out != "" {
		if err := writeOut(out, p.Bytes()); err != nil {
			return err
		}
	}
	refused := x.refusedReview(review)
	if asJSON {
		r := x.report()
		r.Signature = signLine(quorum.Approve, out)
		return errors.Join(d.world.JSON(r), cli.Reported(refused))
	}
	fmt.Fprintf(d.world.Out, "%s\n", p.Bytes()) // canonical: nothing in it that a terminal obeys
	x.facts(d.world, p, review)
	d.showVotes(x)
	d.showStanding(x.standing())
	if refused != nil {
		moreReasons(d.world, review.Reasons)
		return refused
	}
	d.showByHand(x, out)
	return nil
}

// refusedReview says why a proposal could not be released whoever approved it.
// One that took effect has nothing left to be refused.
func (x *dossier) refusedReview(review quorum.Report) error {
	if s := x.standing(); s.State == isDone || s.State == isOver || s.State == isInForce || s.State == isLifted {
		return nil
	}
	return refusal(review.Reasons)
}

// showVotes shows whose signatures are good, and what is odd about the others.
func (d *desk) showVotes(x *dossier) {
	o := x.order
	for _, act := range []quorum.Act{quorum.Propose, quorum.Approve, quorum.Veto} {
		if who := voters(o.report, act); len(who) > 0 {
			d.world.Field("signed", fmt.Sprintf("%s: %s", act, list(who)))
		}
	}
	if who := x.cleared(); len(who) > 0 {
		d.world.Field("signed", fmt.Sprintf("%s: %s", quorum.Clear, list(who)))
	}
	for _, n := range o.report.Notes {
		d.world.Field("note", n.String())
	}
}

// showByHand prints how to sign with OpenSSH alone.
func (d *desk) showByHand(x *dossier, out string) {
	p := x.order.proposal
	if p.Kind().Brake() || x.standing().ended() {
		return
	}
	if out == "" {
		d.world.Hintf("strongroom review %s -o order.txt", p.ID().Short())
		return
	}
	d.world.Text("")
	d.world.Text("To sign it with plain ssh-keygen, which checks nothing:")
	for _, line := range []string{"sha256sum " + quoted(out), signLine(quorum.Approve, out), "strongroom receive " + quoted(out+".sig")} {
		fmt.Fprintln(d.world.Out, "  "+line)
	}
}

// signLine is the command that signs the text in a file for an act.
func signLine(act quorum.Act, file string) string {
	if file == "" {
		return ""
	}
	return "ssh-keygen -Y sign -f KEY -n " + act.Namespace() + " " + quoted(file)
}

// quoted writes a file's name as a shell takes it.
func quoted(name string) string {
	plain := func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./", r)
	}
	if name != "" && !strings.ContainsFunc(name, plain) {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

// writeOut writes a new file anywhere. One with the same bytes may be there.
func writeOut(name string, b []byte) error {
	dir, err := durable.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(dir.WriteNew(filepath.Base(name), b), dir.Close())
}
