package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/signer/host"
)

// baselineFile is where a home keeps its baseline.
const baselineFile = "integrity.txt"

func (p *program) integrityCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "integrity",
		Short:   "hold the program, the policy and what boots to what they were",
		Example: "strongroom-signer integrity check",
	}
	cmd.AddCommand(p.baselineCommand(), p.checkCommand())
	return cmd
}

// taken is what baseline says.
type taken struct {
	Root  string      `json:"root"`
	Files int         `json:"files"`
	Of    []string    `json:"of"`
	Since *host.Drift `json:"since,omitempty"` // what differs from the baseline before
}

func (p *program) baselineCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "baseline [PATH...]",
		Short: "write down what files hold, and one digest of it all",
		Long: "Writes the SHA-256 of every file below the paths into the home: of this program, the home's policy " +
			"and descriptors, and /boot, when none is named. Write the root down on paper: whoever can change a file " +
			"can change the baseline too. Take a new one after each change of the policy.",
		Example: "strongroom-signer integrity baseline",
		Args:    cobra.ArbitraryArgs,
	}
	json := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, paths []string) error {
		t, err := p.takeBaseline(paths)
		if err != nil {
			return err
		}
		if *json {
			return p.world.JSON(t)
		}
		t.show(p.world)
		return nil
	}
	return cmd
}

func (p *program) takeBaseline(paths []string) (t taken, err error) {
	d, lock, err := p.lockHome()
	if err != nil {
		return taken{}, err
	}
	defer give(d, &err)
	defer give(lock, &err)
	if len(paths) == 0 {
		paths, err = usualPaths(d)
	} else {
		paths, err = absolute(paths)
	}
	if err != nil {
		return taken{}, err
	}
	b, err := host.TakeBaseline(os.DirFS("/"), paths)
	if err != nil {
		return taken{}, err
	}
	t = taken{Root: b.Root().String(), Files: len(b.Files()), Of: b.Roots()}
	if t.Since, err = since(d); err != nil {
		return taken{}, err
	}
	return t, d.WriteFile(baselineFile, b.Bytes())
}

// since compares the machine with the baseline that is about to be replaced,
// so that it does not cover up a change.
func since(d *durable.Dir) (*host.Drift, error) {
	old, err := readBaseline(d)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err // a person moves it away and keeps it
	}
	drift, err := host.Check(old, os.DirFS("/"))
	return &drift, err
}

// usualPaths are this program, the home's policy and descriptors, and what
// boots where it can be seen.
func usualPaths(d *durable.Dir) ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("integrity: %w", err)
	}
	home, err := absolute([]string{d.Path()})
	if err != nil {
		return nil, err
	}
	entries, err := d.List(maxHomeFiles)
	if err != nil {
		return nil, err
	}
	paths := []string{self}
	for _, e := range entries {
		if e.Name == "machine.txt" || strings.HasPrefix(e.Name, "policy-") || strings.HasPrefix(e.Name, "wallet-") {
			paths = append(paths, filepath.Join(home[0], e.Name))
		}
	}
	if boot, err := os.ReadDir("/boot"); err == nil && len(boot) > 0 {
		paths = append(paths, "/boot")
	}
	return paths, nil
}

// absolute resolves links, so that a baseline names files by their own names.
func absolute(paths []string) ([]string, error) {
	var out []string
	for _, path := range paths {
		abs, err := filepath.Abs(path)
		if err == nil {
			abs, err = filepath.EvalSymlinks(abs)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, bare(err))
		}
		out = append(out, abs)
	}
	return out, nil
}

// bare drops what package os puts in front of an error.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// lockHome opens a home without judging it: its files may be what changed.
func (p *program) lockHome() (*durable.Dir, *durable.Lock, error) {
	path, err := p.world.Home(*p.homeFlag, homeVariable)
	if err != nil {
		return nil, nil, err
	}
	d, err := durable.Open(path)
	if err != nil {
		return nil, nil, cli.Hint(err, "strongroom-signer init --help")
	}
	lock, err := d.Lock()
	if err != nil {
		return nil, nil, errors.Join(err, d.Close())
	}
	return d, lock, nil
}

// readBaseline tells a baseline that is not there from one that was spoiled,
// which is an alarm: only this program writes it.
func readBaseline(d *durable.Dir) (host.Baseline, error) {
	b, err := d.ReadFile(baselineFile, host.MaxBaseline)
	if err != nil {
		return host.Baseline{}, err
	}
	baseline, err := host.ParseBaseline(b)
	if err != nil {
		return host.Baseline{}, changed(fmt.Sprintf("%s: %v", filepath.Join(d.Path(), baselineFile), err))
	}
	return baseline, nil
}

func (t taken) show(w cli.World) {
	for i, path := range t.Of {
		w.Field(once(i, "of"), path)
	}
	w.Field("files", fmt.Sprint(t.Files))
	w.Field("root", t.Root)
	if t.Since == nil {
		return
	}
	if t.Since.None() {
		w.Field("since", "nothing differs from the baseline before")
		return
	}
	showDrift(w, *t.Since)
	w.Warnf("the files above differ from the baseline before; be sure that you know why")
}
