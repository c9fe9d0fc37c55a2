package s3store

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/minio/minio-go/v7"

	"strongroom/backup"
)

// locked puts a small object with a lock.
func (p *prober) locked() (backup.Object, time.Time, error) {
	name, b, err := p.small()
	if err != nil {
		return backup.Object{}, time.Time{}, err
	}
	until := wholeSeconds(p.store.config.Now().Add(probeLock))
	version, err := p.put(name, b, backup.Whole(b).Sum, until, false)
	if err != nil {
		return backup.Object{}, until, err
	}
	o, err := p.store.head(p.ctx, name, version)
	return o, until, err
}

// lock attacks a locked object, and hides it at last.
func (p *prober) lock() error {
	o, until, err := p.locked()
	if err == nil {
		err = lockHeld(o, until)
	}
	if err := p.judge("lock", p.locks, "an object locked as the upload asked", err); err != nil {
		return err
	}
	for _, attack := range []struct {
		name, wanted string
		try          func(context.Context, backup.Object) error
	}{
		{"shorten", "a lock that cannot be made shorter", p.store.TryShorten},
		{"delete", "a locked version that cannot be deleted", p.store.TryDelete},
	} {
		if err := p.judge(attack.name, p.locks, attack.wanted, p.attack(o, attack.try)); err != nil {
			return err
		}
	}
	return p.judge("delete-marker", true, "a version still told below a delete marker, as covered", p.hide(o))
}

// attack tries something on an object if there is one.
func (p *prober) attack(o backup.Object, try func(context.Context, backup.Object) error) error {
	if o.Version == "" {
		return behaviour("no locked version to try it on")
	}
	return try(p.ctx, o)
}

func lockHeld(o backup.Object, until time.Time) error {
	if o.Until.Before(until) {
		return behaviour(lockWords(o.Until) + " instead of " + utc(until))
	}
	return nil
}

// hide puts a delete marker over an object; one of its own if none was locked.
func (p *prober) hide(o backup.Object) error {
	if o.Version == "" {
		name, b, err := p.small()
		if err != nil {
			return err
		}
		version, err := p.put(name, b, backup.Whole(b).Sum, time.Time{}, false)
		if err != nil {
			return err
		}
		o = backup.Object{Name: name, Version: version}
	}
	err := p.store.again(p.ctx, func(ctx context.Context) error {
		return p.store.core.RemoveObject(ctx, p.store.config.Bucket, o.Name, minio.RemoveObjectOptions{})
	})
	if err != nil && !refused(err) {
		return err
	}
	denied := err != nil // also a way to keep it
	versions, err := p.store.Versions(p.ctx, o.Name)
	if err != nil {
		return err
	}
	for _, v := range versions {
		if v.Version == o.Version && v.Covered != denied {
			return nil
		}
	}
	return behaviour(fmt.Sprintf("%d others", len(versions)))
}

func (p *prober) overwrite() error {
	o, until, err := p.locked()
	if err == nil {
		err = lockHeld(o, until)
	}
	if err == nil {
		err = p.attack(o, p.store.TryOverwrite)
	}
	return p.judge("overwrite", p.locks, "a locked version that stays, and is found, when something is put over it", err)
}

// multipart uploads two parts with a lock.
func (p *prober) multipart() error {
	name, b, err := p.small()
	if err != nil {
		return err
	}
	b = append(bytes.Repeat(b, smallestPart/len(b)), b...)
	c := twoParts(b)
	until := wholeSeconds(p.store.config.Now().Add(probeLock))
	o, err := p.upload(name, c, backup.Memory(b), until)
	told := err
	if err == nil {
		err = lockHeld(o, until)
		if told = nil; !o.Is(c) {
			told = behaviour(checksumWords(o.Checksum))
		}
	}
	if err := p.judge("multipart-lock", p.locks, "an upload in parts locked as it asked", err); err != nil {
		return err
	}
	return p.judge("multipart-checksum", true, "the SHA-256 of an upload in parts told by HEAD", told)
}

func (p *prober) upload(name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	u, err := p.store.begin(p.ctx, name, until)
	if refused(err) && !until.IsZero() && !p.locks { // it cannot lock; the parts are still of interest
		u, err = p.store.begin(p.ctx, name, time.Time{})
	}
	if err == nil {
		err = p.store.sendMissing(p.ctx, u, c, from)
	}
	if err != nil {
		return backup.Object{}, err
	}
	version, err := p.store.join(p.ctx, u, c)
	if err != nil {
		return backup.Object{}, err
	}
	return p.store.head(p.ctx, name, version)
}

// twoParts measures bytes in parts of the least size.
func twoParts(b []byte) backup.Content {
	c := backup.Whole(b)
	c.Part, c.Sums = smallestPart, []backup.Sum{backup.Whole(b[:smallestPart]).Sum, backup.Whole(b[smallestPart:]).Sum}
	c.Composite = backup.Whole(c.List()).Sum
	return c
}
