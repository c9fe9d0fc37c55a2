package backup_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"strongroom/backup"
)

// memory is a store that keeps what it is told in maps; tests damage it there.
// That content has the announced hash is checked, as every store does.
type memory struct {
	mu      sync.Mutex
	objects map[string][]byte
	sums    map[string]backup.Sum
}

func newMemory() *memory {
	return &memory{objects: map[string][]byte{}, sums: map[string]backup.Sum{}}
}

func (m *memory) Put(name string, content io.Reader, size int64, sum backup.Sum) error {
	b, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	if int64(len(b)) != size || sha256.Sum256(b) != sum {
		return backup.ErrContent
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, ok := m.objects[name]; ok && !bytes.Equal(old, b) {
		return backup.ErrExists
	}
	m.objects[name], m.sums[name] = b, sum
	return nil
}

func (m *memory) Get(name string) (io.ReadCloser, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.objects[name]
	if !ok {
		return nil, 0, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
}

func (m *memory) Stat(name string) (backup.Object, error) {
	_, size, err := m.Get(name)
	if err != nil {
		return backup.Object{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return backup.Object{Name: name, Size: size, Sum: m.sums[name]}, nil
}

func (m *memory) List() ([]backup.Object, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []backup.Object
	for name, b := range m.objects {
		out = append(out, backup.Object{Name: name, Size: int64(len(b))})
	}
	slices.SortFunc(out, func(a, b backup.Object) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}
