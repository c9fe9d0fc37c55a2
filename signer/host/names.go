package host

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

func sortedNames(entries []fs.DirEntry) []string {
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(names)
	return names
}

// named lists names, each once, the first few of them.
func named(names []string) string {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	if len(names) <= shownNames {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shownNames], ", "), len(names)-shownNames)
}
