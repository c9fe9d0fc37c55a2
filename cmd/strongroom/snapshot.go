package main

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"strongroom/custody/durable"
)

// backupIn is where a home keeps what it knows of its backups: the stores'
// places, the manifests, the spool. It is no part of a snapshot.
const backupIn = "backup"

// homeFS is a home as a snapshot sees it: the registry, the policy, the draft,
// the signers' keys, but not the backups themselves, what can be made again,
// locks, half-written files, how to get into the node or to a shared registry,
// and what excludes.txt lists.
type homeFS struct {
	*durable.Walk
	root *os.Root
	out  []string // paths left out, with all below them
}

// snapshotFS opens a home for reading. The caller closes it.
func snapshotFS(path string, nodeText []byte, excluded []string) (*homeFS, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	out := append([]string{backupIn, coinsIn, nodeFile, sharedIn, "lock"}, nodeSecrets(path, nodeText)...)
	out = append(out, excluded...)
	return &homeFS{durable.NewWalk(root), root, out}, nil
}

// Close closes the home.
func (h *homeFS) Close() error { return errors.Join(h.Walk.Close(), h.root.Close()) }

// ReadDir lists a folder without what is left out.
func (h *homeFS) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := h.Walk.ReadDir(name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		path := e.Name()
		if name != "." {
			path = name + "/" + path
		}
		return strings.HasPrefix(e.Name(), ".tmp-") || slices.Contains(h.out, path)
	}), err
}

// nodeSecrets lists the files that a node's description names, as paths in the
// home, for those who keep them there.
func nodeSecrets(home string, nodeText []byte) []string {
	var out []string
	lines := bufio.NewScanner(bytes.NewReader(nodeText))
	for lines.Scan() {
		_, value, _ := strings.Cut(lines.Text(), " ")
		if !filepath.IsAbs(value) {
			continue
		}
		if rel, err := filepath.Rel(home, value); err == nil && filepath.IsLocal(rel) {
			out = append(out, filepath.ToSlash(rel))
		}
	}
	return out
}
