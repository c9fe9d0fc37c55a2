package backup

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// mark is what a file system says of a file beside size and time: the inode
// and when it was last changed, in nanoseconds. The zero mark equals none.
type mark struct {
	Inode   uint64 `json:"inode"`
	Changed int64  `json:"changed"`
}

// Index remembers which big files are sealed in segments of their own, so that
// they need not be read again while they did not change. It is a help of the
// host that made it: without it everything is sealed anew. The zero value
// knows nothing.
type Index struct{ known []known }

// known is one big file as it was when it was sealed.
type known struct {
	Path    string    `json:"path"`
	Size    int64     `json:"size"`
	Time    time.Time `json:"time"`
	Mark    mark      `json:"mark"`
	Sum     string    `json:"sha256"`
	Segment string    `json:"segment"`
}

// ParseIndex reads an index. What cannot be read is no index: the error says
// why, and the next run reads everything.
func ParseIndex(b []byte) (Index, error) {
	var list []known
	if err := json.Unmarshal(b, &list); err != nil {
		return Index{}, fmt.Errorf("index: %w", err)
	}
	if len(list) > maxSegments {
		return Index{}, fmt.Errorf("index: want at most %d files, found %d", maxSegments, len(list))
	}
	return Index{list}, nil
}

// Render writes the index.
func (x Index) Render() ([]byte, error) { return json.MarshalIndent(x.known, "", " ") }

// find returns the segment of the last snapshot that holds a file as it is now.
func (x Index) find(e entry, last Manifest) (Segment, Sum, bool) {
	for _, k := range x.known {
		if k.Path != e.path || k.Size != e.size || !k.Time.Equal(e.mtime) || k.Mark != e.mark || e.mark == (mark{}) {
			continue
		}
		sum, err := parseSum(k.Sum)
		i := slices.IndexFunc(last.Segments, func(g Segment) bool { return g.Name == k.Segment })
		if err == nil && i >= 0 {
			return last.Segments[i], sum, true
		}
	}
	return Segment{}, Sum{}, false
}

func (x *Index) add(e entry, g Segment) {
	x.known = append(x.known, known{Path: e.path, Size: e.size, Time: e.mtime, Mark: e.mark, Sum: e.sum.String(), Segment: g.Name})
}
