package s3store

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"strongroom/backup"
)

// mayLock says whether these credentials can change a lock at all, by making one
// a second longer.
func (p *prober) mayLock(o backup.Object) (bool, error) {
	if o.Until.IsZero() {
		return false, nil
	}
	_, err := p.store.extend(p.ctx, o, o.Until.Add(time.Second))
	if err == nil || about(err) {
		return err == nil, nil
	}
	return false, err
}

// mayDelete says whether these credentials can delete a version that no
// compliance lock keeps: one of their own, put for that. Where the bucket locks
// whatever comes, it is one in governance mode.
func (p *prober) mayDelete(backup.Object) (bool, error) {
	o, err := p.free()
	if err == nil {
		o, err = p.store.state(p.ctx, o)
	}
	if err == nil && !o.Until.IsZero() {
		o, err = p.governed()
	}
	for _, bypass := range []bool{false, true} {
		if err != nil {
			break
		}
		err = p.remove(o.Name, minio.RemoveObjectOptions{VersionID: o.Version, GovernanceBypass: bypass})
		if err != nil && !refused(err) {
			return false, err
		}
		if _, err = p.store.state(p.ctx, o); errors.Is(err, fs.ErrNotExist) {
			return true, nil
		}
	}
	if err == nil || about(err) {
		return false, nil
	}
	return false, err
}

// governed puts a small object in governance mode, whatever the bucket does by
// itself.
func (p *prober) governed() (backup.Object, error) {
	name, b, err := p.small()
	if err != nil {
		return backup.Object{}, err
	}
	version := ""
	until := wholeSeconds(p.store.config.Now().Add(probeLock))
	err = p.store.again(p.ctx, func(ctx context.Context) error {
		made, err := p.store.core.PutObject(ctx, p.store.config.Bucket, name, strings.NewReader(string(b)), int64(len(b)), "", "", minio.PutObjectOptions{
			Mode: minio.Governance, RetainUntilDate: until, UserMetadata: map[string]string{checksumHeader: formatChecksum(backup.Checksum{Sum: backup.Whole(b).Sum})}})
		version = made.VersionID
		return err
	})
	return backup.Object{Name: name, Version: version}, err
}

// remove deletes, or puts a delete marker.
func (p *prober) remove(name string, how minio.RemoveObjectOptions) error {
	return p.store.again(p.ctx, func(ctx context.Context) error {
		return p.store.core.RemoveObject(ctx, p.store.config.Bucket, name, how)
	})
}

// unshown notes that something did not happen, and that nobody knows why.
func (p *prober) unshown(name, wanted, why string) {
	p.findings = append(p.findings, Finding{Name: name, Unshown: true, Wanted: wanted, Found: "that not shown: " + why})
}
