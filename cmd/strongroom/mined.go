package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/btcsuite/btcd/chainhash/v2"

	"strongroom/custody/node"
)

// minedAt keeps the desk's note that a transaction is in a block, one file a
// transaction. It proves nothing; the node is asked again whenever it matters.
const minedAt = "mined"

// noteMined writes the note anew: after a reorganisation it is another block.
func (d *desk) noteMined(id chainhash.Hash, at node.Point) error {
	sub, err := d.dir.Sub(minedAt)
	if err != nil {
		return err
	}
	err = sub.WriteFile(id.String(), fmt.Appendf(nil, "%s\n", at))
	return errors.Join(err, sub.Close())
}

// minedIn returns the note: "block HEIGHT HASH", or nothing.
func (d *desk) minedIn(id chainhash.Hash) (string, error) {
	sub, err := d.dir.OpenSub(minedAt)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	b, err := sub.ReadFile(id.String(), maxMined)
	if errors.Is(err, fs.ErrNotExist) {
		b, err = nil, nil
	}
	return strings.TrimSuffix(string(b), "\n"), errors.Join(err, sub.Close())
}
