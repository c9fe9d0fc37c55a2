package main

import (
	"context"
	"errors"
	"path/filepath"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
)

// openedWith is what level V4 opens copies with: the zero value opens none.
type openedWith struct {
	identities []string
	headers    string // a folder of headers that officers wrapped; "" for those of the store
	passphrase *int
	keys       []age.Identity
}

func openedFlags(cmd *cobra.Command) *openedWith {
	o := &openedWith{passphrase: cli.PassphraseFD(cmd)}
	cmd.Flags().StringArrayVarP(&o.identities, "identity", "i", nil, "for V4: a key `FILE`, of age or an ssh-ed25519 key; one of each layer's group")
	cmd.Flags().StringVar(&o.headers, "headers", "", "for V4: headers that officers wrapped for one of the identities, a `DIR`")
	return o
}

// level reads the level that copies are verified at: V4 with a key, and no other
// with one.
func (o *openedWith) level(c copyCheck, s string) (backup.Level, error) {
	l, err := backup.ParseLevel(s)
	switch opens := err == nil && l == backup.V4; {
	case opens && len(o.identities) == 0:
		return 0, cli.Usagef("--level: want --identity with V4, which opens the header, found none")
	case opens && c.repair:
		return 0, cli.Usagef("--repair: want level V1 to V3, found V4, which reads only the ends")
	case opens && o.headers != "" && c.number.number == 0:
		return 0, cli.Usagef("--headers: want --snapshot N, whose headers they are, found none")
	case opens:
		return l, nil
	case len(o.identities) > 0 || o.headers != "":
		return 0, cli.Usagef("--identity: want it with --level V4 alone, found level %s", s)
	}
	return copyLevel(s, backup.V0)
}

// open reads the keys, if there is something to open.
func (o *openedWith) open(w cli.World) (err error) {
	o.keys, err = readIdentities(w, o.identities, *o.passphrase)
	return err
}

// verifyCopy examines one copy. That these keys open none of it says nothing
// about the copy.
func (d *desk) verifyCopy(ctx context.Context, s namedStore, c snapshotCopy, check backup.Checking, o *openedWith) (backup.Verification, error) {
	if check.Level != backup.V4 {
		return backup.Verify(ctx, s.store, c.Signed, check)
	}
	var brought backup.HeadersOf
	if o.headers != "" {
		brought = func(_ context.Context, g backup.Segment) (backup.Headers, error) {
			return headersIn(d.world, o.headers, g)
		}
	}
	return backup.VerifyOpened(ctx, s.store, c.Signed, check, brought, o.keys...)
}

// headersIn reads a segment's headers from the folder where officers left what
// they wrapped.
func headersIn(w cli.World, folder string, g backup.Segment) (backup.Headers, error) {
	var out backup.Headers
	for _, h := range g.Headers {
		b, err := w.ReadFile(filepath.Join(folder, h.Name), maxHeaderFile)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// faultOf returns an error about what was brought to open a copy, which says
// nothing about the copy; nil if err is another.
func faultOf(err error) error {
	var ours backup.Unopened
	switch {
	case errors.Is(err, backup.ErrDisputed):
		return cli.Hint(err, "strongroom backup verify --level V3")
	case forOthers(err):
		return cli.Hint(errors.New("want keys that open its headers, found others"), "strongroom backup list --json   # who can open it")
	case errors.As(err, &ours):
		return cli.Hint(err, "give the same command again: no copy was judged by this")
	}
	return nil
}

// forOthers says whether headers are for other keys than these.
func forOthers(err error) bool {
	var none *age.NoIdentityMatchError
	return errors.As(err, &none)
}

// looksOn says whether other copies are looked at behind one that these keys did not
// open: of several snapshots they may open others, and what a re-wrap says of one copy
// says nothing of the next. Whatever else was wrong with the keys is so everywhere.
func looksOn(err error, oneSnapshot bool) bool {
	return errors.Is(err, backup.ErrDisputed) || forOthers(err) && !oneSnapshot
}
