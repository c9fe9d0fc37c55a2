package main

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

// ceremonyCommand is for those who prepare ceremonies and look at what came out
// of them. The ceremony itself is the signer's.
func ceremonyCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "ceremony",
		Short:   "plan how people make, import or share anew a wallet key, and check what they did",
		Example: "strongroom ceremony check transcript.txt plan.txt transcript.txt.alice.sig",
	}
	cmd.AddCommand(ceremonyPlan(w, home), ceremonyCheck(w))
	return cmd
}

// showSpoken shows a hash as people read it aloud, and whole.
func showSpoken(w cli.World, name string, h text.Hash) {
	w.Field(name, strings.Join(ceremony.Words(h), " "))
	w.Field("", h.String())
}

// parseGenerationName reads FINGERPRINT:GENERATION.
func parseGenerationName(s string) (ceremony.Key, error) {
	var k ceremony.Key
	name, number, ok := strings.Cut(s, ":")
	b, err := hex.DecodeString(name)
	if !ok || err != nil || len(b) != len(k.Fingerprint) || name != strings.ToLower(name) {
		return k, fmt.Errorf("want FINGERPRINT:GENERATION, such as 1c3a5f77:1, found %q", s)
	}
	copy(k.Fingerprint[:], b)
	k.Generation, err = text.ParseUint(number, maxGeneration)
	if err == nil && k.Generation == 0 {
		err = fmt.Errorf("want a generation from 1 on, found 0")
	}
	return k, err
}
