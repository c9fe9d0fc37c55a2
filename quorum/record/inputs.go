package record

import (
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Inputs names every file that was brought in, before anything was done with
// it.
type Inputs struct{ Files []File }

// File is one file that was brought in.
type File struct {
	Name string
	Size int64
	Hash text.Hash
}

// Kind returns KindInputs.
func (Inputs) Kind() Kind { return KindInputs }

func (b Inputs) write(w *text.Writer, _ custody.Network) {
	for _, f := range b.Files {
		w.Line("file", text.FormatUint(uint64(f.Size)), f.Hash.String(), f.Name)
	}
}

func readInputs(r *text.Reader, _ custody.Network) Body {
	var b Inputs
	for r.At("file") && len(b.Files) < maxFiles {
		f, name := r.Rest("file", 2)
		b.Files = append(b.Files, File{Name: name, Size: int64(text.Uint[uint64](r, "file", f[0], maxFileSize)),
			Hash: text.Value(r, "file", f[1], text.ParseHash)})
	}
	if !slices.IsSortedFunc(b.Files, func(a, c File) int { return strings.Compare(a.Name, c.Name) }) {
		r.Refuse("want files sorted by name, found them in another order")
	}
	return b
}
