package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"strongroom/cmd/internal/cli"
	"strongroom/cmd/internal/regtest"
	"strongroom/cmd/internal/story"
)

func demoCommand(w cli.World, _ *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo [--keep DIR] [--btcd PATH]",
		Short: "the whole story on a private regtest chain, with stock tools beside it",
		Long: "Plays a vault's life on a private chain, in under a minute: keys, policy, approvals, release, seven attacks, " +
			"a backup with its restore, and the auditor's replay. Everything is done by the same commands that you would type, " +
			"each a process of its own; strongroom-signer is found beside strongroom.",
		Example: "strongroom demo --keep /tmp/acme",
	}
	keep := cmd.Flags().String("keep", "", "play in `DIR`, a new or empty folder, and leave it to be looked into")
	btcd := cmd.Flags().String("btcd", "", "the test chain's node, `PATH` (default: the go command builds it in this module)")
	cmd.RunE = func(*cobra.Command, []string) error {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		return demo(ctx, w, *keep, *btcd)
	}
	return cmd
}

// demo finds the programs, makes the folder, and tells the story in it.
func demo(ctx context.Context, w cli.World, keep, btcd string) (err error) {
	o := story.Options{Keep: keep != "", Styled: styled(w)}
	if err := stockTools(); err != nil {
		return err
	}
	if o.Program, o.Signer, err = programs(); err != nil {
		return err
	}
	if o.Modules, o.Source, err = builtOf(w, o.Program); err != nil {
		return err
	}
	if o.Node, err = regtest.Find(ctx, btcd); err != nil {
		return cli.Hint(err, "make demo")
	}
	folder, remove, err := demoFolder(keep)
	if err != nil {
		return err
	}
	o.Folder = folder
	err = story.Tell(ctx, w, o)
	if err != nil && o.Keep {
		w.Warnf("what was done so far is in %s", folder)
	}
	return errors.Join(err, remove())
}

// styled says whether standard output is a terminal that obeys escapes.
func styled(w cli.World) bool {
	return term.IsTerminal(int(os.Stdout.Fd())) && w.Env("TERM") != "dumb" && w.Env("NO_COLOR") == ""
}

// programs finds this program and the signer's beside it.
func programs() (program, signer string, err error) {
	if program, err = os.Executable(); err != nil {
		return "", "", fmt.Errorf("demo: %w", err)
	}
	signer = filepath.Join(filepath.Dir(program), "strongroom-signer")
	if _, err := os.Stat(signer); err != nil {
		return "", "", cli.Hint(fmt.Errorf("demo: want strongroom-signer beside %s, found none", program), "make build")
	}
	return program, signer, nil
}

// builtOf finds what the build left beside the programs for those who review it.
func builtOf(w cli.World, program string) (modules, source string, err error) {
	modules = filepath.Join(filepath.Dir(program), "go.sum")
	b, err := w.ReadFile(filepath.Join(filepath.Dir(program), "source"), maxSource)
	if err == nil {
		_, err = os.Stat(modules)
	}
	if err != nil {
		return "", "", cli.Hint(fmt.Errorf("demo: want go.sum and source beside %s, as a build leaves them: %w", program, err), "make build")
	}
	return modules, strings.TrimSpace(string(b)), nil
}

// stockTools refuses before anything is done when a tool is not there.
func stockTools() error {
	var missing []string
	for _, name := range []string{"ssh-keygen", "ssh-agent", "ssh-add", "age", "age-keygen", "zstd", "tar", "sha256sum", "openssl", "xxd", "base64", "sed", "diff"} {
		if _, err := exec.LookPath(name); err != nil {
			missing = append(missing, name)
		}
	}
	if missing == nil {
		return nil
	}
	return cli.Hint(fmt.Errorf("demo: want the stock tools that check our files, found no %s", strings.Join(missing, ", ")), "scripts/install-tools.sh age zstd ssh openssl xxd")
}

// demoFolder makes the folder that the story plays in, and says how to clear it
// away.
func demoFolder(keep string) (folder string, remove func() error, err error) {
	if keep == "" {
		if folder, err = os.MkdirTemp("", "strongroom-demo-"); err != nil {
			return "", nil, fmt.Errorf("demo: %w", err)
		}
		return folder, func() error { return os.RemoveAll(folder) }, nil
	}
	if folder, err = filepath.Abs(keep); err != nil {
		return "", nil, fmt.Errorf("demo: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", nil, fmt.Errorf("demo: %w", err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", nil, fmt.Errorf("demo: %w", err)
	}
	if len(entries) > 0 {
		return "", nil, fmt.Errorf("demo: want a new or empty folder, found %s with %d entries", folder, len(entries))
	}
	return folder, func() error { return nil }, nil
}
