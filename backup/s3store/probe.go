package s3store

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"strongroom/backup"
)

// Probe finds out what a store really does, with objects of its own called
// probe- and a random number. They are locked for two minutes and left: a
// lifecycle rule for that prefix removes them. With locks the store must be
// able to lock; without, what it does about locks is only told.
//
// A lock is shown by what these credentials may do to an object without one: if
// they may not delete or lengthen locks at all, the finding is Unshown.
//
// The error is about a store that cannot be reached or does not let us in;
// what it lacks is told by Report.Err.
func Probe(ctx context.Context, s *Store, locks bool, rand io.Reader) (Report, error) {
	p := &prober{store: s, ctx: ctx, rand: rand, locks: locks}
	for _, step := range []func() error{p.reach, p.bucket, p.connection, p.wrongChecksum, p.conditional, p.lock, p.overwrite, p.multipart} {
		if err := step(); err != nil {
			return Report{}, fmt.Errorf("probe: %w", err)
		}
	}
	return Report{Store: s.String(), Findings: p.findings}, nil
}

// prober tries things out, one after the other.
type prober struct {
	store    *Store
	ctx      context.Context
	rand     io.Reader
	locks    bool
	findings []Finding
}

func (p *prober) note(name string, required bool, wanted string, pass bool, found string) {
	p.findings = append(p.findings, Finding{Name: name, Pass: pass, Required: required, Wanted: wanted, Found: found})
}

// judge notes what an attempt came to. An error that says nothing about what
// the store does is returned.
func (p *prober) judge(name string, required bool, wanted string, err error) error {
	switch {
	case err == nil:
		p.note(name, required, wanted, true, "just that")
	case p.ctx.Err() != nil:
		return p.ctx.Err()
	case errors.Is(err, errUntried), !about(err):
		return err
	default:
		p.note(name, required, wanted, false, err.Error())
	}
	return nil
}

// about says whether an error tells of what a store does, not of how it was
// reached.
func about(err error) bool {
	for _, known := range []error{fs.ErrNotExist, backup.ErrExists, backup.ErrContent, backup.ErrNoLock} {
		if errors.Is(err, known) {
			return true
		}
	}
	var b behaviour
	return errors.As(err, &b) || refused(err)
}

// name draws the name of an object of ours.
func (p *prober) name() (string, error) {
	var b [probeDigits / 2]byte
	if _, err := io.ReadFull(p.rand, b[:]); err != nil {
		return "", fmt.Errorf("randomness: %w", err)
	}
	return probeKind + hex.EncodeToString(b[:]), nil
}

// small draws a name and a content.
func (p *prober) small() (string, []byte, error) {
	name, err := p.name()
	if err != nil {
		return "", nil, err
	}
	b := make([]byte, probeSmall)
	if _, err := io.ReadFull(p.rand, b); err != nil {
		return "", nil, fmt.Errorf("randomness: %w", err)
	}
	return name, b, nil
}

// put puts bytes as they are, without looking before or after.
func (p *prober) put(name string, b []byte, sum backup.Sum, until time.Time, condition bool) (string, error) {
	version := ""
	err := p.store.again(p.ctx, func(ctx context.Context) error {
		options := wish(until)
		options.UserMetadata = map[string]string{checksumHeader: base64.StdEncoding.EncodeToString(sum[:])}
		if condition {
			options.SetMatchETagExcept("*")
		}
		made, err := p.store.core.PutObject(ctx, p.store.config.Bucket, name, bytes.NewReader(b), int64(len(b)), "", "", options)
		version = made.VersionID
		return err
	})
	return version, err
}

// reach asks for a name that nobody has.
func (p *prober) reach() error {
	name, err := p.name()
	if err != nil {
		return err
	}
	if _, err := p.store.Versions(p.ctx, name); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fmt.Errorf("%s: want a random name free, found it taken", name)
		}
		return err
	}
	return nil
}

func (p *prober) wrongChecksum() error {
	name, b, err := p.small()
	if err != nil {
		return err
	}
	_, err = p.put(name, b, backup.Whole(nil).Sum, time.Time{}, false)
	if err != nil && !refused(err) {
		return err
	}
	if err == nil {
		err = behaviour("it taken")
	} else if _, there := p.store.Versions(p.ctx, name); errors.Is(there, fs.ErrNotExist) {
		err = nil
	}
	return p.judge("checksum", true, "an upload with another SHA-256 than its bytes have refused", err)
}

// conditional puts a name twice, and looks at the checksum that is told.
func (p *prober) conditional() error {
	name, b, err := p.small()
	if err != nil {
		return err
	}
	first := backup.Whole(b)
	_, err = p.put(name, b, first.Sum, time.Time{}, true)
	if err == nil || taken(err) { // by a try whose answer was lost
		other := append([]byte("other "), b...)
		if _, err = p.put(name, other, backup.Whole(other).Sum, time.Time{}, true); err == nil {
			err = behaviour("both taken")
		} else if refused(err) {
			err = p.alone(name)
		}
	}
	if err := p.judge("conditional-create", true, "a second object of one name refused and the first one kept", err); err != nil {
		return err
	}
	if o, err := p.store.Versions(p.ctx, name); err == nil && !o[len(o)-1].Is(first) {
		return p.judge("checksum-told", true, checksumTold, behaviour(checksumWords(o[len(o)-1].Checksum)))
	}
	return p.judge("checksum-told", true, checksumTold, err)
}

const checksumTold = "the SHA-256 of an object told by HEAD"

func checksumWords(c backup.Checksum) string {
	switch {
	case c.Sum == backup.Sum{}:
		return "none"
	case c.Parts > 0:
		return fmt.Sprintf("%s of %d parts", c.Sum, c.Parts)
	}
	return c.Sum.String()
}

// alone wants one version under a name.
func (p *prober) alone(name string) error {
	versions, err := p.store.Versions(p.ctx, name)
	if err == nil && len(versions) != 1 {
		err = behaviour(fmt.Sprintf("%d versions", len(versions)))
	}
	return err
}
