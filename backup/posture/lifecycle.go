package posture

import (
	"fmt"
	"strings"
)

// Rule is one rule of a bucket's lifecycle. The zero value is switched off.
type Rule struct {
	ID         string
	Enabled    bool
	Prefix     string // of the names that it is about; empty for all
	Expires    bool   // current versions
	Days       int    // after so many; 0 for a fixed date
	Noncurrent bool   // versions below others are deleted
	Below      int    // after so many days
	Moves      bool   // to a class from which reading takes hours
}

// expendable begins the names that may be deleted at any time.
const expendable = "probe-"

// lifecycle judges rules by what they would do to copies. No rule deletes what
// is locked: it hides it, and deletes it the day the lock ends.
func (b Bucket) lifecycle() verdict {
	return judge(b.Lifecycle, func(rules []Rule) verdict {
		var bad, odd, fine []string
		for _, r := range rules {
			if !r.Enabled {
				continue
			}
			id := fmt.Sprintf("rule %q", clip(r.ID))
			switch {
			case strings.HasPrefix(r.Prefix, expendable):
				fine = append(fine, id+" is about "+clip(r.Prefix)+" only")
			case r.Expires:
				bad = append(bad, id+": "+r.hides())
			case r.Noncurrent:
				odd = append(odd, id+": "+r.deletes(b.Wanted))
			case r.Moves:
				odd = append(odd, id+": moves copies to where reading takes hours")
			}
		}
		switch {
		case len(bad) > 0:
			return fail("%s", strings.Join(append(bad, odd...), "; "))
		case len(odd) > 0:
			return warn("%s", strings.Join(odd, "; "))
		case len(fine) > 0:
			return pass("%s", strings.Join(fine, "; "))
		}
		return pass("no rule that hides or deletes a copy")
	})
}

func (r Rule) hides() string {
	when := "on a fixed day"
	if r.Days > 0 {
		when = "after " + days(r.Days)
	}
	return "every copy is hidden " + when + ", and deleted once its lock is over"
}

// deletes says what becomes of a copy that somebody covered.
func (r Rule) deletes(w Wanted) string {
	text := "a copy that somebody writes over is deleted after " + days(r.Below)
	switch {
	case !w.Locks:
		return text
	case r.Below < w.Days:
		return text + fmt.Sprintf(", but not before its lock of %s is over", days(w.Days))
	}
	return text + fmt.Sprintf(", its lock of %s being over by then", days(w.Days))
}
