package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/text"
	"strongroom/signer"
)

// operatorFlag adds --operator to a command whose visit is recorded with the
// people who are there.
func operatorFlag(cmd *cobra.Command) *[]string {
	return cmd.Flags().StringArray("operator", nil, "who works at the machine, an `ID`; once for each person")
}

// session gathers what records say about this run: a random name, the hash of
// the program, the machine's clock and who is there. None of it decides
// anything.
func (p *program) session(operators []string) (signer.Session, error) {
	s := signer.Session{RTC: p.world.Now().UTC().Format(time.RFC3339), Integrity: p.integrity, Assessed: p.assessed}
	for _, o := range operators {
		id, err := text.ParseID(o)
		if err == nil && id == "none" {
			err = fmt.Errorf("want a name, found none, which is kept for absence")
		}
		if err != nil {
			return signer.Session{}, cli.Usagef("operator: %w", err)
		}
		s.Operators = append(s.Operators, id)
	}
	slices.Sort(s.Operators)
	s.Operators = slices.Compact(s.Operators)
	if _, err := io.ReadFull(p.world.Rand, s.ID[:]); err != nil {
		return signer.Session{}, fmt.Errorf("session: want %d random bytes: %w", len(s.ID), err)
	}
	var err error
	s.Binary, err = binary()
	return s, err
}

// binary is the SHA-256 of the program that runs.
func binary() (text.Hash, error) {
	path, err := os.Executable()
	if err != nil {
		return text.Hash{}, fmt.Errorf("session: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return text.Hash{}, fmt.Errorf("session: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return text.Hash{}, fmt.Errorf("session: %s: %w", path, err)
	}
	return text.Hash(h.Sum(nil)), nil
}
