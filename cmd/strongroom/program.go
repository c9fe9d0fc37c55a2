package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

// programCommand is for those who look at a build of both programs before it makes
// a key, and put their names under it. It needs no home: one build serves several
// vaults.
func programCommand(w cli.World, _ *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "program",
		Short:   "review and sign a build of both programs before it makes a key",
		Example: "strongroom program check build --signer strongroom-signer",
	}
	cmd.AddCommand(programReview(w), programSign(w), programCheck(w))
	return cmd
}

// buildNamespace is that of signatures on builds.
func buildNamespace() string { return sshsig.NamespaceFor(ceremony.ActBuild) }

// readBuild reads the folder of a build.
func readBuild(path string) (b []byte, signatures [][]byte, err error) {
	d, err := durable.Open(path)
	if err != nil {
		return nil, nil, err
	}
	b, signatures, err = ceremony.ReadBuild(d)
	if closed := d.Close(); err == nil {
		err = closed
	}
	return b, signatures, err
}

// refuseBuild tells everything that keeps a build from counting; nothing is no
// refusal.
func refuseBuild(w cli.World, found []policy.Reason) error {
	reasons := quorum.ReasonsOf(found)
	moreReasons(w, reasons)
	return refusal(reasons)
}

// showBuild shows what a build is, and of each reviewer what they say they looked
// at. by are those who signed.
func showBuild(w cli.World, b ceremony.Build, h text.Hash, by []text.ID) {
	showSpoken(w, "build", h)
	w.Field("made of", b.Source.String())
	w.Field("modules", b.Modules.String())
	w.Field("with", b.Go+" for "+b.Platform)
	w.Field("desk", fmt.Sprintf("%s, %d bytes", b.Desk.Hash, b.Desk.Size))
	w.Field("signer", fmt.Sprintf("%s, %d bytes", b.Signer.Hash, b.Signer.Size))
	for _, x := range b.Reviewers {
		var looked []string
		for _, a := range b.ChecksOf(x.ID) {
			looked = append(looked, string(a))
		}
		w.Field("reviewer", fmt.Sprintf("%s, %s (%s): %s", x.Name, x.Org, x.ID, strings.Join(looked, ", ")))
		w.Field("", x.Key.Fingerprint())
	}
	if len(by) > 0 {
		w.Field("signed by", list(by))
	}
}

// hashProgram hashes a program's file.
func hashProgram(path string) (p ceremony.Program, err error) {
	file, err := os.Open(path)
	if err != nil {
		return p, err
	}
	defer file.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(file, maxProgram+1))
	if err != nil {
		return p, err
	}
	if n > maxProgram {
		return p, cli.Usagef("%s: want a program of at most %d bytes, found more", path, maxProgram)
	}
	return ceremony.Program{Hash: text.Hash(sum.Sum(nil)), Size: uint64(n)}, nil
}

// personNamed reads ID=ORG=NAME.
func personNamed(flag, s string) (ceremony.Person, error) {
	id, rest, err := named(flag, s)
	if err != nil {
		return ceremony.Person{}, err
	}
	org, name, ok := strings.Cut(rest, "=")
	if !ok {
		return ceremony.Person{}, cli.Usagef("--%s: want PERSON=ORG=NAME, found %q", flag, s)
	}
	of, err := text.ParseID(org)
	if err != nil {
		return ceremony.Person{}, cli.Usagef("--%s: %w", flag, err)
	}
	return ceremony.Person{ID: id, Org: of, Name: name}, nil
}
