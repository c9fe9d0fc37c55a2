package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"strongroom/custody/durable"
)

// sumsName is the member that lists all others.
const sumsName = "SHA256SUMS"

// OwnName is an error about a file that has the name of something which a snapshot
// adds itself, as one has that a restore left.
type OwnName struct{ Name string }

// Error says which.
func (o OwnName) Error() string {
	return fmt.Sprintf("snapshot: want no %s, which the snapshot adds itself, found one", o.Name)
}

// entry is one file or folder as it was found, before it is read.
type entry struct {
	path  string // slash-separated, from the root of the snapshot
	dir   bool
	link  string // where a symbolic link points
	size  int64
	mtime time.Time
	mark  mark // of the file system
	sum   Sum  // filled in while the file is read
	torn  bool // it never stood still
	gone  bool // removed before anybody read it
	whole bool // read to its end, and size and time are as they were

	held   string // the payload that holds it, apart from the last segment
	member int    // its number in that pack; 0 is alone there
}

func (e entry) isFile() bool { return !e.dir && e.link == "" && !e.gone }

// scan lists a folder: every file and folder below it, sorted bytewise by path,
// so that each folder comes before what is in it. It refuses, by name, whatever
// a restore could not bring back as it was: devices, sockets, pipes, and names
// that sha256sum or tar would read as something else. Symbolic links are kept
// as links and not followed.
func scan(src fs.FS) ([]entry, error) {
	var list []entry
	var total int64
	err := fs.WalkDir(src, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("snapshot: %w", err)
		}
		if name == "." {
			return nil
		}
		e, err := inspect(src, name, d)
		if err != nil {
			return fmt.Errorf("snapshot: %s: %w", clip(name), err)
		}
		if len(list) == maxEntries {
			return fmt.Errorf("snapshot: want at most %d files and folders, found more", maxEntries)
		}
		if total += e.size; total > maxBytes {
			return fmt.Errorf("snapshot: want at most %d bytes, found more", int64(maxBytes))
		}
		list = append(list, e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b entry) int { return strings.Compare(a.path, b.path) })
	return list, nil
}

// inspect looks at one name without opening it.
func inspect(src fs.FS, name string, d fs.DirEntry) (entry, error) {
	if err := checkPath(name); err != nil {
		return entry{}, err
	}
	if d.IsDir() {
		return entry{path: name, dir: true}, nil
	}
	if d.Type()&fs.ModeSymlink != 0 {
		return inspectLink(src, name)
	}
	if !d.Type().IsRegular() {
		return entry{}, fmt.Errorf("want a regular file, a folder or a link, found %s", durable.KindOf(d.Type()))
	}
	info, err := d.Info()
	if err != nil {
		return entry{}, err
	}
	if info.Size() < 0 || info.Size() > maxBytes {
		return entry{}, fmt.Errorf("want a size of at most %d bytes, found %d", int64(maxBytes), info.Size())
	}
	return entry{path: name, size: info.Size(), mtime: info.ModTime(), mark: markOf(info)}, nil
}

// inspectLink reads where a link points.
func inspectLink(src fs.FS, name string) (entry, error) {
	to, err := fs.ReadLink(src, name)
	if err != nil {
		return entry{}, err
	}
	if to == "" || len(to) > maxPath || !utf8.ValidString(to) || strings.ContainsAny(to, "\x00") {
		return entry{}, fmt.Errorf("want a link to a path of 1 to %d bytes in UTF-8, found another", maxPath)
	}
	return entry{path: name, link: to}, nil
}

// checkPath refuses names that would not survive: sha256sum takes a file "-" to
// be its standard input, and different versions of it disagree about CR.
func checkPath(name string) error {
	switch {
	case !utf8.ValidString(name):
		return errors.New("want a name in UTF-8, found other bytes")
	case len(name) > maxPath:
		return fmt.Errorf("want a path of at most %d bytes, found %d", maxPath, len(name))
	case len(path.Base(name)) > maxElement:
		return fmt.Errorf("want a name of at most %d bytes, found %d", maxElement, len(path.Base(name)))
	case strings.Count(name, "/")+1 > maxDepth:
		return fmt.Errorf("want at most %d folders deep, found more", maxDepth)
	case strings.ContainsAny(name, "\r\x00"):
		return errors.New("want a name without CR and NUL, found one")
	case name == "-":
		return errors.New(`want another name than "-", which sha256sum takes to be its input`)
	}
	return nil
}
