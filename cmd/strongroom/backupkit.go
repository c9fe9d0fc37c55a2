package main

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/backup/dirstore"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

func backupKitCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "kit [SNAPSHOT]",
		Short: "write RECOVER.html: how a snapshot is opened without this program",
		Long: "Writes the page for emergencies about one snapshot, the newest without a number: what it is, where its copies lie, who opens it, and every command that is typed, with age, zstd, tar and sha256sum alone. It is for somebody who has never seen this program. No secret is in it. It tells names, places and buckets: keep it with care all the same.\n\n" +
			"Each run puts such a page, signed by the maker, beside its snapshot in every store, and so does each re-wrap, signed by whoever made that: it tells the newest headers and their people, and the earlier ones for when none of these can be found. This command makes it again from the manifest, the policy in force and the stores of this home, and tells which stores hold the very same page; one that was made before a store moved or the policy changed is another page, and still good.\n\n" +
			"Its hash cannot stand in it. It is printed here: write it on the paper.",
		Example: "strongroom backup kit --out RECOVER.html\n  strongroom backup kit 7 > RECOVER-7.html",
		Args:    cobra.MaximumNArgs(1),
	}
	out := cmd.Flags().StringP("out", "o", "", "write the page to the new `FILE` (default: to standard output)")
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var want snapshotWanted
		if len(args) == 1 {
			if err := want.Set(args[0]); err != nil {
				return cli.Usagef("snapshot: %v", err)
			}
		}
		return inDesk(w, *home, func(d *desk) error { return d.writeKit(cmd.Context(), want, *out, *asJSON) })
	}
	return cmd
}

// kitCopy is what one store has beside the snapshot.
type kitCopy struct {
	Store text.ID  `json:"store"`
	Page  string   `json:"page,omitempty"` // its name there
	Same  bool     `json:"same"`
	Found string   `json:"found"`
	Odd   []string `json:"odd,omitempty"`
}

// writeKit makes the page again and tells where it lies.
func (d *desk) writeKit(ctx context.Context, want snapshotWanted, out string, asJSON bool) error {
	versions, err := d.versions()
	if err != nil {
		return err
	}
	rules, err := d.checkedRules(versions[0])
	if err != nil {
		return err
	}
	known, stores, err := d.snapshots(ctx, versions)
	defer closeStores(stores)
	if err != nil {
		return err
	}
	c, err := d.choose(versions[0], known, want)
	if err != nil {
		return err
	}
	r, err := d.recovery(versions, rules, stores, c.Signed)
	if err != nil {
		return err
	}
	page, err := r.Page()
	if err != nil {
		return err
	}
	if out == "" && !asJSON {
		_, err = d.world.Out.Write(page)
		d.world.Hintf("sha256sum RECOVER.html   # want %s", text.Identity(page))
		return err
	}
	if out != "" {
		if err := writeOut(out, page); err != nil {
			return err
		}
	}
	return d.tellKit(c, out, page, kitCopies(ctx, stores, c.Signed, page, d.knownPages(ctx)), asJSON)
}

// kitCopies looks which stores hold a page.
func kitCopies(ctx context.Context, stores []namedStore, m backup.Signed, page []byte, known []string) []kitCopy {
	var out []kitCopy
	for _, s := range stores {
		x := kitCopy{Store: s.name}
		k, odd, err := backup.FindKit(ctx, s.store, m, known...)
		switch x.Odd = odd; {
		case missingFile(err):
			x.Found = "none"
		case err != nil:
			x.Found = err.Error()
		case k.Sum() == text.Identity(page):
			x.Page, x.Same, x.Found = k.Name(), true, "the same page"
		default:
			x.Page, x.Found = k.Name(), "another page of the maker's"
		}
		out = append(out, x)
	}
	return out
}

func (d *desk) tellKit(c snapshotCopy, out string, page []byte, copies []kitCopy, asJSON bool) error {
	sum := text.Identity(page)
	if asJSON {
		return d.world.JSON(struct {
			Snapshot uint64    `json:"snapshot"`
			Manifest string    `json:"manifest"`
			File     string    `json:"file,omitempty"`
			SHA256   string    `json:"sha256"`
			Stores   []kitCopy `json:"stores"`
		}{c.Manifest().Number, c.id.String(), out, sum.String(), copies})
	}
	d.world.Field("snapshot", fmt.Sprintf("%d, taken %s", c.Manifest().Number, formatClock(c.Manifest().Taken)))
	d.world.Field("page", out)
	d.world.Field("SHA-256", sum.String())
	d.world.Text("")
	var rows [][]string
	for _, x := range copies {
		rows = append(rows, []string{string(x.Store), x.Found})
		for _, name := range x.Odd {
			d.world.Warnf("store %s: %s was not signed by who made the snapshot, tells of a re-wrap that it does not have, or cannot be read: do not follow it", x.Store, name)
		}
	}
	d.world.Table([]string{"store", "beside the snapshot"}, rows)
	return nil
}

// recovery is what the page for emergencies says of a snapshot: all of it comes
// from the manifest, the policy in force and the stores of this home.
func (d *desk) recovery(versions []*policy.Policy, rules policy.Backup, stores []namedStore, s backup.Signed) (backup.Recovery, error) {
	p := versions[0]
	s = s.Followed()
	r := backup.Recovery{Signed: s, Reader: strings.TrimPrefix(string(rules.Reader), "age-"), Version: p.Version, Policy: p.Hash(), Genesis: versions[len(versions)-1].Hash()}
	places := storePlaces(rules)
	for _, s := range stores {
		x := s.recovery()
		x.Place, _ = placeOf(places, string(s.name))
		if !s.isFolder() || path.IsAbs(s.path) { // else its description cannot be read, and that was told
			r.Stores = append(r.Stores, x)
		}
	}
	people, err := d.annexPeople(p)
	if err != nil {
		return r, err
	}
	for _, way := range s.Ways() {
		for _, line := range way.Recipients {
			id := text.ID(strings.Fields(line)[1])
			o, ok := personOf(id, people, versions)
			if ok && !slices.ContainsFunc(r.People, func(p backup.RecoveryPerson) bool { return p.ID == id }) {
				r.People = append(r.People, backup.RecoveryPerson{ID: id, Name: o.Name, Office: string(o.Org)})
			}
		}
	}
	return r, nil
}

// recovery is what a page says of a store itself.
func (s namedStore) recovery() backup.RecoveryStore {
	if s.isFolder() {
		return backup.RecoveryStore{ID: s.name, Folder: s.path}
	}
	return backup.RecoveryStore{ID: s.name, Endpoint: s.bucket.endpoint, Region: s.bucket.region, Bucket: s.bucket.name,
		PathStyle: s.bucket.pathStyle, OwnAuthority: s.bucket.authority != "", WantsCertificate: s.bucket.certificate != ""}
}

// personOf finds somebody among the officers and people of the policy in force, or
// else among the officers of those before it: old headers open for who left.
func personOf(id text.ID, people []policy.Officer, versions []*policy.Policy) (policy.Officer, bool) {
	for i, p := range versions {
		if o, ok := p.Officer(id); ok {
			return o, true
		}
		if at := slices.IndexFunc(people, func(o policy.Officer) bool { return o.ID == id }); i == 0 && at >= 0 {
			return people[at], true
		}
	}
	return policy.Officer{}, false
}

// annexPeople returns those of annex people who are no officers, if the policy
// has it and this registry too.
func (d *desk) annexPeople(p *policy.Policy) ([]policy.Officer, error) {
	annexes, err := annexesOf(d.reg, p)
	if err != nil {
		return nil, err
	}
	b, ok := quorum.AnnexesOf(p, annexes)["people"]
	if !ok {
		return nil, nil
	}
	people, err := policy.ParsePeople(b)
	if err != nil {
		return nil, err
	}
	return people.Persons, nil
}

// kit makes the page that goes beside a snapshot.
func (d *desk) kit(r backupRun, s backup.Signed) (backup.Kit, error) {
	x, err := d.recovery(r.versions, r.rules, r.stores, s)
	if err != nil {
		return backup.Kit{}, err
	}
	return backup.SignKit(x, r.plan.Signer)
}

// repairKit puts the page beside a copy again, from this home or from another
// store.
func (d *desk) repairKit(ctx context.Context, m backup.Signed, t backup.Target, all []backup.Target, until time.Time) ([]string, error) {
	k, err := d.keptKit(ctx, m)
	for _, other := range all {
		if err == nil {
			break
		}
		if other.ID != t.ID {
			k, _, err = backup.FindKit(ctx, other.Store, m, d.knownPages(ctx)...)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("recovery page: want it in this home or another store, found it nowhere: %w", err)
	}
	return backup.RepairKit(ctx, t.Store, k, until)
}

// knownPages names the pages that this home keeps: nobody who fills a store with
// names hides these. None can be known.
func (d *desk) knownPages(ctx context.Context) (names []string) {
	err := d.inBackup(manifestsIn, func(dir *durable.Dir) (err error) {
		names, err = backup.KitNames(ctx, dirstore.Open(dir))
		return err
	})
	if err != nil {
		d.world.Warnf("recovery pages: want the names of those in this home, found %v", err)
	}
	return names
}

// keptKit is the page that this home keeps of a snapshot.
func (d *desk) keptKit(ctx context.Context, m backup.Signed) (k backup.Kit, err error) {
	err = d.inBackup(manifestsIn, func(dir *durable.Dir) error {
		home := dirstore.Open(dir)
		known, err := backup.KitNames(ctx, home)
		if err == nil {
			k, _, err = backup.FindKit(ctx, home, m, known...)
		}
		return err
	})
	return k, err
}
