package main

import (
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/custody/durable"
	"strongroom/signer/carrier"
)

// codeCommands are those of scripts that carry codes.
func codeCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"picture": plain(picture),
		"develop": plain(develop),
	}
}

// picture FOLDER DIR writes the codes of a folder, as a signer does.
func picture(ts *testscript.TestScript, args []string) {
	var files []carrier.File
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(ts.MkAbs(args[0]), e.Name()))
		ts.Check(err)
		files = append(files, carrier.File{Name: e.Name(), Bytes: b})
	}
	s, err := carrier.Codes(files, carrier.Narrow)
	ts.Check(err)
	sheet, err := s.Sheet("test")
	ts.Check(err)
	keepFiles(ts, args[1], sheet)
}

// develop DIR FOLDER writes the folder that pictures show, as a signer reads it.
func develop(ts *testscript.TestScript, args []string) {
	pictures, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*.png"))
	ts.Check(err)
	var album carrier.Album
	for _, p := range pictures {
		b, err := os.ReadFile(p)
		ts.Check(err)
		album.Add(p, b)
	}
	files, _, err := album.Files()
	ts.Check(err)
	keepFiles(ts, args[1], files)
}

func keepFiles(ts *testscript.TestScript, folder string, files []carrier.File) {
	d, err := durable.Create(ts.MkAbs(folder))
	ts.Check(err)
	for _, f := range files {
		ts.Check(d.WriteNew(f.Name, f.Bytes))
	}
	ts.Check(d.Close())
}
