package main

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"strongroom/custody/durable"
)

// excludesFile lists what a snapshot of the home leaves out beside what stays at
// home anyway: one path a line, sorted, each once, with all below it. The file
// itself is in every snapshot, so whoever restores one can tell what is not.
//
//	big/disk.img
//	scratch
const excludesFile = "excludes.txt"

// needed are the names in a home without which what comes back is no vault.
func needed() []string {
	return []string{deskFile, policyOne, draftFile, casesFile, presetFile, registryIn, signersIn, sharesIn, minedAt, releaseIn, excludesFile}
}

// parseExcludes reads the list. What would leave out a part of the vault is
// refused: whoever can write into the home could else empty its snapshots with
// everything looking well.
func parseExcludes(b []byte) ([]string, error) {
	var out []string
	n := 0
	for line := range strings.Lines(string(b)) {
		path, whole := strings.CutSuffix(line, "\n")
		n++
		switch first, _, _ := strings.Cut(path, "/"); {
		case !whole:
			return nil, fmt.Errorf("%s: line %d: want it to end with LF, found the end of the file", excludesFile, n)
		case n > maxExcludes:
			return nil, fmt.Errorf("%s: want at most %d paths, found more", excludesFile, maxExcludes)
		case !fs.ValidPath(path) || path == ".":
			return nil, fmt.Errorf("%s: line %d: want a path such as scratch/big.img, found %q", excludesFile, n, clipText(path, maxNoteText))
		case slices.Contains(needed(), first):
			return nil, fmt.Errorf("%s: line %d: want a path that the vault can do without, found one in %s", excludesFile, n, first)
		case len(out) > 0 && out[len(out)-1] >= path:
			return nil, fmt.Errorf("%s: line %d: want paths sorted, each once, found %q behind %q", excludesFile, n, clipText(path, maxNoteText), clipText(out[len(out)-1], maxNoteText))
		}
		out = append(out, path)
	}
	return out, nil
}

// excludesIn reads the list of a home; a home without one leaves nothing out. A
// list that cannot be read stops a run: to guess would be to leave out too much or
// to save what must not be.
func excludesIn(dir *durable.Dir) ([]string, error) {
	b, err := dir.ReadFile(excludesFile, maxExcludesFile)
	if missingFile(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseExcludes(b)
}

// leftOut says in a few words what a list leaves out.
func leftOut(paths []string) string {
	return fmt.Sprintf("%s left out, as %s in it says", count(len(paths), "path"), excludesFile)
}
