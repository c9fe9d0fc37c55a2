package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"strongroom/backup"
	"strongroom/backup/dirstore"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// mounted is a store in a folder that may be a mount whose server goes away. What
// is asked of such a mount then hangs for ever: nothing ends it, it can only be
// left behind. So everything is asked on a goroutine of its own, with its own
// buffers, and given up when it got no further for too long. After that the store
// is away: it is asked nothing more.
type mounted struct {
	name     text.ID
	patience func(time.Duration) time.Duration
	dir      *durable.Dir // nil in tests
	// watched is the folder's store, which calls further whenever it got further with
	// what takes long, and ends that by its error.
	watched func(further func() error) backup.Repairer

	mu     sync.Mutex
	silent *silent // the first thing that was given up
}

// silent is the error of a store that did not answer in time. It says nothing of
// any object.
type silent struct {
	store text.ID
	want  string
	most  time.Duration
}

func (s *silent) Error() string {
	return fmt.Sprintf("store %s: want %s within %s, found none", s.store, s.want, s.most)
}

// silenceIn is what an error tells of a store that did not answer; nil for nothing.
func silenceIn(err error) error {
	if s := new(silent); errors.As(err, &s) {
		return s
	}
	return nil
}

// waits is what is waited for, and how long.
type waits struct {
	want string
	most time.Duration
	tidy bool // what was begun is undone when the context ends
}

// waitsFor are the waits for what a folder is asked.
func (m *mounted) waitsFor(want string, most time.Duration) waits {
	return waits{want: want, most: m.patience(most)}
}

func (m *mounted) answer() waits { return m.waitsFor("an answer", answerTime) }

func (m *mounted) writing() waits {
	w := m.waitsFor("bytes written", writeTime)
	w.tidy = true
	return w
}

// openMounted opens the folder of a store.
func openMounted(ctx context.Context, name text.ID, path string, patience func(time.Duration) time.Duration) (*mounted, error) {
	m := &mounted{name: name, patience: patience}
	dir, err := await(ctx, m, m.answer(), func(*turn) (*durable.Dir, error) { return durable.Open(path) })
	if err != nil {
		return nil, err
	}
	m.dir = dir
	m.watched = func(further func() error) backup.Repairer { return dirstore.Open(dir).Watched(further) }
	return m, nil
}

// close gives the folder back, unless something hangs in it.
func (m *mounted) close() error {
	_, err := await(context.Background(), m, m.answer(), func(*turn) (none struct{}, err error) { return none, m.dir.Close() })
	return err
}

// away is the error of a store that was given up.
func (m *mounted) away() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.silent != nil {
		return m.silent
	}
	return nil
}

// giveUp makes the store one that is away.
func (m *mounted) giveUp(w waits) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.silent == nil {
		m.silent = &silent{m.name, w.want, w.most}
	}
	return m.silent
}

// await has something done that may hang. It is given up when its turn is over, and
// when ctx ends; then what writes gets a moment to clean up. Whatever comes later is
// nobody's.
func await[T any](ctx context.Context, m *mounted, w waits, work func(*turn) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var none T
	if err := errors.Join(m.away(), ctx.Err()); err != nil {
		return none, err
	}
	t := &turn{most: w.most, timer: time.NewTimer(w.most)}
	defer t.timer.Stop()
	answers := make(chan answer, 1) // so that a late one never waits
	go func() {
		value, err := work(t)
		answers <- answer{value, err}
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-t.timer.C:
		err := m.giveUp(w)
		t.end(err)
		return none, err
	case <-ctx.Done():
		if t.end(ctx.Err()); !w.tidy {
			return none, ctx.Err()
		}
	}
	select {
	case a := <-answers:
		return a.value, a.err
	case <-time.After(m.patience(tidyTime)):
		return none, ctx.Err()
	}
}

// turn is the time that something may take without getting further.
type turn struct {
	most  time.Duration
	timer *time.Timer

	mu    sync.Mutex
	ended error // why nobody waits any more
}

// end says that nobody waits any more. When it returns nothing of the caller's is
// touched, nor will be.
func (t *turn) end(why error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = why
}

// further begins the time anew.
func (t *turn) further() error { return t.apart(func() error { return nil }) }

// apart has something done that is not the store's, such as reading what it is
// given: that counts for nothing, and afterwards the time begins anew.
func (t *turn) apart(work func() error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended != nil {
		return t.ended
	}
	t.timer.Stop()
	err := work()
	t.timer.Reset(t.most)
	return err
}

// lent are the caller's bytes for the time of a turn.
type lent struct {
	backup.Bytes
	turn *turn
}

func (l lent) Part(ctx context.Context, offset, n int64) (part io.ReadSeekCloser, err error) {
	err = l.turn.apart(func() (err error) {
		part, err = l.Bytes.Part(ctx, offset, n)
		return err
	})
	if err != nil {
		return nil, err
	}
	return lentPart{part, l.turn}, nil
}

type lentPart struct {
	part io.ReadSeekCloser
	turn *turn
}

func (l lentPart) Read(b []byte) (n int, err error) {
	err = l.turn.apart(func() (err error) {
		n, err = l.part.Read(b)
		return err
	})
	return n, err
}

func (l lentPart) Seek(offset int64, whence int) (at int64, err error) {
	err = l.turn.apart(func() (err error) {
		at, err = l.part.Seek(offset, whence)
		return err
	})
	return at, err
}

func (l lentPart) Close() error { return l.turn.apart(l.part.Close) }

// within has work done that ends with its context, and says so if that was because it
// took too long.
func within(ctx context.Context, most time.Duration, work func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	err := work(limited)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return fmt.Errorf("want an answer within %s, found none", most)
	}
	return err
}
