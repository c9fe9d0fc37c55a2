package durable

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
)

func TestRenameReplacesNothing(t *testing.T) {
	d, err := Create(filepath.Join(t.TempDir(), "folder"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if err := errors.Join(d.WriteNew("one", []byte("1")), d.WriteNew("two", []byte("2"))); err != nil {
		t.Fatal(err)
	}
	if err := d.Rename("one", "two"); !errors.Is(err, ErrExists) {
		t.Errorf("want %v, found %v", ErrExists, err)
	}
	if err := d.Rename("three", "four"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want %v, found %v", fs.ErrNotExist, err)
	}
	for _, name := range []string{"lock", "../out", ".hidden", ""} {
		if d.Rename("one", name) == nil || d.Rename(name, "five") == nil {
			t.Errorf("%q: want it refused", name)
		}
	}
	if err := d.Rename("one", "three"); err != nil {
		t.Fatal(err)
	}
	b, err := d.ReadFile("three", 9)
	if _, gone := d.ReadFile("one", 9); err != nil || string(b) != "1" || !errors.Is(gone, fs.ErrNotExist) {
		t.Errorf("want it under the new name alone, found %q %v %v", b, err, gone)
	}
	stopped := errors.New("power failed")
	if err := d.WithFault(func(op Op) error { return stopped }).Rename("three", "four"); !errors.Is(err, stopped) {
		t.Errorf("want %v, found %v", stopped, err)
	}
	if _, err := d.ReadFile("three", 9); err != nil {
		t.Error(err)
	}
}
