package ceremony

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/keystore/entropy"
)

func TestTranscriptReadsWhatItWrites(t *testing.T) {
	for _, what := range kinds() {
		want := golden(t, what.String()+"-transcript.txt")
		got, err := ParseTranscript([]byte(want))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := RenderTranscript(got); err != nil || string(b) != want {
			t.Errorf("%s: want the same text, found %s %v", what, b, err)
		}
		p := planOf(t, what)
		if b, err := RenderTranscript(followed(t, p)); err != nil || string(b) != want {
			t.Errorf("%s: want the text of testdata, found %s %v", what, b, err)
		}
		if why := reasons(got.Against(p)); why != "" {
			t.Errorf("%s: want nothing against it, found %s", what, why)
		}
	}
}

func TestTranscriptRefuses(t *testing.T) {
	const last = "step 33 2026-03-04T11:12:00Z wendy scratch wiped\n"
	for _, c := range []struct {
		what     What
		old, new string
		want     string
	}{
		{Make, " olga rita\n", " olga\n", "line 8: build: want 2 to 16 reviewers behind it, found 1"},
		{Make, " olga rita\n", " rita olga\n", "line 8: build: want sorted names, each once, found another order"},
		{Make, " olga rita\n", " olga olga\n", "line 8: build: want sorted names, each once, found another order"},
		{Make, "build " + hashOf("build").String(), "build none", `line 8: build: want 64 lower-case hex digits, found 4 characters`},
		{Make, "session 3f", "session 3F", `line 9: session: want 32 lower-case hex digits, found "3F3af1ecebbd1410ab417ec0d27bbfcb"`},
		{Make, "session 3f3af1ecebbd1410ab417ec0d27bbfcb", "session 00000000000000000000000000000000", "line 9: session: want a number drawn at random, found zeros"},
		{Make, "generator Go Cryptographic Module v1.0.0, FIPS 140-3 mode\n", "", `line 10: want "generator", found "system"`},
		{Make, "alice dice6 131 ", "alice dice6 0131 ", `line 12: contribution: want a decimal integer without leading zero, found "0131"`},
		{Make, "alice dice6 131 ", "alice dice6 65537 ", "line 12: contribution: want at most 65536, found 65537"},
		{Make, "contribution dave", "contribution alice", "line 13: contribution: want sorted lines, each once, found another order"},
		{Make, "path 48h/0h", "path 48'/0h", "line 15: path: key origin: step 1: want a number below 2147483648, with h if it is hardened"},
		{Make, "path 48h/0h", "path 048h/0h", "line 15: path: key origin: want it written as 73c5da0a/48h/0h/0h/2h, found another form of it"},
		{Make, "share 1 2 bob", "share 1 1 bob", "line 22: share: want sorted lines, each once, found another order"},
		{Make, "alice hardware", "alice paper", `line 21: share: want passphrase, key, hybrid or hardware, found "paper"`},
		{Make, "seal bob CH 004108", "seal alice CH 004107", "line 28: seal: want sorted lines, each once, found another order"},
		{Make, "step 2 ", "step 1 ", "line 34: step: want sorted lines, each once, found another order"},
		{Make, "step 1 ", "step 0 ", "line 33: step: want at least 1, found 0"},
		{Make, "09:04:00Z", "09:04:00+00:00", `line 33: step: want a time as 2006-01-02T15:04:05Z, found "2026-03-04T09:04:00+00:00"`},
		{Make, "09:04:00Z", "09:04:00.5Z", `line 33: step: want a time as 2006-01-02T15:04:05Z, found "2026-03-04T09:04:00.5Z"`},
		{Make, "2026-03-04T09:04", "2026-02-30T09:04", `line 33: step: want a time as 2006-01-02T15:04:05Z, found "2026-02-30T09:04:00Z"`},
		{Make, "adam everybody present and known", "adam", `line 33: want 3 fields and a text behind "step", found too little`},
		{Make, last, last + "exception 9 2026-03-04T10:00:00Z wendy b\nexception 9 2026-03-04T10:00:00Z wendy a\n", "line 67: exception: want sorted lines, each once, found another order"},
		{Make, "present alice", "present adam", "line 67: present: want sorted lines, each once, found another order"},
		{Sign, "opened alice\nopened bob\nopened dave\nopened erin\n", "", `line 10: want "opened", found "fingerprint"`},
		{MakeWords, "fingerprint 73c5da0a\n", "fingerprint 73c5da0a\ngeneration 1\n", `line 16: want "path", found "generation"`},
		{MakeWords, "device bob 24 Coldcard Mk4, serial 0417-3321\n", "", `line 14: want "device", found "fingerprint"`},
		{Make, "seal alice", "clear bob\nclear alice\nseal alice", "line 28: clear: want sorted lines, each once, found another order"},
		{Sign, "generation 1", "generation 0", "line 15: generation: want at least 1, found 0"},
	} {
		_, err := ParseTranscript(edited(t, golden(t, c.what.String()+"-transcript.txt"), c.old, c.new))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.new, c.want, err)
		}
		if _, ok := errors.AsType[*text.Error](err); !ok {
			t.Errorf("%s: want a *text.Error, found %T", c.new, err)
		}
	}
}

func TestZeroTranscriptIsRefused(t *testing.T) {
	const want = `line 2: want "vault" followed by whole fields, found "" as one`
	if _, err := RenderTranscript(Transcript{}); err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
	if got := reasons(Transcript{}.Against(planOf(t, Make))); got != "CER-FORM transcript: "+want {
		t.Errorf("found %s", got)
	}
	if _, err := (Transcript{}).Generation(); err == nil || err.Error() != "transcript: want one of make, import or reshare, found nothing" {
		t.Errorf("found %v", err)
	}
	made := followed(t, planOf(t, Make))
	if got := reasons(made.Against(Plan{})); got != "CER-FORM plan: "+want {
		t.Errorf("found %s", got)
	}
}

func TestTranscriptThatIsNotThePlans(t *testing.T) {
	const wait = time.Hour
	for _, c := range []struct {
		name string
		what What
		do   func(*Transcript)
		want string
	}{
		{"another plan", Make, func(x *Transcript) { x.Plan = hashOf("x") },
			"CER-PLAN plan: want 6fc335ca2be6fa405c680421c33b334c30223d860f26fe0fead9c2310cc2daed, found " + hashOf("x").String()},
		{"another program", Make, func(x *Transcript) { x.Program = hashOf("x") }, "CER-PLAN program: want " + hashOf("program").String() + ", found " + hashOf("x").String()},
		{"another build", Make, func(x *Transcript) { x.Build = hashOf("x") }, "CER-PLAN build: want " + hashOf("build").String() + ", found " + hashOf("x").String()},
		{"a build left out", Make, func(x *Transcript) { x.Build, x.Reviewers = text.Hash{}, nil }, "CER-PLAN build: want " + hashOf("build").String() + ", found none"},
		{"another machine", Sign, func(x *Transcript) { x.Signer = "signer-b" }, "CER-PLAN signer: want signer-a, found signer-b"},
		{"somebody missing", Make, func(x *Transcript) { x.Present = slices.DeleteFunc(x.Present, is("olga")) }, "CER-PERSON present: want everybody of the plan, found olga missing"},
		{"somebody more", Make, func(x *Transcript) { x.Present = append(x.Present, "zoe") }, "CER-PERSON present: want nobody but the people of the plan, found zoe"},
		{"opened by another", Sign, func(x *Transcript) { x.Opened = append(x.Opened, "frank") }, "CER-PERSON opened: want nobody but the openers of the plan, found frank"},
		{"opened and not said", Sign, func(x *Transcript) { x.Opened = slices.DeleteFunc(x.Opened, is("erin")) }, "CER-STEP step 11: want erin among those who opened, found them missing"},
		{"entropy left out", Make, func(x *Transcript) { x.Contributions = x.Contributions[:1] }, "CER-ENTROPY contribution: want those of the plan, found none by dave"},
		{"entropy by another", Make, func(x *Transcript) { x.Contributions[1].Person = "erin" },
			"CER-ENTROPY contribution: want those of the plan, found none by dave\nCER-ENTROPY contribution: want those of the plan, found one by erin"},
		{"too little", Make, func(x *Transcript) { x.Contributions[0].Bits = 127 }, "CER-ENTROPY contribution of alice: want at least 128 bits, found 127"},
		{"other dice", Make, func(x *Transcript) { x.Contributions[0].From = entropy.Coins }, "CER-ENTROPY contribution of alice: want dice6, found coins"},
		{"copied rolls", Make, func(x *Transcript) { x.Contributions[1].Commitment = x.Contributions[0].Commitment },
			"CER-ENTROPY contribution: want another one of everybody, found those of alice and dave the same"},
		{"rolls copied from the machine", Make, func(x *Transcript) { x.Contributions[0].Commitment = x.System },
			"CER-ENTROPY contribution: want another one of everybody, found those of the machine and alice the same"},
		{"generation skipped", Reshare, func(x *Transcript) { x.Key.Generation = 3 }, "CER-KEY generation: want 2, found 3"},
		{"another key", Reshare, func(x *Transcript) { x.Key.Fingerprint[0]++ }, "CER-KEY fingerprint: want 73c5da0a, found 74c5da0a"},
		{"signed something else", Sign, func(x *Transcript) { x.Signed = append(x.Signed, hashOf("x")) }, "CER-KEY signed: want nothing but the proposals of the plan, found " + hashOf("x").String()},
		{"a lower threshold", Make, func(x *Transcript) { x.Sites = []record.ShareGroup{{Need: 1, Site: "geneva"}, {Need: 2, Site: "oslo"}} }, "CER-KEY groups: want those of the plan, found others"},
		{"a share too many", Make, func(x *Transcript) {
			x.Shares = append(x.Shares, record.Share{Group: 2, Number: 4, Holder: "olga", Seal: record.SealHardware, Commitment: hashOf("x")})
		}, "CER-KEY shares: want those of the plan, found share 4 of group 2 by olga"},
		{"a share too few", Make, func(x *Transcript) { x.Shares = x.Shares[:5] }, "CER-KEY shares: want those of the plan, found 5 of 6"},
		{"a weaker seal", Make, func(x *Transcript) { x.Shares[1].Seal = record.SealPassphrase }, "CER-KEY shares: want those of the plan, found share 2 of group 1 by bob"},
		{"one share twice", Make, func(x *Transcript) { x.Shares[1].Commitment = x.Shares[0].Commitment }, "CER-KEY share: want another one for everybody, found those of alice and bob the same"},
		{"a stranger's bag", Make, func(x *Transcript) { x.Seals[5].Person = "olga" }, "CER-HOLDER seal: want bags of holders, found one of olga"},
		{"another device", MakeWords, func(x *Transcript) { x.Device.Text = "Coldcard Mk4, serial 0417-3322" }, "CER-KEY device: want that of the plan, found another"},
		{"fewer words", MakeWords, func(x *Transcript) { x.Device.Words = 12 }, "CER-KEY device: want that of the plan, found another"},
		{"clear words that nobody planned", Make, func(x *Transcript) { x.Clear = []text.ID{"alice"} }, "CER-KEY clear: want those of the plan, found others"},
		{"step left out", Make, func(x *Transcript) { x.Steps = slices.Delete(x.Steps, 5, 6) }, "CER-STEP step 6: want it done or an exception, found neither: program checked with other tools"},
		{"step by another", Make, func(x *Transcript) { x.Steps[5].Person = "adam" }, "CER-STEP step 6: want it done by wendy, found adam"},
		{"step of another text", Make, func(x *Transcript) { x.Steps[5].Text = "program checked with other toolsets" },
			`CER-STEP step 6: want "program checked with other tools", found "program checked with other toolsets"`},
		{"step out of order", Make, func(x *Transcript) { x.Steps[5].Time = x.Steps[5].Time.Add(-wait) }, "CER-STEP step 6: want a time not before 2026-03-04T09:20:00Z, found 2026-03-04T08:24:00Z"},
		{"signing before it was written", Make, func(x *Transcript) {
			e := x.Steps[32]
			e.Step, e.Text = 34, "transcript signed"
			x.Steps = append(x.Steps, e)
		}, `CER-STEP step 34: want a step that comes before the transcript, found "transcript signed"`},
		{"step that there is not", Make, func(x *Transcript) {
			e := x.Steps[32]
			e.Step, e.Text = 40, "champagne"
			x.Steps = append(x.Steps, e)
		}, `CER-STEP step 40: want a step that comes before the transcript, found "champagne"`},
		{"exception to nothing", Make, func(x *Transcript) { x.Exceptions = []Entry{{40, x.Steps[0].Time, "wendy", "x"}} }, "CER-STEP exception: want one of the 35 steps, found 40"},
		{"exception by a ghost", Make, func(x *Transcript) { x.Exceptions = []Entry{{4, x.Steps[0].Time, "zoe", "x"}} }, "CER-STEP exception to step 4: want it by somebody present, found zoe"},
	} {
		p := planOf(t, c.what)
		x := followed(t, p)
		c.do(&x)
		if got := reasons(x.Against(p)); got != c.want {
			t.Errorf("%s: want %s\nfound %s", c.name, c.want, got)
		}
	}
}

func is(id text.ID) func(text.ID) bool { return func(x text.ID) bool { return x == id } }

func TestExceptionStandsForAStep(t *testing.T) {
	p := planOf(t, Make)
	x := followed(t, p)
	x.Exceptions = []Entry{{6, x.Steps[5].Time, "wendy", "the second sha256sum would not start; done on the auditor's laptop"}}
	x.Steps = slices.Delete(x.Steps, 5, 6)
	x.Steps[0].Text += ": identity cards of all nine"
	if got := reasons(x.Against(p)); got != "" {
		t.Errorf("want an excepted step and a noted one accepted, found %s", got)
	}
}

func TestTranscriptOfAnotherKind(t *testing.T) {
	x := followed(t, planOf(t, Make))
	p := planOf(t, Sign)
	x.Plan, _ = p.Hash()
	got := reasons(x.Against(p))
	for _, want := range []string{"CER-PLAN what: want sign, found make", "CER-ENTROPY contribution: want those of the plan, found one by alice", "CER-STEP step 8: want it done by alice, found adam"} {
		if !strings.Contains(got, want) {
			t.Errorf("want %s\nfound %s", want, got)
		}
	}
}

func TestTranscriptBecomesARecord(t *testing.T) {
	x := followed(t, planOf(t, Make))
	hash, err := x.Hash()
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(x.Shares)
	got, err := x.Generation()
	if err != nil || got.Ceremony != "make" || got.Plan != x.Plan || got.Transcript != hash || got.Generation != 1 || got.Groups != 2 || len(got.Sites) != 2 {
		t.Errorf("found %+v %v", got, err)
	}
	if s, ok := got.Of("dave"); !ok || s != (record.Share{Group: 2, Number: 1, Holder: "dave", Seal: record.SealHardware, Commitment: hashOf("share of dave")}) || got.Shares[0].Holder != "alice" {
		t.Errorf("found %+v", got.Shares)
	}
	for _, what := range []What{Sign, MakeWords} {
		if _, err := followed(t, planOf(t, what)).Generation(); err == nil || err.Error() != "transcript: want one of make, import or reshare, found "+what.String() {
			t.Errorf("found %v", err)
		}
	}
}

func FuzzParseTranscript(f *testing.F) {
	for _, what := range kinds() {
		f.Add([]byte(golden(f, what.String()+"-transcript.txt")))
	}
	f.Add([]byte("strongroom/transcript@v1\n"))
	p := planOf(f, Make)
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := ParseTranscript(b)
		if err != nil {
			return
		}
		if back, err := RenderTranscript(x); err != nil || string(back) != string(b) {
			t.Fatalf("want the same bytes, found %q %v", back, err)
		}
		if len(x.Against(p)) == 0 && (x.What != Make || len(x.Contributions) != 2) {
			t.Fatalf("want another kind refused, found it accepted: %s", b)
		}
	})
}
