package host

import (
	"strconv"
	"strings"
)

// status is the text of a /proc/N/status file: lines of "Name:\tvalue".
type status struct{ text string }

// field returns the value behind "name:" in a text of such lines; "" if it has
// none.
func field(text, name string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// capabilities returns what the process may do at this moment, as bits by the
// capabilities' numbers.
func (s status) capabilities() (uint64, bool) {
	rights, err := strconv.ParseUint(field(s.text, "CapEff"), 16, 64)
	return rights, err == nil
}

// capable tells whether the process has a capability, by its number.
func (s status) capable(number uint) bool {
	rights, ok := s.capabilities()
	return ok && rights>>number&1 == 1
}
