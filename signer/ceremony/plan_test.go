package ceremony

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

func TestPlanReadsWhatItWrites(t *testing.T) {
	for _, what := range kinds() {
		want := golden(t, what.String()+"-plan.txt")
		p, err := ParsePlan([]byte(want))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := RenderPlan(p); err != nil || string(b) != want {
			t.Errorf("%s: want the same text, found %s %v", what, b, err)
		}
		h, err := p.Hash()
		if err != nil || h != text.Identity([]byte(want)) {
			t.Errorf("%s: want the text's hash, found %s %v", what, h, err)
		}
		if b, err := RenderPlan(planOf(t, what)); err != nil || string(b) != want {
			t.Errorf("%s: want sorted lines whatever the order of the fields, found %s %v", what, b, err)
		}
		if why := p.Check(); len(why) > 0 {
			t.Errorf("%s: want no ground to refuse, found %s", what, reasons(why))
		}
	}
}

func TestPlanRendersSorted(t *testing.T) {
	p := planOf(t, Make)
	slices.Reverse(p.Holders)
	slices.Reverse(p.People)
	slices.Reverse(p.Entropy)
	slices.Reverse(p.Equipment)
	p.Allows = []policy.Allowance{policy.AllowUnwitnessed, policy.AllowFiles}
	b, err := RenderPlan(p)
	want := golden(t, "make-plan.txt") + "allow files\nallow unwitnessed\n"
	if err != nil || string(b) != want {
		t.Errorf("want sorted lines, found %s %v", b, err)
	}
	q, err := ParsePlan(b)
	if err != nil || !slices.Equal(scriptTitles(t, p), scriptTitles(t, q)) {
		t.Errorf("want one script whatever the order of the fields, found another, %v", err)
	}
}

func TestPlanRefuses(t *testing.T) {
	for _, c := range []struct {
		what     What
		old, new string
		want     string
	}{
		{Make, "ceremony@v1", "ceremony@v2", `line 1: ceremony: want "strongroom/ceremony@v1", found "strongroom/ceremony@v2"`},
		{Make, "chain mainnet", "chain main", `line 4: chain: network: want mainnet, testnet, signet or regtest, found "main"`},
		{Make, "what make", "what wipe", "line 5: what: want make, import, reshare, sign or words, found another"},
		{Make, "build 4457", "build zz57", `line 8: build: want 64 lower-case hex digits, found "zz575cf5b28512d75644bf54a517dcef304ff809..."`},
		{Make, "program 13", "program zz", `line 7: program: want 64 lower-case hex digits, found "zz10ca2c8932dbd118668bd97442558a3e1f546b..."`},
		{Make, "program 1310ca2c8932dbd118668bd97442558a3e1f546b5e15c69699dfbd6024f548d8", "program " + strings.Repeat("0", 64), "line 7: program: want the hash of something, found zeros"},
		{Make, "groups 2", "groups 0", "line 9: groups: want at least 1, found 0"},
		{Make, "groups 2", "groups 17", "line 9: groups: want at most 16, found 17"},
		{Make, "group 2 geneva\ngroup 2 oslo\n", "", `line 10: want "group", found "holder"`},
		{Make, "group 2 geneva", "group 2 geneva vault", `line 10: want 2 fields behind "group", found 3`},
		{Make, "holder 1 bob", "holder 1 alice", "line 13: holder: want sorted lines, each once, found another order"},
		{Make, "holder 2 dave", "holder 1 aaron", "line 15: holder: want sorted lines, each once, found another order"},
		{Make, "alice age1yubikey1", "alice age2yubikey1", "line 12: holder: recipient: want passphrase, an age1 recipient or an ssh-ed25519 key: found another form"},
		{Make, "entropy alice dice6", "entropy alice dice7", "line 18: entropy: source: want dice6, dice8, dice10, dice12, dice20, coins, cards or file, found another"},
		{Make, "entropy dave", "entropy alice", "line 19: entropy: want sorted lines, each once, found another order"},
		{Make, "bits 128", "bits 127", "line 20: bits: want at least 128, found 127"},
		{Make, "bits 128", "bits 257", "line 20: bits: want at most 256, found 257"},
		{Make, "administrator adam\n", "", `line 21: want "administrator", found "witness"`},
		{Make, "witness wendy", "witness wendy\nwitness wendy", "line 23: witness: want sorted lines, each once, found another order"},
		{Make, "person bob", "person adam", "line 25: person: want sorted lines, each once, found another order"},
		{Make, "person adam acme-ops Adam Adler", "person adam acme-ops", `line 23: want 2 fields and a text behind "person", found too little`},
		{Make, "key bob", "key alice", `line 34: key: want that of bob, found that of "alice"`},
		{Make, "key bob ssh-ed25519 ", "key bob ssh-rsa ", `line 34: key: key type: want ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, sk-ssh-ed25519@openssh.com or sk-ecdsa-sha2-nistp256@openssh.com, found ssh-rsa (RSA is not accepted)`},
		{Make, "equipment dice", "equipment printer", "line 42: equipment: want sorted lines, each once, found another order"},
		{Make, "carried out\n", "carried out\nallow fun\n", `line 45: allow: want one of clear-words, files, network, system-generator, unreviewed, unwitnessed, found "fun"`},
		{Make, "carried out\n", "carried out\nnote hello\n", `line 45: want the end of the text, found "note"`},
		{Make, "place geneva", "place geneva\nfrom 73c5da0a 1", `line 7: want "program", found "from"`},
		{Reshare, "from 73c5da0a 1", "from 73c5da0a 0", "line 9: from: want at least 1, found 0"},
		{Reshare, "opener alice\nopener bob\nopener dave\nopener erin\n", "", `line 19: want "opener", found "administrator"`},
		{MakeWords, "device bob 24 ", "device bob 23 ", "line 9: device: want 12, 15, 18, 21 or 24 words, found another number"},
		{MakeWords, "device bob 24 ", "device bob 024 ", "line 9: device: want 12, 15, 18, 21 or 24 words, found another number"},
		{MakeWords, "device bob 24 Coldcard Mk4, serial 0417-3321", "device bob 24", `line 9: want 2 fields and a text behind "device", found too little`},
		{MakeWords, "device bob 24 Coldcard Mk4, serial 0417-3321\n", "", `line 9: want "device", found "entropy"`},
		{MakeWords, "device bob", "groups 1\ngroup 2 geneva\ndevice bob", `line 9: want "device", found "groups"`},
		{Make, "entropy alice dice6\n", "clear bob\nclear alice\nentropy alice dice6\n", "line 19: clear: want sorted lines, each once, found another order"},
		{MakeWords, "bits 128\n", "bits 128\nclear bob\n", `line 13: want "administrator", found "clear"`},
		{Sign, "from 73c5da0a 1", "from 73C5da0a 1", `line 9: from: want 8 lower-case hex digits, found "73C5da0a"`},
		{Sign, "opener bob", "opener alice", "line 11: opener: want sorted lines, each once, found another order"},
	} {
		_, err := ParsePlan(edited(t, golden(t, c.what.String()+"-plan.txt"), c.old, c.new))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.new, c.want, err)
		}
		if _, ok := errors.AsType[*text.Error](err); !ok {
			t.Errorf("%s: want a *text.Error, found %T", c.new, err)
		}
	}
}

func TestZeroPlanIsRefused(t *testing.T) {
	const want = `line 2: want "vault" followed by whole fields, found "" as one`
	if _, err := RenderPlan(Plan{}); err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
	if got := reasons(Plan{}.Check()); got != "CER-FORM plan: "+want {
		t.Errorf("found %s", got)
	}
	if _, err := Script(Plan{}); err == nil || err.Error() != "plan: plan: "+want {
		t.Errorf("found %v", err)
	}
	p := planOf(t, Make)
	p.People[0].Key = p.People[8].Key
	p.People[8] = Person{ID: "wendy", Org: "audit-house", Name: "Wendy Ward"}
	if _, err := RenderPlan(p); err == nil || err.Error() != `line 40: want "key" followed by whole fields, found "" as one` {
		t.Errorf("want a person without a key refused, found %v", err)
	}
	p = planOf(t, Make)
	p.Holders[0].Person = "alice age1"
	if _, err := RenderPlan(p); err == nil || err.Error() != `line 12: want "holder" followed by whole fields, found "alice age1" as one` {
		t.Errorf("want no field smuggled in, found %v", err)
	}
}

func TestPlanThatShouldNotBeFollowed(t *testing.T) {
	for _, c := range []struct {
		name string
		what What
		do   func(*Plan)
		want string
	}{
		{"group too small", Make, func(p *Plan) { p.Sites[1].Need = 4 }, "CER-SCHEME group 2: want at least the 4 holders that it needs, found 3"},
		{"more groups than there are", Make, func(p *Plan) { p.Groups = 3 }, "CER-SCHEME scheme: want a group threshold of 1 to 2, found 3"},
		{"one of several opens a group", Make, func(p *Plan) { p.Sites[0].Need = 1 }, "CER-SCHEME scheme: group 1: want one member for a threshold of 1, found 3"},
		{"one share is the key", Make, func(p *Plan) {
			p.Groups, p.Sites, p.Holders = 1, []record.ShareGroup{{Need: 1, Site: "geneva"}}, p.Holders[:1]
		}, "CER-SCHEME groups: want at least 2 shares to rebuild the key, found 1"},
		{"holder of two groups", Make, func(p *Plan) { p.Holders[3].Person = "alice" }, "CER-HOLDER holder alice: want one share, found two"},
		{"group that there is not", Make, func(p *Plan) { p.Holders = append(p.Holders, Holder{3, "olga", hardware(t, "olga")}) }, "CER-SCHEME holder olga: want a group of 1 to 2, found 3"},
		{"one key for two shares", Make, func(p *Plan) { p.Holders[4].To = p.Holders[3].To }, "CER-HOLDER holder erin: want a recipient of their own, found that of dave"},
		{"one SSH key for two shares", Make, func(p *Plan) {
			p.Allows = []policy.Allowance{policy.AllowFiles}
			p.Holders[3].To = recipient(t, handOf(t, "dave").Key().String())
			p.Holders[4].To = recipient(t, handOf(t, "dave").Key().String()+" erin@home")
		}, "CER-HOLDER holder erin: want a recipient of their own, found that of dave"},
		{"files without leave", Import, func(p *Plan) { p.Holders[0].To = recipient(t, "passphrase") },
			"CER-SEAL holder alice: want a share sealed to hardware, or allow files, found one sealed to a passphrase"},
		{"entropy by one person", Make, func(p *Plan) { p.Entropy = p.Entropy[:1] }, "CER-ENTROPY entropy: want at least 2 people, found 1"},
		{"no witness", Make, func(p *Plan) { p.Witnesses, p.Allows = nil, []policy.Allowance{policy.AllowUnwitnessed} }, "CER-ROLE witness: want at least 1, found none"},
		{"no witness to a session", Sign, func(p *Plan) { p.Witnesses = nil }, "CER-ROLE witness: want at least 1, found none"},
		{"administrator as witness", Sign, func(p *Plan) { p.Witnesses = []text.ID{"adam"} }, "CER-ROLE witness: want another person than the administrator, found adam"},
		{"administrator who holds", Make, func(p *Plan) { p.Administrator = "frank" }, "CER-ROLE holder: want neither the administrator nor a witness, found frank"},
		{"witness who gives entropy", Make, func(p *Plan) { p.Entropy[1].Person = "wendy" }, "CER-ROLE contributor: want neither the administrator nor a witness, found wendy"},
		{"witness who opens", Sign, func(p *Plan) { p.Openers = append(p.Openers, "wendy") }, "CER-ROLE opener: want neither the administrator nor a witness, found wendy"},
		{"words of one person's entropy", MakeWords, func(p *Plan) { p.Entropy = p.Entropy[:1] }, "CER-ENTROPY entropy: want at least 2 people, found 1"},
		{"words that nobody sees written", MakeWords, func(p *Plan) { p.Witnesses = nil }, "CER-ROLE witness: want at least 1, found none"},
		{"words to the administrator", MakeWords, func(p *Plan) { p.Device.Person = "adam" }, "CER-ROLE holder: want neither the administrator nor a witness, found adam"},
		{"words to a stranger", MakeWords, func(p *Plan) { p.Device.Person = "zoe" }, "CER-PERSON holder: want a person line for everybody, found none for zoe"},
		{"clear words without leave", Make, func(p *Plan) {
			p.Clear, p.Allows = []text.ID{"bob"}, []policy.Allowance{policy.AllowFiles}
			p.Holders[1].To = recipient(t, "passphrase")
		}, "CER-SEAL clear: want allow clear-words, found it not there"},
		{"clear words of hardware's share", Make, func(p *Plan) { p.Clear, p.Allows = []text.ID{"bob"}, []policy.Allowance{policy.AllowClearWords} },
			"CER-SEAL clear bob: want a share that is sealed to a passphrase or a key in a file, found one sealed to hardware"},
		{"clear words of nobody", Make, func(p *Plan) { p.Clear, p.Allows = []text.ID{"olga"}, []policy.Allowance{policy.AllowClearWords} },
			"CER-HOLDER clear olga: want a holder, found none of that name"},
		{"a build that nobody reviewed", Make, func(p *Plan) { p.Build = text.Hash{} }, "KEY-BUILD build: want one that people reviewed, or allow unreviewed, found none"},
		{"stranger", Sign, func(p *Plan) { p.Openers = append(p.Openers, "zoe") }, "CER-PERSON opener: want a person line for everybody, found none for zoe"},
		{"one hand for two", Sign, func(p *Plan) { p.People[2].Key = p.People[1].Key }, "CER-PERSON key of bob: want one of their own, found that of alice"},
		{"site that has the key", Make, func(p *Plan) { p.Groups = 1 }, "CER-SITE site geneva: want fewer than the 1 groups that rebuild the key, found 1\n" +
			"CER-SITE site oslo: want fewer than the 1 groups that rebuild the key, found 1"},
	} {
		p := planOf(t, c.what)
		c.do(&p)
		if got := reasons(p.Check()); got != c.want {
			t.Errorf("%s: want %s\nfound %s", c.name, c.want, got)
		}
		if steps, err := Script(p); err == nil || steps != nil {
			t.Errorf("%s: want no script, found %d steps", c.name, len(steps))
		}
		if page, err := PrintScript(p); err == nil || page != nil {
			t.Errorf("%s: want no page, found %d bytes", c.name, len(page))
		}
	}
}

func TestFilesAndSessionsAreAllowedByThePlan(t *testing.T) {
	p := planOf(t, Make)
	for i := range p.Holders {
		p.Holders[i].To = recipient(t, "passphrase")
	}
	p.Allows = []policy.Allowance{policy.AllowFiles}
	if got := reasons(p.Check()); got != "" {
		t.Errorf("want many passphrases allowed, found %s", got)
	}
	p = planOf(t, Import)
	p.Build, p.Allows = text.Hash{}, []policy.Allowance{policy.AllowUnreviewed}
	if got := reasons(p.Check()); got != "" {
		t.Errorf("want a build that nobody reviewed allowed, found %s", got)
	}
	p = planOf(t, Sign)
	p.Witnesses, p.Allows = nil, []policy.Allowance{policy.AllowUnwitnessed}
	if got := reasons(p.Check()); got != "" {
		t.Errorf("want a session without a witness allowed, found %s", got)
	}
}

func TestPlaceThatCouldRebuildTheKeyIsFound(t *testing.T) {
	group := func(need int, site text.ID) record.ShareGroup { return record.ShareGroup{Need: need, Site: site} }
	for _, c := range []struct {
		name   string
		groups int
		sites  []record.ShareGroup
		want   string
	}{
		{"both needed", 2, []record.ShareGroup{group(2, "a"), group(2, "b")}, "warning: CER-SITE site a: want 2 groups left if it is lost, found 1\n" +
			"warning: CER-SITE site b: want 2 groups left if it is lost, found 1"},
		{"two of three", 2, []record.ShareGroup{group(2, "a"), group(2, "b"), group(2, "c")}, ""},
		{"two of four at three sites", 2, []record.ShareGroup{group(2, "a"), group(2, "b"), group(2, "b"), group(2, "c")},
			"error: CER-SITE site b: want fewer than the 2 groups that rebuild the key, found 2"},
		{"one site", 1, []record.ShareGroup{group(3, "a")}, "warning: CER-SITE site a: want shares at 2 sites or more, found all of them there"},
		{"one site, two groups", 2, []record.ShareGroup{group(3, "a"), group(2, "a")}, "warning: CER-SITE site a: want shares at 2 sites or more, found all of them there"},
		{"either", 1, []record.ShareGroup{group(2, "a"), group(2, "b")}, "error: CER-SITE site a: want fewer than the 1 groups that rebuild the key, found 1\n" +
			"error: CER-SITE site b: want fewer than the 1 groups that rebuild the key, found 1"},
	} {
		var got []string
		for _, f := range (Plan{Groups: c.groups, Sites: c.sites}).FindExposure() {
			got = append(got, f.String())
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s: want %s\nfound %s", c.name, c.want, strings.Join(got, "\n"))
		}
	}
}

func TestPlanLeavesOutNoMoreThanTheVault(t *testing.T) {
	p := planOf(t, Make)
	p.Allows = []policy.Allowance{policy.AllowFiles, policy.AllowNetwork}
	w := policy.Workstation{Vault: p.Vault, Allows: []policy.Allowance{policy.AllowFiles}}
	if got := reasons(p.CheckAllowed(w)); got != "CER-ALLOW allow network: want it in annex workstation too, found it not there" {
		t.Errorf("found %s", got)
	}
	w.Allows = append(w.Allows, policy.AllowNetwork)
	if got := reasons(p.CheckAllowed(w)); got != "" {
		t.Errorf("found %s", got)
	}
	w.Vault = "other"
	if got := reasons(p.CheckAllowed(w)); got != "CER-ALLOW annex workstation: want that of vault acme-treasury, found that of other" {
		t.Errorf("found %s", got)
	}
}

func TestOpenersWhoDoNotRebuildTheKey(t *testing.T) {
	made := followed(t, planOf(t, Make))
	have, err := made.Generation()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		what What
		do   func(*Plan)
		want string
	}{
		{"enough", Sign, func(*Plan) {}, ""},
		{"a group short", Sign, func(p *Plan) { p.Openers = []text.ID{"alice", "bob", "carol", "dave"} }, "CER-SCHEME opener: want people who rebuild key 73c5da0a together, found 4 who do not"},
		{"no holder", Reshare, func(p *Plan) { p.Openers = append(p.Openers, "olga") }, "CER-HOLDER opener: want holders of generation 1 of key 73c5da0a, found olga"},
		{"another generation", Reshare, func(p *Plan) { p.From.Generation = 2 }, "CER-KEY from: want generation 2 of key 73c5da0a, found generation 1 of key 73c5da0a"},
		{"nothing to open", Make, func(*Plan) {}, "CER-KEY what: want reshare or sign, found make"},
	} {
		p := planOf(t, c.what)
		c.do(&p)
		if got := reasons(p.CheckOpeners(have)); got != c.want {
			t.Errorf("%s: want %s\nfound %s", c.name, c.want, got)
		}
	}
}

func FuzzParsePlan(f *testing.F) {
	for _, what := range kinds() {
		f.Add([]byte(golden(f, what.String()+"-plan.txt")))
	}
	f.Add([]byte("strongroom/ceremony@v1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParsePlan(b)
		if err != nil {
			return
		}
		if back, err := RenderPlan(p); err != nil || string(back) != string(b) {
			t.Fatalf("want the same bytes, found %q %v", back, err)
		}
		if len(p.Check()) > 0 {
			return
		}
		if steps, err := Script(p); err != nil || len(steps) == 0 || len(steps) > maxSteps {
			t.Fatalf("want a script, found %d steps, %v", len(steps), err)
		}
	})
}
