package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// Signature is a signature file that has the right form. Whether it is good is
// for the tally to say.
type Signature struct {
	Hash   text.Hash // of Bytes
	Bytes  []byte
	Parsed *sshsig.Signature
}

func (r *Registry) signatureShelf() shelf { return shelf{r.part(sigsIn), maxSignature, maxSignatures} }

// PutSignature stores a signature file with the text it is said to be on. It has
// to have the strict form that sshsig.Parse accepts; it is not verified. The text
// need not be there yet.
func (r *Registry) PutSignature(on text.Hash, armored []byte) (text.Hash, error) {
	if _, err := sshsig.Parse(armored); err != nil {
		return text.Hash{}, fmt.Errorf("registry: %w", err)
	}
	return r.signatureShelf().putOn(on, armored)
}

// putOn stores b on the shelf of one text.
func (s shelf) putOn(on text.Hash, b []byte) (text.Hash, error) {
	sub, err := s.on(on, true)
	if err != nil {
		return text.Hash{}, err
	}
	defer sub.dir.Close()
	return sub.put(b)
}

// allOn is all for the shelf of one text, which may be missing.
func (s shelf) allOn(on text.Hash, take func(h text.Hash, b []byte)) ([]error, error) {
	sub, err := s.on(on, false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer sub.dir.Close()
	return sub.all(take)
}

// Signatures returns the signatures on a text, sorted by hash. A file that was
// tampered with is an error that names it.
func (r *Registry) Signatures(on text.Hash) ([]Signature, error) {
	out, bad, err := r.signatures(on)
	if err = errors.Join(append(bad, err)...); err != nil {
		return nil, err
	}
	return out, nil
}

func (r *Registry) signatures(on text.Hash) (out []Signature, bad []error, err error) {
	var ill []error
	bad, err = r.signatureShelf().allOn(on, func(h text.Hash, b []byte) {
		parsed, err := sshsig.Parse(b)
		if err != nil {
			ill = append(ill, fmt.Errorf("registry: signature %s: %w: %w", h, ErrTampered, err))
			return
		}
		out = append(out, Signature{h, b, parsed})
	})
	return out, append(bad, ill...), err
}

// SignatureFiles returns the signatures on a text as a bundle holds them, under
// name (an ID16 or policy-N): the officer is whose key it is by the policy, the
// act is what the namespace says. They are not verified. What has no place in a
// bundle is left out, and counted in the sentences of notes.
func (r *Registry) SignatureFiles(p *policy.Policy, on text.Hash, name string) (files []quorum.SignatureFile, notes []string, err error) {
	signatures, bad, err := r.signatures(on)
	if err != nil {
		return nil, nil, err
	}
	var strangers, namespaces int
	for _, s := range signatures {
		officer, known := p.OfficerOf(s.Parsed.Key())
		act, named := actOf(s.Parsed.Namespace())
		switch {
		case !known:
			strangers++
		case !named:
			namespaces++
		default:
			files = append(files, quorum.SignatureFile{On: name, Officer: officer, Act: act, Bytes: s.Bytes})
		}
	}
	slices.SortFunc(files, func(a, b quorum.SignatureFile) int {
		if c := strings.Compare(a.Name(), b.Name()); c != 0 {
			return c
		}
		return slices.Compare(a.Bytes, b.Bytes)
	})
	notes = count(notes, strangers, "by a key that policy %d does not list", p.Version)
	notes = count(notes, namespaces, "for an act that no bundle carries")
	notes = count(notes, len(bad), "in a file that was tampered with")
	return files, notes, nil
}

// count adds a sentence about n signatures that were left out.
func count(notes []string, n int, why string, args ...any) []string {
	if n == 0 {
		return notes
	}
	plural := "s"
	if n == 1 {
		plural = ""
	}
	return append(notes, fmt.Sprintf("left out %d signature%s ", n, plural)+fmt.Sprintf(why, args...))
}

// actOf is the reverse of an act's namespace.
func actOf(namespace string) (quorum.Act, bool) {
	for a := quorum.Propose; a <= quorum.Manifest; a++ {
		if a.Namespace() == namespace {
			return a, true
		}
	}
	return 0, false
}
