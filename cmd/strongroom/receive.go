package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum"
)

func receiveCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "receive FILE|DIR...",
		Short: "take in whatever came: signatures, signers' answers, bundles",
		Long: "Finds out by content what each file is, verifies it and puts it into the registry: key records and log keys of signers, logs, " +
			"signatures, texts, descriptors, headers, signed transactions, and what leaves a ceremony: its transcript, the signatures on it, sealed shares. Names decide nothing but whose a sealed share is. " +
			"What is refused is said and left where it is; everything else is taken in all the same.\n" +
			"A signature must be as ssh-keygen writes it, in lines of 70 characters.\n" +
			"A folder of nothing but PNG and JPEG images is read as photographs of QR codes, in any order, and taken in as the folder that they show.",
		Example: "strongroom receive answer-from-signer-a withdrawal.bob.approve.sig",
		Args:    cobra.MinimumNArgs(1),
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		screen := w
		if *asJSON {
			screen.Out = w.Err
		}
		files, err := gather(screen, args)
		if err != nil {
			return err
		}
		return changeDesk(w, *home, func(d *desk) error { return d.receive(files, *asJSON) })
	}
	return cmd
}

// gather reads the files given, and those of the folders given. Nothing is
// written before all of it is read.
func gather(w cli.World, args []string) ([]arrival, error) {
	var files []arrival
	total := 0
	add := func(name string, b []byte) error {
		total += len(b)
		if len(files) == quorum.MaxBundleFiles || total > quorum.MaxBundleBytes {
			return refuse(quorum.BunLimit, "receive: want at most %d files and %d bytes in one go, found more", quorum.MaxBundleFiles, quorum.MaxBundleBytes)
		}
		files = append(files, arrival{name: name, bytes: b})
		return nil
	}
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err == nil && info.IsDir() {
			images, err := gatherCodes(w, arg, add)
			if err == nil && !images {
				err = gatherDir(arg, add)
			}
			if err != nil {
				return nil, err
			}
			continue
		}
		b, err := w.ReadFile(arg, maxReceived)
		if err != nil {
			return nil, err
		}
		if err := add(arg, b); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// gatherDir reads a flat folder. Sub folders, links and devices are refused.
func gatherDir(path string, add func(string, []byte) error) (err error) {
	dir, err := durable.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	entries, err := dir.List(quorum.MaxBundleFiles)
	if errors.Is(err, durable.ErrTooLarge) {
		return refuse(quorum.BunLimit, "%s: want at most %d files, found more", path, quorum.MaxBundleFiles)
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := filepath.Join(path, e.Name)
		if !e.Regular {
			return refuse(quorum.BunName, "%s: want plain files only, found something else", name)
		}
		if e.Size > maxReceived {
			return refuse(quorum.BunSize, "%s: want at most %d bytes, found %d", name, maxReceived, e.Size)
		}
		b, err := dir.ReadFile(e.Name, maxReceived)
		if err != nil {
			return err
		}
		if err := add(name, b); err != nil {
			return err
		}
	}
	return nil
}

// arrival is one file that came.
type arrival struct {
	name  string
	bytes []byte

	kind  kind
	taken bool
	said  string          // what it was
	why   []quorum.Reason // why it was refused
}

// refused notes why a file is not taken.
func (a *arrival) refused(c quorum.Code, format string, args ...any) {
	a.why = append(a.why, quorum.Because(c, format, args...))
}

// accept notes what a file was.
func (a *arrival) accept(format string, args ...any) {
	a.taken, a.said = true, fmt.Sprintf(format, args...)
}

// receivedJSON is one file in machine form.
type receivedJSON struct {
	File  string `json:"file"`
	Kind  string `json:"kind"`
	Taken bool   `json:"taken"`
	Is    string `json:"is"`
	Error string `json:"error,omitempty"`
	Code  string `json:"code,omitempty"`
}

// receive takes the files in, the ones that others are judged by first: texts
// before the signatures on them, log keys before logs.
func (d *desk) receive(files []arrival, asJSON bool) error {
	in, err := d.intake(files)
	if err != nil {
		return err
	}
	if err := in.run(); err != nil {
		return err
	}
	var reasons []quorum.Reason
	report := []receivedJSON{}
	for i := range in.files {
		a := &in.files[i]
		r := receivedJSON{File: a.name, Kind: a.kind.String(), Taken: a.taken, Is: a.said}
		if len(a.why) > 0 {
			r.Error, r.Code = a.why[0].Text, string(a.why[0].Code)
			for _, x := range a.why {
				x.Text = a.name + ": " + x.Text
				reasons = append(reasons, x)
			}
		}
		report = append(report, r)
	}
	if asJSON {
		return errors.Join(d.world.JSON(report), cli.Reported(refusal(reasons)))
	}
	for _, r := range report {
		if r.Is != "" {
			d.world.Text("%s: %s", r.File, r.Is)
		}
	}
	moreReasons(d.world, reasons)
	return refusal(reasons)
}
