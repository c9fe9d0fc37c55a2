package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"strongroom/backup/s3store"
	"strongroom/backup/secrets"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/registry"
	registrybucket "strongroom/quorum/registry/bucket"
)

const (
	// sharedIn is where a home keeps where its registry is, if that is a bucket. It
	// is no part of a snapshot: what was restored is a registry of its own.
	sharedIn     = "shared"
	sharedBucket = "bucket.txt"
	sharedKeys   = "credentials.txt"
	sharedPrefix = "prefix.txt"

	// sharedMark lies in the bucket beside the registry and says whose it is.
	sharedMark = "registry.txt"
)

// shared says where the registry is that several homes share. The zero value is
// none.
type shared struct {
	bucket bucket
	prefix string
	keys   secrets.Config
}

func (s shared) String() string {
	if s.prefix == "" {
		return s.bucket.String()
	}
	return s.bucket.String() + ", below " + s.prefix
}

// readShared reads where the registry is, if the home does not have it itself.
func readShared(home *durable.Dir) (s shared, is bool, err error) {
	dir, err := home.OpenSub(sharedIn)
	if errors.Is(err, fs.ErrNotExist) {
		return s, false, nil
	}
	if err != nil {
		return s, false, err
	}
	defer dir.Close()
	b, err := dir.ReadFile(sharedBucket, maxStorePath)
	if errors.Is(err, fs.ErrNotExist) {
		return s, false, nil // init or share did not come to its end
	}
	if err == nil {
		s.bucket, err = parseBucket(b)
	}
	if err != nil {
		return s, false, fmt.Errorf("%s/%s: %w", sharedIn, sharedBucket, err)
	}
	if b, err = dir.ReadFile(sharedKeys, maxCredentialsFile); err == nil {
		s.keys, err = secrets.ParseConfig(b)
	}
	if err != nil {
		return s, false, fmt.Errorf("%s/%s: %w", sharedIn, sharedKeys, err)
	}
	if b, err = dir.ReadFile(sharedPrefix, maxSharedPrefix); err == nil {
		s.prefix = string(b)
		err = registrybucket.CheckPrefix(s.prefix)
	}
	if err != nil {
		return s, false, fmt.Errorf("%s/%s: %w", sharedIn, sharedPrefix, err)
	}
	return s, true, nil
}

// keep notes where the registry is, the bucket last: without it the rest is
// nothing.
func (s shared) keep(home *durable.Dir) error {
	dir, err := home.Sub(sharedIn)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		b    []byte
	}{{sharedPrefix, []byte(s.prefix)}, {sharedKeys, s.keys.Bytes()}, {sharedBucket, s.bucket.bytes()}} {
		if err == nil {
			err = dir.WriteFile(f.name, f.b)
		}
	}
	return errors.Join(err, dir.Close())
}

// reached is a shared registry's place, and what has to be given back.
type reached struct {
	config registrybucket.Config
	keys   secrets.Source
}

// reach makes a place of a description. Copies are kept in the folder given, which
// may be nil.
func (s shared) reach(w cli.World, copies *durable.Dir) (*reached, error) {
	var store *s3store.Store
	store, keys, err := s.bucket.reach(w, "registry", s.keys)
	if err != nil {
		if keys != nil {
			err = errors.Join(err, keys.Close(context.Background()))
		}
		return nil, fmt.Errorf("registry: %w", err)
	}
	return &reached{keys: keys, config: registrybucket.Config{Objects: store.Keys(), Name: s.bucket.String(), Prefix: s.prefix, Copies: copies,
		Warn: func(line string) { w.Warnf("registry: %s", line) }}}, nil
}

// open opens the registry.
func (r *reached) open(ctx context.Context) (*registry.Registry, error) {
	f, err := registrybucket.Open(ctx, r.config)
	if err != nil {
		return nil, err
	}
	return registry.OpenIn(f)
}

// close gives credentials back that were lent.
func (r *reached) close() error {
	if r == nil || r.keys == nil {
		return nil
	}
	return r.keys.Close(context.Background())
}

// claim tries a bucket out, refuses one that does not do what a registry relies on,
// and says in it whose it is.
func (r *reached) claim(ctx context.Context, w cli.World, mark []byte) error {
	if err := registrybucket.Try(ctx, r.config, w.Rand); err != nil {
		return err
	}
	f, err := registrybucket.Open(ctx, r.config)
	if err != nil {
		return err
	}
	err = f.WriteNew(sharedMark, mark)
	if errors.Is(err, durable.ErrExists) {
		return fmt.Errorf("registry: want that of this vault in %s, found another's: %w", f.Path(), err)
	}
	return err
}

// openRegistry opens the registry of the home, or the one that it shares. What was
// read of a shared one is remembered where the home's own would be.
func (d *desk) openRegistry(ctx context.Context) (err error) {
	s, is, err := readShared(d.dir)
	if err != nil {
		return err
	}
	if d.regDir, err = d.dir.Sub(registryIn); err != nil {
		return err
	}
	if is {
		if d.far, err = s.reach(d.world, d.regDir); err == nil {
			d.reg, err = d.far.open(ctx)
		}
	} else {
		d.reg, err = registry.Open(d.regDir)
	}
	if err != nil {
		return errors.Join(err, d.far.close(), d.regDir.Close())
	}
	return nil
}

// pull brings everything of a shared registry into the home, for what reads it as
// files: a snapshot, the auditor's replay, stock tools.
func (d *desk) pull() (registry.Copied, error) {
	own, err := registry.Open(d.regDir)
	if err != nil {
		return registry.Copied{}, err
	}
	copied, err := registry.Copy(own, d.reg)
	for _, odd := range copied.Odd {
		d.world.Warnf("%s", odd)
	}
	return copied, errors.Join(err, own.Close())
}

// pullShared is pull for a home whose registry is shared, and nothing for others.
func (d *desk) pullShared() error {
	if d.far == nil {
		return nil
	}
	_, err := d.pull()
	return err
}
