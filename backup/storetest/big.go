package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"strongroom/backup"
)

// pattern is n bytes that differ from block to block.
type pattern int64

func (p pattern) Part(_ context.Context, offset, n int64) (io.ReadSeekCloser, error) {
	return unclosed{io.NewSectionReader(p, offset, n)}, nil
}

func (p pattern) ReadAt(b []byte, from int64) (int, error) {
	for i := range b {
		at := from + int64(i)
		if at >= int64(p) {
			return i, io.EOF
		}
		b[i] = byte(at ^ at>>8 ^ at>>16)
	}
	return len(b), nil
}

// content measures a pattern in parts.
func (p pattern) content(t *testing.T, part int64) backup.Content {
	t.Helper()
	whole := sha256.New()
	c := backup.Content{Size: int64(p), Part: part}
	for i := range c.Parts() {
		offset, n := c.PartRange(i)
		h := sha256.New()
		if _, err := io.Copy(io.MultiWriter(whole, h), io.NewSectionReader(p, offset, n)); err != nil {
			t.Fatal(err)
		}
		c.Sums = append(c.Sums, backup.Sum(h.Sum(nil)))
	}
	c.Sum = backup.Sum(whole.Sum(nil))
	c.Composite = sha256.Sum256(c.List())
	return c
}

func big(t *testing.T, s backup.Store) {
	p := pattern(bigObject - 1) // a last part that is shorter
	c := p.content(t, bigPart)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	if _, err := s.Put(t.Context(), "big", c, p, time.Time{}); err != nil {
		t.Fatal(err)
	}
	o, err := backup.Find(t.Context(), s, "big", c)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(t.Context(), o, 0, o.Size)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	_, err = io.Copy(h, r)
	runtime.ReadMemStats(&after)
	if err = errors.Join(err, r.Close()); err != nil || backup.Sum(h.Sum(nil)) != c.Sum {
		t.Errorf("want the big object back, found %d bytes, %v", o.Size, err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > bigMemory {
		t.Errorf("want at most %d bytes of memory for %d streamed, found %d", bigMemory, bigObject, grown)
	}
}

func race(t *testing.T, s backup.Store) {
	var wait sync.WaitGroup
	errs := make([]error, racers)
	contents := make([]string, racers)
	for i := range racers {
		contents[i] = strings.Repeat(string(rune('a'+i)), 1<<16)
		wait.Go(func() {
			_, errs[i] = s.Put(t.Context(), "prize", backup.Whole([]byte(contents[i])), backup.Memory(contents[i]), time.Time{})
		})
	}
	wait.Wait()
	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner < 0:
			winner = i
		case err == nil:
			t.Errorf("want one winner, found %d and %d", winner, i)
		case !errors.Is(err, backup.ErrExists):
			t.Errorf("loser %d: want %v, found %v", i, backup.ErrExists, err)
		}
	}
	if winner < 0 {
		t.Fatal("want one winner, found none")
	}
	mustHold(t, s, "prize", contents[winner])
}

func ranges(t *testing.T, s backup.Store) {
	o := put(t, s, "one.txt", "hello\n")
	for _, c := range []struct {
		offset, n int64
		want      string
	}{{0, 6, "hello\n"}, {0, 1, "h"}, {1, 3, "ell"}, {5, 1, "\n"}, {4, 100, "o\n"}} {
		if got := read(t, s, o, c.offset, c.n); string(got) != c.want {
			t.Errorf("%d bytes from %d on: want %q, found %q", c.n, c.offset, c.want, got)
		}
	}
}

func listSome(t *testing.T, s backup.Store) {
	for _, name := range []string{"a-1", "b-1", "b-2", "b", "c-b-1"} {
		put(t, s, name, name)
	}
	found, err := s.List(t.Context(), "b-")
	names := []string{}
	for _, o := range found {
		names = append(names, o.Name)
	}
	if want := []string{"b-1", "b-2"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("want %v, found %v, %v", want, names, err)
	}
}

func stopped(t *testing.T, s backup.Store) {
	o := put(t, s, "one.txt", "hello\n")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, put := s.Put(ctx, "two.txt", backup.Whole([]byte("x")), backup.Memory("x"), time.Time{})
	_, versions := s.Versions(ctx, "one.txt")
	_, open := s.Open(ctx, o, 0, 6)
	_, list := s.List(ctx, "")
	for name, err := range map[string]error{"put": put, "versions": versions, "open": open, "list": list} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: want %v, found %v", name, context.Canceled, err)
		}
	}
	if _, err := s.Versions(t.Context(), "two.txt"); err == nil {
		t.Error("want nothing put, found it")
	}
}

// wrongPart gives bytes of which only the whole hash was lied about.
func wrongPart(t *testing.T, s backup.Store) {
	p := pattern(bigPart + 1)
	c := p.content(t, bigPart)
	c.Sums[1][0] ^= 1
	c.Composite = sha256.Sum256(c.List())
	if _, err := s.Put(t.Context(), "one", c, p, time.Time{}); !errors.Is(err, backup.ErrContent) {
		t.Errorf("want %v, found %v", backup.ErrContent, err)
	}
	mustHoldNothing(t, s, "one")
}

// slowly gives one byte at a time, as some readers do.
func slowly(t *testing.T, s backup.Store) {
	if _, err := s.Put(t.Context(), "one.txt", backup.Whole([]byte("hello\n")), byteByByte("hello\n"), time.Time{}); err != nil {
		t.Fatal(err)
	}
	mustHold(t, s, "one.txt", "hello\n")
}

type byteByByte string

func (b byteByByte) Part(_ context.Context, offset, n int64) (io.ReadSeekCloser, error) {
	return &oneByte{strings.NewReader(string(b[offset : offset+n]))}, nil
}

type oneByte struct{ r *strings.Reader }

func (o *oneByte) Read(b []byte) (int, error) { return o.r.Read(b[:min(1, len(b))]) }

func (o *oneByte) Seek(offset int64, whence int) (int64, error) { return o.r.Seek(offset, whence) }

func (*oneByte) Close() error { return nil }

// repaired gives a name that holds other bytes, and one that nobody has, the
// right ones, and believes no source.
func repaired(t *testing.T, s backup.Store) {
	r, ok := s.(backup.Repairer)
	if !ok {
		t.Fatal("want a store that can make right what went wrong, found one that cannot")
	}
	put(t, s, "one.txt", "hallo\n")
	right := backup.Whole([]byte("hello\n"))
	for _, name := range []string{"one.txt", "two.txt"} {
		for _, source := range []backup.Bytes{shorter("hello"), shorter("hello\nworld\n"), backup.Memory("hallo\n")} {
			if _, err := r.Repair(t.Context(), name, right, source, time.Time{}); !errors.Is(err, backup.ErrContent) {
				t.Errorf("%s: want %v, found %v", name, backup.ErrContent, err)
			}
			if o, err := backup.Find(t.Context(), s, name, right); err == nil {
				t.Errorf("%s: want nothing right there yet, found %v", name, o)
			}
		}
		made, err := r.Repair(t.Context(), name, right, backup.Memory("hello\n"), time.Time{})
		made.ReadBack = false // of Put and Repair alone
		if o := newest(t, s, name); err != nil || o != made || o.Covered || !o.Is(right) {
			made.ReadBack = false // of Put and Repair alone
			t.Errorf("%s: want what Repair returned on top, %v, found %v, %v", name, made, o, err)
		}
		mustHold(t, s, name, "hello\n")
	}
}

func cannotLock(t *testing.T, s backup.Store) {
	until := time.Now().Add(time.Hour)
	if _, err := s.Put(t.Context(), "one.txt", backup.Whole([]byte("x")), backup.Memory("x"), until); !errors.Is(err, backup.ErrNoLock) {
		t.Errorf("put: want %v, found %v", backup.ErrNoLock, err)
	}
	mustHoldNothing(t, s, "one.txt")
	o := put(t, s, "one.txt", "x")
	if err := s.Extend(t.Context(), o, until); !errors.Is(err, backup.ErrNoLock) || !o.Until.IsZero() {
		t.Errorf("extend: want %v and no lock told, found %v and %v", backup.ErrNoLock, err, o.Until)
	}
}

// locking is what stores with locks are asked beside the rest: they know about
// parts, too.
func locking() []testCase {
	return []testCase{
		{"a part whose hash is wrong leaves nothing", wrongPart},
		{"a lock is told and only grows", locks},
	}
}

func locks(t *testing.T, s backup.Store) {
	until := time.Now().UTC().Truncate(time.Second).Add(time.Hour)
	for name, p := range map[string]pattern{"small": 10, "of parts": bigPart + 1} {
		object := strings.ReplaceAll(name, " ", "-")
		o, err := s.Put(t.Context(), object, p.content(t, bigPart), p, until)
		if err != nil || o.Until.Before(until) || newest(t, s, object).Until.Before(until) {
			t.Fatalf("%s: want it locked until %s, found %s, %v", name, until, o.Until, err)
		}
		longer := until.Add(time.Hour)
		if err := s.Extend(t.Context(), o, longer); err != nil || newest(t, s, object).Until.Before(longer) {
			t.Errorf("%s: want the lock extended, found %v", name, err)
		}
		_ = s.Extend(t.Context(), o, until) // whatever it answers
		if newest(t, s, object).Until.Before(longer) {
			t.Errorf("%s: want a lock that never gets shorter, found it shortened", name)
		}
	}
	put(t, s, "free.txt", "x")
	if o := newest(t, s, "free.txt"); o.Until.After(until) {
		t.Errorf("want no lock that nobody asked for, found %s", o.Until)
	}
}
