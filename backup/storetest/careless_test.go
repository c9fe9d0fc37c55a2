package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"strongroom/backup"
)

// fault is one thing that a careless store does wrong.
var fault = flag.String("fault", "", "run the suite against a store that does this wrong")

// store keeps objects in files of a folder, careful but for its fault.
type store struct {
	fault   string
	folder  string
	mutex   sync.Mutex
	objects map[string]object
}

type object struct {
	file string
	size int64
	sum  backup.Sum
}

func (s *store) Put(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	if err := backup.CheckObjectName(name); err != nil && s.fault != "takes any name" {
		return backup.Object{}, err
	}
	if !until.IsZero() && s.fault != "forgets locks" {
		return backup.Object{}, backup.ErrNoLock
	}
	if err := ctx.Err(); err != nil && s.fault != "never stops" {
		return backup.Object{}, err
	}
	f, err := os.CreateTemp(s.folder, "object")
	if err != nil {
		return backup.Object{}, err
	}
	found, err := s.take(ctx, f, c, from)
	if err = errors.Join(err, f.Close(), s.enter(name, found, c, err)); err != nil {
		return backup.Object{}, err
	}
	return found.tell(name), nil
}

// take copies every part.
func (s *store) take(ctx context.Context, f *os.File, c backup.Content, from backup.Bytes) (object, error) {
	h := sha256.New()
	o := object{file: f.Name()}
	for i := range c.Parts() {
		offset, n := c.PartRange(i)
		r, err := from.Part(ctx, offset, n)
		if err != nil {
			return o, err
		}
		part := sha256.New()
		k, err := io.Copy(io.MultiWriter(f, h, part), io.LimitReader(r, n+1))
		o.size += k
		if err != nil {
			return o, err
		}
		if backup.Sum(part.Sum(nil)) != c.Sums[i] && s.fault != "believes the announced hash" && s.fault != "keeps what was torn" {
			return o, backup.ErrContent
		}
	}
	o.sum = backup.Sum(h.Sum(nil))
	return o, nil
}

func (o object) tell(name string) backup.Object {
	return backup.Object{Name: name, Size: o.size, Checksum: backup.Checksum{Sum: o.sum}}
}

// enter gives an object its name.
func (s *store) enter(name string, found object, c backup.Content, err error) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err != nil || found.size != c.Size {
		if s.fault == "keeps what was torn" {
			s.objects[name] = found
		}
		if err == nil {
			err = backup.ErrContent
		}
		return err
	}
	if found.sum != c.Sum && s.fault != "believes the announced hash" {
		return backup.ErrContent
	}
	if old, ok := s.objects[name]; ok && old.sum != found.sum && s.fault != "replaces" {
		return backup.ErrExists
	}
	s.objects[name] = found
	return nil
}

func (s *store) Open(ctx context.Context, o backup.Object, offset, n int64) (io.ReadCloser, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	there, ok := s.objects[o.Name]
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case !ok && s.fault == "finds everything":
		return io.NopCloser(strings.NewReader("")), nil
	case !ok:
		return nil, fs.ErrNotExist
	}
	f, err := os.Open(there.file)
	if s.fault == "loses the last byte" {
		n = min(n, there.size-offset-1)
	}
	if s.fault == "ignores ranges" {
		offset, n = 0, there.size
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(f, offset, n), f}, err
}

func (s *store) Versions(ctx context.Context, name string) ([]backup.Object, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	o, ok := s.objects[name]
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if !ok {
		return nil, fs.ErrNotExist
	}
	if s.fault == "forgets checksums" {
		o.sum = backup.Sum{}
	}
	return []backup.Object{o.tell(name)}, nil
}

func (s *store) Repair(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	s.mutex.Lock()
	old, ok := s.objects[name]
	if s.fault != "repairs nothing" {
		delete(s.objects, name)
	}
	s.mutex.Unlock()
	o, err := s.Put(ctx, name, c, from, until)
	if ok && s.fault == "repairs nothing" && errors.Is(err, backup.ErrExists) {
		return old.tell(name), nil
	}
	return o, err
}

func (s *store) Extend(context.Context, backup.Object, time.Time) error { return backup.ErrNoLock }

func (s *store) List(ctx context.Context, prefix string) ([]backup.Object, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var list []backup.Object
	for _, name := range slices.Sorted(maps.Keys(s.objects)) {
		if strings.HasPrefix(name, prefix) || s.fault == "lists too much" {
			list = append(list, backup.Object{Name: name, Size: s.objects[name].size})
		}
	}
	if s.fault == "lists in no order" {
		slices.Reverse(list)
	}
	return list, nil
}

// TestSuite runs the suite against the store that -fault asks for, by default a
// careful one.
func TestSuite(t *testing.T) {
	Run(t, Plain, func(t *testing.T) backup.Store {
		return &store{fault: *fault, folder: t.TempDir(), objects: map[string]object{}}
	})
}

// TestSuiteFailsACarelessStore runs the suite in a child for each fault, and
// wants it to fail there and in the case that is about it.
func TestSuiteFailsACarelessStore(t *testing.T) {
	for fault, inCase := range map[string]string{
		"takes any name":              "bad_names_are_refused",
		"keeps what was torn":         "a_short_content_leaves_nothing",
		"believes the announced hash": "a_wrong_announced_hash_leaves_nothing",
		"replaces":                    "a_name_is_never_given_other_bytes",
		"finds everything":            "a_missing_object_is_told_as_missing",
		"loses the last byte":         "what_was_put_comes_back",
		"forgets checksums":           "the_stored_checksum_is_told",
		"lists in no order":           "the_list_is_sorted_and_whole",
		"lists too much":              "a_list_may_be_of_some_names_only",
		"ignores ranges":              "any_range_comes_back",
		"never stops":                 "an_ended_context_stops_everything",
		"forgets locks":               "a_store_that_cannot_lock_says_so",
		"repairs nothing":             "what_is_wrong_is_made_right",
	} {
		t.Run(fault, func(t *testing.T) {
			out, err := exec.Command(os.Args[0], "-test.run", "^TestSuite$", "-fault", fault).CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				t.Fatalf("want the suite to fail, found %v", err)
			}
			if want := "--- FAIL: TestSuite/" + inCase; !strings.Contains(string(out), want) {
				t.Errorf("want %q, found:\n%s", want, out)
			}
		})
	}
}
