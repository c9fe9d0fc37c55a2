package backup

import (
	"fmt"
	"io/fs"
	"strings"

	"strongroom/custody/durable"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// isManifestName says whether an object's name is that of a manifest's text.
func isManifestName(name string) bool {
	return strings.HasPrefix(name, manifestPrefix) && strings.HasSuffix(name, manifestSuffix)
}

// Pending returns the snapshot that an interrupted run left whole in the spool,
// so that it can be shipped and need not be taken again. There is none:
// fs.ErrNotExist. A manifest that the maker's key did not sign is an error.
func Pending(spool *durable.Dir, maker text.ID, key sshsig.Key) (Signed, error) {
	files, err := spool.List(maxSpool)
	if err != nil {
		return Signed{}, err
	}
	for _, f := range files {
		if !f.Regular || !isManifestName(f.Name) {
			continue
		}
		b, err := spool.ReadFile(f.Name, maxSmallObject)
		if err != nil {
			return Signed{}, err
		}
		sig, err := spool.ReadFile(fmt.Sprintf("%s.%s%s", strings.TrimSuffix(f.Name, manifestSuffix), maker, signatureSuffix), maxSmallObject)
		if err != nil {
			return Signed{}, err
		}
		return OpenManifest(b, sig, maker, key)
	}
	return Signed{}, fmt.Errorf("spool: %w", fs.ErrNotExist)
}

// Shipped empties the spool: its snapshot is in enough stores, from where the
// others are caught up.
func Shipped(spool *durable.Dir) error { return clearSpool(spool) }
