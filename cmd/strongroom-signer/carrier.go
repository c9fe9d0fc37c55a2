package main

import (
	"errors"
	"fmt"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum"
)

// readCarrier reads the folder that somebody brought. Names, kinds and sizes
// are checked before a byte is read: a bundle is flat and holds plain files
// with known names. Instead of them the folder may hold images of their codes.
// What is wrong with it comes back as reasons; an error says that it could not be
// looked at.
func readCarrier(w cli.World, path string) (files []quorum.File, reasons []quorum.Reason, err error) {
	d, err := durable.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer give(d, &err)
	entries, err := d.List(quorum.MaxBundleFiles)
	if errors.Is(err, durable.ErrTooLarge) {
		return nil, because(quorum.BunLimit, "bundle: want at most %d files, found more", quorum.MaxBundleFiles), nil
	}
	if err != nil {
		return nil, nil, err
	}
	if arePhotographs(entries) {
		if files, err = readPhotographs(w, d, entries); err != nil {
			return nil, nil, err
		}
		if reasons = checkEntries(entriesOf(files)); len(reasons) > 0 {
			files = nil
		}
		return files, reasons, nil
	}
	if reasons = checkEntries(entries); len(reasons) > 0 {
		return nil, reasons, nil
	}
	for _, e := range entries {
		// The size was checked, and a file that grew since is cut off here.
		b, err := d.ReadFile(e.Name, e.Size)
		if errors.Is(err, durable.ErrTooLarge) {
			return nil, because(quorum.BunSize, "bundle: %s: want a file that stands still, found one that grows", e.Name), nil
		}
		if err != nil {
			return nil, nil, err
		}
		files = append(files, quorum.File{Name: e.Name, Bytes: b})
	}
	return files, nil, nil
}

func checkEntries(entries []durable.Entry) []quorum.Reason {
	var reasons []quorum.Reason
	var total int64
	for _, e := range entries {
		most, known := quorum.MaxFileSize(e.Name)
		switch {
		case !e.Regular:
			reasons = append(reasons, quorum.Because(quorum.BunName, "bundle: want plain files only, found %q, which is %s", e.Name, kindOf(e)))
		case !known:
			reasons = append(reasons, quorum.Because(quorum.BunName, "bundle: want only files of a bundle, found %q", e.Name))
		case e.Size > most:
			reasons = append(reasons, quorum.Because(quorum.BunSize, "bundle: %s: want at most %d bytes, found %d", e.Name, most, e.Size))
		default:
			total += e.Size // at most 4,096 files of 128 MiB
		}
	}
	if total > quorum.MaxBundleBytes {
		reasons = append(reasons, quorum.Because(quorum.BunLimit, "bundle: want at most %d bytes in all, found %d", int64(quorum.MaxBundleBytes), total))
	}
	return quorum.SortReasons(reasons)
}

func kindOf(e durable.Entry) string {
	if e.Dir {
		return "a folder"
	}
	return "a link, a pipe or a device"
}

func because(c quorum.Code, format string, args ...any) []quorum.Reason {
	return []quorum.Reason{{Code: c, Text: fmt.Sprintf(format, args...)}}
}
