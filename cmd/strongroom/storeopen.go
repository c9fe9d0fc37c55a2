package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"strongroom/backup"
	"strongroom/backup/s3store"
	"strongroom/backup/secrets"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// power is what a pair of keys may do at a store. Each has credentials of its own,
// best on a machine of its own.
type power string

const (
	writer power = "writer" // puts what is new
	keeper power = "keeper" // makes locks longer
	prober power = "probe"  // tries out what must be refused
)

// powers are all of them. Whoever only reads takes the first that this home has.
func powers() []power { return []power{writer, keeper, prober} }

// folder is where the home keeps what says where a power's credentials are.
func (p power) folder() string { return "credentials-" + string(p) }

// namedStore is one of the places where copies go. When it cannot be reached,
// store answers everything with the reason.
type namedStore struct {
	name  text.ID
	path  string // for people: the folder, or the bucket and its host
	store backup.Store
	err   error

	// unlisted is why its manifests could not be listed.
	unlisted error

	folder *mounted       // of a folder, the same as store
	bucket bucket         // of a store at an S3 service
	s3     *s3store.Store // the same as store
	keys   secrets.Source
}

// isFolder says whether a store is a folder, which locks nothing.
func (s namedStore) isFolder() bool { return s.bucket == bucket{} }

// region is that of a bucket.
func (s namedStore) region() string { return s.bucket.region }

// stores opens every store, sorted by name, with the first credentials that this
// home has for it. One that cannot be reached is in the list with the reason.
// The caller closes them.
func (d *desk) stores(ctx context.Context) ([]namedStore, error) {
	return d.storesFor(ctx, powers()...)
}

// storesFor is stores with the credentials of one of some powers.
func (d *desk) storesFor(ctx context.Context, with ...power) ([]namedStore, error) {
	files, err := d.storeFiles()
	if err != nil {
		return nil, err
	}
	var out []namedStore
	for _, f := range files {
		s := namedStore{name: f.name}
		s.describe(d, f, with)
		out = append(out, s)
	}
	d.reachAll(ctx, out)
	return out, ctx.Err()
}

// reachAll looks for the marks of all stores at once. One that does not show its
// own in time is away.
func (d *desk) reachAll(ctx context.Context, stores []namedStore) {
	var all sync.WaitGroup
	for i, s := range stores {
		all.Go(func() {
			if s.err != nil {
				return
			}
			err := within(ctx, d.world.Patience(reachTime), func(ctx context.Context) error { return stores[i].reach(ctx, d) })
			if err != nil {
				stores[i].away(err)
			}
		})
	}
	all.Wait()
}

// wantStores is stores for what needs at least one.
func (d *desk) wantStores(ctx context.Context) ([]namedStore, error) {
	return d.wantStoresFor(ctx, powers()...)
}

func (d *desk) wantStoresFor(ctx context.Context, with ...power) ([]namedStore, error) {
	stores, err := d.storesFor(ctx, with...)
	if err == nil && len(stores) == 0 {
		err = cli.Hint(errors.New("backup: want at least one store, found none"), "strongroom backup store add NAME DIR")
	}
	return stores, err
}

// describe reads a store's description, a folder's path or a bucket's text. It asks
// the store nothing.
func (s *namedStore) describe(d *desk, f storeFile, with []power) {
	if s.path = f.folder(); s.path == "" {
		s.path = strings.TrimSuffix(string(f.description), "\n")
		s.err = s.openBucket(d, f.description, with)
	}
	if s.err != nil {
		s.away(s.err)
	}
}

// reach opens a folder, and looks for the mark in whatever store it is.
func (s *namedStore) reach(ctx context.Context, d *desk) (err error) {
	if s.isFolder() {
		s.folder, err = openMounted(ctx, s.name, s.path, d.world.Patience)
		if missingFile(err) { // of a folder that is gone nobody knows what is in it
			return fmt.Errorf("want a folder at %s, found none: is the disk mounted?", s.path)
		}
		if err != nil {
			return err
		}
		s.store = s.folder
	}
	return s.checkMark(ctx, d)
}

// away makes it a store that cannot be reached, for a reason.
func (s *namedStore) away(why error) {
	if s.err = silenceIn(why); s.err == nil { // which names the store itself
		s.err = fmt.Errorf("store %s: %w", s.name, why)
	}
	s.store = absent{s.err}
}

// openBucket opens a store at an S3 service with the first credentials there
// are.
func (s *namedStore) openBucket(d *desk, description []byte, with []power) (err error) {
	if s.bucket, err = parseBucket(description); err != nil {
		return err
	}
	s.path = s.bucket.String()
	for _, p := range with {
		c, err := d.credentials(s.name, p)
		if missingFile(err) {
			continue
		}
		if err != nil {
			return err
		}
		return s.open(d, c)
	}
	return cli.Hint(fmt.Errorf("want credentials of the %s, found none", with[0]), "strongroom backup store add %s --bucket FILE --credentials FILE --for %s", s.name, with[0])
}

// credentials reads where a power's credentials for a store are.
func (d *desk) credentials(store text.ID, p power) (c secrets.Config, err error) {
	err = d.inBackup(p.folder(), func(dir *durable.Dir) error {
		b, err := dir.ReadFile(string(store), maxCredentialsFile)
		if err == nil {
			c, err = secrets.ParseConfig(b)
		}
		return err
	})
	return c, err
}

// open makes a store of the bucket.
func (s *namedStore) open(d *desk, c secrets.Config) (err error) {
	s.s3, s.keys, err = s.bucket.reach(d.world, "store "+string(s.name), c)
	s.store = s.s3
	return err
}

// reach makes a client of the bucket, and of whoever has its credentials. The
// caller closes that.
func (b bucket) reach(w cli.World, name string, c secrets.Config) (*s3store.Store, secrets.Source, error) {
	for _, warning := range c.Warnings() {
		w.Warnf("%s: %s", name, warning)
	}
	config := s3store.Config{Endpoint: b.endpoint, Region: b.region, Bucket: b.name, PathStyle: b.pathStyle, Limit: b.limit,
		Timeouts: s3store.PatientTimeouts(), Retries: storeRetries, Rand: w.Rand, Sleep: pause, Now: w.Now}
	var err error
	if b.authority != "" {
		if config.CA, err = w.ReadFile(b.authority, maxAuthority); err != nil {
			return nil, nil, err
		}
	}
	if b.certificate != "" {
		pair, err := secrets.ReadCertificate(b.certificate, b.key)
		if err != nil {
			return nil, nil, err
		}
		config.Client = &pair
	}
	keys, err := secrets.Open(c, doors(w))
	if err != nil {
		return nil, nil, err
	}
	config.Credentials = pairOf(keys)
	store, err := s3store.Open(config)
	return store, keys, err
}

// pairOf hands a source's keys to a store.
func pairOf(source secrets.Source) func(context.Context) (access, secret, session string, err error) {
	return func(ctx context.Context) (access, secret, session string, err error) {
		c, err := source.Credentials(ctx)
		if err != nil {
			return "", "", "", err
		}
		defer c.Erase()
		if access, err = c.Access.Reveal(); err != nil {
			return "", "", "", err
		}
		if secret, err = c.Secret.Reveal(); err != nil {
			return "", "", "", err
		}
		if !c.Session.IsZero() {
			session, err = c.Session.Reveal()
		}
		return access, secret, session, err
	}
}

// pause waits, or returns the context's error.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// checkMark wants the file that says whose store it is.
func (s *namedStore) checkMark(ctx context.Context, d *desk) error {
	want, err := d.storeMark(s.name)
	if err != nil {
		return err
	}
	_, err = backup.Fetch(ctx, s.store, markName, func(found []byte) error {
		if string(found) != string(want) {
			return fmt.Errorf("want the store %s of %s in %s, found another one's", s.name, d.vault, s.path)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("want %s in %s, found none: is the disk mounted?", markName, s.path)
	}
	return err
}

// closeStores gives back folders, and credentials that were lent. What was
// written is durable by then.
func closeStores(stores []namedStore) {
	for _, s := range stores {
		if s.folder != nil {
			_ = s.folder.close()
		}
		if s.keys != nil {
			_ = s.keys.Close(context.Background())
		}
	}
}
