package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"strongroom/backup/s3store"
	"strongroom/backup/secrets"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// addBucket tries a bucket out, marks it, and notes where it and its credentials
// are.
func (d *desk) addBucket(ctx context.Context, name string, f addFlags) error {
	id, err := text.ParseID(name)
	if err != nil {
		return cli.Usagef("store name: %v", err)
	}
	if !slices.Contains(powers(), power(f.power)) {
		return cli.Usagef("--for: want writer, keeper or probe, found %q", f.power)
	}
	description, credentials, err := d.readBucket(f)
	if err != nil {
		return err
	}
	s := namedStore{name: id, bucket: description, path: description.String()}
	if err := errors.Join(description.keptApart(d.dir.Path()), d.checkNewBucket(s)); err != nil {
		return fmt.Errorf("store %s: %w", id, err)
	}
	defer func() { closeStores([]namedStore{s}) }()
	if err := s.open(d, credentials); err != nil {
		return fmt.Errorf("store %s: %w", id, err)
	}
	if power(f.power) == writer {
		err = d.tryOut(ctx, s)
	} else {
		err = s.checkMark(ctx, d)
	}
	if err != nil {
		return fmt.Errorf("store %s: %w", id, err)
	}
	if err := d.keepBucket(id, power(f.power), description, credentials); err != nil {
		return err
	}
	d.world.Text("Store %s is %s.", id, s.path)
	d.world.Hintf("strongroom backup %s", map[power]string{writer: "run", keeper: "extend", prober: "probe"}[power(f.power)])
	return nil
}

func (d *desk) readBucket(f addFlags) (description bucket, credentials secrets.Config, err error) {
	return readBucketFiles(d.world, f.bucket, f.credentials)
}

// readBucketFiles reads where a bucket is and where its credentials are.
func readBucketFiles(w cli.World, bucketFile, credentialsFile string) (description bucket, credentials secrets.Config, err error) {
	b, err := w.ReadFile(bucketFile, maxStorePath)
	if err != nil {
		return description, credentials, err
	}
	if description, err = parseBucket(b); err != nil {
		return description, credentials, fmt.Errorf("%s: %w", bucketFile, err)
	}
	if err := refuseOtherKind(description.endpoint); err != nil {
		return description, credentials, err
	}
	if b, err = w.ReadFile(credentialsFile, maxCredentialsFile); err != nil {
		return description, credentials, err
	}
	if credentials, err = secrets.ParseConfig(b); err != nil {
		err = fmt.Errorf("%s: %w", credentialsFile, err)
	}
	return description, credentials, err
}

// checkNewBucket refuses a bucket that is another store's already.
func (d *desk) checkNewBucket(s namedStore) error {
	files, err := d.storeFiles()
	if err != nil {
		return err
	}
	for _, f := range files {
		other, err := parseBucket(f.description)
		if err == nil && f.name != s.name && other.endpoint == s.bucket.endpoint && other.name == s.bucket.name {
			return fmt.Errorf("want a bucket of its own, found that of %s", f.name)
		}
	}
	return nil
}

// tryOut refuses a bucket that does not do what a backup relies on, then marks
// it.
func (d *desk) tryOut(ctx context.Context, s namedStore) error {
	locks, days, err := d.mustLock(s.name)
	if err != nil {
		return err
	}
	report, err := s3store.Probe(ctx, s.s3, locks, d.world.Rand)
	if err != nil {
		return err
	}
	if err := report.Err(); err != nil {
		return cli.Refusal{Sentence: err.Error(), Codes: []string{codeLock}, Call: "whoever set the bucket up"}
	}
	for _, f := range report.Findings {
		if f.Unshown {
			d.world.Warnf("store %s: %s; the probe, with credentials of its own, shows it", s.name, f)
		}
	}
	until := time.Time{}
	if locks {
		until = d.world.Now().UTC().Truncate(time.Second).AddDate(0, 0, days)
	}
	return d.putMark(s.store, s.name, until)
}

// mustLock says whether a store has to lock, and for how many days: yes, unless
// annex backup says otherwise.
func (d *desk) mustLock(store text.ID) (locks bool, days int, err error) {
	p, err := d.inForce()
	if errors.Is(err, errUnfinished) {
		return true, policy.StrictBackup(d.vault).LockDays, nil
	}
	if err != nil {
		return true, 0, err
	}
	b, err := d.backupRules(p)
	return b.LockOf(store) == policy.LockCompliance, b.LockDays, err
}

// keepBucket notes the store last: without its description the credentials are
// nothing.
func (d *desk) keepBucket(id text.ID, p power, b bucket, c secrets.Config) error {
	err := d.inBackup(p.folder(), func(dir *durable.Dir) error { return dir.WriteFile(string(id), c.Bytes()) })
	if err != nil {
		return err
	}
	return d.inBackup(storesIn, func(dir *durable.Dir) error { return dir.WriteFile(string(id), b.bytes()) })
}
