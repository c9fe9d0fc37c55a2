package registry

import "strongroom/custody/durable"

// Folder is where a registry, or a part of it, lies: a directory, or a place of
// the same shape behind a network. A name is given once. Methods may be called
// from several goroutines and several machines at the same time.
type Folder interface {
	// Path names the folder for messages.
	Path() string
	// Sub opens the folder name below this one and makes it if it is missing. The
	// caller closes it.
	Sub(name string) (Folder, error)
	// OpenSub opens a folder that exists; errors.Is(err, fs.ErrNotExist) tells that
	// it is missing. Where folders are nothing by themselves it is an empty one.
	OpenSub(name string) (Folder, error)
	// List returns what the folder holds, sorted by name, at most max entries: more
	// is durable.ErrTooLarge. It may be late and lack what was written just now.
	List(max int) ([]durable.Entry, error)
	// ReadFile returns the bytes under name, at most max: more is
	// durable.ErrTooLarge, and what is missing fs.ErrNotExist. It is never late. A
	// place where somebody could put other bytes over the first ones returns those
	// that good accepts, and if none are accepted any of them. Without good, what
	// was put there first.
	ReadFile(name string, max int64, good func(b []byte) bool) ([]byte, error)
	// WriteNew puts b under name, durably, and never replaces anything. The same
	// bytes are no error, other bytes are durable.ErrExists.
	WriteNew(name string, b []byte) error
	// Anew is the same folder without anything that this machine remembers of it.
	// It is closed with the folder.
	Anew() Folder
	// Close gives the folder back; those below have their own Close.
	Close() error
}

// directory is the folder of a file system: the plain form of a registry.
type directory struct{ dir *durable.Dir }

// Directory is a folder of a file system as a place for a registry. Closing the
// one closes the other.
func Directory(d *durable.Dir) Folder { return directory{d} }

// Path implements Folder.
func (d directory) Path() string { return d.dir.Path() }

// Sub implements Folder.
func (d directory) Sub(name string) (Folder, error) { return below(d.dir.Sub(name)) }

// OpenSub implements Folder.
func (d directory) OpenSub(name string) (Folder, error) { return below(d.dir.OpenSub(name)) }

func below(sub *durable.Dir, err error) (Folder, error) {
	if err != nil {
		return nil, err
	}
	return directory{sub}, nil
}

// List implements Folder.
func (d directory) List(max int) ([]durable.Entry, error) { return d.dir.List(max) }

// ReadFile implements Folder. A file has one content.
func (d directory) ReadFile(name string, max int64, _ func([]byte) bool) ([]byte, error) {
	return d.dir.ReadFile(name, max)
}

// WriteNew implements Folder.
func (d directory) WriteNew(name string, b []byte) error { return d.dir.WriteNew(name, b) }

// Anew implements Folder.
func (d directory) Anew() Folder { return d }

// Close implements Folder.
func (d directory) Close() error { return d.dir.Close() }
