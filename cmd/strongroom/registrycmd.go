package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/registry"
	registrybucket "strongroom/quorum/registry/bucket"
)

func registryCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{Use: "registry", Short: "where texts, signatures and logs lie, for one home or several", Example: "strongroom registry share --bucket bucket.txt --credentials desk.txt"}
	cmd.AddCommand(registryShareCommand(w, home), registryPullCommand(w, home))
	return cmd
}

// sharedFlags say where a shared registry is.
type sharedFlags struct {
	bucket, credentials, prefix *string
	name                        string // of the flag that names the bucket
}

func addSharedFlags(cmd *cobra.Command, name string) sharedFlags {
	return sharedFlags{
		bucket:      cmd.Flags().String(name, "", "the description of the bucket that has the registry, a `FILE`"),
		credentials: cmd.Flags().String("credentials", "", "where its credentials are, a `FILE`"),
		prefix:      cmd.Flags().String("prefix", "", "what the registry's names begin with in the bucket, such as acme/, a `PREFIX`"),
		name:        name,
	}
}

// read reads what the flags name; nil if they name nothing.
func (f sharedFlags) read(w cli.World) (*shared, error) {
	if *f.bucket == "" && *f.credentials == "" && *f.prefix == "" {
		return nil, nil
	}
	if *f.bucket == "" || *f.credentials == "" {
		return nil, cli.Usagef("registry: want --%s and --credentials, found one of them", f.name)
	}
	if err := registrybucket.CheckPrefix(*f.prefix); err != nil {
		return nil, cli.Usagef("--prefix: %w", err)
	}
	s := &shared{prefix: *f.prefix}
	var err error
	s.bucket, s.keys, err = readBucketFiles(w, *f.bucket, *f.credentials)
	return s, err
}

// claim reads what the flags name, tries it out and marks it as this vault's.
func (f sharedFlags) claim(ctx context.Context, w cli.World, mark []byte) (*shared, error) {
	s, err := f.read(w)
	if s == nil || err != nil {
		return nil, err
	}
	far, err := s.reach(w, nil)
	if err != nil {
		return nil, err
	}
	return s, errors.Join(far.claim(ctx, w, mark), far.close())
}

// share puts what a home's registry holds into the shared one, and notes that the
// home uses that from now on.
func (s shared) share(ctx context.Context, w cli.World, home *durable.Dir) (err error) {
	dir, err := home.Sub(registryIn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	own, err := registry.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, own.Close()) }()
	far, err := s.reach(w, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, far.close()) }()
	to, err := far.open(ctx)
	if err != nil {
		return err
	}
	copied, err := registry.Copy(to, own)
	_ = to.Close() // tells only what Copy did
	for _, odd := range copied.Odd {
		w.Warnf("%s", odd)
	}
	if err != nil {
		return err
	}
	return s.keep(home)
}

func registryShareCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "share",
		Short: "keep the registry in a bucket that other homes share",
		Long: "Puts everything that this home's registry holds into a bucket, and uses that one from then on. Desks and officers on many machines name the same bucket, here or with init; all may write at the same time.\n\n" +
			"The bucket is described by a text of six lines or seven, its credentials by another, as for strongroom backup store add. Before it is taken it is tried out: of several who create one name, one may succeed. One that replaces is refused. It should keep versions: then nobody who may write can hide what is there.\n\n" +
			"It is trusted for nothing, as every registry. What was read is remembered in the home's folder registry and compared with its name.",
		Example: "strongroom registry share --bucket bucket.txt --credentials desk.txt --prefix acme/\n" +
			"  strongroom init --home mine --vault acme-treasury --chain regtest --registry bucket.txt --credentials mine.txt --prefix acme/",
	}
	f := addSharedFlags(cmd, "bucket")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return changeDesk(w, *home, func(d *desk) error { return d.share(cmd.Context(), f) })
	}
	return cmd
}

func (d *desk) share(ctx context.Context, f sharedFlags) error {
	if before, is, err := readShared(d.dir); err != nil || is {
		if err == nil {
			err = fmt.Errorf("registry: want one that is this home's own, found it shared: %s", before)
		}
		return err
	}
	mark, err := deskText(d.vault, d.network)
	if err != nil {
		return err
	}
	s, err := f.claim(ctx, d.world, mark)
	if err != nil {
		return err
	}
	if s == nil {
		return cli.Usagef("registry share: want --bucket and --credentials, found neither")
	}
	if err := s.share(ctx, d.world, d.dir); err != nil {
		return err
	}
	d.world.Text("The registry is %s.", s)
	return nil
}

func registryPullCommand(w cli.World, home *string) *cobra.Command {
	return &cobra.Command{
		Use:   "pull",
		Short: "bring all of a shared registry into the home's folder registry",
		Long: "Reads everything that the shared registry holds into the home's folder registry, where stock tools and the shell kit find it. A backup and verify do so by themselves. " +
			"Should the bucket be lost, the home goes on with that folder as its own registry once its folder shared is taken away.",
		Example: "strongroom registry pull",
		RunE: func(*cobra.Command, []string) error {
			return inDesk(w, *home, func(d *desk) error {
				if d.far == nil {
					return cli.Hint(errors.New("registry: want one that is shared, found this home's own"), "strongroom registry share --bucket FILE --credentials FILE")
				}
				copied, err := d.pull()
				if err != nil {
					return err
				}
				d.world.Text("%s in %s.", count(copied.Files, "file"), d.regDir.Path())
				return nil
			})
		},
	}
}

// bringShared pulls the shared registry of one's own home before it is read as a
// folder. A folder of somebody else does not say whom this machine talks to.
func bringShared(w cli.World, home, path string) error {
	dir, err := durable.Open(path)
	if err != nil {
		return err
	}
	_, is, err := readShared(dir)
	if err = errors.Join(err, dir.Close()); err != nil || !is {
		return err
	}
	if own, err := homePath(w, home); err != nil || own != path {
		w.Warnf("%s: its registry is shared: only what was brought into it is judged, with strongroom registry pull", path)
		return nil
	}
	return inDesk(w, path, func(d *desk) error { return d.pullShared() })
}
