package ceremony

import (
	"fmt"
	"slices"
	"time"

	"strongroom/custody"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/keystore/entropy"
)

// Transcript says what happened. Everybody who was there signs its text. It
// holds nothing secret. The zero value is none.
type Transcript struct {
	Vault, Signer text.ID
	Chain         custody.Network
	What          What
	Plan          text.Hash // SHA-256 of the plan
	Program       text.Hash // SHA-256 of the program, as found
	Build         text.Hash // SHA-256 of the build that counted; zero: none was asked for
	Reviewers     []text.ID // who signed it, sorted
	Session       [16]byte  // drawn anew each time, so that no two transcripts are the same
	Generator     string    // what made randomness; not for sign

	System        text.Hash      // commitment of the machine's entropy; make and words
	Contributions []Contribution // sorted by person; make and words
	Device        Device         // who has the words, and where they went; words only
	Opened        []text.ID      // who opened or brought the key, sorted; not for make and words

	Key    Key                 // what was made, or opened; without a generation for words
	Path   string              // of the account key, as "48h/0h/0h/2h"; not for sign
	Record text.Hash           // SHA-256 of the public key record (BIP-129); not for sign
	Groups int                 // how many groups rebuild the key; not for sign and words
	Sites  []record.ShareGroup // numbered from 1 by their order; not for sign and words
	Shares []record.Share      // sorted by group and number; not for sign and words
	Clear  []text.ID           // whose share may be printed in clear words, sorted; not for sign and words
	Seals  []Bag               // sorted; not for sign and words
	Signed []text.Hash         // proposals, sorted; sign only

	Steps      []Entry   // by number
	Exceptions []Entry   // by number, time, person and text
	Present    []text.ID // sorted
}

// Contribution is what one person added to the entropy of a key.
type Contribution struct {
	Person     text.ID
	From       entropy.Source
	Bits       int // what it was credited
	Commitment text.Hash
}

// Bag is a numbered seal or bag that a holder's share is in.
type Bag struct {
	Person text.ID
	Number string
}

// Entry is what is written down about a step: that it was done, or that
// something else happened. The text of a step that was done is its title, and
// perhaps a colon and what was noted.
type Entry struct {
	Step   int       // from 1
	Time   time.Time // to the second, UTC
	Person text.ID   // who did it, or says so
	Text   string
}

// Hash returns the identity of the transcript's text, with the refusal of
// RenderTranscript.
func (t Transcript) Hash() (text.Hash, error) {
	b, err := RenderTranscript(t)
	if err != nil {
		return text.Hash{}, err
	}
	return text.Identity(b), nil
}

// Generation returns what the signer's log records of a ceremony that made
// shares. It refuses one that made none, and what RenderTranscript refuses.
func (t Transcript) Generation() (record.Shares, error) {
	if !t.What.shares() {
		return record.Shares{}, fmt.Errorf("transcript: want one of make, import or reshare, found %s", t.What)
	}
	hash, err := t.Hash()
	if err != nil {
		return record.Shares{}, err
	}
	return record.Shares{
		Ceremony: t.What.ID(), Plan: t.Plan, Transcript: hash,
		Fingerprint: t.Key.Fingerprint, Generation: t.Key.Generation,
		Groups: t.Groups, Sites: slices.Clone(t.Sites), Shares: slices.SortedFunc(slices.Values(t.Shares), compareShares),
	}, nil
}
