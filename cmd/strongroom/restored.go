package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// restored judges one restored folder by its content.
type restored struct {
	world    cli.World
	desk     *desk          // the living home, which knows what should have come back
	genesis  text.Hash      // of the first policy
	policy   *policy.Policy // the one in force
	snapshot snapshotCopy
	workers  int
	checks   []backup.Check
}

// judge returns every check, sorted by name, and the number of records in the
// logs that came back. A check that fails does not stop the others.
func (r *restored) judge(path string) ([]backup.Check, uint64) {
	r.check("sums", func() (string, error) { return r.sums(path) })
	var records uint64
	a, err := openArchive(r.quiet(), path, text.Hash{})
	if err != nil {
		r.check("policy", func() (string, error) { return "", err })
	} else {
		p, err := newReplay(a, r.workers)
		r.check("policy", func() (string, error) { return r.chain(a, p) })
		r.check("commitments", func() (string, error) { return r.commitments(a, p) })
		r.check("descriptors", func() (string, error) { return r.addresses(a) })
		if err != nil {
			r.check("logs", func() (string, error) { return "", err })
		} else {
			records = r.replay(p)
		}
		_ = a.Close() // it was only read
	}
	slices.SortFunc(r.checks, func(a, b backup.Check) int { return cmp.Compare(a.Name, b.Name) })
	return r.checks, records
}

// quiet is the world without its voice for warnings: what is wrong becomes a
// check.
func (r *restored) quiet() cli.World {
	w := r.world
	w.Err = io.Discard
	return w
}

func (r *restored) check(name text.ID, work func() (string, error)) {
	found, err := work()
	if err != nil {
		found = err.Error()
	}
	var too unshown
	few := errors.As(err, &too)
	r.checks = append(r.checks, backup.Check{Name: name, OK: err == nil, Unshown: few, Text: oneLine(found)})
}

// unshown says why a check found too little to show what it wants, and nothing
// that contradicts it.
type unshown string

func (u unshown) Error() string { return string(u) }

// oneLine makes an error's text one line of printable ASCII, as a certificate
// holds it.
func oneLine(s string) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\t':
			return ' '
		case c < ' ' || c > '~':
			return '?'
		}
		return c
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	return strings.TrimSpace(s[:min(len(s), maxCheckText)])
}

// chain compares the restored policy chain with the living one: where it begins,
// and which version is in force by the logs that came back. Without a replay
// only the beginning is known.
func (r *restored) chain(a *archive, p *replay) (string, error) {
	if have := a.charter.Genesis(); have != r.genesis {
		return "", fmt.Errorf("want a first policy %s, found %s", r.genesis.Short(), have.Short())
	}
	head := a.charter.Policy()
	if p != nil {
		head = p.policy
	}
	if head.Hash() != r.policy.Hash() {
		return "", fmt.Errorf("want policy %d in force, %s, found policy %d, %s", r.policy.Version, r.policy.Hash().Short(), head.Version, head.Hash().Short())
	}
	said := fmt.Sprintf("%s, consents of all %d officers", r.genesis.Short(), len(a.charter.Consents()))
	if head.Version > 1 {
		said += fmt.Sprintf("; in force is version %d, %s", head.Version, head.Hash().Short())
	}
	return said, nil
}

// sums compares every file with SHA256SUMS, and that with the signed manifest.
func (r *restored) sums(path string) (string, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return "", err
	}
	defer root.Close()
	walk := durable.NewWalk(root)
	defer func() { _ = walk.Close() }() // it was only read
	found, err := backup.CheckSums(walk)
	if err != nil {
		return "", err
	}
	want := r.snapshot.Manifest().Contents
	if found.Torn = want.Torn; found != want {
		return "", fmt.Errorf("want %d files and SHA256SUMS %s, as the manifest says, found %d and %s", want.Files, want.Sums, found.Files, found.Sums)
	}
	said := fmt.Sprintf("%d files, %d bytes, as the signed manifest says", found.Files, found.Bytes)
	if want.Torn > 0 {
		said += fmt.Sprintf("; %d of them changed while they were saved", want.Torn)
	}
	dir, err := durable.Open(path)
	if err != nil {
		return "", err
	}
	out, err := excludesIn(dir)
	if err = errors.Join(err, dir.Close()); err != nil {
		return "", err
	}
	if len(out) > 0 {
		said += "; " + leftOut(out)
	}
	return said, nil
}

// addresses derives from the restored descriptors what the living home derives.
func (r *restored) addresses(a *archive) (string, error) {
	restored, reasons := a.descriptors(r.policy)
	if len(reasons) > 0 {
		return "", errors.New(reasons[0].Text)
	}
	count := 0
	for _, w := range r.policy.Wallets {
		living, err := r.desk.wallet(r.policy, w.ID)
		if err != nil {
			return "", err
		}
		for i := range uint32(drilledAddresses) {
			want, err := living.Derive(custody.Receive, i)
			if err != nil {
				return "", err
			}
			found, err := restored[w.Descriptor].Derive(custody.Receive, i)
			if err != nil {
				return "", err
			}
			if !bytes.Equal(want.Output, found.Output) {
				return "", fmt.Errorf("wallet %s: want address %s at %d, found %s", w.ID, want.Address(a.charter.Policy().Network), i, found.Address(a.charter.Policy().Network))
			}
			count++
		}
	}
	return fmt.Sprintf("%d wallets derive %d known addresses", len(r.policy.Wallets), count), nil
}

// replay judges every release again and returns the number of records.
func (r *restored) replay(p *replay) uint64 {
	var records uint64
	var heads []string
	for _, l := range p.logs {
		c := l.Proven.Checkpoint()
		records += uint64(c.Size)
		heads = append(heads, fmt.Sprintf("%s %d", l.Device, c.Size))
	}
	r.check("logs", func() (string, error) {
		for _, dev := range r.policy.Devices {
			if !slices.ContainsFunc(p.logs, func(l *replayedLog) bool { return l.Device == dev.ID }) {
				return "", fmt.Errorf("want the logs of %s, found none of %s", count(len(r.policy.Devices), "signer"), dev.ID)
			}
		}
		return "replay to their signed heads: " + strings.Join(heads, ", "), nil
	})
	r.check("proposals", func() (string, error) { return r.proposals(p) })
	r.check("releases", func() (string, error) {
		if err := p.verdict(); err != nil {
			return "", err
		}
		return p.sentence(), nil
	})
	return records
}

// proposals verifies every signature that lies with a proposal.
func (r *restored) proposals(p *replay) (string, error) {
	texts, bad, err := p.archive.textsOf(text.Proposal)
	if err = errors.Join(append(bad, err)...); err != nil {
		return "", err
	}
	good := 0
	for _, b := range texts {
		id := text.Identity(b)
		n, err := p.goodSignatures(b, id)
		if err != nil {
			return "", err
		}
		good += n
	}
	return fmt.Sprintf("%d texts with %d good signatures", len(texts), good), nil
}

// goodSignatures counts the signatures on a text that are good under a version of
// the policy that lists their key.
func (r *replay) goodSignatures(b []byte, id text.Hash) (int, error) {
	good := map[text.Hash]bool{}
	for _, v := range r.policies.Versions() {
		files, _, err := r.archive.reg.SignatureFiles(v.Policy, id, id.Short())
		if err != nil {
			return 0, err
		}
		for _, f := range files {
			if verifySignature(v.Policy, b, f) == nil {
				good[text.Identity(f.Bytes)] = true
			}
		}
	}
	return len(good), nil
}

// toolList returns the programs named, or asks those of this machine.
func (f drillFlags) toolList() ([]backup.Tool, error) {
	var out []backup.Tool
	for _, s := range f.tools {
		name, version, ok := strings.Cut(s, "=")
		id, err := text.ParseID(name)
		if !ok || err != nil || text.CheckRest(version) != nil {
			return nil, cli.Usagef("--tool: want NAME=VERSION, found %q", s)
		}
		out = append(out, backup.Tool{Name: id, Version: version})
	}
	for _, name := range []text.ID{"age", "sha256sum", "tar", "zstd"} {
		if len(f.tools) == 0 {
			out = append(out, backup.Tool{Name: name, Version: toolVersion(string(name))})
		}
	}
	slices.SortFunc(out, func(a, b backup.Tool) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// toolVersion asks a program for its version.
func toolVersion(name string) string {
	b, err := exec.Command(name, "--version").Output()
	first, _, _ := strings.Cut(string(b), "\n")
	if first = oneLine(first); err != nil || first == "" {
		return "unknown on this machine"
	}
	return strings.TrimSpace(first[:min(len(first), maxToolText)])
}

// verifySignature says whether a signature on a text is good under the policy.
func verifySignature(p *policy.Policy, b []byte, f quorum.SignatureFile) error {
	s, err := sshsig.Parse(f.Bytes)
	if err != nil {
		return err
	}
	_, err = s.Verify(s.Key(), f.Act.Namespace(), b, p.FactorOf(f.Officer))
	return err
}
