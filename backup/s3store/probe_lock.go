package s3store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
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
	for _, x := range []trial{
		{"shorten", "a lock that cannot be made shorter", "lengthen a lock either", p.mayLock, p.store.TryShorten},
		{"delete", "a locked version that cannot be deleted", "delete at all", p.mayDelete, p.store.TryDelete},
	} {
		if err := p.try(o, x); err != nil {
			return err
		}
	}
	return p.hide(o)
}

// trial is an attack, and what shows that these credentials could do it where no
// lock hinders them.
type trial struct {
	name, wanted string
	otherwise    string // what they may not do if control shows nothing
	control      func(backup.Object) (bool, error)
	attack       func(context.Context, backup.Object) error
}

// try attacks an object, if there is one. That the attack failed tells of the
// lock only where its control did not.
func (p *prober) try(o backup.Object, x trial) error {
	may := false
	if o.Version != "" {
		var err error
		if may, err = x.control(o); err != nil {
			return err
		}
	}
	err := p.attack(o, x.attack)
	if err == nil && !may {
		p.unshown(x.name, x.wanted, "these credentials may not "+x.otherwise)
		return nil
	}
	return p.judge(x.name, p.locks, x.wanted, err)
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

// hidden is what must hold of a version below a delete marker.
const hidden = "a version still told below a delete marker, as covered"

// hide puts a delete marker over an object; one of its own if none was locked.
func (p *prober) hide(o backup.Object) error {
	if o.Version == "" {
		var err error
		if o, err = p.free(); err != nil {
			return p.judge("delete-marker", true, hidden, err)
		}
	}
	err := p.remove(o.Name, minio.RemoveObjectOptions{})
	if err != nil && !refused(err) {
		return err
	}
	denied := err != nil // also a way to keep it, if not the lock's
	versions, err := p.store.Versions(p.ctx, o.Name)
	if err == nil && !slices.ContainsFunc(versions, func(v backup.Object) bool { return v.Version == o.Version && v.Covered != denied }) {
		err = behaviour(fmt.Sprintf("%d others", len(versions)))
	}
	if err == nil && denied {
		p.unshown("delete-marker", hidden, "these credentials may not delete at all")
		return nil
	}
	return p.judge("delete-marker", true, hidden, err)
}

// free puts a small object without a lock.
func (p *prober) free() (backup.Object, error) {
	name, b, err := p.small()
	if err != nil {
		return backup.Object{}, err
	}
	version, err := p.put(name, b, backup.Whole(b).Sum, time.Time{}, false)
	return backup.Object{Name: name, Version: version}, err
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
