package main

import (
	"fmt"
	"slices"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

// wordsJSON is what the desk knows of words that a ceremony made for a hardware
// wallet: whoever holds them has the whole key, and so has the device.
type wordsJSON struct {
	Holder     text.ID   `json:"holder"`
	Standing   string    `json:"standing"` // officer, person, left or unknown
	Words      int       `json:"words"`
	Device     string    `json:"device"`
	Transcript string    `json:"transcript"`
	Signed     []text.ID `json:"transcript_signed_by"`
	Alarm      bool      `json:"alarm"` // who holds them has left
}

// wordKeys gathers the keys of hardware wallets whose words were made at one of
// the signers, sorted by fingerprint. They are no signer's.
func (d *desk) wordKeys(p *policy.Policy) ([]*walletKey, error) {
	told, err := d.accounts()
	if err != nil {
		return nil, err
	}
	var out []*walletKey
	for _, a := range told {
		if t := a.transcript; t.What == ceremony.MakeWords {
			out = append(out, &walletKey{signer: t.Signer, fingerprint: t.Key.Fingerprint, wallets: walletsOf(p, t.Key.Fingerprint), accounts: []account{a}})
		}
	}
	slices.SortStableFunc(out, func(a, b *walletKey) int { return slices.Compare(a.fingerprint[:], b.fingerprint[:]) })
	return out, nil
}

// keyWords reports words.
func (d *desk) keyWords(k *walletKey, people standings) (keySharesJSON, error) {
	a := k.accounts[0]
	signed, err := d.signedAccount(a)
	if err != nil {
		return keySharesJSON{}, err
	}
	x := &wordsJSON{Holder: a.transcript.Device.Person, Words: a.transcript.Device.Words, Device: a.transcript.Device.Text, Transcript: a.hash.String(), Signed: []text.ID{}}
	x.Standing = people.of(x.Holder)
	x.Alarm = x.Standing == hasLeft
	for _, s := range signed.By {
		x.Signed = append(x.Signed, s.Person)
	}
	return keySharesJSON{Signer: k.signer, Fingerprint: fmt.Sprintf("%x", k.fingerprint), Wallets: append([]text.ID{}, k.walletNames()...),
		Generations: []generationJSON{}, Words: x}, nil
}

func showWords(w cli.World, r keySharesJSON) {
	x := r.Words
	w.Text("")
	w.Field("key", fmt.Sprintf("%s, wallet %s, made at %s for a hardware wallet", r.Fingerprint, inWallets(r.Wallets), r.Signer))
	w.Field("device", x.Device)
	w.Field("words", fmt.Sprintf("%d, with %s (%s), who has the whole key", x.Words, x.Holder, x.Standing))
	w.Field("transcript", x.Transcript[:shownSum]+", "+signedBy(x.Signed))
}

// signedBy says who signed a transcript.
func signedBy(who []text.ID) string {
	if len(who) == 0 {
		return "not received, or signed by nobody"
	}
	return "signed by " + list(who)
}

// wordsAlarm is raised where somebody has left with a whole key.
func wordsAlarm(r keySharesJSON) error {
	return cli.Refusal{
		Sentence: fmt.Sprintf("key %s: want its words with somebody who is there, found them with %s, who has left", r.Fingerprint, r.Words.Holder),
		Codes:    []string{string(quorum.KeyShare)},
		Hint:     "put another key in its place and sweep the wallet: words that somebody has known cannot be taken back",
		Call:     "security officer",
		Alarm:    true,
	}
}

// exposeWords adds every way in which the value touches words and their device.
func (k *walletKey) exposeWords(q exposureQuery, a account, r *exposureJSON) {
	add := k.adding(0, r)
	t := a.transcript
	if string(t.Device.Person) == *q.person {
		add("holds its %d words, which are the whole key", t.Device.Words)
	}
	if *q.vendor != "" && holdsText(t.Device.Text, *q.vendor) {
		add("device: %s", t.Device.Text)
	}
	q.inTranscript(t, add)
	if a.planned {
		q.inPlan(a.plan, add)
		return
	}
	r.Unread = append(r.Unread, fmt.Sprintf("words of key %x, made at %s", k.fingerprint, k.signer))
}
