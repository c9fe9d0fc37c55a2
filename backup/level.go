package backup

import "fmt"

// Level says how well a copy is known. Every result and every certificate
// carries one, so that nothing can be called a drill that is less. The zero
// value is no level and is reached by nothing.
type Level uint8

// The levels. Each of V0 to V3 includes those before it; V4 includes V1 and
// reads only the ends, V5 includes V4.
const (
	V0 Level = iota + 1 // listed, and locked where the store can lock
	V1                  // the checksum that the store keeps equals the manifest's
	V2                  // sampled ranges equal the manifest's tree
	V3                  // all bytes were read again and hashed
	V4                  // the header was opened and the last chunk authenticated
	V5                  // restored to an empty place and judged by content
)

// ParseLevel reads V0 to V5.
func ParseLevel(s string) (Level, error) {
	for l := V0; l <= V5; l++ {
		if l.String() == s {
			return l, nil
		}
	}
	return 0, fmt.Errorf("want a level of V0 to V5, found %q", clip(s))
}

// String returns V0 to V5, or "no level".
func (l Level) String() string {
	if l < V0 || l > V5 {
		return "no level"
	}
	return fmt.Sprintf("V%d", l-V0)
}

// Meaning says in a few words what was done.
func (l Level) Meaning() string {
	switch l {
	case V0:
		return "listed and locked"
	case V1:
		return "stored checksum equals the manifest"
	case V2:
		return "sampled ranges equal the manifest"
	case V3:
		return "all bytes read again"
	case V4:
		return "header opened, last chunk authenticated"
	case V5:
		return "restored and judged by content"
	}
	return "nothing"
}

// Includes says whether a copy that reached l was looked at as level k asks, too.
func (l Level) Includes(k Level) bool {
	return l >= k && (l < V4 || k >= V4 || k <= V1)
}

// Mends says whether a good look that reached l lifts what a look that asked for k
// found bad. It does where it includes that; but what a sample found takes a whole
// read, since the next sample reads other parts, and what V4 found takes V4, since
// nothing else opens the ends.
func (l Level) Mends(k Level) bool {
	if k == V2 {
		k = V3
	}
	return l.Includes(k)
}

// IsDrill says whether the level may be called a restore drill: only V5.
func (l Level) IsDrill() bool { return l == V5 }
