// Package audit holds the shell kit with which an auditor checks a registry
// without this program: POSIX sh, sha256sum, sed, ssh-keygen, openssl and xxd.
// It is embedded so that "strongroom verify --stock DIR" can write it.
package audit

import (
	"embed"
	"fmt"
)

//go:embed README *.sh
var kit embed.FS

// File is one file of the kit.
type File struct {
	Name    string
	Content []byte
}

// Files returns the kit, sorted by name.
func Files() ([]File, error) {
	entries, err := kit.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("audit kit: %w", err)
	}
	var out []File
	for _, e := range entries {
		b, err := kit.ReadFile(e.Name())
		if err != nil {
			return nil, fmt.Errorf("audit kit: %w", err)
		}
		out = append(out, File{Name: e.Name(), Content: b})
	}
	return out, nil
}
