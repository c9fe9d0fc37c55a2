package record

import (
	"fmt"
	"slices"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Shares says that people made, imported or shared anew a wallet key in a
// ceremony, that it exists as one generation of SLIP-39 shares, who holds each,
// and how each can be checked by itself. Generations of a key count from 1; a
// later one revokes nothing.
type Shares struct {
	Ceremony    text.ID   // make, import or reshare
	Plan        text.Hash // SHA-256 of what was to be done
	Transcript  text.Hash // and of the account of what was, which people sign
	Fingerprint [4]byte   // of the master key, BIP-32
	Generation  uint64
	Groups      int          // how many groups rebuild the key
	Sites       []ShareGroup // numbered from 1 by their order
	Shares      []Share      // sorted by group and number, which count from 1
}

// ShareGroup is one group of shares, which lie at one site.
type ShareGroup struct {
	Need int // shares that stand for the group
	Site text.ID
}

// Share is one share. Its commitment is the SHA-256 of its words and LF, which
// is what "age -d share.age | sha256sum" prints.
type Share struct {
	Group, Number int
	Holder        text.ID
	Seal          Seal
	Commitment    text.Hash
}

// Seal is to what a share is sealed.
type Seal string

// The seals, by the recipient in the age file.
const (
	SealPassphrase Seal = "passphrase" // scrypt: the file and what the holder knows
	SealKey        Seal = "key"        // an X25519 or ssh key in a file
	SealHybrid     Seal = "hybrid"     // an ML-KEM-768 and X25519 key in a file
	SealHardware   Seal = "hardware"   // a plugin's, such as a YubiKey's
)

// Hardware says that what opens the seal is a thing that the holder has and that
// asks for what the holder knows.
func (s Seal) Hardware() bool { return s == SealHardware }

// ParseSeal reads the name of a seal.
func ParseSeal(s string) (Seal, error) {
	if k := Seal(s); slices.Contains([]Seal{SealPassphrase, SealKey, SealHybrid, SealHardware}, k) {
		return k, nil
	}
	return "", fmt.Errorf("want passphrase, key, hybrid or hardware, found %q", s)
}

// Kind returns KindShares.
func (Shares) Kind() Kind { return KindShares }

func (b Shares) write(w *text.Writer, _ custody.Network) {
	w.Line("ceremony", string(b.Ceremony))
	w.Line("plan", b.Plan.String())
	w.Line("transcript", b.Transcript.String())
	writeGeneration(w, b.Fingerprint, b.Generation)
	w.Line("groups", text.FormatUint(uint64(b.Groups)))
	for _, g := range b.Sites {
		w.Line("group", text.FormatUint(uint64(g.Need)), string(g.Site))
	}
	for _, s := range b.Shares {
		w.Line("share", text.FormatUint(uint64(s.Group)), text.FormatUint(uint64(s.Number)), string(s.Holder), string(s.Seal), s.Commitment.String())
	}
}

func readShares(r *text.Reader, _ custody.Network) Body {
	b := Shares{
		Ceremony: text.Value(r, "ceremony", r.Field("ceremony"), parseCeremony), Plan: readHash(r, "plan"), Transcript: readHash(r, "transcript"),
		Fingerprint: readFingerprint(r, "fingerprint", r.Field("fingerprint")),
		Generation:  readGeneration(r),
		Groups:      readSmall(r, "groups", r.Field("groups")),
	}
	for r.At("group") && len(b.Sites) < maxShareGroups {
		f := r.Line("group", 2)
		b.Sites = append(b.Sites, ShareGroup{readSmall(r, "group", f[0]), text.Value(r, "group", f[1], text.ParseID)})
	}
	for r.At("share") && len(b.Shares) < maxShares {
		f := r.Line("share", 5)
		b.Shares = append(b.Shares, Share{
			Group: readSmall(r, "share", f[0]), Number: readSmall(r, "share", f[1]),
			Holder: text.Value(r, "share", f[2], text.ParseID), Seal: text.Value(r, "share", f[3], ParseSeal),
			Commitment: text.Value(r, "share", f[4], text.ParseHash),
		})
	}
	if r.Err() == nil {
		if err := b.check(); err != nil {
			r.Refuse("%v", err)
		}
	}
	return b
}

// The ceremonies that end in shares.
const (
	CeremonyMake    text.ID = "make"
	CeremonyImport  text.ID = "import" // of a key that others may have seen
	CeremonyReshare text.ID = "reshare"
)

func parseCeremony(s string) (text.ID, error) {
	if id := text.ID(s); slices.Contains([]text.ID{CeremonyMake, CeremonyImport, CeremonyReshare}, id) {
		return id, nil
	}
	return "", fmt.Errorf("want make, import or reshare, found %q", s)
}

func readGeneration(r *text.Reader) uint64 {
	return text.Uint[uint64](r, "generation", r.Field("generation"), maxGeneration)
}

// readSmall reads a number of groups or shares, of which SLIP-39 has 16.
func readSmall(r *text.Reader, keyword, field string) int {
	return int(text.Uint[uint8](r, keyword, field, maxShareGroups))
}

// check wants what SLIP-39 can split: enough groups with enough shares each,
// and every share once, with one holder.
func (b Shares) check() error {
	if b.Groups < 1 || b.Groups > len(b.Sites) {
		return fmt.Errorf("want 1 to %d groups that rebuild the key, found %d", len(b.Sites), b.Groups)
	}
	have := make([]int, len(b.Sites))
	holders := map[text.ID]bool{}
	for _, s := range b.Shares {
		if s.Group < 1 || s.Group > len(b.Sites) {
			return fmt.Errorf("want shares of groups 1 to %d, found one of %d", len(b.Sites), s.Group)
		}
		if have[s.Group-1]++; s.Number != have[s.Group-1] {
			return fmt.Errorf("want share %d of group %d next, found %d", have[s.Group-1], s.Group, s.Number)
		}
		if holders[s.Holder] {
			return fmt.Errorf("want one share a holder, found a second of %s", s.Holder)
		}
		holders[s.Holder] = true
	}
	if !slices.IsSortedFunc(b.Shares, func(a, c Share) int { return a.Group - c.Group }) {
		return fmt.Errorf("want shares sorted by group, found another order")
	}
	for i, g := range b.Sites {
		if g.Need < 1 || g.Need > have[i] {
			return fmt.Errorf("want 1 to %d shares for group %d, found %d", have[i], i+1, g.Need)
		}
	}
	return nil
}

// Of returns the share of a holder.
func (b Shares) Of(holder text.ID) (Share, bool) {
	i := slices.IndexFunc(b.Shares, func(s Share) bool { return s.Holder == holder })
	if i < 0 {
		return Share{}, false
	}
	return b.Shares[i], true
}

// Rebuilt says whether the holders named rebuild the key together, and the
// groups that stand for it.
func (b Shares) Rebuilt(holders []text.ID) bool {
	full := 0
	for i, g := range b.Sites {
		n := 0
		for _, s := range b.Shares {
			if s.Group == i+1 && slices.Contains(holders, s.Holder) {
				n++
			}
		}
		if n >= g.Need {
			full++
		}
	}
	return full >= b.Groups
}

// share keeps a generation. The first one stands before the record of its key,
// so that no key is there without shares; until then it may be written again.
func (s *State) share(b Shares) error {
	all := s.shares[b.Fingerprint]
	made := slices.ContainsFunc(s.keys, func(k Key) bool { return k.Fingerprint == b.Fingerprint })
	if first := b.Generation == 1; first == (b.Ceremony == CeremonyReshare) {
		return fmt.Errorf("want a key made or imported once and then shared anew, found ceremony %s for generation %d", b.Ceremony, b.Generation)
	}
	if !made {
		all = nil
	}
	if want := uint64(len(all)) + 1; b.Generation != want {
		return fmt.Errorf("want generation %d of key %x next, found %d", want, b.Fingerprint, b.Generation)
	}
	s.shares[b.Fingerprint] = append(slices.Clone(all), b)
	return nil
}

// Imported says that a key was brought from elsewhere, where others may have
// seen it.
func (s *State) Imported(fingerprint [4]byte) bool {
	all := s.shares[fingerprint]
	return len(all) > 0 && all[0].Ceremony == CeremonyImport
}

// Shares returns every generation of a key's shares, the oldest first.
func (s *State) Shares(fingerprint [4]byte) []Shares { return slices.Clone(s.shares[fingerprint]) }
