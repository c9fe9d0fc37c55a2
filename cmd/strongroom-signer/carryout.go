package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"

	"strongroom/quorum"
	"strongroom/signer"
)

// brakes takes every freeze and cancel, which are shown and not asked about: they
// only stop something, and hold whatever a person declines afterwards. A signer
// that lost records has to get them back first.
func (t *visit) brakes(s signer.Session) error {
	if t.braked = !t.v.Doubted(); !t.braked {
		return nil
	}
	for _, item := range t.v.Items {
		if !item.Kind().Brake() {
			continue
		}
		t.show(item)
		if err := t.enact(s, item); err != nil {
			return err
		}
	}
	return nil
}

// enact carries out one item that spends no coins, if it may be, and judges the
// others again.
func (t *visit) enact(s signer.Session, item *signer.Item) error {
	if !t.pending(item) {
		return nil
	}
	err := t.m.Enact(t.v, s, item)
	var late *signer.RefusedError
	switch {
	case errors.As(err, &late):
		return t.review(item) // Finish records it, and refusal tells it
	case err != nil:
		return err
	}
	t.did = append(t.did, item)
	t.m.Refresh(t.v)
	return nil
}

// decisions carries out what spends no coins and needs no key, one by one: what
// comes later may only be possible by what came before. A note says why a person
// stopped it.
func (t *visit) decisions(fd int, s signer.Session) (note string, err error) {
	for _, item := range t.v.Items {
		if t.later(item) || item.Kind().Brake() && t.braked {
			continue
		}
		if err := t.review(item); err != nil {
			return "", err
		}
		t.show(item)
		if t.pending(item) && !item.Kind().Brake() {
			if err := t.confirm(fd, item); err != nil {
				return declined, err
			}
		}
		if err := t.enact(s, item); err != nil {
			return "", err
		}
	}
	return "", nil
}

// declined is what the log says of a visit that a person ended.
const declined = "operator declined: confirmation did not match"

// later says what is left when the decisions are made: what spends coins, and
// while this signer's log is in doubt everything but its resync.
func (t *visit) later(item *signer.Item) bool {
	return item.Kind().Moves() || t.v.Doubted() && item.Kind() != quorum.KindResync
}

// spends shows everything that spends coins, has all of it confirmed, and only
// then unlocks the key, once.
func (t *visit) spends(f releaseFlags, s signer.Session) (signed []quorum.File, note string, err error) {
	var permitted []*signer.Item
	for _, item := range t.v.Items {
		if !t.later(item) {
			continue
		}
		if err := t.review(item); err != nil {
			return nil, "", err
		}
		t.show(item)
		if item.Spend != nil && t.may(item) {
			permitted = append(permitted, item)
		}
	}
	if len(permitted) == 0 {
		return nil, "", nil
	}
	if err := readTwins(*f.twin, permitted); err != nil {
		return nil, "nothing signed: the twin's answer could not be read", err
	}
	for _, item := range permitted {
		if err := t.confirm(*f.confirm, item); err != nil {
			return nil, declined, err
		}
	}
	key, note, err := t.openKey(s, f.holders)
	if err != nil {
		return nil, note, err
	}
	defer key.Wipe()
	for _, item := range permitted {
		packet, err := t.m.Release(t.v, s, item, key, runtime.GOMAXPROCS(0))
		var late *signer.RefusedError
		if errors.As(err, &late) {
			continue // Finish records it, and refusal tells it
		}
		if err != nil {
			return nil, "", err
		}
		signed = append(signed, quorum.File{Name: item.ID().Short() + ".psbt", Bytes: packet})
	}
	return signed, "", nil
}

// beginnings shows everything that may begin to wait, has all of it confirmed,
// and records it.
func (t *visit) beginnings(fd int, s signer.Session) (note string, err error) {
	var begin []*signer.Item
	for _, item := range t.v.Items {
		if item.Kind().Brake() && t.braked {
			continue // shown already
		}
		if err := t.review(item); err != nil {
			return "", err
		}
		t.show(item)
		if t.pending(item) {
			begin = append(begin, item)
		}
	}
	for _, item := range begin {
		if err := t.confirm(fd, item); err != nil {
			return declined, err
		}
	}
	for _, item := range begin {
		var nonce [32]byte
		if _, err := io.ReadFull(t.p.world.Rand, nonce[:]); err != nil {
			return "", fmt.Errorf("record: want %d random bytes: %w", len(nonce), err)
		}
		err := t.m.Record(t.v, s, item, nonce)
		var late *signer.RefusedError
		if errors.As(err, &late) {
			continue // Finish records it, and refusal tells it
		}
		if err != nil {
			return "", err
		}
		t.did = append(t.did, item)
	}
	return "", nil
}
