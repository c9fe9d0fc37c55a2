package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"strongroom/backup"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// makerCheck says whether a key may sign as a maker.
type makerCheck func(maker text.ID, key sshsig.Key) bool

// signedPair is a text with its signature, as both lie in stores.
type signedPair interface {
	TextName() string
	Bytes() []byte
	SignatureName() string
	Signature() []byte
}

// signedKind is a kind of text that a maker signs.
type signedKind[S signedPair] struct {
	ends  string                        // of a signature's name
	maker func([]byte) (text.ID, error) // whom a text names as its maker
	open  func(b, armored []byte, maker text.ID, key sshsig.Key) (S, error)
}

func manifestKind() signedKind[backup.Signed] {
	return signedKind[backup.Signed]{".manifest.sig", func(b []byte) (text.ID, error) {
		m, err := backup.ParseManifest(b)
		return m.Maker, err
	}, backup.OpenManifest}
}

func rewrapKind() signedKind[backup.SignedRewrap] {
	return signedKind[backup.SignedRewrap]{".rewrap.sig", func(b []byte) (text.ID, error) {
		x, err := backup.ParseRewrap(b)
		return x.Maker, err
	}, backup.OpenRewrap}
}

// read reads a text of a store and verifies its signature by a key of its maker.
// Its name has to be that of its hash.
func (k signedKind[S]) read(ctx context.Context, trusted makerCheck, s backup.Store, name string) (signed S, err error) {
	var maker text.ID
	b, err := backup.Fetch(ctx, s, name, func(b []byte) (err error) {
		if maker, err = k.maker(b); err == nil && !strings.HasSuffix(strings.TrimSuffix(name, ".txt"), "-"+text.Identity(b).Short()) {
			err = fmt.Errorf("want the name of its hash, %s", text.Identity(b).Short())
		}
		return err
	})
	if err != nil {
		return signed, err
	}
	_, err = backup.Fetch(ctx, s, k.signatureOf(name, maker), func(armored []byte) (err error) {
		signed, err = k.verify(trusted, b, armored, maker)
		return err
	})
	if err == nil && signed.TextName() != name {
		err = fmt.Errorf("want the name %s", signed.TextName())
	}
	return signed, err
}

// signatureOf is the name of the signature by a maker that lies beside a text.
func (k signedKind[S]) signatureOf(name string, maker text.ID) string {
	return strings.TrimSuffix(name, ".txt") + "." + string(maker) + k.ends
}

// verify takes a text that a key of its maker signed.
func (k signedKind[S]) verify(trusted makerCheck, b, armored []byte, maker text.ID) (S, error) {
	var none S
	sig, err := sshsig.Parse(armored)
	if err != nil {
		return none, err
	}
	if !trusted(maker, sig.Key()) {
		return none, fmt.Errorf("want a signature by a key of %s, found %s", maker, sig.Key().Fingerprint())
	}
	return k.open(b, armored, maker, sig.Key())
}

// keepPair keeps a text and its signature in a store of the home.
func keepPair(ctx context.Context, s backup.Store, p signedPair) error {
	for name, b := range map[string][]byte{p.TextName(): p.Bytes(), p.SignatureName(): p.Signature()} {
		if _, err := s.Put(ctx, name, backup.Whole(b), backup.Memory(b), time.Time{}); err != nil {
			return err
		}
	}
	return nil
}
