package main

import (
	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
)

// inspection is the report of inspect.
type inspection struct {
	Items   []review       `json:"items"`
	Reasons []reasonReview `json:"reasons"` // why the bundle as a whole is refused
	Exit    int            `json:"exit"`
}

func (p *program) inspectCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inspect BUNDLE",
		Short: "judge a bundle as release or record would, and do nothing",
		Long: "Judges every proposal of the bundle by itself and shows it. What only becomes possible by another " +
			"proposal of the same bundle, such as the version of the policy before it, is shown as refused here.",
		Example: "strongroom-signer inspect carrier/bundle",
		Args:    oneFolder,
	}
	verb := cmd.Flags().String("verb", "release", "judge as `VERB` would: release or record")
	json := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		v, err := parseVerb(*verb)
		if err != nil {
			return err
		}
		return p.inspect(args[0], v, *json)
	}
	return cmd
}

func parseVerb(name string) (quorum.Verb, error) {
	for _, v := range []quorum.Verb{quorum.Release, quorum.Record} {
		if verbName(v) == name {
			return v, nil
		}
	}
	return 0, cli.Usagef("verb: want release or record, found %q", name)
}

func (p *program) inspect(bundle string, verb quorum.Verb, json bool) (err error) {
	p.confine(reach{read: []string{bundle}})
	m, err := p.open()
	if err != nil {
		return err
	}
	defer give(m, &err)
	files, reasons, err := readCarrier(p.screen(json), bundle)
	if err != nil {
		return err
	}
	t, err := p.judge(m, p.world, verb, files, reasons)
	if err != nil {
		return err
	}
	err = t.refusal()
	if json {
		report := inspection{Items: append([]review{}, t.reviews...), Reasons: reasonsOf(t.v.Reasons), Exit: exitOf(err)}
		if e := p.world.JSON(report); e != nil {
			return e
		}
		return cli.Reported(err)
	}
	for _, item := range t.v.Items {
		t.show(item)
	}
	return err
}
