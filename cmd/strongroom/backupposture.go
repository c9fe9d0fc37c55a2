package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"strongroom/backup/posture"
	"strongroom/backup/s3store"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// postureFile is what the last posture found.
const postureFile = "posture.json"

// The two halves of a posture, as --only names them.
const (
	onlyStores = "stores"
	onlyHost   = "host"
)

type postureFlags struct {
	store, only, key string
	asJSON           *bool
}

func backupPostureCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "posture",
		Short: "look how the buckets, the credentials and this machine are set up",
		Long: "Looks at each bucket: versions and locks, who is let in without credentials (it tries), what its policy and access list say, lifecycle rules that would hide or delete copies, encryption, replication, TLS and its certificate. It tries what these credentials should not be able to do, by deleting what never was and by texts that set up nothing. Then at the credentials: how old they are, and who may read them. Then at the machine or the container that the job runs in.\n\n" +
			"What the credentials do not let it read is told as not readable, and is never a pass. It ends with status 3 when something failed, or when something cannot be read that must be.\n\n" +
			"Only services that speak S3 are looked at, and folders.",
		Example: "strongroom backup posture --key /etc/strongroom/maker.key\n" +
			"  strongroom backup posture --store dublin --only stores --json",
		Args: cobra.NoArgs,
	}
	var f postureFlags
	cmd.Flags().StringVar(&f.store, "store", "", "only the store `NAME`")
	cmd.Flags().StringVar(&f.only, "only", "", "only the "+onlyStores+", or only the "+onlyHost)
	cmd.Flags().StringVar(&f.key, "key", "", "also look who may read the maker's `KEY`: a file, agent:FINGERPRINT or vault:FILE")
	f.asJSON = cli.JSONFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !slices.Contains([]string{"", onlyStores, onlyHost}, f.only) {
			return cli.Usagef("--only: want %s or %s, found %q", onlyStores, onlyHost, f.only)
		}
		if err := refuseOtherKind(f.store); err != nil {
			return err
		}
		return inDesk(w, *home, func(d *desk) error { return d.posture(cmd.Context(), f) })
	}
	return cmd
}

// refuseOtherKind refuses a store of a kind that cannot be used, by its name.
func refuseOtherKind(s string) error {
	if kind, other := posture.OtherKind(s); other {
		return cli.Hint(cli.Usagef("store: want a folder, or a bucket of a service that speaks S3, found %s", kind), "strongroom backup store add -h")
	}
	if strings.HasPrefix(strings.ToLower(s), "s3:") {
		return cli.Hint(cli.Usagef("store: want a bucket described by a file, found an address"), "strongroom backup store add NAME --bucket FILE --credentials FILE")
	}
	return nil
}

// postureReport is what a posture found.
type postureReport struct {
	At     string            `json:"at"`
	Stores []storePosture    `json:"stores"`
	Host   []posture.Finding `json:"host"`
	Bad    []string          `json:"bad"` // subject and name: "two: lifecycle"
}

// storePosture is what was found at one store.
type storePosture struct {
	Store    text.ID           `json:"store"`
	Path     string            `json:"path"`
	Power    power             `json:"power"` // whose credentials were used; empty for a folder
	Findings []posture.Finding `json:"findings"`
}

func (d *desk) posture(ctx context.Context, f postureFlags) error {
	p, err := d.inForce()
	if err != nil {
		return err
	}
	rules, err := d.checkedRules(p)
	if err != nil {
		return err
	}
	r := postureReport{At: d.stamp(), Stores: []storePosture{}, Host: []posture.Finding{}, Bad: []string{}}
	if f.only != onlyHost {
		if r.Stores, err = d.postureOfStores(ctx, f.store, rules); err != nil {
			return err
		}
	}
	if f.only != onlyStores {
		r.Host = append(hostPosture(d.dir.Path(), d.world.Now()), makerPosture(f.key)...)
	}
	r.judge()
	if whole := f.only == "" && f.store == ""; whole || len(r.Bad) > 0 { // a part that is good says nothing of the rest
		if err := d.keepPosture(r); err != nil {
			return err
		}
	}
	if *f.asJSON {
		return errors.Join(d.world.JSON(r), cli.Reported(r.refusal()))
	}
	r.print(d.world)
	return r.refusal()
}

// judge lists what is bad.
func (r *postureReport) judge() {
	for _, s := range r.Stores {
		for _, name := range posture.Bad(s.Findings) {
			r.Bad = append(r.Bad, string(s.Store)+": "+name)
		}
	}
	for _, name := range posture.Bad(r.Host) {
		r.Bad = append(r.Bad, "host: "+name)
	}
}

func (r *postureReport) refusal() error {
	if len(r.Bad) == 0 {
		return nil
	}
	return cli.Refusal{Sentence: "posture: want nothing that fails, found " + strings.Join(r.Bad, ", "), Codes: []string{codePosture}, Call: "whoever looks after the stores, or after this machine"}
}

func (d *desk) postureOfStores(ctx context.Context, only string, rules policy.Backup) ([]storePosture, error) {
	stores, err := d.wantStores(ctx)
	defer closeStores(stores)
	if err != nil {
		return nil, err
	}
	out := []storePosture{}
	for _, s := range stores {
		if only == "" || only == string(s.name) {
			one, err := d.postureOf(ctx, s, rules)
			if err != nil {
				return nil, err
			}
			out = append(out, one)
		}
	}
	if len(out) == 0 {
		return nil, cli.Hint(fmt.Errorf("store: want one that was added, found %q", only), "strongroom backup status")
	}
	return out, nil
}

// postureOf looks at one store.
func (d *desk) postureOf(ctx context.Context, s namedStore, rules policy.Backup) (storePosture, error) {
	r := storePosture{Store: s.name, Path: s.path}
	wanted := posture.Wanted{Locks: rules.LockOf(s.name) == policy.LockCompliance && (rules.Named || !s.isFolder()), Days: rules.LockDays}
	if s.isFolder() {
		r.Findings = posture.Folder(wanted)
		return r, nil
	}
	var err error
	if r.Power, err = d.powerHere(s.name); err != nil {
		return r, err
	}
	r.Findings = append(d.bucketPosture(ctx, s, wanted, r.Power), d.keysPosture(ctx, s, r.Power, rules)...)
	if s.bucket.authority != "" {
		ends := certificatesEnd(d.world, s.bucket.authority)
		r.Findings = append(r.Findings, posture.Authority(s.bucket.authority, ends, d.world.Now())...)
	}
	slices.SortFunc(r.Findings, func(a, b posture.Finding) int { return strings.Compare(a.Name, b.Name) })
	return r, ctx.Err()
}

// bucketPosture asks the store, unless it cannot be reached.
func (d *desk) bucketPosture(ctx context.Context, s namedStore, wanted posture.Wanted, p power) []posture.Finding {
	if s.err != nil {
		return posture.Away(s.err)
	}
	b, err := s3store.Look(ctx, s.s3, s3store.Looking{Wanted: wanted, Object: markName, Powers: true, Puts: p == writer, Rand: d.world.Rand})
	if err != nil {
		return posture.Away(err)
	}
	return b.Findings()
}

// powerHere is the power whose credentials this home uses for a store.
func (d *desk) powerHere(store text.ID) (power, error) {
	for _, p := range powers() {
		_, err := d.credentials(store, p)
		if err == nil {
			return p, nil
		}
		if !missingFile(err) {
			return "", err
		}
	}
	return "", nil
}

func (d *desk) keepPosture(r postureReport) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return d.inBackup(".", func(dir *durable.Dir) error { return dir.WriteFile(postureFile, append(b, '\n')) })
}

// lastPosture is what the last posture found, and when; zero for never.
func (d *desk) lastPosture() (at time.Time, bad []string) {
	var r struct {
		At  string   `json:"at"`
		Bad []string `json:"bad"`
	}
	err := d.inBackup(".", func(dir *durable.Dir) error {
		b, err := dir.ReadFile(postureFile, maxPostureFile)
		if err != nil {
			return err
		}
		return json.Unmarshal(b, &r)
	})
	if err != nil {
		return time.Time{}, nil
	}
	if at, err = time.Parse(time.RFC3339, r.At); err != nil {
		return time.Time{}, nil
	}
	return at, r.Bad
}
