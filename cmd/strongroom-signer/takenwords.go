package main

import (
	"fmt"
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

// wiped is what the log says of words that were made here for a hardware wallet:
// what this machine's memory held, for whom, and that it was overwritten.
func (g *guide) wiped(transcript []byte) record.Wiped {
	d := g.plan.Device
	by := append([]text.ID{d.Person, g.plan.Administrator}, g.plan.Witnesses...)
	slices.Sort(by)
	return record.Wiped{
		Medium:      "memory of this machine",
		Held:        fmt.Sprintf("%d words of key %x, made for %s", d.Words, g.t.Key.Fingerprint, d.Person),
		Method:      record.Clear,
		Tool:        "strongroom-signer",
		Verified:    fmt.Sprintf("overwritten by the program; transcript %s", text.Identity(transcript)),
		Destination: "stays in use",
		By:          slices.Compact(by),
	}
}

// wordsFiles is what leaves of words: all of it is public.
func (g *guide) wordsFiles() ([]quorum.File, error) {
	b, err := ceremony.RenderTranscript(g.t)
	if err != nil {
		return nil, err
	}
	page, err := ceremony.PrintTranscript(g.t, g.plan, ceremony.Signatures{})
	if err != nil {
		return nil, err
	}
	name := "transcript-" + text.Identity(b).Short()
	return append([]quorum.File{
		{Name: fmt.Sprintf("keyrecord-%x.txt", g.t.Key.Fingerprint), Bytes: g.public.Bytes()},
		{Name: string(g.m.Setup().Device) + ".verifier", Bytes: []byte(g.m.Verifier().String() + "\n")},
		{Name: name + ".txt", Bytes: b},
		{Name: name + ".html", Bytes: page},
	}, logFiles(g.m)...), nil
}
