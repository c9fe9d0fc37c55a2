package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/signer/carrier"
)

// headersName is the file of a bundle that grows with the years.
const headersName = "headers.bin"

// codesReport tells of a bundle's pictures.
type codesReport struct {
	Folder string `json:"folder"`
	Codes  int    `json:"codes"`
	SHA256 string `json:"sha256"` // of the stream, for people to compare
}

// sheetOf draws the codes of a bundle: it says early whether they carry that much.
func sheetOf(files []quorum.File, folder, title string) (*codesReport, []carrier.File, error) {
	if folder == "" {
		return nil, nil, nil
	}
	carried := make([]carrier.File, 0, len(files))
	for _, f := range files {
		carried = append(carried, carrier.File(f))
	}
	series, err := carrier.Codes(carried, carrier.Usual)
	if err != nil {
		return nil, nil, err
	}
	sheet, err := series.Sheet("bundle " + title)
	return &codesReport{folder, len(series.Parts), series.Sum}, sheet, err
}

// writeSheet puts the pictures and their page into the folder, a new or empty one.
func (r *codesReport) writeSheet(sheet []carrier.File) (err error) {
	if r == nil {
		return nil
	}
	dir, err := durable.Create(r.Folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	for _, f := range sheet {
		if err := dir.WriteNew(f.Name, f.Bytes); err != nil {
			return err
		}
	}
	return nil
}

func (r *codesReport) show(w cli.World) {
	if r == nil {
		return
	}
	w.Field("codes", fmt.Sprintf("%s in %s; SHA-256 begins %s", count(r.Codes, "picture"), filepath.Join(r.Folder, carrier.PageName), r.SHA256[:shownSum]))
}

// shortenHeaders leaves out of a bundle for codes the headers that every signer
// has, by its log: the oldest are megabytes, and a signer takes headers that stand
// on any block it knows. It keeps as many as may be reorganised. A signer that lost
// headers since needs the bundle as files.
func (c *carrying) shortenHeaders() error {
	known, ok, err := c.knownToAll()
	if err != nil || !ok || known < c.policy.ReorgMax {
		return err
	}
	from, ok := c.chain.PointAt(known - c.policy.ReorgMax)
	if !ok {
		return nil
	}
	for i, f := range c.files {
		if f.Name == headersName {
			c.files[i].Bytes = headers.From(f.Bytes, from.Hash)
		}
	}
	return nil
}

// knownToAll is the height up to which all signers of the policy know this chain;
// false where one of them has no log here, or knows another chain.
func (c *carrying) knownToAll() (height uint32, ok bool, err error) {
	tip, ok := c.chain.Tip()
	height = tip.Height
	heard := 0
	for _, s := range c.signers {
		if _, listed := c.policy.Device(s.device); !listed {
			continue
		}
		records, err := s.records()
		if err != nil || len(records) == 0 {
			return 0, false, err
		}
		last := records[len(records)-1].Tip
		if !last.Known || !c.chain.Contains(headers.Point{Height: last.Height, Hash: last.Hash}) {
			return 0, false, nil
		}
		height = min(height, last.Height)
		heard++
	}
	return height, ok && heard == len(c.policy.Devices), nil
}

// gatherCodes reads a folder of images of codes, and says false of any other
// folder.
func gatherCodes(w cli.World, path string, add func(string, []byte) error) (images bool, err error) {
	dir, err := durable.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	entries, err := dir.List(carrier.MaxImages)
	if errors.Is(err, durable.ErrTooLarge) {
		return false, nil // told by who reads it
	}
	if err != nil {
		return false, err
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		if !e.Regular {
			return false, nil
		}
		names = append(names, e.Name)
	}
	if !carrier.Images(names) {
		return false, nil
	}
	files, err := developed(w, dir, names)
	var missing *carrier.MissingError
	if errors.As(err, &missing) {
		err = cli.Hint(err, "photograph them into %s too; then 'strongroom receive %s'", path, quoted(path))
	}
	if err != nil {
		return true, err
	}
	for _, f := range files {
		if err := add(filepath.Join(path, f.Name), f.Bytes); err != nil {
			return true, err
		}
	}
	return true, nil
}

// developed reads the images of a folder and returns the files they show.
func developed(w cli.World, dir *durable.Dir, names []string) ([]carrier.File, error) {
	var album carrier.Album
	bar := w.Progress("codes", int64(len(names)), "images")
	for _, name := range names {
		if carrier.Image(name) {
			b, err := dir.ReadFile(name, carrier.MaxImage)
			if err != nil {
				return nil, err
			}
			album.Add(name, b)
		}
		bar.Add(1)
	}
	bar.Done()
	for _, n := range album.Notes() {
		w.Warnf("%s", n)
	}
	files, sum, err := album.Files()
	if err != nil {
		return nil, err
	}
	w.Field("codes", fmt.Sprintf("of a folder with %s; SHA-256 begins %s", count(len(files), "file"), sum[:shownSum]))
	return files, nil
}
