package main

import (
	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
)

// inspection is the report of inspect.
type inspection struct {
	Items   []review       `json:"items"`
	Reasons []reasonReview `json:"reasons"` // why the bundle as a whole is refused
	Exit    int            `json:"exit"`
}

func (p *program) inspectCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "inspect BUNDLE",
		Short:   "judge a bundle as release would, and record nothing",
		Example: "strongroom-signer inspect carrier/bundle",
		Args:    oneFolder,
	}
	json := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error { return p.inspect(args[0], *json) }
	return cmd
}

func (p *program) inspect(bundle string, json bool) (err error) {
	m, err := p.open()
	if err != nil {
		return err
	}
	defer give(m, &err)
	files, reasons, err := readCarrier(bundle)
	if err != nil {
		return err
	}
	t, err := p.judge(m, p.world, files, reasons)
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
	for i := range t.v.Items {
		t.show(i)
	}
	return err
}
