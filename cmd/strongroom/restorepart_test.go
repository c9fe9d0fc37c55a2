package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"filippo.io/age"

	"strongroom/backup"
)

// breaking is a store that breaks off behind so many bytes, and notes what was
// asked of it.
type breaking struct {
	backup.Store // nothing else is asked
	b            []byte
	after        int64
	asked        []int64 // offsets
}

var errBroke = errors.New("the line broke")

func (s *breaking) Open(_ context.Context, _ backup.Object, offset, n int64) (io.ReadCloser, error) {
	s.asked = append(s.asked, offset)
	end := min(offset+n, int64(len(s.b)))
	if s.after < end-offset {
		return io.NopCloser(io.MultiReader(bytes.NewReader(s.b[offset:offset+s.after]), broken{})), nil
	}
	return io.NopCloser(bytes.NewReader(s.b[offset:end])), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errBroke }

// Whoever restores a big segment over a bad line is not sent back to its
// beginning.
func TestARestoreThatBrokeOffAsksForTheRangeThatIsLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "part")
	store := &breaking{b: []byte(strings.Repeat("0123456789", 100)), after: 300}
	o := backup.Object{Name: "payload-1", Size: 1000}
	var err error
	var found []byte
	for try := range 4 {
		k := &kept{Store: store, path: path, payload: "payload-1"}
		r, bad := k.Open(t.Context(), o, 0, 1000)
		if bad != nil {
			t.Fatal(bad)
		}
		found, err = io.ReadAll(r)
		if bad := r.Close(); bad != nil {
			t.Fatal(bad)
		}
		if k.broke != (try < 3) {
			t.Errorf("try %d: want it known that the store broke, found %v, %v", try, k.broke, err)
		}
	}
	if err != nil || !bytes.Equal(found, store.b) {
		t.Errorf("want all bytes, found %d, %v", len(found), err)
	}
	if want := []int64{0, 300, 600, 900}; !slices.Equal(store.asked, want) {
		t.Errorf("want ranges from %d, found %d", want, store.asked)
	}
}

// Other objects and other ranges are the store's; a file that is longer than the
// object is nothing of ours.
func TestOnlyThePayloadIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "part")
	store := &breaking{b: make([]byte, 100), after: 1000}
	k := &kept{Store: store, path: path, payload: "payload-1"}
	for _, c := range []struct {
		name      string
		offset, n int64
	}{{"header-1", 0, 100}, {"payload-1", 10, 90}, {"payload-1", 0, 50}} {
		r, err := k.Open(t.Context(), backup.Object{Name: c.name, Size: 100}, c.offset, c.n)
		if err == nil {
			err = r.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); !missingFile(err) {
		t.Errorf("want nothing kept, found %v", err)
	}
	if err := os.WriteFile(path, make([]byte, 200), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := k.Open(t.Context(), backup.Object{Name: "payload-1", Size: 100}, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); err != nil || len(b) != 100 || store.asked[len(store.asked)-1] != 0 {
		t.Errorf("want it read from its beginning, found %d bytes from %d, %v", len(b), store.asked, err)
	}
	if err := errors.Join(r.Close(), k.forget(), k.forget()); err != nil {
		t.Error(err)
	}
}

// Somebody else may write beside the folder: what is sealed goes through no link.
func TestNothingIsKeptThroughALink(t *testing.T) {
	dir := t.TempDir()
	path, elsewhere := filepath.Join(dir, "part"), filepath.Join(dir, "elsewhere")
	if err := errors.Join(os.WriteFile(elsewhere, nil, 0o600), os.Symlink(elsewhere, path)); err != nil {
		t.Fatal(err)
	}
	k := &kept{Store: &breaking{b: make([]byte, 100), after: 1000}, path: path, payload: "payload-1"}
	_, err := k.Open(t.Context(), backup.Object{Name: "payload-1", Size: 100}, 0, 100)
	if want := path + ": want a file of an earlier try or none, found a link"; err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
}

// What was kept and does not open is thrown away, or it would never open; what came
// and has no fault stays, since it may be much and the line slow.
func TestWhatDoesNotOpenIsNotKept(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	bad := errors.New("failed to decrypt and authenticate payload chunk")
	for name, c := range map[string]struct {
		ctx   context.Context
		k     kept
		why   error
		stays bool
	}{
		"does not open":          {t.Context(), kept{opened: true}, bad, false},
		"cannot be read":         {t.Context(), kept{opened: true, lost: true}, &fs.PathError{Op: "read", Err: syscall.EIO}, false},
		"the store broke":        {t.Context(), kept{opened: true, broke: true}, errBroke, true},
		"stopped":                {stopped, kept{opened: true}, bad, true},
		"a header did not come":  {t.Context(), kept{}, errBroke, true},
		"another key":            {t.Context(), kept{opened: true}, fmt.Errorf("x: %w", &age.NoIdentityMatchError{}), true},
		"no room for what it is": {t.Context(), kept{opened: true}, fmt.Errorf("x: %w", &fs.PathError{Op: "write", Err: syscall.ENOSPC}), true},
	} {
		path := filepath.Join(t.TempDir(), "part")
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		c.k.path = path
		if err := c.k.forgetBad(c.ctx, c.why); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); missingFile(err) == c.stays {
			t.Errorf("%s: want it kept %v, found %v", name, c.stays, err)
		}
	}
}
