package storetest

import (
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

func (s *store) Put(name string, content io.Reader, size int64, sum backup.Sum) error {
	if err := backup.CheckObjectName(name); err != nil && s.fault != "takes any name" {
		return err
	}
	f, err := os.CreateTemp(s.folder, "object")
	if err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), io.LimitReader(content, size+1))
	err = errors.Join(err, f.Close())
	found := object{f.Name(), n, backup.Sum(h.Sum(nil))}

	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err != nil || n != size {
		if s.fault == "keeps what was torn" {
			s.objects[name] = found
		}
		return errors.Join(err, backup.ErrContent)
	}
	if found.sum != sum && s.fault != "believes the announced hash" {
		return backup.ErrContent
	}
	if old, ok := s.objects[name]; ok && old.sum != found.sum && s.fault != "replaces" {
		return backup.ErrExists
	}
	s.objects[name] = found
	return nil
}

func (s *store) Get(name string) (io.ReadCloser, int64, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	o, ok := s.objects[name]
	switch {
	case !ok && s.fault == "finds everything":
		return io.NopCloser(strings.NewReader("")), 0, nil
	case !ok:
		return nil, 0, fs.ErrNotExist
	}
	f, err := os.Open(o.file)
	if err == nil && s.fault == "loses the last byte" {
		return struct {
			io.Reader
			io.Closer
		}{io.LimitReader(f, o.size-1), f}, o.size, nil
	}
	return f, o.size, err
}

func (s *store) Stat(name string) (backup.Object, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	o, ok := s.objects[name]
	if !ok {
		return backup.Object{}, fs.ErrNotExist
	}
	if s.fault == "forgets checksums" {
		o.sum = backup.Sum{}
	}
	return backup.Object{Name: name, Size: o.size, Sum: o.sum}, nil
}

func (s *store) List() ([]backup.Object, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var list []backup.Object
	for _, name := range slices.Sorted(maps.Keys(s.objects)) {
		list = append(list, backup.Object{Name: name, Size: s.objects[name].size})
	}
	if s.fault == "lists in no order" {
		slices.Reverse(list)
	}
	return list, nil
}

// TestSuite runs the suite against the store that -fault asks for, by default a
// careful one.
func TestSuite(t *testing.T) {
	Run(t, func(t *testing.T) backup.Store {
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
