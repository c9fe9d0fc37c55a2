package policy

import "strongroom/quorum/text"

// CheckWallet returns every ground on which one wallet of the policy is refused,
// whatever else is still to be filled in: its threshold, its list of cosigners,
// how many of them no policy binds, and what those pass for. A wallet that the
// policy lacks has none.
func (p *Policy) CheckWallet(id text.ID) []Reason {
	var f findings
	if w, ok := p.Wallet(id); ok {
		p.checkWallet(&f, w)
		p.checkExternals(&f)
	}
	return f.sorted()
}

// checkWallet judges a wallet's threshold and its list of cosigners. A wallet that
// pays or is paid has a key to spare: where all have to sign, the first one lost
// takes the coins with it. A retired one is only emptied, and may have been
// accepted under another rule.
func (p *Policy) checkWallet(f *findings, w Wallet) {
	switch {
	case w.M < minThreshold || w.M > w.N || 2*w.M <= w.N:
		f.add(CodeWallet, "wallet %s: want at least %d keys to sign, more than half of all and at most all, found %d of %d", w.ID, minThreshold, w.M, w.N)
	case w.M == w.N && w.State != Retired:
		f.add(CodeWallet, "wallet %s: want fewer keys to sign than there are, so that one may be lost, found %d of %d", w.ID, w.M, w.N)
	}
	cosigners, external := p.cosignersOf(w.ID)
	if cosigners != w.N {
		f.add(CodeWallet, "wallet %s: want %d cosigners, found %d", w.ID, w.N, cosigners)
	}
	if external >= w.M {
		f.add(CodeWallet, "wallet %s: want fewer than %d external cosigners, found %d", w.ID, w.M, external)
	}
}

// cosignersOf counts a wallet's cosigners, and those of them that no policy binds.
func (p *Policy) cosignersOf(wallet text.ID) (all, external int) {
	for _, c := range p.Cosigners {
		if c.Wallet != wallet {
			continue
		}
		all++
		if !c.Governed {
			external++
		}
	}
	return all, external
}

// checkExternals wants a hardware wallet that no policy binds to pass for nothing
// else: its name is no signer's, and its key is no signer's in another wallet.
func (p *Policy) checkExternals(f *findings) {
	for _, c := range p.Cosigners {
		if c.Governed {
			continue
		}
		if _, ok := p.Device(c.Name); ok {
			f.add(CodeWallet, "wallet %s: want a name of its own for an external cosigner, found that of signer %s", c.Wallet, c.Name)
		}
		for _, other := range p.Cosigners {
			if other.Fingerprint == c.Fingerprint && other.Name != c.Name {
				f.add(CodeWallet, "key %x: want one name for it in all wallets, found external %s and %s", c.Fingerprint, c.Name, other.Name)
			}
		}
	}
}
