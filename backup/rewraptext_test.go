package backup

import (
	"strings"
	"testing"

	"strongroom/quorum/text"
)

// goldenRewrap is of goldenManifest.
var goldenRewrap = `strongroom/rewrap@v1
vault acme-treasury
chain mainnet
manifest ` + text.Identity([]byte(goldenManifest)).String() + `
number 1
previous 0000000000000000000000000000000000000000000000000000000000000000
policy 5be1a6a0a34c4d1f7a6c0c3f0b9b4a0b7f6c1d2e3f405162738495a6b7c8d9e0
approval 3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea
made 2026-11-22T08:00:00Z rtc
recipient 1 alice ssh-ed25519 SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg
recipient 2 kate X25519 age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj
segment payload-0123456789abcdef0123456789abcdef.age-payload
header 1 header-0123456789abcdef0123456789abcdef-1-aaaaaaaaaaaaaaaa.age header-0123456789abcdef0123456789abcdef-1-cccccccccccccccc.age 219 cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
header 2 header-0123456789abcdef0123456789abcdef-2-bbbbbbbbbbbbbbbb.age header-0123456789abcdef0123456789abcdef-2-dddddddddddddddd.age 440 dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
segment payload-ffffffffffffffffffffffffffffffff.age-payload
header 1 header-ffffffffffffffffffffffffffffffff-1-aaaaaaaaaaaaaaaa.age header-ffffffffffffffffffffffffffffffff-1-cccccccccccccccc.age 219 cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
header 2 header-ffffffffffffffffffffffffffffffff-2-bbbbbbbbbbbbbbbb.age header-ffffffffffffffffffffffffffffffff-2-dddddddddddddddd.age 440 dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
maker backup-job
`

func TestGoldenRewrapIsOverItsManifest(t *testing.T) {
	x := mustRead(t, ParseRewrap, goldenRewrap)
	m := mustRead(t, ParseManifest, goldenManifest)
	over, err := x.Over(m)
	if err != nil {
		t.Fatal(err)
	}
	if g := over.Segments[1].Headers[1]; g.Name != "header-ffffffffffffffffffffffffffffffff-2-dddddddddddddddd.age" || g.Size != 440 || over.Recipients[1] != x.Recipients[1] {
		t.Errorf("want the new headers and recipients, found %+v", over)
	}
	if m.Segments[1].Headers[1].Name != "header-ffffffffffffffffffffffffffffffff-2-bbbbbbbbbbbbbbbb.age" || strings.Contains(m.Recipients[1], "kate") {
		t.Errorf("want the manifest as it was, found %+v", m)
	}
	if _, err := x.Over(over); err == nil || !strings.Contains(err.Error(), "want one that replaces header-0123456789abcdef0123456789abcdef-1-cccccccccccccccc.age") {
		t.Errorf("want what it replaced already refused, found %v", err)
	}
}

func TestRewrapRefuses(t *testing.T) {
	const first = "0123456789abcdef0123456789abcdef"
	zeros := strings.Repeat("0", 64)
	manifest := text.Identity([]byte(goldenManifest)).String()
	second := "header 2 header-" + first + "-2-bbbbbbbbbbbbbbbb.age header-" + first + "-2-dddddddddddddddd.age 440 " + strings.Repeat("d", 64) + "\n"
	refuses(t, ParseRewrap, goldenRewrap, []spoiled{
		{"number 0", "number 1", "number 0", "rewrap: want a number of 1 to 1000, found 0"},
		{"number beyond all", "number 1", "number 1001", "line 5: number: want at most 1000, found 1001"},
		{"number without previous", "number 1", "number 2", "rewrap: want zeros as previous in number 1 and nowhere else, found " + zeros + " in number 2"},
		{"no manifest", "manifest " + manifest, "manifest " + zeros, "rewrap: want a manifest, a policy and an approval, found zeros"},
		{"no approval", "approval 3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea", "approval " + zeros, "rewrap: want a manifest, a policy and an approval, found zeros"},
		{"a header missing", second, "", "rewrap: segment: want a header for each of 2 layers, found 1"},
		{"a segment twice", "payload-ffffffffffffffffffffffffffffffff", "payload-" + first, "rewrap: segment: want every payload once, found payload-0123456789abcdef0123456789abcdef... twice"},
		{"payload name that climbs", "segment payload-" + first + ".age-payload", "segment ../../etc/passwd", `rewrap: segment: want a name such as payload-00000000000000000000000000000000.age-payload, found "../../etc/passwd"`},
		{"header that climbs", "header-" + first + "-1-cccccccccccccccc.age", "../x", `rewrap: segment: header: want header-` + first + `-1-cccccccccccccccc.age of at most 196608 bytes, found "../x" of 219`},
		{"header of another hash", "219 c", "219 d", `rewrap: segment: header: want header-` + first + `-1-dccccccccccccccc.age of at most 196608 bytes, found "header-0123456789abcdef0123456789abcdef-..." of 219`},
		{"the same header again", "-1-aaaaaaaaaaaaaaaa", "-1-cccccccccccccccc", "rewrap: segment: header: want another one than before, found header-0123456789abcdef0123456789abcdef-... again"},
		{"inner group alone", "recipient 1 alice ssh-ed25519 SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg\n", "", "rewrap: recipient: want one of layer 1, found 2"},
		{"a header said to be of another layer", "header 1 header-", "header 2 header-", "line 13: want the bytes that the same meaning renders to, found others"},
		{"unknown line", "maker", "note x\nmaker", `line 18: want "maker", found "note"`},
	})
}

func TestRewrapIsOverNoOtherSnapshot(t *testing.T) {
	m := mustRead(t, ParseManifest, goldenManifest)
	for _, c := range []struct{ name, old, new, want string }{
		{"another vault", "acme-treasury", "acme-petty", "rewrap: want one of acme-treasury on mainnet, found one of acme-petty on mainnet"},
		{"another payload", strings.Repeat("f", 32), strings.Repeat("e", 32), "rewrap: want payload-" + strings.Repeat("f", 32) + ".age-payload with 2 headers, as the manifest has, found payload-eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee... with 2"},
		{"another header replaced", "-2-bbbbbbbbbbbbbbbb", "-2-eeeeeeeeeeeeeeee", "rewrap: want one that replaces header-0123456789abcdef0123456789abcdef-2-bbbbbbbbbbbbbbbb.age, found header-0123456789abcdef0123456789abcdef-... replaced"},
	} {
		x, err := ParseRewrap([]byte(strings.ReplaceAll(goldenRewrap, c.old, c.new)))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if _, err := x.Over(m); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
	x := mustRead(t, ParseRewrap, goldenRewrap)
	x.Segments = x.Segments[:1]
	if _, err := x.Over(m); err == nil || err.Error() != "rewrap: want 2 segments, as the manifest has, found 1" {
		t.Errorf("a segment less: found %v", err)
	}
}

// What is signed as a manifest is no re-wrap, and the zero value opens nothing.
func TestRewrapIsSignedByItsMakerForThatAct(t *testing.T) {
	job := newSSHKey(t, 3)
	x := mustRead(t, ParseRewrap, goldenRewrap)
	signed, err := SignRewrap(x, job.signer)
	if err != nil {
		t.Fatal(err)
	}
	opensForItsMaker(t, "rewrap", "backup-job", job, signed.signedText, OpenRewrap)
	if _, odd := goldenSigned(t, job).With([]SignedRewrap{{}}); len(odd) != 1 {
		t.Errorf("want the zero value left out, found %q", odd)
	}
	if _, odd := (Signed{}).With([]SignedRewrap{signed}); len(odd) != 1 {
		t.Errorf("want a re-wrap of no snapshot left out, found %q", odd)
	}
}

func TestRewrapsHangTogetherOrAreLeftOut(t *testing.T) {
	job := newSSHKey(t, 3)
	sign := func(s string) SignedRewrap {
		t.Helper()
		x, err := ParseRewrap([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		signed, err := SignRewrap(x, job.signer)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	snapshot := goldenSigned(t, job)
	m := snapshot.Manifest()
	first := sign(goldenRewrap)
	next := strings.NewReplacer("cccccccc", "eeeeeeee", "dddddddd", "ffffffff", "number 1", "number 2", "previous "+strings.Repeat("0", 64), "previous "+first.ID().String()).Replace(goldenRewrap)
	next = strings.NewReplacer("-1-aaaaaaaaaaaaaaaa", "-1-cccccccccccccccc", "-2-bbbbbbbbbbbbbbbb", "-2-dddddddddddddddd").Replace(next)
	second := sign(next)
	fork := sign(strings.Replace(goldenRewrap, "08:00:00Z", "09:00:00Z", 1))
	elsewhere := sign(strings.Replace(goldenRewrap, "manifest "+text.Identity([]byte(goldenManifest)).String(), "manifest "+strings.Repeat("1", 64), 1))

	with, odd := snapshot.With([]SignedRewrap{second, first})
	if len(odd) != 0 || len(with.Rewraps()) != 2 || len(with.Ways()) != 3 {
		t.Fatalf("want a chain of two, found %d and %q", len(with.Rewraps()), odd)
	}
	if ways := with.Ways(); ways[0].Segments[0].Headers[0].Name != "header-0123456789abcdef0123456789abcdef-1-eeeeeeeeeeeeeeee.age" || ways[2].Segments[0].Headers[0].Name != m.Segments[0].Headers[0].Name {
		t.Errorf("want the newest headers first and the manifest's own last, found %v", ways)
	}
	if n := len(with.items()) - len(m.Items()); n != 8 {
		t.Errorf("want eight headers more to keep, found %d", n)
	}
	for name, c := range map[string]struct {
		list []SignedRewrap
		good int
	}{
		"the first is missing": {[]SignedRewrap{second}, 0},
		"of another snapshot":  {[]SignedRewrap{elsewhere, first}, 1},
		"two firsts":           {[]SignedRewrap{fork, first}, 2},
		"one twice":            {[]SignedRewrap{first, first}, 1},
	} {
		got, odd := snapshot.With(c.list)
		if len(got.AllRewraps()) != c.good || name != "one twice" && len(odd) != len(c.list)-c.good {
			t.Errorf("%s: want %d, found %d and %q", name, c.good, len(got.AllRewraps()), odd)
		}
	}
}

func FuzzParseRewrap(f *testing.F) {
	f.Add([]byte(goldenRewrap))
	f.Add([]byte(strings.Replace(goldenRewrap, "number 1", "number 2", 1)))
	f.Add([]byte("strongroom/rewrap@v1\n"))
	rereads(f, ParseRewrap)
}
