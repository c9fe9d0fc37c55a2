package signertest

import (
	"os"
	"path/filepath"

	"strongroom/quorum"
)

// WriteBundle writes files into a new folder, as a carrier holds them.
func (v *Vault) WriteBundle(dir string, files []quorum.File) {
	v.t.Helper()
	v.must(os.Mkdir(dir, 0o700))
	for _, f := range files {
		v.must(os.WriteFile(filepath.Join(dir, f.Name), f.Bytes, 0o600))
	}
}
