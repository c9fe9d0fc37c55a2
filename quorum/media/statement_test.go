package media

import (
	"reflect"
	"strings"
	"testing"

	"strongroom/quorum/text"
)

// golden is written by hand and never made anew.
const golden = `strongroom/media@v1
vault acme-treasury
medium stick-77
kind stick
description Acme Z1, 8 GB
serial AB12345
holds home signer-a
holds share 1e1f6e20 1 alice
holds share 1e1f6e20 2 alice
seal 0412
place geneva
state sealed
previous none
method none
tool none
verified none
by alice
witness grace
at 2026-11-22
memo from the ceremony
`

func first() Statement {
	key := [4]byte{0x1e, 0x1f, 0x6e, 0x20}
	return Statement{
		Vault: "acme-treasury", Medium: "stick-77", Kind: "stick", Description: "Acme Z1, 8 GB", Serial: "AB12345",
		Holds: []Held{{What: Home, Who: "signer-a"}, {What: Share, Fingerprint: key, Generation: 1, Who: "alice"}, {What: Share, Fingerprint: key, Generation: 2, Who: "alice"}},
		Seal:  "0412", Place: "geneva", State: Sealed, By: "alice", Witness: "grace", At: "2026-11-22", Memo: "from the ceremony",
	}
}

func destroyed() Statement {
	s := first()
	s.Holds, s.Seal, s.State, s.Previous = nil, "", Destroyed, text.Identity([]byte(golden))
	s.Method, s.Tool, s.Verified, s.At = Destroy, "shredder P-7", "pieces under 5 square mm", "2027-01-02"
	return s
}

func TestStatementIsItsGoldenText(t *testing.T) {
	b, err := first().Bytes()
	if err != nil || string(b) != golden {
		t.Fatalf("want\n%s\nfound\n%s%v", golden, b, err)
	}
	for _, s := range []Statement{first(), destroyed()} {
		b, err := s.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Parse(b); err != nil || !reflect.DeepEqual(again, s) {
			t.Errorf("want\n%+v\nfound\n%+v, %v", s, again, err)
		}
	}
}

func TestStatementsThatContradictThemselvesAreRefused(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"kind stick", "kind spoon", `line 4: kind: want one of card, disk, hardware-key, other, paper, stick, found "spoon"`},
		{"holds home signer-a\n", "holds house signer-a\n", `line 7: holds: want share FINGERPRINT GENERATION HOLDER, home SIGNER, backup STORE, bundles or desk, found "house signer-a"`},
		{"1e1f6e20 1 alice", "1e1f6e20 0 alice", `line 8: holds: want share FINGERPRINT GENERATION HOLDER, home SIGNER, backup STORE, bundles or desk, found "share 1e1f6e20 0 alice"`},
		{"holds share 1e1f6e20 1 alice\nholds share 1e1f6e20 2 alice", "holds share 1e1f6e20 2 alice\nholds share 1e1f6e20 1 alice", "line 9: want holds lines sorted and each once, found others"},
		{"holds share 1e1f6e20 2 alice", "holds share 1e1f6e20 1 alice", "line 9: want holds lines sorted and each once, found others"},
		{"seal 0412", "seal none", "line 20: want a seal's number of a medium that is sealed and of no other, found none and sealed"},
		{"state sealed", "state lost", "line 20: want a seal's number of a medium that is sealed and of no other, found 0412 and lost"},
		{"method none", "method purge", "line 20: want no method, tool and verified of a medium that is sealed, found one"},
		{"seal 0412\nplace geneva\nstate sealed", "seal none\nplace geneva\nstate wiped", "line 20: want method, tool and verified of a medium that is wiped, found one missing"},
		{"witness grace", "witness alice", "line 20: want a witness besides alice, found the same person"},
		{"witness grace", "witness none", "line 20: want people, found none"},
		{"at 2026-11-22", "at 2026-11-31", `line 19: at: want a day as 2026-11-22, found "2026-11-31"`},
		{"previous none", "previous 12", "line 13: previous: want 64 lower-case hex digits, found 2 characters"},
		{"memo from the ceremony\n", "memo from the ceremony\nmemo more\n", `line 21: want the end of the text, found "memo"`},
	} {
		if strings.Count(golden, c.old) != 1 {
			t.Fatalf("%q: want it once in the golden text", c.old)
		}
		_, err := Parse([]byte(strings.Replace(golden, c.old, c.new, 1)))
		if err == nil || err.Error() != c.want {
			t.Errorf("%q: want\n%s\nfound\n%v", c.new, c.want, err)
		}
	}
	for old, new := range map[Method]State{Destroy: Wiped, Clear: Destroyed} {
		s := destroyed()
		s.Method, s.State = old, new
		if why := s.Check(); len(why) != 1 || !strings.HasPrefix(why[0], "want method destroy of a medium that is destroyed and of no other") {
			t.Errorf("%s, %s: found %q", old, new, why)
		}
	}
	s := destroyed()
	s.Holds = first().Holds
	if why := s.Check(); len(why) != 1 || why[0] != "want a medium that is destroyed to hold nothing, found home signer-a" {
		t.Errorf("found %q", why)
	}
}

// What parses renders to the same bytes.
func FuzzStatement(f *testing.F) {
	f.Add([]byte(golden))
	b, err := destroyed().Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse(b)
		if err != nil {
			return
		}
		again, err := s.Bytes()
		if err != nil || string(again) != string(b) {
			t.Fatalf("want\n%s\nfound\n%s%v", b, again, err)
		}
	})
}
