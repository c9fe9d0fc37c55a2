package backup

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// kitMaker is somebody whose signature was verified, and of what it is.
type kitMaker struct {
	id  text.ID
	key sshsig.Key
	of  string // "manifest" or "re-wrap"
}

// line is the maker's in a file of allowed signers.
func (x kitMaker) line() string { return fmt.Sprintf("%s namespaces=\"*@strongroom\" %s", x.id, x.key) }

// kitMaker is who signs the page for emergencies: the maker of the newest re-wrap,
// since its text names the headers and the people, or that of the manifest.
func (s Signed) kitMaker() (kitMaker, error) {
	all, err := s.kitMakers(s.line())
	if err != nil {
		return kitMaker{}, err
	}
	return all[len(all)-1], nil
}

// kitMakers are the makers of the manifest and of some re-wraps, in their order.
func (s Signed) kitMakers(list []wrapped) ([]kitMaker, error) {
	if s.text == nil {
		return nil, errors.New("recovery page: want a signed manifest, found none")
	}
	sig, err := sshsig.Parse(s.signature)
	if err != nil {
		return nil, err
	}
	out := []kitMaker{{s.manifest.Maker, sig.Key(), "manifest"}}
	for _, x := range list {
		if sig, err = sshsig.Parse(x.signature); err != nil {
			return nil, err
		}
		out = append(out, kitMaker{x.rewrap.Maker, sig.Key(), "re-wrap"})
	}
	return out, nil
}

// newestRewraps are the ids of the re-wraps whose page counts as that of the
// snapshot: that which is followed or, where several rival, each of these, that
// one first. Zeros stand for the manifest.
func (s Signed) newestRewraps() []text.Hash {
	if len(s.rivals) > 0 {
		return s.rivals
	}
	return []text.Hash{s.follows}
}

// manifestMark is how a page names its snapshot for programs. Nothing that is
// escaped can look like it.
func manifestMark(id text.Hash) string {
	return fmt.Sprintf(`<meta name="manifest" content="%s"/>`, id)
}

const rewrapMarkBegin = `<meta name="rewrap" content="`

// rewrapMark is how a page names the newest re-wrap that it tells of. One without
// any has none.
func rewrapMark(id text.Hash) string {
	if id.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s%s\"/>\n", rewrapMarkBegin, id)
}

// toldBy returns the snapshot as a page knows it, with the re-wraps up to the one
// that the page names. It fails for a re-wrap that the snapshot does not have.
func (s Signed) toldBy(page []byte) (Signed, bool) {
	if !bytes.Contains(page, []byte(rewrapMarkBegin)) {
		return s.AsOf(text.Hash{})
	}
	at := slices.IndexFunc(s.added, func(w wrapped) bool { return bytes.Contains(page, []byte(rewrapMark(w.ID()))) })
	if at < 0 {
		return Signed{}, false
	}
	return s.AsOf(s.added[at].ID())
}
