package main

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum/text"
)

// creditsADay is about how many credits of work a day brings.
const creditsADay = 144

// banner says on every screen of a test chain that it is one.
func banner(w cli.World, n custody.Network) {
	if n.Test() {
		w.Text("TEST: chain %s, whose coins are worth nothing", n)
	}
}

// showHash writes a hash whole, and again in groups of eight digits, as it is
// read aloud.
func showHash(w cli.World, name string, h text.Hash) {
	w.Field(name, h.String())
	for half := range slices.Chunk(groups(h), 4) {
		w.Field("", strings.Join(half, " "))
	}
}

// groups cuts a hash into eight groups of eight digits.
func groups(h text.Hash) []string {
	var out []string
	for part := range slices.Chunk(h[:], 4) {
		out = append(out, hex.EncodeToString(part))
	}
	return out
}

// credits writes a number of credits with the time that so much work takes.
func credits(n uint32) string {
	switch {
	case n == 0:
		return "0 credits"
	case n < creditsADay:
		return fmt.Sprintf("%s, about %s", count(int(n), "credit"), count(int(max(1, n*24/creditsADay)), "hour"))
	case n < 2*creditsADay:
		return fmt.Sprintf("%d credits, about a day", n)
	}
	return fmt.Sprintf("%d credits, about %d days", n, n/creditsADay)
}

// list joins names as people read them; "nobody" for none.
func list[T ~string](names []T) string {
	if len(names) == 0 {
		return "nobody"
	}
	var parts []string
	for _, n := range names {
		parts = append(parts, string(n))
	}
	return strings.Join(parts, ", ")
}

// count writes a number with its noun, in the plural by an s.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
