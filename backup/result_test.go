package backup

import (
	"strings"
	"testing"
	"time"

	"strongroom/quorum/text"
)

// goldenResult is of goldenManifest.
var goldenResult = `strongroom/verification@v1
vault acme-treasury
chain mainnet
manifest ` + text.Identity([]byte(goldenManifest)).String() + `
snapshot 7
store frankfurt
asked V2
level V2
seed 930001 00000000000000000001e1b13f79bb7b435b05321651daefd374cdc681dc06fa
sample 1 8388608
objects 9
bytes 8404992
flaws 2
object canary-0123456789abcdef0123456789abcdef.tar.zst.age covered
object payload-0123456789abcdef0123456789abcdef.age-payload short
locked 2027-02-21T03:12:00Z
probe opened 24
broken lock
broken versioning
program strongroom go1.26.2
verified 2026-11-22T04:10:00Z rtc
maker verifier
`

// lostResult is one of a copy that is no good.
var lostResult = strings.NewReplacer("level V2", "level none", "canary-0123456789abcdef0123456789abcdef.tar.zst.age covered", "canary-0123456789abcdef0123456789abcdef.tar.zst.age missing",
	"probe opened 24\nbroken lock\nbroken versioning\n", "probe none\n").Replace(goldenResult)

// wholeResult is one of a whole read.
var wholeResult = strings.NewReplacer("asked V2\nlevel V2\nseed 930001 00000000000000000001e1b13f79bb7b435b05321651daefd374cdc681dc06fa\nsample 1 8388608\n",
	"asked V3\nlevel V3\nseed none\nsample none\n").Replace(goldenResult)

func TestGoldenResultSaysWhatWasFound(t *testing.T) {
	x := mustRead(t, ParseResult, goldenResult)
	if x.Level != V2 || x.Sample != (Sample{1, 8 << 20}) || x.Flaws[1].Flaw != Short || x.Probe.Good() || x.String() != "V2" {
		t.Errorf("found %+v", x)
	}
	if lost := mustRead(t, ParseResult, lostResult); lost.String() != "none: canary-0123456789abcdef0123456789abcdef.tar.zst.age missing" || lost.Probe.Good() {
		t.Errorf("found %s", lost)
	}
}

func TestResultRefuses(t *testing.T) {
	refuses(t, ParseResult, goldenResult, []spoiled{
		{"no manifest", "manifest " + text.Identity([]byte(goldenManifest)).String(), "manifest " + strings.Repeat("0", 64), "verification: want the hash of a manifest, found zeros"},
		{"snapshot 0", "snapshot 7", "snapshot 0", "verification: want a snapshot of 1 to 1000000000, found 0"},
		{"a restore is a drill's", "asked V2", "asked V5", "verification: asked: want V0 to V4, found V5"},
		{"more than was asked", "level V2", "level V3", "verification: level: want at most V2, as was asked, found V3"},
		{"no good for nothing", "level V2", "level none", "verification: level: want none where an object is missing or damaged and nowhere else, found none"},
		{"good in spite of loss", "covered", "damaged", "verification: level: want none where an object is missing or damaged and nowhere else, found V2"},
		{"a sample that nothing chose", "seed 930001 00000000000000000001e1b13f79bb7b435b05321651daefd374cdc681dc06fa", "seed none", "verification: sample: want a seed and a part that was read for V2, found none"},
		{"a seed of zeros", "00000000000000000001e1b13f79bb7b435b05321651daefd374cdc681dc06fa", strings.Repeat("0", 64), "line 9: seed: want the hash of a block, found zeros"},
		{"nothing read", "sample 1 8388608", "sample none", "verification: sample: want a seed and a part that was read for V2, found none"},
		{"a sample of V1", "asked V2\nlevel V2", "asked V1\nlevel V1", "verification: sample: want one of V2 only, found one of V1"},
		{"no object", "objects 9", "objects 0", "verification: want 1 to 1048576 objects, found 0"},
		{"flaws that are not named", "flaws 2", "flaws 3", "verification: flaws: want all named, up to 400, found 2 named of 3"},
		{"more named than counted", "flaws 2", "flaws 1", "verification: flaws: want all named, up to 400, found 2 named of 1"},
		{"an object that climbs", "object canary-0123456789abcdef0123456789abcdef.tar.zst.age", "object ../x", `verification: object: object name: want 1 to 128 lower-case letters, digits, dots and hyphens, no ".sha256" at the end, found "../x"`},
		{"another word", "covered", "fine", `line 14: object: want missing, damaged, covered, unlocked, short or closed, found "fine"`},
		{"unsorted", "object canary-0123456789abcdef0123456789abcdef.tar.zst.age", "object z", "verification: object: want them sorted, each once, found payload-0123456789abcdef0123456789abcdef... behind z"},
		{"a canary that sings", "probe opened", "probe sang", `verification: probe: want opened or failed, found "sang"`},
		{"promises of no probe", "probe opened 24", "probe none", "verification: probe: want what became of the canary, found nothing"},
		{"more broken than tried", "probe opened 24", "probe opened 1", "verification: probe: want 2 to 100 promises tried out, found 1"},
		{"promises unsorted", "broken lock\nbroken versioning", "broken versioning\nbroken lock", "verification: want broken promises sorted, each once, found lock behind versioning"},
		{"none in other words", "asked V2\nlevel V2\nseed 930001 00000000000000000001e1b13f79bb7b435b05321651daefd374cdc681dc06fa\nsample 1 8388608", "asked V1\nlevel V1\nseed none\nsample 0 0", "line 10: want the bytes that the same meaning renders to, found others"},
		{"another clock", "verified 2026-11-22T04:10:00Z rtc", "verified 2026-11-22T04:10:00Z gps", `line 21: verified: want the word rtc behind the time, found "gps"`},
		{"a lock by no time", "locked 2027-02-21T03:12:00Z", "locked ever", `line 16: locked: want a time such as 2026-11-21T20:50:00Z, found "ever"`},
		{"unknown line", "maker", "note x\nmaker", `line 22: want "maker", found "note"`},
	})
}

// What is signed as a manifest is no result, and the zero value counts for nothing.
func TestResultIsSignedByItsMakerForThatAct(t *testing.T) {
	verifier := newSSHKey(t, 3)
	signed, err := SignResult(mustRead(t, ParseResult, goldenResult), verifier.signer)
	if err != nil {
		t.Fatal(err)
	}
	if signed.ID() != text.Identity([]byte(goldenResult)) {
		t.Errorf("want the SHA-256 of the text, found %s", signed.ID())
	}
	opensForItsMaker(t, "verification", "verifier", verifier, signed.signedText, OpenResult)
	if st := Stand([]SignedResult{{}}, nil, time.Now()); len(st.Reached) != 0 {
		t.Errorf("want the zero value left out, found %v", st)
	}
	if err := (SignedResult{}).Of(goldenSigned(t, verifier), nil); err == nil || err.Error() != "verification: want one of snapshot 7, found one of another" {
		t.Errorf("the zero value: found %v", err)
	}
}

func TestResultIsOfItsSnapshotAndOfASampleNobodyForesaw(t *testing.T) {
	job := newSSHKey(t, 3)
	snapshot := goldenSigned(t, job)
	golden := mustRead(t, ParseResult, goldenResult)
	mined := func(b Block, at time.Time) bool { return b == golden.Seed && at.Equal(golden.Verified) }
	for _, c := range []struct{ old, new, want string }{
		{"maker verifier", "maker auditor", ""},
		{"acme-treasury", "acme-petty", "verification: want one of acme-treasury on mainnet, found one of acme-petty on mainnet"},
		{"mainnet", "testnet", "verification: want one of acme-treasury on mainnet, found one of acme-treasury on testnet"},
		{"snapshot 7", "snapshot 3", "verification: want number 7, as its manifest has, found 3"},
		{"manifest " + text.Identity([]byte(goldenManifest)).String(), "manifest " + strings.Repeat("1", 64), "verification: want one of snapshot 7, found one of another"},
		{"seed 930001", "seed 1", "verification: want a sample chosen by a block after " + text.FormatUint(snapshot.Manifest().Block.Height) + ", found 1"},
		{"seed 930001", "seed 930002", "verification: want a sample chosen by a block of the headers here, found one by 930002 00000000000000000001e1b13f79bb7b435b05321651daefd374cdc681dc06fa"},
		{"930001 0000", "930001 1000", "verification: want a sample chosen by a block of the headers here, found one by 930001 10000000000000000001e1b13f79bb7b435b05321651daefd374cdc681dc06fa"},
		{"level V2", "level V1", ""},
	} {
		s, err := SignResult(mustRead(t, ParseResult, strings.Replace(goldenResult, c.old, c.new, 1)), job.signer)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Of(snapshot, mined); (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.new, c.want, err)
		}
	}
	sample, err := SignResult(golden, job.signer)
	if err != nil {
		t.Fatal(err)
	}
	if err := sample.Of(snapshot, nil); err == nil {
		t.Error("no headers: want no sample believed, found one")
	}
	lost, err := SignResult(mustRead(t, ParseResult, lostResult), job.signer)
	if err != nil {
		t.Fatal(err)
	}
	if err := lost.Of(snapshot, nil); err != nil {
		t.Errorf("bad news: want it to count whatever chose the sample, found %v", err)
	}
}

// A store that got worse stays worse, whatever good text from before is copied
// over again, until somebody looked as hard; what a sample found, until somebody read
// all of it.
func TestTheNewestResultStands(t *testing.T) {
	job := newSSHKey(t, 3)
	at := func(hour, from, asked string) SignedResult {
		t.Helper()
		s := strings.NewReplacer("T04:", "T"+hour+":", "asked V2", "asked "+asked, "level V2", "level "+asked).Replace(from)
		if asked != "V2" {
			s = strings.NewReplacer("seed 930001 00000000000000000001e1b13f79bb7b435b05321651daefd374cdc681dc06fa", "seed none", "sample 1 8388608", "sample none").Replace(s)
		}
		signed, err := SignResult(mustRead(t, ParseResult, s), job.signer)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	good1, good2, good3 := at("01", goldenResult, "V3"), at("02", goldenResult, "V2"), at("03", goldenResult, "V3")
	bad := at("05", lostResult, "V2")
	open, opened, whole := at("04", lostResult, "V4"), at("06", goldenResult, "V4"), at("07", goldenResult, "V3")
	weak, healed, future := at("06", goldenResult, "V1"), at("07", goldenResult, "V2"), at("23", goldenResult, "V3")
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name    string
		list    []SignedResult
		reached []Level
		bad     bool
	}{
		{"nothing", nil, nil, false},
		{"good ones", []SignedResult{good3, good1, good2}, []Level{V2, V3}, false},
		{"worse", []SignedResult{bad, good3, good1}, nil, true},
		{"worse, and one from before copied again", []SignedResult{bad, good3, good1, good3}, nil, true},
		{"a weaker look", []SignedResult{bad, good3, weak}, nil, true},
		{"a sample of other parts", []SignedResult{bad, good3, weak, healed}, nil, true},
		{"all of it read", []SignedResult{bad, good3, weak, whole}, []Level{V3}, false},
		{"all of it read, and then a sample", []SignedResult{bad, at("06", goldenResult, "V3"), healed}, []Level{V2, V3}, false},
		{"only its ends opened", []SignedResult{bad, opened}, nil, true},
		{"made good in the same second", []SignedResult{at("06", goldenResult, "V3"), at("06", lostResult, "V1")}, []Level{V3}, false},
		{"opened ends, and a rotten middle", []SignedResult{at("05", lostResult, "V3"), opened}, nil, true},
		{"the middle read, and ends that do not open", []SignedResult{open, whole}, nil, true},
		{"both, and opened", []SignedResult{open, at("05", lostResult, "V3"), opened}, nil, true},
		{"both, and both looked at again", []SignedResult{open, at("05", lostResult, "V3"), opened, whole}, []Level{V3}, false},
		{"compared, and then opened", []SignedResult{at("05", lostResult, "V1"), opened}, []Level{V4}, false},
		{"from tomorrow", []SignedResult{bad, future}, nil, true},
		{"good in the same second", []SignedResult{bad, at("05", goldenResult, "V2")}, nil, true},
	} {
		st := Stand(c.list, nil, now)
		if (st.Bad.Result().Snapshot != 0) != c.bad || len(st.Reached) != len(c.reached) {
			t.Errorf("%s: found %v, bad %v", c.name, st.Reached, st.Bad.Result())
		}
		for _, l := range c.reached {
			if _, ok := st.Reached[l]; !ok {
				t.Errorf("%s: want %s, found none", c.name, l)
			}
		}
	}
	if st := Stand([]SignedResult{good3, good1}, nil, now); st.Reached[V3].Result().Verified.Hour() != 3 {
		t.Errorf("want the newest, found %v", st.Reached[V3].Result().Verified)
	}
}

// said is a result by a maker, at an hour, whose probe was as told.
func said(t *testing.T, from, by, hour, probe string) SignedResult {
	t.Helper()
	x := mustRead(t, ParseResult, strings.NewReplacer("maker verifier", "maker "+by, "T04:", "T"+hour+":", "probe opened 24\nbroken lock\nbroken versioning\n", probe).Replace(from))
	s, err := SignResult(x, newSSHKey(t, 3).signer)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A thief with the writer's key does not heal what somebody else found, and where
// the annex names verifiers does not fill their schedule either.
func TestTheWritersKeyHealsNoFindingOfAnother(t *testing.T) {
	now := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	bad := func(by, hour string) SignedResult { return said(t, lostResult, by, hour, "") }
	good := func(by, hour string) SignedResult { return said(t, wholeResult, by, hour, "probe none\n") }
	one, two := Verifiers{"auditor"}, Verifiers{"auditor", "second"}
	for _, c := range []struct {
		name             string
		who              Verifiers
		list             []SignedResult
		bad, by, shipped text.ID
	}{
		{"the writer behind a verifier", one, []SignedResult{bad("auditor", "05"), good("job", "06")}, "auditor", "", ""},
		{"the verifier again", one, []SignedResult{bad("auditor", "05"), good("auditor", "06")}, "", "auditor", ""},
		{"another verifier", two, []SignedResult{bad("auditor", "05"), good("second", "06")}, "", "second", ""},
		{"a verifier behind the writer", one, []SignedResult{bad("job", "05"), good("auditor", "06")}, "", "auditor", ""},
		{"the writer behind himself", one, []SignedResult{bad("job", "05"), good("job", "06")}, "", "", "job"},
		{"the writer alone", one, []SignedResult{good("job", "06")}, "", "", "job"},
		{"the writer spoils", one, []SignedResult{good("auditor", "05"), bad("job", "06")}, "job", "", ""},
		{"no verifier named, another maker", nil, []SignedResult{bad("checker", "05"), good("job", "06")}, "checker", "", ""},
		{"no verifier named, the same", nil, []SignedResult{bad("checker", "05"), good("checker", "06")}, "", "checker", ""},
		{"two found it bad, one healed", nil, []SignedResult{bad("checker", "05"), bad("job", "06"), good("job", "07")}, "checker", "", ""},
	} {
		st := Stand(c.list, c.who, now)
		if got := [3]text.ID{st.Bad.Result().Maker, st.Reached[V3].Result().Maker, st.Shipped.Result().Maker}; got != [3]text.ID{c.bad, c.by, c.shipped} {
			t.Errorf("%s: want %q, found %q", c.name, [3]text.ID{c.bad, c.by, c.shipped}, got)
		}
	}
}

func TestTheWritersKeyMendsNoProbeOfAnother(t *testing.T) {
	now := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	const fine, broken, none = "probe opened 24\n", "probe opened 24\nbroken lock\n", "probe none\n"
	p := func(by, hour, probe string) SignedResult { return said(t, goldenResult, by, hour, probe) }
	for _, c := range []struct {
		name string
		who  Verifiers
		list []SignedResult
		want string
	}{
		{"none", nil, []SignedResult{{}, p("job", "05", none)}, " false"},
		{"good", nil, []SignedResult{p("job", "05", fine)}, "job true"},
		{"the writer's alone", Verifiers{"auditor"}, []SignedResult{p("job", "05", fine)}, " false"},
		{"the writer behind a verifier", Verifiers{"auditor"}, []SignedResult{p("auditor", "05", broken), p("job", "06", fine)}, "auditor false"},
		{"the verifier again", Verifiers{"auditor"}, []SignedResult{p("auditor", "05", broken), p("auditor", "06", fine)}, "auditor true"},
		{"another maker", nil, []SignedResult{p("checker", "05", broken), p("job", "06", fine)}, "checker false"},
		{"bad news of the writer", Verifiers{"auditor"}, []SignedResult{p("auditor", "05", fine), p("job", "06", broken)}, "job false"},
		{"from tomorrow", nil, []SignedResult{p("checker", "05", broken), p("checker", "23", fine)}, "checker false"},
	} {
		x := StandProbes(c.list, c.who, now).Result()
		if got := string(x.Maker) + map[bool]string{true: " true", false: " false"}[x.Probe.Good()]; got != c.want {
			t.Errorf("%s: want %q, found %q", c.name, c.want, got)
		}
	}
}

// Ten thousand bad objects fit into a text, the lost ones first.
func TestResultNamesTheLostFirst(t *testing.T) {
	x := mustRead(t, ParseResult, goldenResult)
	v := Verification{Level: 0, Objects: 2000, Bytes: 5, Sample: Sample{1, 1}}
	for i := range 1000 {
		name := "a" + strings.Repeat("0", maxObjectName-8) + text.FormatUint(uint(1_000_000+i))
		v.Flaws = append(v.Flaws, Flawed{name, Covered})
	}
	v.Flaws = append(v.Flaws, Flawed{"z", Missing})
	x = x.Take(v)
	b, err := x.Render()
	if err != nil {
		t.Fatal(err)
	}
	if again := mustRead(t, ParseResult, string(b)); again.Count != 1001 || len(again.Flaws) != maxFlaws || !again.Flaws[maxFlaws-1].Lost() {
		t.Errorf("want the lost one named, found %d of %d", len(again.Flaws), again.Count)
	}
}

func FuzzParseResult(f *testing.F) {
	f.Add([]byte(goldenResult))
	f.Add([]byte(lostResult))
	f.Add([]byte("strongroom/verification@v1\n"))
	rereads(f, ParseResult)
}
