package auditlog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strongroom/custody/durable"
)

const origin = "acme-treasury/signer-a"

// childEnv makes the test binary append to a log until it is killed.
const childEnv = "AUDITLOG_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	if err := appendForEver(os.Args[1]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// testKey is the key whose 32 secret bytes are all b.
func testKey(b byte) Key { return keyFromSeed(bytes.Repeat([]byte{b}, 32), origin) }

// entry is the n'th record of every test log.
func entry(n int) []byte { return fmt.Appendf(nil, "record %d\n", n) }

func records(n int) [][]byte {
	list := make([][]byte, n)
	for i := range list {
		list[i] = entry(i)
	}
	return list
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantError compares the full text of an error, with DIR for the folder.
func wantError(t testing.TB, err error, dir, want string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, wanted %q", want)
	}
	got := err.Error()
	if dir != "" {
		got = strings.ReplaceAll(got, dir, "DIR")
	}
	if got != want {
		t.Errorf("error\n got %s\nwant %s", got, want)
	}
}

func openDir(t testing.TB, path string) *durable.Dir {
	t.Helper()
	d, err := durable.Open(path)
	must(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

// memory is where Linux keeps files in memory: there an fsync costs nothing, and
// these tests don't look at what one does, but at when it is asked for.
const memory = "/dev/shm"

func tempDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(memory, "auditlog-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// newLog makes a log with n records in a new folder.
func newLog(t testing.TB, n int) (string, *Log) {
	t.Helper()
	dir := tempDir(t)
	l, err := Create(openDir(t, dir), testKey(1))
	must(t, err)
	t.Cleanup(func() { l.Close() })
	must(t, l.Append(records(n)...))
	return dir, l
}

// snapshot returns all that is in a folder and its sub folders.
func snapshot(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	must(t, filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %q\n", strings.TrimPrefix(path, dir+"/"), content)
		return err
	}))
	return b.String()
}

// wantLog opens a log again, as its owner and as an auditor, and compares it.
func wantLog(t testing.TB, dir string, want [][]byte) {
	t.Helper()
	l, err := Open(openDir(t, dir), testKey(1))
	must(t, err)
	defer l.Close()
	p, err := Read(openDir(t, dir), testKey(1).Verifier())
	must(t, err)
	for _, got := range [][][]byte{l.Entries(), p.Entries()} {
		if !bytes.Equal(EncodeEntries(got), EncodeEntries(want)) {
			t.Fatalf("entries %q, wanted %q", got, want)
		}
	}
	if p.Checkpoint() != (Checkpoint{Origin: origin, Size: int64(len(want)), Root: RootOf(want)}) {
		t.Fatalf("checkpoint %v", p.Checkpoint())
	}
}

// appendForEver appends record after record and says so each time.
func appendForEver(dir string) error {
	d, err := durable.Open(dir)
	if err != nil {
		return err
	}
	l, err := Open(d, testKey(1))
	if err != nil {
		return err
	}
	fmt.Println(l.Size())
	for {
		n := int(l.Size())
		if err := l.Append(entry(n), entry(n+1), entry(n+2)); err != nil {
			return err
		}
		if _, err := fmt.Println(l.Size()); err != nil {
			return errors.Join(err, io.EOF)
		}
	}
}
