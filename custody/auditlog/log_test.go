package auditlog

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"strongroom/custody/durable"
)

func TestLogOnDisk(t *testing.T) {
	dir, l := newLog(t, 2)
	want := strings.Join([]string{
		`checkpoint "acme-treasury/signer-a\n2\niDYylbHW0Tfc8TPv9Zsm3tnGSeG45mXMQ+Eqym5W/aw=\n\n— acme-treasury/signer-a cpYgR8XYCZBdQh+v5bYdpFPGVIXAf5TT05GcTRAAyWyPbV5hjqvZvW7sA2XRzrgD/egkGgYzjrJcV+Qj3gsHod/6uwU=\n"`,
		`entries/000000 "record 0\n"`,
		`entries/000001 "record 1\n"`,
		``,
	}, "\n")
	if got := snapshot(t, dir); got != want {
		t.Errorf("on disk\n got %s\nwant %s", got, want)
	}
	if l.Size() != 2 || string(l.Entry(1)) != "record 1\n" || l.Entry(2) != nil || l.Entry(-1) != nil {
		t.Errorf("size %d, entry 1 %q", l.Size(), l.Entry(1))
	}
}

func TestEntriesOfOneAppendAreOneCheckpoint(t *testing.T) {
	dir := tempDir(t)
	writes := 0
	d := openDir(t, dir).WithFault(func(op durable.Op) error {
		if op.Kind == durable.Rename && op.Name == "checkpoint" {
			writes++
		}
		return nil
	})
	l, err := Create(d, testKey(1))
	must(t, err)
	must(t, l.Append())
	must(t, l.Append(records(5)...))
	if writes != 1 {
		t.Errorf("%d checkpoints, wanted 1", writes)
	}
	wantLog(t, dir, records(5))
}

func TestExportProvesItself(t *testing.T) {
	_, l := newLog(t, 7)
	checkpoint, entries := l.Export()
	p, err := Prove(checkpoint, entries, testKey(1).Verifier())
	must(t, err)
	if !bytes.Equal(p.Note(), l.Checkpoint()) || len(p.Entries()) != 7 {
		t.Errorf("%d entries, note %q", len(p.Entries()), p.Note())
	}
	for size := range int64(8) {
		mine, err := l.Root(size)
		must(t, err)
		theirs, err := p.Root(size)
		must(t, err)
		if mine != theirs || mine != RootOf(records(int(size))) {
			t.Errorf("size %d: %s and %s", size, mine, theirs)
		}
	}
	_, err = p.Root(8)
	wantError(t, err, "", "tree: wanted a size of at most 7, found 8")
	_, err = l.Root(8)
	wantError(t, err, "", "log: wanted a size of at most 7, found 8")
}

func TestProveRefuses(t *testing.T) {
	_, l := newLog(t, 3)
	checkpoint, entries := l.Export()
	other := append(bytes.Clone(entries), 0, 0, 0, 1, 'x')
	changed := bytes.Clone(entries)
	changed[5] ^= 1
	v := testKey(1).Verifier()
	for name, c := range map[string]struct {
		checkpoint, entries []byte
		v                   Verifier
		want                string
	}{
		"one more":    {checkpoint, other, v, "entries: wanted 3 as the checkpoint of acme-treasury/signer-a says, found 4"},
		"one less":    {checkpoint, entries[:2*(4+9)], v, "entries: wanted 3 as the checkpoint of acme-treasury/signer-a says, found 2"},
		"one changed": {checkpoint, changed, v, "entries: wanted root " + RootOf(records(3)).String() + " at size 3 as the checkpoint of acme-treasury/signer-a says, found CHANGED"},
		"cut short":   {checkpoint, entries[:len(entries)-1], v, "entries: entry 2: wanted 9 bytes, found 8"},
		"other key":   {checkpoint, entries, testKey(2).Verifier(), "checkpoint: wanted a signature by key acme-treasury/signer-a OTHERHASH, found none"},
		"no key":      {checkpoint, entries, Verifier{}, "log verifier: not there"},
	} {
		decoded, _ := DecodeEntries(c.entries)
		want := strings.ReplaceAll(c.want, "CHANGED", RootOf(decoded).String())
		want = strings.ReplaceAll(want, "OTHERHASH", strings.Split(testKey(2).Verifier().String(), "+")[1])
		p, err := Prove(c.checkpoint, c.entries, c.v)
		if p != nil {
			t.Errorf("%s: proven", name)
		}
		wantError(t, err, "", want)
	}
	for _, p := range []*Proven{nil, new(Proven)} {
		_, err := p.Root(0)
		wantError(t, err, "", "log: not proven")
		_, err = p.ProveEntry(0)
		wantError(t, err, "", "log: not proven")
		_, err = p.ProveTree(0, 0)
		wantError(t, err, "", "log: not proven")
		if p.Checkpoint() != (Checkpoint{}) || p.Entries() != nil || p.Note() != nil {
			t.Error("an empty Proven says something")
		}
	}
}

// damage is one way to change a log of five records on disk.
type damage struct {
	name  string
	spoil func(t *testing.T, dir string)
	class error
	want  string // of Open
	read  string // of Read, where it differs
}

func write(name, content string) func(*testing.T, string) {
	return func(t *testing.T, dir string) { must(t, os.WriteFile(dir+"/"+name, []byte(content), 0o600)) }
}

func remove(names ...string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		for _, name := range names {
			must(t, os.RemoveAll(dir+"/"+name))
		}
	}
}

func damages() []damage {
	root5 := RootOf(records(5)).String()
	with3 := records(5)
	with3[3] = []byte("record x\n")
	return []damage{
		{
			name: "changed entry", spoil: write("entries/000003", "record x\n"), class: ErrCorrupt,
			want: "log corrupt: wanted root " + root5 + " at size 5 as the checkpoint says, found " + RootOf(with3).String(),
			read: "log corrupt: entries: wanted root " + root5 + " at size 5 as the checkpoint of acme-treasury/signer-a says, found " + RootOf(with3).String(),
		},
		{
			name: "last entries gone", spoil: remove("entries/000003", "entries/000004"), class: ErrTruncated,
			want: "log truncated: wanted 5 entries as the checkpoint says, found 3",
		},
		{
			name: "entry gone from the middle", spoil: remove("entries/000002"), class: ErrCorrupt,
			want: "log corrupt: entry 2 is missing, and there are later ones",
		},
		{
			name: "gap after the checkpoint", spoil: write("entries/000006", "record 6\n"), class: ErrCorrupt,
			want: "log corrupt: entry 5 is missing, and there are later ones",
		},
		{
			name: "foreign file", spoil: write("entries/notes.txt", "x"), class: ErrCorrupt,
			want: "log corrupt: entries/notes.txt: wanted only plain files named by six digits, found something else",
		},
		{
			name: "seven digits with a zero", spoil: write("entries/0000005", "record 5\n"), class: ErrCorrupt,
			want: "log corrupt: entries/0000005: wanted only plain files named by six digits, found something else",
		},
		{
			name:  "entry that is a link",
			spoil: func(t *testing.T, dir string) { must(t, os.Symlink("000001", dir+"/entries/000005")) }, class: ErrCorrupt,
			want: "log corrupt: entries/000005: wanted only plain files named by six digits, found something else",
		},
		{
			name:  "folder among the entries",
			spoil: func(t *testing.T, dir string) { must(t, os.Mkdir(dir+"/entries/000005", 0o700)) }, class: ErrCorrupt,
			want: "log corrupt: entries/000005: wanted only plain files named by six digits, found something else",
		},
		{
			name: "oversized entry", spoil: write("entries/000005", strings.Repeat("x", 1<<20+1)), class: ErrCorrupt,
			want: "log corrupt: entry 5: wanted 1 to 1048576 bytes, found 1048577",
		},
		{
			name: "empty entry", spoil: write("entries/000005", ""), class: ErrCorrupt,
			want: "log corrupt: entry 5: wanted 1 to 1048576 bytes, found 0",
		},
		{
			name: "no entries folder", spoil: remove("entries"), class: ErrCorrupt,
			want: `log corrupt: wanted the folder "entries", found none`,
		},
		{
			name: "no checkpoint", spoil: remove("checkpoint"), class: fs.ErrNotExist,
			want: "log: DIR/checkpoint: open: no such file or directory",
		},
		{
			name: "empty checkpoint", spoil: write("checkpoint", ""), class: ErrCorrupt,
			want: "log corrupt: checkpoint: wanted a text, an empty line and signatures, found no empty line",
		},
		{
			name: "checkpoint of another log",
			spoil: func(t *testing.T, dir string) {
				note, err := keyFromSeed(make([]byte, 32), "acme-treasury/signer-b").sign(5, RootOf(records(5)))
				must(t, err)
				write("checkpoint", string(note))(t, dir)
			},
			class: ErrCorrupt,
			want:  `log corrupt: checkpoint: wanted origin acme-treasury/signer-a, found "acme-treasury/signer-b"`,
		},
		{
			name: "checkpoint with a changed size",
			spoil: func(t *testing.T, dir string) {
				note, err := os.ReadFile(dir + "/checkpoint")
				must(t, err)
				write("checkpoint", strings.Replace(string(note), "\n5\n", "\n4\n", 1))(t, dir)
			},
			class: ErrCorrupt,
			want:  "log corrupt: checkpoint: invalid signature for key acme-treasury/signer-a+KEYHASH",
		},
	}
}

func TestDamagedLogIsRefusedAndLeftAlone(t *testing.T) {
	keyHash := strings.Split(testKey(1).Verifier().String(), "+")[1]
	for _, c := range damages() {
		t.Run(c.name, func(t *testing.T) {
			dir, _ := newLog(t, 5)
			c.spoil(t, dir)
			before := snapshot(t, dir)
			want := strings.ReplaceAll(c.want, "KEYHASH", keyHash)
			l, err := Open(openDir(t, dir), testKey(1))
			wantError(t, err, dir, want)
			if l != nil || !errors.Is(err, c.class) {
				t.Errorf("log %v, class of %v", l, err)
			}
			if c.read != "" {
				want = c.read
			}
			p, err := Read(openDir(t, dir), testKey(1).Verifier())
			wantError(t, err, dir, want)
			if p != nil || !errors.Is(err, c.class) {
				t.Errorf("proven %v, class of %v", p, err)
			}
			if after := snapshot(t, dir); after != before {
				t.Errorf("changed from\n%s\nto\n%s", before, after)
			}
		})
	}
}

func TestInterruptedAppendIsKeptAndSigned(t *testing.T) {
	dir := interrupted(t, true)
	_, err := Read(openDir(t, dir), testKey(1).Verifier())
	wantError(t, err, dir, "log not proven to its end: wanted 2 entries as the checkpoint says, found 3")
	if !errors.Is(err, ErrUnproven) {
		t.Error("not ErrUnproven")
	}
	wantLog(t, dir, records(3))
}

// An older checkpoint put back over a whole log costs nothing: the entries are
// still there. Put back together with the entries it cannot be seen from inside,
// but whoever remembers a later checkpoint sees it.
func TestRolledBackCheckpoint(t *testing.T) {
	dir, l := newLog(t, 3)
	old, err := os.ReadFile(dir + "/checkpoint")
	must(t, err)
	must(t, l.Append(entry(3), entry(4)))
	seen := Checkpoint{Size: l.Size(), Root: RootOf(records(5))}
	must(t, os.WriteFile(dir+"/checkpoint", old, 0o600))
	wantLog(t, dir, records(5))

	must(t, os.WriteFile(dir+"/checkpoint", old, 0o600))
	must(t, os.Remove(dir+"/entries/000003"))
	must(t, os.Remove(dir+"/entries/000004"))
	rolledBack, err := Open(openDir(t, dir), testKey(1))
	must(t, err)
	_, err = rolledBack.Root(seen.Size)
	wantError(t, err, "", "log: wanted a size of at most 3, found 5")

	must(t, rolledBack.Append([]byte("another 3\n"), []byte("another 4\n")))
	forked, err := rolledBack.Root(seen.Size)
	must(t, err)
	if forked == seen.Root {
		t.Error("a fork has the root of the log it left")
	}
	p, err := rolledBack.ProveTree(5, 5)
	must(t, err)
	if CheckTree(p, 5, forked, 5, seen.Root) == nil {
		t.Error("a fork proves that it continues the log it left")
	}
}

func TestCreateNeverTouchesAnotherLog(t *testing.T) {
	dir, _ := newLog(t, 3)
	before := snapshot(t, dir)
	_, err := Create(openDir(t, dir), testKey(1))
	wantError(t, err, dir, "log corrupt: wanted no entries in a new log, found 3")
	empty, _ := newLog(t, 0)
	_, err = Create(openDir(t, empty), testKey(2))
	wantError(t, err, empty, "log: DIR/checkpoint: exists already with other bytes")
	if !errors.Is(err, durable.ErrExists) || snapshot(t, dir) != before {
		t.Errorf("%v\n%s", err, snapshot(t, dir))
	}
	_, err = Create(openDir(t, tempDir(t)), Key{})
	wantError(t, err, "", "log key: not there")
	_, err = Open(openDir(t, dir), Key{})
	wantError(t, err, "", "log verifier: not there")
	_, err = Create(new(durable.Dir), testKey(1))
	wantError(t, err, "", "log: folder: not open: file already closed")
}

func TestOtherFilesMayLieBesideTheCheckpoint(t *testing.T) {
	dir, _ := newLog(t, 2)
	write("vkey", testKey(1).Verifier().String()+"\n")(t, dir)
	write("lock", "")(t, dir)
	wantLog(t, dir, records(2))
}

func TestNamesOfEntries(t *testing.T) {
	for n, want := range map[int64]string{0: "000000", 42: "000042", 999999: "999999", 1000000: "1000000"} {
		got, ok := parseEntryName(want)
		if entryName(n) != want || !ok || got != n {
			t.Errorf("%d: %s, read as %d", n, entryName(n), got)
		}
	}
	for _, name := range []string{"", "0", "00000", "0000001", "-00001", "+00001", "00000a", "99999999999999999999"} {
		if n, ok := parseEntryName(name); ok {
			t.Errorf("%q read as %d", name, n)
		}
	}
}

func FuzzEntryName(f *testing.F) {
	for _, s := range []string{"000000", "000012", "1000000", "12", "0000012", "-00001", "99999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, ok := parseEntryName(s); ok && (n < 0 || entryName(n) != s) {
			t.Errorf("%q is taken for entry %d", s, n)
		}
	})
}
