package backup

import (
	"strings"
	"testing"
)

// A recipient's name, which a manifest repeats, is one line that says who can
// open it and holds nothing secret; and one key has one name.
func FuzzParseRecipient(f *testing.F) {
	f.Add(newSSHKey(f, 1).public)
	f.Add(newSSHKey(f, 1).public + " alice@desk\n")
	f.Add("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj")
	f.Add("AGE-SECRET-KEY-1QQQ")
	f.Add(" age-secret-key-1qqq") // its own text is not to be repeated, wherever it stands
	f.Add("0AGE-SECRET-KEY-1QQQ")
	f.Add("age1pq1qqq")
	f.Add("age1tag1qwe0kafsjrar4txm6heqnhpfuggzr0gvznz7fvygxrlq90u5mq2pysxtw6h")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRecipient("alice", s)
		if err != nil {
			if strings.Contains(strings.ToUpper(err.Error()), "AGE-SECRET-KEY-") {
				t.Fatalf("want no private key in an error, found %v", err)
			}
			return
		}
		name, ok := strings.CutPrefix(r.String(), "alice "+r.kind+" ")
		if !ok || strings.ContainsAny(name, " \n") || strings.Contains(name, "SECRET") {
			t.Fatalf("want one name, found %q", r)
		}
		if r.kind == kindX25519 && name != strings.TrimSuffix(s, "\n") {
			t.Fatalf("want %q, found %q", s, name)
		}
	})
}
