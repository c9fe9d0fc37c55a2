package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"strongroom/backup"
	"strongroom/backup/dirstore"
	"strongroom/backup/storetest"
	"strongroom/custody/durable"
)

// asLong is the patience of the program itself.
func asLong(most time.Duration) time.Duration { return most }

// mountedOn is a store as the program opens it, over another one.
func mountedOn(s backup.Repairer, patience func(time.Duration) time.Duration) *mounted {
	return &mounted{name: "one", patience: patience, watched: func(func() error) backup.Repairer { return s }}
}

func openedFolder(t testing.TB) *mounted {
	t.Helper()
	m, err := openMounted(t.Context(), "one", t.TempDir(), asLong)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.dir.Close() })
	return m
}

func TestAMountedFolderPassesTheSuite(t *testing.T) {
	storetest.Run(t, storetest.Plain, func(t *testing.T) backup.Store { return openedFolder(t) })
}

// What is larger than a block comes from the disk, in blocks; both come whole, and
// any part of them.
func TestWhatComesFromAMountedFolderIsWhole(t *testing.T) {
	m, content := openedFolder(t), bytes.Repeat([]byte("sixteen letters!"), 3<<16+1)
	for _, n := range []int{0, 1, 1 << 20, len(content)} {
		name := fmt.Sprintf("object-%d", n)
		if _, err := m.Put(t.Context(), name, backup.Whole(content[:n]), backup.Memory(content), time.Time{}); n == len(content) && err != nil {
			t.Fatal(err)
		}
	}
	o := backup.Object{Name: fmt.Sprintf("object-%d", len(content)), Size: int64(len(content))}
	for _, c := range []struct{ offset, n int }{{0, len(content)}, {5, len(content) - 5}, {1<<20 - 3, 6}, {1<<20 + 7, 1 << 20}, {len(content) - 2, 10}, {3, 0}} {
		r, err := m.Open(t.Context(), o, int64(c.offset), int64(c.n))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err != nil || !bytes.Equal(b, content[c.offset:min(c.offset+c.n, len(content))]) {
			t.Errorf("%d bytes from %d on: found %d, %v", c.n, c.offset, len(b), err)
		}
	}
}

// slowStore takes its time for each step. The call that hangs ends with the test.
type slowStore struct {
	step    time.Duration
	hangs   string
	mounted chan struct{}
	asked   atomic.Int32
}

func (s *slowStore) take(call string) {
	s.asked.Add(1)
	if time.Sleep(s.step); call == s.hangs {
		<-s.mounted
	}
}

func (s *slowStore) List(context.Context, string) ([]backup.Object, error) {
	s.take("list")
	return nil, nil
}

func (s *slowStore) Versions(context.Context, string) ([]backup.Object, error) {
	s.take("versions")
	return nil, nil
}

func (s *slowStore) Open(_ context.Context, _ backup.Object, _, n int64) (io.ReadCloser, error) {
	s.take("open")
	return io.NopCloser(&slowReader{s, n}), nil
}

func (s *slowStore) Extend(context.Context, backup.Object, time.Time) error {
	s.take("extend")
	return backup.ErrNoLock
}

func (s *slowStore) Put(ctx context.Context, _ string, c backup.Content, from backup.Bytes, _ time.Time) (backup.Object, error) {
	for i := range c.Parts() {
		offset, n := c.PartRange(i)
		r, err := from.Part(ctx, offset, n)
		if err != nil {
			return backup.Object{}, err
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			return backup.Object{}, err
		}
		s.take("put")
	}
	return backup.Object{}, nil
}

func (s *slowStore) Repair(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	s.take("repair")
	return s.Put(ctx, name, c, from, until)
}

// slowReader gives a byte at a time.
type slowReader struct {
	of   *slowStore
	left int64
}

func (r *slowReader) Read(b []byte) (int, error) {
	if r.of.take("read"); r.left == 0 {
		return 0, io.EOF
	}
	r.left--
	return copy(b[:1], "x"), nil
}

// slowBytes take their time as well: that is not the store's.
type slowBytes struct {
	backup.Memory
	step time.Duration
}

func (b slowBytes) Part(ctx context.Context, offset, n int64) (io.ReadSeekCloser, error) {
	time.Sleep(b.step)
	return b.Memory.Part(ctx, offset, n)
}

// each is everything that a store is asked.
func each(ctx context.Context, m backup.Repairer) map[string]func() error {
	content := backup.Content{Size: 30, Part: 10, Sums: make([]backup.Sum, 3)}
	from := slowBytes{make(backup.Memory, 30), 5 * time.Hour}
	return map[string]func() error{
		"list":     func() error { _, err := m.List(ctx, ""); return err },
		"versions": func() error { _, err := m.Versions(ctx, "x"); return err },
		"open":     func() error { _, err := m.Open(ctx, backup.Object{}, 0, 9); return err },
		"extend":   func() error { return m.Extend(ctx, backup.Object{}, time.Time{}) },
		"put":      func() error { _, err := m.Put(ctx, "x", content, from, time.Time{}); return err },
		"repair":   func() error { _, err := m.Repair(ctx, "x", content, from, time.Time{}); return err },
		"read": func() error {
			r, err := m.Open(ctx, backup.Object{}, 0, 9)
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, r)
			return errors.Join(err, r.Close())
		},
	}
}

// Each step takes almost as long as it may, and all together far longer; so does
// what the store is given, which is nothing that it can help.
func TestASlowStoreThatGetsFurtherIsNotGivenUp(t *testing.T) {
	for call, most := range map[string]time.Duration{"list": 30 * time.Minute, "versions": 5 * time.Minute, "open": 5 * time.Minute, "extend": 5 * time.Minute, "read": 5 * time.Minute, "put": time.Hour, "repair": time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			m := mountedOn(&slowStore{step: most - time.Second}, asLong)
			if err := each(t.Context(), m)[call](); err != nil && !errors.Is(err, backup.ErrNoLock) {
				t.Errorf("%s: %v", call, err)
			}
			if err := m.away(); err != nil {
				t.Errorf("%s: want it there, found %v", call, err)
			}
		})
	}
}

// A call that never ends is given up when its time is over; then all others end at
// once, and nobody asks the store any more.
func TestAStoreThatHangsIsGivenUpInTimeAndAskedNothingMore(t *testing.T) {
	for call, c := range map[string]struct {
		most time.Duration
		want string
	}{
		"list":     {30 * time.Minute, "store one: want its list within 30m0s, found none"},
		"versions": {5 * time.Minute, "store one: want an answer within 5m0s, found none"},
		"open":     {5 * time.Minute, "store one: want an answer within 5m0s, found none"},
		"extend":   {5 * time.Minute, "store one: want an answer within 5m0s, found none"},
		"read":     {5 * time.Minute, "store one: want bytes within 5m0s, found none"},
		"put":      {time.Hour, "store one: want bytes written within 1h0m0s, found none"},
		"repair":   {time.Hour, "store one: want bytes written within 1h0m0s, found none"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &slowStore{hangs: call, mounted: make(chan struct{})}
			defer close(s.mounted)
			m, start := mountedOn(s, asLong), time.Now()
			if err := each(t.Context(), m)[call](); err == nil || err.Error() != c.want || errors.Is(err, backup.ErrContent) || errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s: want %q, found %v", call, c.want, err)
			}
			most := c.most
			if call == "put" {
				most += 5 * time.Hour // for what it was given
			}
			asked := s.asked.Load()
			for other, ask := range each(t.Context(), m) {
				if err := ask(); err == nil || err.Error() != c.want {
					t.Errorf("%s after %s: want %q, found %v", other, call, c.want, err)
				}
			}
			if took := time.Since(start); took != most || s.asked.Load() != asked {
				t.Errorf("%s: want it given up after %s and asked nothing more, found it asked %d times until %s", call, most, s.asked.Load()-asked, took)
			}
		})
	}
}

// Who is stopped removes what it began, if the disk lets it, and does not wait for
// one that hangs. A store that somebody stopped asking is not away.
func TestAContextThatEndsStopsWhatWrites(t *testing.T) {
	for call, c := range map[string]struct{ after, took time.Duration }{"put": {5*time.Hour + time.Minute, 5 * time.Second}, "versions": {time.Minute, 0}, "read": {time.Minute, 0}} {
		synctest.Test(t, func(t *testing.T) {
			s := &slowStore{hangs: call, mounted: make(chan struct{})}
			defer close(s.mounted)
			ctx, end := context.WithTimeout(t.Context(), c.after)
			defer end()
			m, start := mountedOn(s, asLong), time.Now()
			if err := each(ctx, m)[call](); !errors.Is(err, context.DeadlineExceeded) || m.away() != nil {
				t.Errorf("%s: want it stopped, found %v and %v", call, err, m.away())
			}
			if took := time.Since(start) - c.after; took != c.took {
				t.Errorf("%s: want it waited for %s more, found %s", call, c.took, took)
			}
		})
	}
	m := openedFolder(t)
	ctx, end := context.WithCancel(t.Context())
	_, err := m.Put(ctx, "x", backup.Whole([]byte("hello")), ending(end), time.Time{})
	if left, bad := m.dir.List(9); !errors.Is(err, context.Canceled) || bad != nil || len(left) != 0 {
		t.Errorf("want it stopped and nothing left, found %v, %v, %v", err, left, bad)
	}
}

// ending are bytes that end the context when they are asked for.
type ending func()

func (end ending) Part(context.Context, int64, int64) (io.ReadSeekCloser, error) {
	end()
	return backup.Memory("hello").Part(context.Background(), 0, 5)
}

// What was given up may go on any time later. Then it neither reads the caller's
// bytes, which are other ones by now, nor gives anything a name. The race detector
// looks on.
func TestWhatWasGivenUpTouchesNothingOfTheCaller(t *testing.T) {
	for _, at := range []durable.Kind{durable.CreateTemp, durable.Write, durable.Sync} {
		m, mounted := openedFolder(t), make(chan struct{})
		hung := m.dir.WithFault(func(op durable.Op) error {
			if op.Kind == at {
				<-mounted
			}
			return nil
		})
		late := make(chan error, 1)
		m.patience = func(time.Duration) time.Duration { return time.Second }
		m.watched = func(further func() error) backup.Repairer {
			return lateStore{dirstore.Open(hung).Watched(further), late}
		}
		mine := bytes.Repeat([]byte("x"), 3<<20)
		_, err := m.Put(t.Context(), "x", backup.Whole(mine), backup.Memory(mine), time.Time{})
		if want := "store one: want bytes written within 1s, found none"; err == nil || err.Error() != want {
			t.Fatalf("%s: want %q, found %v", at, want, err)
		}
		close(mounted)
		for i := range mine {
			mine[i] = 'y'
		}
		if err := <-late; silenceIn(err) == nil {
			t.Errorf("%s: want it ended by what gave it up, found %v", at, err)
		}
		if left, err := m.dir.List(9); err != nil || len(left) != 0 {
			t.Errorf("%s: want nothing left, found %v, %v", at, left, err)
		}
	}
}

// lateStore tells what became of a Put.
type lateStore struct {
	*dirstore.Store
	late chan error
}

func (s lateStore) Put(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	o, err := s.Store.Put(ctx, name, c, from, until)
	s.late <- err
	return o, err
}

// A late read goes into a buffer that nobody looks at.
func TestALateReadIsNobodys(t *testing.T) {
	s := &slowStore{hangs: "read", mounted: make(chan struct{})}
	m := mountedOn(s, func(time.Duration) time.Duration { return 50 * time.Millisecond })
	r, err := m.Open(t.Context(), backup.Object{}, 0, 9)
	if err != nil {
		t.Fatal(err)
	}
	mine := make([]byte, 9)
	if n, err := r.Read(mine); n != 0 || silenceIn(err) == nil {
		t.Fatalf("want it given up, found %d bytes, %v", n, err)
	}
	close(s.mounted)
	for i := range mine {
		mine[i] = 'y'
	}
	if n, err := r.Read(mine); n != 0 || silenceIn(err) == nil || string(mine) != strings.Repeat("y", 9) {
		t.Errorf("want nothing more, found %d bytes %q, %v", n, mine, err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("want nobody waited for, found %v", err)
	}
}
