package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/text"
	"strongroom/signer/host"
)

// checkup is what doctor says of a workstation.
type checkup struct {
	Findings []host.Finding `json:"findings"`
	Digest   string         `json:"findings_sha256"` // by which records name them
	Waived   []string       `json:"waived"`
	Unfit    []string       `json:"unfit"` // what keeps keys shut
	Sandbox  host.Report    `json:"sandbox"`
}

func (p *program) doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "look whether this workstation is fit to open a key on",
		Long: "Looks at the machine: its network and radios, where its memory could end up, what it booted, " +
			"who else is on it. Then it walls itself off as far as the machine lets it, and says how far that is. " +
			"It ends with status 3 when something that keys depend on does not pass. What cannot be seen does not " +
			"pass either.",
		Example: "strongroom-signer doctor",
	}
	json := cli.JSONFlag(cmd)
	waived := cmd.Flags().StringArray("waive", nil, "take the finding `NAME` as it is; once for each")
	cmd.RunE = func(*cobra.Command, []string) error {
		if err := host.CheckWaivers(*waived); err != nil {
			return cli.Usagef("%w", err)
		}
		findings := host.Assess(os.DirFS("/"), host.Ask(p.realHome()), p.world.Now())
		c := newCheckup(findings, *waived, p.confine(reach{}))
		if !*json {
			c.show(p.world)
			p.showWalls()
			return c.refusal()
		}
		if err := p.world.JSON(c); err != nil {
			return err
		}
		return cli.Reported(c.refusal())
	}
	return cmd
}

// realHome is the home without links, as the kernel's list of mounts names
// folders; nothing when none is named. One that is not there lies where it
// would be made.
func (p *program) realHome() string {
	home, err := p.world.Home(*p.homeFlag, homeVariable)
	if err != nil {
		return ""
	}
	abs, err := filepath.Abs(home)
	if err != nil {
		return home
	}
	for at := abs; ; at = filepath.Dir(at) {
		if found, err := filepath.EvalSymlinks(at); err == nil || at == filepath.Dir(at) {
			return found
		}
	}
}

func newCheckup(findings []host.Finding, waived []string, walls host.Report) checkup {
	c := checkup{Findings: findings, Digest: text.Hash(host.SumFindings(findings)).String(), Waived: append([]string{}, waived...), Unfit: []string{}, Sandbox: walls}
	slices.Sort(c.Waived)
	for _, f := range host.Unfit(findings, waived) {
		c.Unfit = append(c.Unfit, f.Name)
	}
	return c
}

// refusal is the error of an unfit machine.
func (c checkup) refusal() error {
	if len(c.Unfit) == 0 {
		return nil
	}
	return cli.Refusal{Codes: []string{"HOST-UNFIT"},
		Sentence: "workstation: want every finding that keys depend on to pass, found otherwise: " + strings.Join(c.Unfit, ", ")}
}

// show writes the table, then what is wrong and what helps: first what keeps
// keys shut.
func (c checkup) show(w cli.World) {
	rows := [][]string{}
	for _, f := range c.Findings {
		for i, part := range folded(f.Found, whatWidth) {
			row := []string{"", "", "", part}
			if i == 0 {
				row = []string{f.Name, verdict(f), c.keys(f), part}
			}
			rows = append(rows, row)
		}
	}
	w.Table([]string{"finding", "result", "keys", "found"}, rows)
	c.advise(w, func(f host.Finding) bool { return slices.Contains(c.Unfit, f.Name) })
	c.advise(w, func(f host.Finding) bool { return !slices.Contains(c.Unfit, f.Name) })
	w.Text("")
	w.Field("findings", c.Digest)
}

func (c checkup) advise(w cli.World, chosen func(host.Finding) bool) {
	for _, f := range c.Findings {
		if f.Status == host.Pass || !chosen(f) {
			continue
		}
		w.Text("\n%s: %s\n  %s\n  fix: %s", f.Name, verdict(f), f.Why, f.Fix)
	}
}

// verdict shouts what failed, and leaves what cannot be seen quiet but told.
func verdict(f host.Finding) string {
	if f.Status == host.Fail {
		return "FAIL"
	}
	return f.Status.String()
}

// keys says what a finding means for keys.
func (c checkup) keys(f host.Finding) string {
	switch {
	case slices.Contains(c.Unfit, f.Name):
		return "SHUT"
	case f.Status != host.Pass && slices.Contains(c.Waived, f.Name):
		return "waived"
	}
	return ""
}
