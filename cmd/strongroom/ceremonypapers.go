package main

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/registry"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/ceremony"
)

// ceremonyNamespace is that of signatures on transcripts.
func ceremonyNamespace() string { return sshsig.NamespaceFor(ceremony.Act) }

// account is a transcript of the registry, and the plan that it names; planned
// says whether that is there too.
type account struct {
	hash       text.Hash
	transcript ceremony.Transcript
	plan       ceremony.Plan
	planned    bool
}

// accounts reads the transcripts among texts, the newest generation of a key
// last. What cannot be read is no account.
func accounts(texts map[text.Hash][]byte) []account {
	var out []account
	for h, b := range texts {
		if t, ok := text.TypeOf(b); !ok || t != text.Transcript {
			continue
		}
		t, err := ceremony.ParseTranscript(b)
		if err != nil {
			continue
		}
		a := account{hash: h, transcript: t}
		if b, ok := texts[t.Plan]; ok {
			a.plan, err = ceremony.ParsePlan(b)
			a.planned = err == nil
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b account) int {
		x, y := a.transcript, b.transcript
		return cmp.Or(cmp.Compare(x.Signer, y.Signer), slices.Compare(x.Key.Fingerprint[:], y.Key.Fingerprint[:]),
			cmp.Compare(x.Key.Generation, y.Key.Generation), slices.Compare(a.hash[:], b.hash[:]))
	})
	return out
}

// accounts reads the registry's transcripts.
func (d *desk) accounts() ([]account, error) { return accountsIn(d.reg) }

func accountsIn(reg *registry.Registry) ([]account, error) {
	hashes, err := reg.Texts()
	if err != nil {
		return nil, err
	}
	texts := map[text.Hash][]byte{}
	for _, h := range hashes {
		b, err := reg.Text(h)
		if err != nil {
			return nil, err
		}
		if t, _ := text.TypeOf(b); t == text.Transcript || t == text.Ceremony {
			texts[h] = b
		}
	}
	return accounts(texts), nil
}

// walletKey is what the desk knows of one signer's key.
type walletKey struct {
	signer      text.ID
	fingerprint [4]byte
	wallets     []policy.Wallet
	state       *record.State   // of the signer's log; nil where none came
	generations []record.Shares // by the log, or else by the transcripts, oldest first
	accounts    []account
	outside     text.ID // where a hardware wallet lies; empty for a signer's key
}

// walletKeys gathers every key that a log or a transcript tells of, sorted by
// signer, with the wallets of the rules in force or of the draft.
func (d *desk) walletKeys() ([]*walletKey, *policy.Policy, error) {
	p, finished, err := d.rules()
	if err != nil {
		return nil, nil, err
	}
	v := &view{policy: p}
	if finished {
		v, err = d.view()
	} else {
		err = d.readLogs(v)
	}
	if err != nil {
		return nil, nil, err
	}
	told, err := d.accounts()
	if err != nil {
		return nil, nil, err
	}
	states := map[text.ID]*record.State{}
	for _, s := range v.signers {
		states[s.device] = s.state
	}
	return gatherKeys(p, states, told), p, nil
}

// gatherKeys puts together what logs and transcripts tell of keys.
func gatherKeys(p *policy.Policy, states map[text.ID]*record.State, told []account) []*walletKey {
	var all keyList
	for device, state := range states {
		for _, k := range state.Keys() {
			x := all.of(device, k.Fingerprint)
			x.state, x.generations = state, state.Shares(k.Fingerprint)
		}
	}
	for _, a := range told {
		if a.transcript.What == ceremony.MakeWords {
			continue // a key of no signer: wordKeys has it
		}
		x := all.of(a.transcript.Signer, a.transcript.Key.Fingerprint)
		x.accounts = append(x.accounts, a)
		if g, err := a.transcript.Generation(); err == nil && x.state == nil {
			x.generations = append(x.generations, g)
		}
	}
	for _, x := range all {
		x.wallets = walletsOf(p, x.fingerprint)
	}
	slices.SortFunc(all, func(a, b *walletKey) int {
		return cmp.Or(cmp.Compare(a.signer, b.signer), slices.Compare(a.fingerprint[:], b.fingerprint[:]))
	})
	return all
}

type keyList []*walletKey

// of returns a key of the list, which gets it if it has it not.
func (l *keyList) of(signer text.ID, fingerprint [4]byte) *walletKey {
	i := slices.IndexFunc(*l, func(k *walletKey) bool { return k.signer == signer && k.fingerprint == fingerprint })
	if i < 0 {
		i = len(*l)
		*l = append(*l, &walletKey{signer: signer, fingerprint: fingerprint})
	}
	return (*l)[i]
}

// walletsOf returns the wallets that a key signs for.
func walletsOf(p *policy.Policy, fingerprint [4]byte) []policy.Wallet {
	var out []policy.Wallet
	for _, w := range p.Wallets {
		if slices.ContainsFunc(p.Cosigners, func(c policy.Cosigner) bool { return c.Wallet == w.ID && c.Fingerprint == fingerprint }) {
			out = append(out, w)
		}
	}
	return out
}

// walletNames names them; none for a key that is in no wallet.
func (k *walletKey) walletNames() []text.ID {
	var out []text.ID
	for _, w := range k.wallets {
		out = append(out, w.ID)
	}
	return out
}

// account returns the transcript of a generation.
func (k *walletKey) account(g record.Shares) (account, bool) {
	i := slices.IndexFunc(k.accounts, func(a account) bool { return a.hash == g.Transcript })
	if i < 0 {
		return account{}, false
	}
	return k.accounts[i], true
}

// checkOpeners asks the log of a signer, or the transcript, whether those who are
// to open its key can.
func (d *desk) checkOpeners(p ceremony.Plan) ([]quorum.Reason, error) {
	keys, _, err := d.walletKeys()
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if n := len(k.generations); k.signer == p.Signer && k.fingerprint == p.From.Fingerprint && n > 0 {
			return quorum.ReasonsOf(p.CheckOpeners(k.generations[n-1])), nil
		}
	}
	d.world.Warnf("key %x of %s: want its log or its transcript, found neither: whether those people open it is not known here", p.From.Fingerprint, p.Signer)
	return nil, nil
}

// signedAccount says who signed a transcript of the registry, by the signatures
// that lie there.
func (d *desk) signedAccount(a account) (ceremony.Signatures, error) {
	if !a.planned {
		return ceremony.Signatures{}, nil
	}
	stored, err := d.reg.Signatures(a.hash)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return ceremony.Signatures{}, err
	}
	var files [][]byte
	for _, s := range stored {
		if s.Parsed.Namespace() == ceremonyNamespace() {
			files = append(files, s.Bytes)
		}
	}
	signed, err := ceremony.Signed(a.transcript, a.plan, files)
	if err != nil {
		d.world.Warnf("transcript %s: %v", a.hash.Short(), err)
		return ceremony.Signatures{}, nil
	}
	return signed, nil
}
