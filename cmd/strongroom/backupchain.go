package main

import (
	"fmt"
	"slices"
	"time"

	"strongroom/backup"
	"strongroom/quorum/text"
)

// counted leaves out what does not lead back to this home's own snapshots:
// whoever has a maker's key can sign any number. A home that made none cannot
// tell, and counts all.
func counted(list []snapshotCopy) []snapshotCopy {
	first := slices.IndexFunc(list, func(c snapshotCopy) bool { return c.own })
	if first < 0 {
		return list
	}
	out, ours := slices.Clone(list[:first]), map[uint64]bool{}
	for _, c := range list {
		ours[c.Manifest().Number] = ours[c.Manifest().Number] || c.own
	}
	var at backup.Manifest
	for _, c := range list[first:] {
		if m := c.Manifest(); c.own || !ours[m.Number] && m.Follows(at) == nil {
			at = m
			out = append(out, c)
		}
	}
	return out
}

// tip returns the snapshot that the next one follows: the last that counts, or
// in a home that made none the one with the highest number that follows another,
// where as many numbers are known as are missing; or else the end of the longest
// chain. So nobody leads the chain away with a few, or to its last number. The zero
// value says that there is none.
func tip(list []snapshotCopy) backup.Manifest {
	list = counted(list)
	if len(list) == 0 {
		return backup.Manifest{}
	}
	last := list[len(list)-1]
	if slices.ContainsFunc(list, func(c snapshotCopy) bool { return c.own }) {
		return last.Manifest()
	}
	likely := func(c snapshotCopy) bool { return c.Manifest().Number <= 2*uint64(len(list)) }
	lengths, longest := chainLengths(list), last
	for _, c := range slices.Backward(list) {
		n, most := lengths[c.id], lengths[longest.id]
		if n > 1 && likely(c) {
			return c.Manifest()
		}
		if n > most || n == most && likely(c) && !likely(longest) {
			longest = c
		}
	}
	return longest.Manifest()
}

// chainLengths tells how many snapshots, one behind the other, end with each. list is
// in the order of numbers.
func chainLengths(list []snapshotCopy) map[text.Hash]int {
	known, lengths := map[text.Hash]backup.Manifest{}, map[text.Hash]int{}
	for _, c := range list {
		m := c.Manifest()
		known[c.id], lengths[c.id] = m, 1
		if before, ok := known[m.Previous]; ok && m.Follows(before) == nil {
			lengths[c.id] += lengths[m.Previous]
		}
	}
	return lengths
}

// checkChain says where the manifests are not one chain without a fork or a
// gap: somebody took snapshots from another copy of this home, or took some
// away. It stops no further snapshot, which is what helps.
func checkChain(list []snapshotCopy) []string {
	var out []string
	for i := 1; i < len(list); i++ {
		if err := list[i].Manifest().Follows(list[i-1].Manifest()); err != nil {
			out = append(out, fmt.Sprintf("snapshot %d does not follow the one before it: %v", list[i].Manifest().Number, err))
		}
	}
	return out
}

// brokenLately is checkChain for snapshots that are young or from a time to
// come.
func brokenLately(list []snapshotCopy, now time.Time) []string {
	at := slices.IndexFunc(list, func(c snapshotCopy) bool { return now.Sub(c.Manifest().Taken) < toldFor })
	if at < 0 {
		return nil
	}
	return checkChain(list[max(0, at-1):])
}

// strangers are the snapshots made since this home began to make them, and not
// by it. A home that made none says nothing of others.
func strangers(list []snapshotCopy) []snapshotCopy {
	var out []snapshotCopy
	began := false
	for _, c := range list {
		if began && !c.own {
			out = append(out, c)
		}
		began = began || c.own
	}
	return out
}

// stranger is the sentence about one of them.
func stranger(c snapshotCopy) string {
	return fmt.Sprintf("snapshot %d in %s was not made by this home: unless another home makes snapshots, somebody else has a maker's key", c.Manifest().Number, list(c.on))
}
