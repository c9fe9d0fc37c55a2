package s3store

import (
	"errors"
	"fmt"
	"strings"
)

// Finding is one thing that was tried out on a store.
type Finding struct {
	Name     string // one word: conditional-create
	Pass     bool
	Required bool   // a store that fails here is no place for a backup
	Unshown  bool   // neither: these credentials may not do it to anything, so nobody knows what the lock would do
	Wanted   string // the second one is refused and the first one stays
	Found    string
}

// String returns one line.
func (f Finding) String() string {
	return fmt.Sprintf("%s: want %s, found %s", f.Name, f.Wanted, f.Found)
}

// Report is what Probe found out. The zero value is refused by Err.
type Report struct {
	Store    string // as Store.String tells it
	Findings []Finding
}

// Err returns nil if the store has all that is required, and one sentence that
// names everything it lacks if not.
func (r Report) Err() error {
	if len(r.Findings) == 0 {
		return errors.New("store: want it tried out, found no findings")
	}
	var lacking []string
	for _, f := range r.Findings {
		if f.Required && !f.Pass {
			lacking = append(lacking, f.String())
		}
	}
	if len(lacking) == 0 {
		return nil
	}
	return fmt.Errorf("%s is no place for a backup: %s", r.Store, strings.Join(lacking, "; "))
}
