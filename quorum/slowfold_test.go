package quorum_test

import (
	"maps"
	"slices"

	"strongroom/quorum/text"
)

func gone(log []slowEvent, id text.Hash) bool {
	return slices.ContainsFunc(log, func(e slowEvent) bool {
		return e.id == id && (e.what == "vetoed" || e.what == "killed" || e.what == "refused" && slices.Contains(e.codes, "STATE-VETOED"))
	})
}

func lastOf(log []slowEvent, what string) int {
	last := -1
	for i, e := range log {
		if e.what == what {
			last = i
		}
	}
	return last
}

// recordedAt returns when a proposal was recorded; a resync forgets it.
func recordedAt(log []slowEvent, id text.Hash) (int, bool) {
	for i, e := range log {
		if e.what == "recorded" && e.id == id && i > lastOf(log, "resync") {
			return e.at, true
		}
	}
	return 0, false
}

// doubts returns why a signer is in doubt about itself.
func doubts(log []slowEvent) []string {
	var codes []string
	for _, e := range log[lastOf(log, "resync")+1:] {
		if e.what == "quarantine" {
			codes = append(codes, e.codes...)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// forked says whether another signer has adopted another text of a version that
// this one holds, which no resync has settled.
func (w slowCourt) forked(mine []slowEvent, others map[string][]slowEvent) bool {
	settled, version, fork := 0, 1, false
	for _, e := range mine {
		switch e.what {
		case "adopted":
			version = e.version
		case "quarantine":
			fork = fork || slices.Contains(e.codes, "POL-FORK")
		case "resync":
			if fork {
				settled, fork = version, false
			}
		}
	}
	for _, log := range others {
		for _, e := range log {
			if e.what == "adopted" && e.version <= len(w.laws) && e.version > settled && e.policy != w.hashes[e.version-1] {
				return true
			}
		}
	}
	return false
}

// standing returns the freezes that hold: of every log, those that neither that
// signer nor this one has lifted.
func standing(mine []slowEvent, others map[string][]slowEvent) map[text.Hash]slowFreeze {
	lifted := func(log []slowEvent, id text.Hash) bool {
		return slices.ContainsFunc(log, func(e slowEvent) bool { return e.what == "thawed" && e.other == id })
	}
	out := map[text.Hash]slowFreeze{}
	for _, log := range append(slices.Collect(maps.Values(others)), mine) {
		for _, e := range log {
			if e.what == "frozen" && !lifted(log, e.id) && !lifted(mine, e.id) {
				out[e.id] = e.scope
			}
		}
	}
	return out
}
