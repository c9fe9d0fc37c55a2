package bucket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"strongroom/custody/durable"
	"strongroom/quorum/registry"
)

// Objects is what a bucket does. Methods may be called from several goroutines;
// each ends soon after its context does.
type Objects interface {
	// PutNew creates a key, durably. Of several who create one key at the same time
	// one succeeds; who finds it taken gets durable.ErrExists, whatever it holds: it
	// may be what an earlier try of the same call put there. Nothing is replaced.
	PutNew(ctx context.Context, key string, b []byte) error
	// Get returns the bytes of a version, or without one those that a key has now.
	// More than max is durable.ErrTooLarge. A key that is not there, or hidden by a
	// delete marker, is fs.ErrNotExist. It is never late.
	Get(ctx context.Context, key, version string, max int64) ([]byte, error)
	// List hands out the versions of all keys that begin with prefix, of one key the
	// newest first, with the bucket's names of them, which are empty where it keeps
	// no versions; no delete markers. It may be late. More than max is
	// durable.ErrTooLarge.
	List(ctx context.Context, prefix string, max int, take func(key, version string, size int64)) error
}

// version is one content that a key was given.
type version struct {
	key, id string
	size    int64
}

// Config says where a registry is in a bucket.
type Config struct {
	Objects Objects
	Name    string            // of the bucket, for messages
	Prefix  string            // before every key: "", or names that each end with a slash
	Copies  *durable.Dir      // where what was read is remembered; nil for nowhere
	Warn    func(line string) // is told what somebody did to the bucket
}

// Open returns the place for a registry. Everything done with it ends when ctx
// does. It speaks to nobody yet. It is as of the first time that it lists
// something, and what it writes itself: one command opens it once.
func Open(ctx context.Context, c Config) (registry.Folder, error) {
	switch {
	case ctx == nil || c.Objects == nil || c.Name == "" || c.Warn == nil:
		return nil, errors.New("bucket: want a context, objects, a name and somebody to warn, found one missing")
	case CheckPrefix(c.Prefix) != nil:
		return nil, CheckPrefix(c.Prefix)
	}
	return &folder{root: &root{Config: c, ctx: ctx, lists: map[string]*list{}, seen: map[string]int64{}, warned: map[string]bool{}}}, nil
}

// CheckPrefix says whether a prefix is none, or names that each end with a slash.
func CheckPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	if len(prefix) > maxPrefix {
		return fmt.Errorf("bucket: prefix: want at most %d bytes, found %d", maxPrefix, len(prefix))
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(prefix, "/"), "/") {
		if err := checkName(name); err != nil || !strings.HasSuffix(prefix, "/") {
			return fmt.Errorf("bucket: prefix: want names that each end with a slash, such as acme/, found %q", prefix[:min(len(prefix), maxName)])
		}
	}
	return nil
}

// checkName accepts names that mean the same in a folder, in a URL and in a list.
func checkName(name string) error {
	ok := name != "" && len(name) <= maxName && name[0] != '.' && name[0] != '-'
	for i := 0; ok && i < len(name); i++ {
		c := name[i]
		ok = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_'
	}
	if !ok {
		return fmt.Errorf("name: want 1 to %d letters, digits, dots, hyphens and underscores, found %q", maxName, name[:min(len(name), maxName)])
	}
	return nil
}

// root is what all folders of an opened place share.
type root struct {
	Config
	ctx context.Context // of the one command that opened it

	mutex  sync.Mutex
	lists  map[string]*list // by the first name of a path
	seen   map[string]int64 // paths that were put or read, with sizes: a list may be late
	warned map[string]bool

	failing sync.Mutex
	failed  error // the first time that the bucket could not be asked
	told    bool  // by Close
}

// list is everything below a folder, as it was listed.
type list struct {
	keys     []string // sorted
	versions map[string][]version
}

// add notes a key that the list does not have.
func (l *list) add(key string, size int64) {
	if _, there := l.versions[key]; there {
		return
	}
	at, _ := slices.BinarySearch(l.keys, key)
	l.keys = slices.Insert(l.keys, at, key)
	l.versions[key] = []version{{key: key, size: size}}
}

// listed returns what is below the first folder of a path, listed once. The mutex
// is held.
func (r *root) listed(path string) (*list, error) {
	top, _, _ := strings.Cut(path, "/")
	if l, ok := r.lists[top]; ok {
		return l, nil
	}
	found, err := r.list(top + "/")
	if err != nil {
		return nil, err
	}
	l := &list{versions: map[string][]version{}}
	for _, v := range found {
		if len(l.versions[v.key]) == 0 {
			l.keys = append(l.keys, v.key)
		}
		l.versions[v.key] = append(l.versions[v.key], v)
	}
	slices.Sort(l.keys)
	for path, size := range r.seen {
		if strings.HasPrefix(path, top+"/") {
			l.add(r.Prefix+path, size)
		}
	}
	r.lists[top] = l
	return l, nil
}

// children returns what was listed in a folder, by name.
func (r *root) children(path string) (map[string]durable.Entry, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	l, err := r.listed(path)
	if err != nil {
		return nil, err
	}
	out := map[string]durable.Entry{}
	prefix := r.Prefix + path + "/"
	first, _ := slices.BinarySearch(l.keys, prefix)
	for _, key := range l.keys[first:] {
		rest, ok := strings.CutPrefix(key, prefix)
		if !ok {
			break
		}
		name, _, deeper := strings.Cut(rest, "/")
		if checkName(name) != nil || out[name].Dir {
			continue
		}
		out[name] = durable.Entry{Name: name, Dir: deeper, Regular: !deeper}
		if !deeper {
			out[name] = durable.Entry{Name: name, Regular: true, Size: l.versions[key][0].size}
		}
	}
	return out, nil
}

// known returns the versions of a key that were listed with its folder, oldest
// first.
func (r *root) known(path string) ([]version, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	l, err := r.listed(path)
	if err != nil {
		return nil, err
	}
	return oldestFirst(l.versions[r.Prefix+path]), nil
}

// forget drops a list, so that the next one is the bucket's again.
func (r *root) forget(path string) {
	top, _, _ := strings.Cut(path, "/")
	r.mutex.Lock()
	defer r.mutex.Unlock()
	delete(r.lists, top)
}

// saw notes what was just put or read by its name: it is there, whatever lists say.
func (r *root) saw(path string, size int64) {
	top, _, _ := strings.Cut(path, "/")
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.seen[path] = size
	if l, ok := r.lists[top]; ok {
		l.add(r.Prefix+path, size)
	}
}

// versions asks for the versions of one key, oldest first.
func (r *root) versions(path string) ([]version, error) {
	found, err := r.list(path)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(v version) bool { return v.key != r.Prefix+path })
	return oldestFirst(found), nil
}

// list asks for the versions of all keys that begin with a path.
func (r *root) list(path string) (found []version, err error) {
	err = r.Objects.List(r.ctx, r.Prefix+path, maxKeys, func(key, id string, size int64) { found = append(found, version{key, id, size}) })
	if err != nil { // too many is no word about what is there, either
		return nil, r.away(fmt.Errorf("%s: list: %w", r.at(path), err))
	}
	return found, nil
}

// oldestFirst turns versions round and leaves out what is in the middle of too
// many.
func oldestFirst(found []version) []version {
	out := slices.Clone(found)
	slices.Reverse(out)
	if len(out) > maxVersions {
		out = slices.Delete(out, maxVersions/2, len(out)-maxVersions/2)
	}
	return out
}

// get reads one version.
func (r *root) get(path, version string, max int64) ([]byte, error) {
	b, err := r.Objects.Get(r.ctx, r.Prefix+path, version, max)
	if err != nil {
		return nil, r.away(fmt.Errorf("%s: read: %w", r.at(path), err))
	}
	return b, nil
}

// at names a path for messages.
func (r *root) at(path string) string { return r.Name + "/" + r.Prefix + path }

// warn tells of a path once.
func (r *root) warn(path, line string) {
	r.mutex.Lock()
	again := r.warned[path]
	r.warned[path] = true
	r.mutex.Unlock()
	if !again {
		r.Warn(r.at(path) + ": " + line)
	}
}

// missing says whether err means that there is no such key.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// away marks an error that says nothing about what is there, and remembers it for
// Close.
func (r *root) away(err error) error {
	for _, known := range []error{fs.ErrNotExist, durable.ErrTooLarge, durable.ErrExists} {
		if errors.Is(err, known) {
			return err
		}
	}
	err = awayError{err}
	r.failing.Lock()
	defer r.failing.Unlock()
	if r.failed == nil {
		r.failed = err
	}
	return err
}

// close tells once that the bucket could not be asked, to whoever passed over the
// error when it came.
func (r *root) close() error {
	r.failing.Lock()
	defer r.failing.Unlock()
	if r.told {
		return nil
	}
	r.told = true
	return r.failed
}

type awayError struct{ error }

// Unwrap returns registry.ErrAway and the error itself.
func (a awayError) Unwrap() []error { return []error{registry.ErrAway, a.error} }
