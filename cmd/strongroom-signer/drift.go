package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/signer/host"
)

// checked is what check says.
type checked struct {
	Root  string `json:"root"`
	Files int    `json:"files"`
	host.Drift
}

func (p *program) checkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "compare the machine with its baseline",
		Long: "Reads every file of the home's baseline again and lists what changed, what is missing and what was " +
			"added. It ends with status 4 when anything did. Compare the root with the one on paper, or give that by --root.",
		Example: "strongroom-signer integrity check",
	}
	json := cli.JSONFlag(cmd)
	root := cmd.Flags().String("root", "", "the root `DIGEST` that was written down")
	cmd.RunE = func(*cobra.Command, []string) error {
		c, err := p.checkIntegrity(*root)
		if err != nil {
			return err
		}
		if !*json {
			c.show(p.world)
			return c.alarm()
		}
		if err := p.world.JSON(c); err != nil {
			return err
		}
		return cli.Reported(c.alarm())
	}
	return cmd
}

func (p *program) checkIntegrity(root string) (c checked, err error) {
	d, lock, err := p.lockHome()
	if err != nil {
		return checked{}, err
	}
	defer give(d, &err)
	defer give(lock, &err)
	b, err := readBaseline(d)
	if errors.Is(err, fs.ErrNotExist) {
		return checked{}, cli.Hint(err, "strongroom-signer integrity baseline")
	}
	if err != nil {
		return checked{}, err
	}
	if err := sameRoot(b, root); err != nil {
		return checked{}, err
	}
	drift, err := host.Check(b, os.DirFS("/"))
	return checked{b.Root().String(), len(b.Files()), drift}, err
}

// sameRoot compares the baseline with what people wrote down of it.
func sameRoot(b host.Baseline, root string) error {
	if root == "" {
		return nil
	}
	want, err := host.ParseDigest(root)
	if err != nil {
		return cli.Usagef("root: %w", err)
	}
	if b.Root() != want {
		return changed(fmt.Sprintf("baseline: want the one with root %s, found %s", want, b.Root()))
	}
	return nil
}

func (c checked) alarm() error {
	if c.None() {
		return nil
	}
	return changed(fmt.Sprintf("integrity: want %s as they were, found %d changed, %d missing, %d added",
		counted(c.Files, "file"), len(c.Changed), len(c.Missing), len(c.Added)))
}

func changed(sentence string) error {
	return cli.Refusal{Sentence: sentence, Codes: []string{"HOST-CHANGED"}, Alarm: true,
		Call: "the security officer, before anything else is done"}
}

func (c checked) show(w cli.World) {
	w.Field("files", fmt.Sprint(c.Files))
	w.Field("root", c.Root)
	if c.None() {
		w.Field("differs", "nothing")
		return
	}
	showDrift(w, c.Drift)
}

func showDrift(w cli.World, d host.Drift) {
	for _, kind := range []struct {
		label string
		names []string
	}{{"CHANGED", d.Changed}, {"MISSING", d.Missing}, {"ADDED", d.Added}} {
		for i, name := range kind.names {
			if i == shownFiles {
				w.Field("", fmt.Sprintf("and %d more", len(kind.names)-i))
				break
			}
			w.Field(once(i, kind.label), name)
		}
	}
}
