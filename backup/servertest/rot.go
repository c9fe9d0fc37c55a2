package servertest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Rot flips one bit in the middle of what the disk holds of an object, behind
// the server's back and without a change of its length: of the newest version at
// VersityGW, of every version at MinIO, where it must have more than 128 KiB.
// RGW keeps objects in no file of theirs.
func (s *S3Server) Rot(t testing.TB, bucket, name string) {
	t.Helper()
	flipped := 0
	err := filepath.WalkDir(filepath.Join(s.in("data"), bucket, name), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || strings.HasSuffix(path, "xl.meta") {
			return err
		}
		flipped++
		return flipBit(path)
	})
	if err == nil && flipped == 0 {
		err = fmt.Errorf("%s of %s: want a file on %s's disk, found none", name, bucket, s.Kind)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func flipBit(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	var b [1]byte
	at := info.Size() / 2
	if _, err := f.ReadAt(b[:], at); err != nil {
		return err
	}
	b[0] ^= 1
	_, err = f.WriteAt(b[:], at)
	return err
}
