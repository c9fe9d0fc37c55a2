package ceremony

import (
	"fmt"
	"slices"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// Act is what people do with a signature under a transcript.
const Act = "ceremony"

// Signatures says who signed a transcript. The zero value is nobody's.
type Signatures struct {
	By      []Signature // sorted by person, one each
	Missing []text.ID   // who was present and has not signed, sorted
}

// Signature is that of one person.
type Signature struct {
	Person   text.ID
	Verified sshsig.Verified
}

// Complete says whether everybody present signed.
func (s Signatures) Complete() bool { return len(s.By) > 0 && len(s.Missing) == 0 }

// Signed checks SSH signatures, each a file as ssh-keygen writes it, of act
// ceremony over the transcript's text, by the keys that the plan names. It
// refuses a transcript of another plan, and any file that is not the signature
// of somebody present: nothing is passed over. A second signature by the same
// person counts as the first.
func Signed(t Transcript, p Plan, files [][]byte) (Signatures, error) {
	message, err := RenderTranscript(t)
	if err != nil {
		return Signatures{}, fmt.Errorf("transcript: %w", err)
	}
	hash, err := p.Hash()
	if err != nil {
		return Signatures{}, fmt.Errorf("plan: %w", err)
	}
	if t.Plan != hash {
		return Signatures{}, fmt.Errorf("transcript: want plan %s, found %s", hash, t.Plan)
	}
	if len(files) > maxSignatures {
		return Signatures{}, fmt.Errorf("signatures: want at most %d, found %d", maxSignatures, len(files))
	}
	var out Signatures
	for i, file := range files {
		one, err := signedBy(t, p, message, file)
		if err != nil {
			return Signatures{}, fmt.Errorf("signature %d: %w", i+1, err)
		}
		if !out.has(one.Person) {
			out.By = append(out.By, one)
		}
	}
	slices.SortFunc(out.By, func(a, b Signature) int { return compareIDs(a.Person, b.Person) })
	for _, id := range slices.Sorted(slices.Values(t.Present)) {
		if !out.has(id) {
			out.Missing = append(out.Missing, id)
		}
	}
	return out, nil
}

func (s Signatures) has(id text.ID) bool {
	return slices.ContainsFunc(s.By, func(x Signature) bool { return x.Person == id })
}

// signedBy finds whose key made a signature, and verifies it.
func signedBy(t Transcript, p Plan, message, file []byte) (Signature, error) {
	sig, err := sshsig.Parse(file)
	if err != nil {
		return Signature{}, err
	}
	i := slices.IndexFunc(p.People, func(x Person) bool { return x.Key.Equal(sig.Key()) })
	if i < 0 {
		return Signature{}, fmt.Errorf("want a key of the plan, found %s", sig.Key().Fingerprint())
	}
	who := p.People[i]
	if !slices.Contains(t.Present, who.ID) {
		return Signature{}, fmt.Errorf("want somebody present, found %s", who.ID)
	}
	verified, err := sig.Verify(who.Key, sshsig.NamespaceFor(Act), message, sshsig.Factor{})
	if err != nil {
		return Signature{}, fmt.Errorf("%s: %w", who.ID, err)
	}
	return Signature{who.ID, verified}, nil
}
