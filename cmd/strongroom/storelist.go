package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

func storeListCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "list the stores of this home without asking them anything",
		Example: "strongroom backup store list",
		Args:    cobra.NoArgs,
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.listStores(*asJSON) })
	}
	return cmd
}

func storeRemoveCommand(w cli.World, home *string) *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "ship nothing more to a store; what is in it stays",
		Long: "This home forgets where the store is, and where its credentials are. In the store nothing changes: copies stay, and so do their locks, which nobody makes longer from here any more. Notes and signed results about it are kept, so that a store that comes back is known.\n\n" +
			"Where annex backup lists the store, 'backup status' tells that it is missing until an amendment takes it out.",
		Example: "strongroom backup store remove frankfurt",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return changeDesk(w, *home, func(d *desk) error { return d.removeStore(args[0]) })
		},
	}
}

// storeFile is what this home keeps of a store: its name, and how it is reached.
type storeFile struct {
	name        text.ID
	description []byte
}

// folder is the path of a store that is a folder; empty for a bucket.
func (f storeFile) folder() string {
	if path := strings.TrimSuffix(string(f.description), "\n"); strings.HasPrefix(path, "/") {
		return path
	}
	return ""
}

// where says it for people: the folder, or the bucket and its host.
func (f storeFile) where() (kind, place string, err error) {
	if path := f.folder(); path != "" {
		return "folder", path, nil
	}
	b, err := parseBucket(f.description)
	if err != nil {
		return "", "", fmt.Errorf("store %s: %w", f.name, err)
	}
	return "bucket", b.String(), nil
}

// storeFiles are those of all stores, sorted by name.
func (d *desk) storeFiles() (out []storeFile, err error) {
	err = d.inBackup(storesIn, func(dir *durable.Dir) error {
		files, err := dir.List(maxStores)
		if err != nil {
			return err
		}
		for _, f := range files {
			id, err := text.ParseID(f.Name)
			if err != nil || !f.Regular {
				continue
			}
			b, err := dir.ReadFile(f.Name, maxStorePath)
			if err != nil {
				return err
			}
			out = append(out, storeFile{id, b})
		}
		return nil
	})
	return out, err
}

func (d *desk) listStores(asJSON bool) error {
	files, err := d.storeFiles()
	if err != nil {
		return err
	}
	type item struct {
		Name        text.ID `json:"name"`
		Kind        string  `json:"kind"`
		Place       string  `json:"place"`
		Credentials []power `json:"credentials"`
	}
	items := []item{}
	var rows [][]string
	for _, f := range files {
		i := item{Name: f.name, Credentials: []power{}}
		if i.Kind, i.Place, err = f.where(); err != nil {
			i.Kind, i.Place = "unreadable", err.Error()
		}
		var has []string
		for _, p := range powers() {
			if _, err := d.credentials(f.name, p); err == nil {
				i.Credentials, has = append(i.Credentials, p), append(has, string(p))
			} else if !missingFile(err) {
				return fmt.Errorf("store %s: credentials of the %s: %w", f.name, p, err)
			}
		}
		items = append(items, i)
		rows = append(rows, []string{string(f.name), i.Kind, i.Place, cmp.Or(strings.Join(has, " "), "none")})
	}
	if asJSON {
		return d.world.JSON(items)
	}
	if len(items) == 0 {
		d.world.Text("No store was added yet.")
		d.world.Hintf("strongroom backup store add NAME DIR")
		return nil
	}
	d.world.Table([]string{"store", "kind", "place", "credentials"}, rows)
	return nil
}

// removeStore forgets the store first: without its description the credentials are
// nothing.
func (d *desk) removeStore(name string) error {
	id, err := text.ParseID(name)
	if err != nil {
		return cli.Usagef("store name: %v", err)
	}
	files, err := d.storeFiles()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(files, func(f storeFile) bool { return f.name == id })
	forget := func(folder string) error {
		return d.inBackup(folder, func(dir *durable.Dir) error {
			if err := dir.Remove(string(id)); !missingFile(err) {
				return err
			}
			return nil
		})
	}
	err = forget(storesIn)
	for _, p := range powers() { // also where an earlier one was cut off before this
		err = errors.Join(err, forget(p.folder()))
	}
	if at < 0 {
		return errors.Join(err, cli.Hint(fmt.Errorf("store: want one that was added, found %q", id), "strongroom backup store list"))
	}
	place := "a place that cannot be read"
	if _, p, err := files[at].where(); err == nil {
		place = p
	}
	d.world.Field("removed", string(id))
	d.world.Field("place", place)
	d.world.Text("Nothing more is shipped there. What is in it stays as it is.")
	return err
}
