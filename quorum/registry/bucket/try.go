package bucket

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"

	"strongroom/custody/durable"
)

// triedIn is where Try puts its keys. They stay: nobody here may delete.
const triedIn = "tried/"

// Try finds out whether a bucket does what a registry relies on, with two keys of
// its own, and refuses one that does not by a sentence. It judges by what is there
// afterwards, not by what the bucket answered.
func Try(ctx context.Context, c Config, rand io.Reader) error {
	if _, err := Open(ctx, c); err != nil {
		return err
	}
	t := &trial{ctx: ctx, Config: c}
	for _, step := range []func(string) error{t.twice, t.race} {
		b := make([]byte, nameBytes)
		if _, err := io.ReadFull(rand, b); err != nil {
			return fmt.Errorf("bucket: randomness: %w", err)
		}
		if err := step(c.Prefix + triedIn + hex.EncodeToString(b)); err != nil {
			return err
		}
	}
	if !t.versioned {
		c.Warn(c.Name + " keeps no versions: whoever may write to it can replace what is there")
	}
	return nil
}

type trial struct {
	Config
	ctx       context.Context
	versioned bool
}

// no is what a bucket lacks.
func (t *trial) no(want, found string) error {
	return fmt.Errorf("%s is no place for a registry: want %s, found %s", t.Name, want, found)
}

// twice creates one key two times, one after the other.
func (t *trial) twice(key string) error {
	const want = "the second of two that create one key refused and the first one kept"
	err := t.Objects.PutNew(t.ctx, key, triedContent(0))
	if err != nil && !errors.Is(err, durable.ErrExists) { // by a try whose answer was lost
		return fmt.Errorf("%s: try: %w", t.Name, err)
	}
	second := t.Objects.PutNew(t.ctx, key, triedContent(1))
	if second != nil && !errors.Is(second, durable.ErrExists) {
		return fmt.Errorf("%s: try: %w", t.Name, second)
	}
	found, versions, err := t.look(key)
	switch {
	case err != nil:
		return err
	case second == nil && versions > 1:
		return t.no(want, "both taken")
	case second == nil || !bytes.Equal(found, triedContent(0)):
		return t.no(want, "the second one taken")
	case versions != 1:
		return t.no("a key that was just created in the list", fmt.Sprintf("it %d times", versions))
	}
	return nil
}

// race creates one key several times at once.
func (t *trial) race(key string) error {
	want := fmt.Sprintf("one of %d that create one key at once to succeed", racers)
	results := make([]error, racers)
	var all sync.WaitGroup
	for i := range racers {
		all.Go(func() { results[i] = t.Objects.PutNew(t.ctx, key, triedContent(i)) })
	}
	all.Wait()
	won := -1
	for i, err := range results {
		switch {
		case err == nil && won >= 0:
			return t.no(want, "several")
		case err == nil:
			won = i
		case !errors.Is(err, durable.ErrExists):
			return fmt.Errorf("%s: try: %w", t.Name, err)
		}
	}
	found, versions, err := t.look(key)
	switch {
	case err != nil:
		return err
	case versions != 1:
		return t.no(want, fmt.Sprintf("%d versions", versions))
	case won >= 0 && !bytes.Equal(found, triedContent(won)):
		return t.no(want, "the bytes of another than the one that did")
	}
	return nil
}

// look returns what a key has now, and how many versions are listed.
func (t *trial) look(key string) ([]byte, int, error) {
	b, err := t.Objects.Get(t.ctx, key, "", maxTried)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: try: read what was just put: %w", t.Name, err)
	}
	versions := 0
	err = t.Objects.List(t.ctx, key, maxKeys, func(_, id string, _ int64) {
		versions++
		t.versioned = id != "" && id != "null"
	})
	if err != nil {
		return nil, 0, fmt.Errorf("%s: try: list: %w", t.Name, err)
	}
	return b, versions, nil
}

// triedContent differs for each i.
func triedContent(i int) []byte { return fmt.Appendf(nil, "tried out by strongroom, %d\n", i) }
