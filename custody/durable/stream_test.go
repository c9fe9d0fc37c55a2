package durable

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"
)

// all wants exactly n bytes to be read back.
func all(n int) func(io.Reader) error {
	return func(r io.Reader) error {
		b, err := io.ReadAll(r)
		if err == nil && len(b) != n {
			err = fmt.Errorf("read back: want %d bytes, found %d", n, len(b))
		}
		return err
	}
}

// counted are n bytes of which no two blocks are alike.
func counted(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16 ^ i>>24)
	}
	return b
}

// Whatever the length and however it is written, check and every range read
// exactly those bytes: around the page cache, through it, and over its end.
func TestCheckedBytesComeBack(t *testing.T) {
	for _, n := range []int{0, 1, streamBuffer, streamBuffer + 1, streamBlock - 1, streamBlock, streamBlock + 1, 3*streamBlock + diskBlock, 3*streamBlock + 4321} {
		dir := t.TempDir()
		d, want := mustOpen(t, dir), counted(n)
		for name, fill := range map[string]func(io.Writer) error{
			"written": func(w io.Writer) error {
				var err error
				for b := want; len(b) > 0 && err == nil; b = b[min(len(b), 65_552):] {
					_, err = w.Write(b[:min(len(b), 65_552)])
				}
				return err
			},
			"read": func(w io.Writer) error {
				_, err := io.Copy(w, iotest.HalfReader(onlyReader{bytes.NewReader(want)}))
				return err
			},
		} {
			seen := false
			must(t, d.WriteChecked(name, fill, func(r io.Reader) error {
				b, err := io.ReadAll(r)
				if seen = true; !bytes.Equal(b, want) {
					t.Errorf("%d bytes, %s: want them read back, found others", n, name)
				}
				return err
			}))
			if !seen {
				t.Errorf("%d bytes, %s: want them checked, found they were not", n, name)
			}
			for _, from := range []int{0, 1, diskBlock - 1, diskBlock, streamBlock + 5, n - 1, n, n + 5} {
				for _, length := range []int{0, 1, streamBlock, 2*streamBlock + 1, n + 1} {
					if from >= 0 {
						mustGive(t, d, name, int64(from), int64(length), want)
					}
				}
			}
		}
	}
}

type onlyReader struct{ io.Reader }

func mustGive(t *testing.T, d *Dir, name string, from, length int64, content []byte) {
	t.Helper()
	r, err := d.OpenRange(name, from, length)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		t.Fatalf("%d from %d: %v", length, from, err)
	}
	begin, end := min(from, int64(len(content))), min(from+length, int64(len(content)))
	if !bytes.Equal(b, content[begin:end]) {
		t.Errorf("%d from %d of %d: want %d bytes, found %d or others", length, from, len(content), end-begin, len(b))
	}
	mustLend(t, d, name, from, length, content[begin:end])
}

// mustLend wants the same bytes by Next as by Read, where the range has both, and
// when they take turns.
func mustLend(t *testing.T, d *Dir, name string, from, length int64, want []byte) {
	t.Helper()
	r, err := d.OpenRange(name, from, length)
	must(t, err)
	defer r.Close()
	lender, ok := r.(interface{ Next() ([]byte, error) })
	if !ok {
		return
	}
	var b []byte
	for {
		three := make([]byte, 3)
		n, _ := r.Read(three)
		b = append(b, three[:n]...)
		lent, err := lender.Next()
		b = append(b, lent...)
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
	}
	if !bytes.Equal(b, want) {
		t.Errorf("%d from %d: want %d bytes lent, found %d or others", length, from, len(want), len(b))
	}
}

func TestWhatCheckRefusesGetsNoName(t *testing.T) {
	dir := t.TempDir()
	d := mustOpen(t, dir)
	fill := func(w io.Writer) error {
		_, err := w.Write(make([]byte, 2*streamBlock))
		return err
	}
	err := d.WriteChecked("a", fill, func(io.Reader) error { return errors.New("not what was wanted") })
	wantError(t, err, dir, "not what was wanted")
	wantOnDisk(t, dir, map[string]string{})
	must(t, d.WriteChecked("a", fill, all(2*streamBlock)))
	err = d.WriteChecked("a", func(io.Writer) error { t.Error("written for nothing"); return nil }, all(0))
	wantError(t, err, dir, "DIR/a: exists already")
}
