package backup_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"strongroom/backup"
)

// memory is a store that keeps what it is told in maps, with locks and
// versions; tests damage it there. That content has the announced hash is
// checked, as every store does.
type memory struct {
	mu      sync.Mutex
	objects map[string][]*kept // newest last
	locks   bool
	sent    int64
}

// kept is one version of an object.
type kept struct {
	b     []byte
	c     backup.Content
	until time.Time
}

func newMemory() *memory { return &memory{objects: map[string][]*kept{}} }

func (m *memory) Put(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	b, err := take(ctx, c, from)
	if err != nil {
		return backup.Object{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !until.IsZero() && !m.locks {
		return backup.Object{}, backup.ErrNoLock
	}
	if old := m.objects[name]; len(old) > 0 && !slices.ContainsFunc(old, func(k *kept) bool { return bytes.Equal(k.b, b) }) {
		return backup.Object{}, backup.ErrExists
	}
	if len(m.objects[name]) == 0 {
		m.objects[name] = []*kept{{b, c, until}}
		m.sent += c.Size
	}
	return m.tell(name)[0], nil
}

// take reads and checks all parts.
func take(ctx context.Context, c backup.Content, from backup.Bytes) ([]byte, error) {
	var b []byte
	for i := range c.Parts() {
		offset, n := c.PartRange(i)
		r, err := from.Part(ctx, offset, n)
		if err != nil {
			return nil, err
		}
		part, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		if err := r.Close(); err != nil {
			return nil, err
		}
		b = append(b, part...)
	}
	if found := backup.Whole(b); found.Sum != c.Sum || len(c.Sums) != c.Parts() {
		return nil, backup.ErrContent
	}
	return b, nil
}

// tell describes the versions of a name, newest first.
func (m *memory) tell(name string) []backup.Object {
	var out []backup.Object
	for i, k := range slices.Backward(m.objects[name]) {
		o := backup.Object{Name: name, Version: fmt.Sprint(i), Size: int64(len(k.b)), Until: k.until, Covered: i != len(m.objects[name])-1}
		o.Checksum = backup.Checksum{Sum: k.c.Sum}
		if k.c.Parts() > 1 {
			o.Checksum = backup.Checksum{Sum: k.c.Composite, Parts: k.c.Parts()}
		}
		out = append(out, o)
	}
	return out
}

func (m *memory) Versions(ctx context.Context, name string) ([]backup.Object, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := m.tell(name)
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return out, ctx.Err()
}

func (m *memory) Open(ctx context.Context, o backup.Object, offset, n int64) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, v := range m.tell(o.Name) {
		if v.Version == o.Version {
			b := m.objects[o.Name][len(m.objects[o.Name])-1-i].b
			return io.NopCloser(io.NewSectionReader(bytes.NewReader(b), offset, n)), ctx.Err()
		}
	}
	return nil, fmt.Errorf("%s: %w", o.Name, fs.ErrNotExist)
}

func (m *memory) List(ctx context.Context, prefix string) ([]backup.Object, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []backup.Object
	for name := range m.objects {
		if strings.HasPrefix(name, prefix) {
			out = append(out, m.tell(name)...)
		}
	}
	slices.SortStableFunc(out, func(a, b backup.Object) int { return strings.Compare(a.Name, b.Name) })
	return out, ctx.Err()
}

func (m *memory) Extend(_ context.Context, o backup.Object, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.locks {
		return backup.ErrNoLock
	}
	for i, v := range m.tell(o.Name) {
		if k := m.objects[o.Name][len(m.objects[o.Name])-1-i]; v.Version == o.Version && until.After(k.until) {
			k.until = until
		}
	}
	return nil
}

// only returns the one version of an object, to be damaged.
func (m *memory) only(name string) *kept { return m.objects[name][0] }
