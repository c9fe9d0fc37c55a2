package ceremony

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"rsc.io/qr"

	"strongroom/custody"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/keystore"
	"strongroom/signer/keystore/slip39"
)

// ShareSheet is what a holder keeps beside the medium: the sealed share in codes.
type ShareSheet struct {
	Vault, Signer text.ID
	Chain         custody.Network
	Holder        text.ID
	Shares        record.Shares // the generation, which names the share
	File          []byte        // share.age, binary, as it was sealed
}

// PrintShare returns the sheet as one HTML page, which says no word of the
// share. It refuses a holder without a share and a file that is longer than any
// share's.
func PrintShare(s ShareSheet) ([]byte, error) {
	share, err := s.check()
	if err != nil {
		return nil, err
	}
	p := s.top(share)
	p.lines("date", "bag or seal number")
	if err := p.sealedShare(s.File); err != nil {
		return nil, err
	}
	return p.end(), nil
}

// PrintShareInClear returns the sheet with the share's words for anybody to
// read, and says so in capitals. It is as secret as the share, and for vaults
// that allow clear-words only. It refuses what PrintShare does, and words that
// are no share or do not have its commitment. The caller clears the words and
// the page.
func PrintShareInClear(s ShareSheet, words []byte) ([]byte, error) {
	share, err := s.check()
	if err != nil {
		return nil, err
	}
	if err := checkWords(words, share); err != nil {
		return nil, err
	}
	top, rest := s.top(share, "THIS SHEET SHOWS A SHARE IN CLEAR WORDS. WHOEVER READS IT HAS THE SHARE. NEVER PHOTOGRAPH OR COPY IT."), new(page)
	top.lines("date", "bag or seal number")
	if err := rest.sealedShare(s.File); err != nil {
		return nil, err
	}
	return withWords(top.b.String(), words, string(rest.end())), nil
}

// check returns the share that the sheet is about.
func (s ShareSheet) check() (record.Share, error) {
	share, ok := s.Shares.Of(s.Holder)
	if !ok {
		return share, fmt.Errorf("share sheet: want a holder of the generation, found %q", s.Holder)
	}
	if share.Group < 1 || share.Group > len(s.Shares.Sites) {
		return share, fmt.Errorf("share sheet: want a group of 1 to %d, found %d", len(s.Shares.Sites), share.Group)
	}
	if len(s.File) == 0 || len(s.File) > maxSheetFile {
		return share, fmt.Errorf("share sheet: want a file of 1 to %d bytes, found %d", maxSheetFile, len(s.File))
	}
	return share, nil
}

// top begins the sheet.
func (s ShareSheet) top(share record.Share, marks ...string) *page {
	p := newPage(fmt.Sprintf("Share %d of group %d: %s", share.Number, share.Group, s.Holder), s.Chain)
	for _, m := range marks {
		p.mark(m)
	}
	p.facts(s.facts(share)...)
	return p
}

func (s ShareSheet) facts(share record.Share) []Fact {
	site := s.Shares.Sites[share.Group-1]
	return []Fact{
		{"vault and signer", fmt.Sprintf("%s, %s, %s", s.Vault, s.Signer, s.Chain)},
		{"key", fmt.Sprintf("%x, generation %d", s.Shares.Fingerprint, s.Shares.Generation)},
		{"rebuilt by", fmt.Sprintf("any %d of %d groups; of group %d any %d shares", s.Shares.Groups, len(s.Shares.Sites), share.Group, site.Need)},
		{"site", string(site.Site)}, {"sealed to", string(share.Seal)},
		{"commitment", share.Commitment.String()}, {"commitment, aloud", spoken(share.Commitment)},
	}
}

// sealedShare writes the file as base64 in codes of one size, and what to do
// with them years later with nothing but stock tools.
func (p *page) sealedShare(file []byte) error {
	parts := split(base64.StdEncoding.EncodeToString(file), codeText)
	p.heading("The sealed share")
	p.tags(`<div class="codes">`, "\n")
	for i, part := range parts {
		if err := p.code(part, fmt.Sprintf("part-%d.txt of %d", i+1, len(parts)), qr.M, 80); err != nil {
			return err
		}
	}
	p.tags("</div>\n")
	p.tags(`<div class="keep">`)
	p.heading("How it opens")
	p.in("p", "Read each code with a reader that is not online, and save its text under the name that stands below it. Then:")
	p.in("pre", instructions(file, len(parts)))
	p.in("p", "The last line prints the commitment above if the share is whole. Words are typed into a signer only, never into anything online. Who rebuilds the key needs other shares too, and any program for SLIP-39.")
	p.tags("</div>\n")
	return nil
}

// instructions are commands of age and of every Unix.
func instructions(file []byte, parts int) string {
	names := ""
	for i := range parts {
		names += fmt.Sprintf("part-%d.txt ", i+1)
	}
	return fmt.Sprintf("cat %s| base64 -d > share.age\nsha256sum share.age\n  %x\nage -d share.age | sha256sum\n", names, sha256.Sum256(file))
}

// split cuts text into as few parts of at most so many letters as it takes, all
// about as long, each base64 of its own.
func split(s string, most int) []string {
	n := (len(s) + most - 1) / most
	each := ((len(s)+n-1)/n + 3) / 4 * 4
	var out []string
	for len(s) > each {
		out = append(out, s[:each])
		s = s[each:]
	}
	return append(out, s)
}

// checkWords wants words of a share, and of this one.
func checkWords(words []byte, share record.Share) error {
	parsed, err := slip39.Parse(words)
	if err != nil {
		return fmt.Errorf("share sheet: words: %w", err)
	}
	parsed.Wipe()
	if text.Hash(keystore.CommitShare(words)) != share.Commitment {
		return errors.New("share sheet: want the words of this share, found those of another")
	}
	return nil
}

const (
	wordsBefore = "<h2>THE SHARE IN CLEAR WORDS</h2>\n<ol class=\"words\"><li>"
	wordsBetw   = "</li><li>"
	wordsAfter  = "</li></ol>\n"
)

// withWords puts the words between two halves of a page, in one piece of
// memory of the right size, so that no copy of them is left behind. The words
// are letters and spaces.
func withWords(top string, words []byte, below string) []byte {
	out := make([]byte, 0, len(top)+len(wordsBefore)+len(words)*len(wordsBetw)+len(wordsAfter)+len(below))
	out = append(append(out, top...), wordsBefore...)
	for _, c := range words {
		if c == ' ' {
			out = append(out, wordsBetw...)
			continue
		}
		out = append(out, c)
	}
	return append(append(out, wordsAfter...), below...)
}
