package story

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	"github.com/btcsuite/btcd/btcec/v2"

	"strongroom/custody"
)

// attack is one hostile bundle: an honest one, edited.
type attack struct {
	title  string
	code   string
	from   string // the honest bundle
	signer string
	edit   func(s *scene, bundle string)
}

func (s *stage) attacks() []attack {
	third, second := "carrier/"+s.third.name, "carrier/"+s.second.name
	return []attack{
		{"The payee is changed in the transaction.", "TX-OUTPUT", third, "signer-a", (*scene).stealPayment},
		{"The change goes to a look-alike of the wallet: two keys of ours, and one of the attacker's that claims to be our third.", "TX-CHANGE", third, "signer-a", (*scene).stealChange},
		{"The fee is above what the officers signed: 0.00050000 rBTC more goes to the miners.", "TX-FEE", third, "signer-a", (*scene).burn},
		{"A previous transaction is left out, so that nothing proves what the input holds.", "TX-PREV", third, "signer-a", (*scene).hidePrevious},
		{"A withdrawal that was released is brought again, with another transaction.", "TX-SECOND", second, "signer-b", (*scene).payTwice},
		{"Alice asked for it. Her own approval takes the place of carol's.", "SEAT-MAKER", third, "signer-a", (*scene).approveOneself},
		{"One byte of an approval is flipped.", "SIG-BAD", third, "signer-a", (*scene).flipByte},
	}
}

// attack tries them all on a withdrawal that is in order: without the edit the
// same files pass.
func (s *scene) attack() {
	s.third = s.propose("third", "payroll", "0.04000000", "Salaries, ticket TR-4413", true)
	s.approve(s.third, "bob")
	s.approve(s.third, "carol")
	s.bring(s.third, true)
	s.say("Unedited, these files pass:")
	s.run(signer("signer-a", "inspect carrier/%s", s.third.name).shows(3, 3))
	if s.err != nil {
		return
	}
	for i, a := range s.attacks() {
		s.say("Attack %d. %s", i+1, a.title)
		bundle := "carrier/attack-" + string(rune('1'+i))
		s.copyFolder(a.from, bundle)
		a.edit(s, bundle)
		s.changed(a.from, bundle)
		s.refused(a.signer, bundle, a.code)
		if s.err != nil {
			return
		}
	}
	s.say("Seven attacks, seven refusals; not one signature was made. The logs that say so leave with the answers, refusals too:")
	s.run(line("strongroom receive carrier/attack-7.signer-a carrier/attack-5.signer-b"))
}

// changed wants exactly the edit to differ, so that a refusal has one cause.
func (s *scene) changed(from, to string) {
	if s.err == nil {
		s.run(pipe("diff -rq %s %s", from, to).ends(1))
	}
}

// packet opens the bundle's transaction, changes it and writes it back.
func (s *scene) packet(bundle string, change func(p *custody.PSBT)) {
	path := s.one(bundle, "*.psbt")
	b := s.read(path)
	if s.err != nil {
		return
	}
	p, err := custody.DecodePSBT(b)
	if s.must(err); err != nil {
		return
	}
	change(p)
	s.write(path, p.Bytes())
}

// changeOutput returns which output of a packet says that it is change.
func (s *scene) changeOutput(p *custody.PSBT, d *custody.Descriptor) (output int, index uint32) {
	for i := range p.Outputs {
		if branch, at, err := p.Outputs[i].Claim(d); err == nil && branch == custody.Change {
			return i, at
		}
	}
	s.want(false, "a change output in the transaction, found none")
	return 0, 0
}

// wallet reads a descriptor's file.
func (s *scene) wallet(path string) *custody.Descriptor {
	b := s.read(path)
	if s.err != nil {
		return nil
	}
	d, err := custody.ParseDescriptorFile(custody.Regtest, b)
	s.must(err)
	return d
}

// enrolled is the wallet as a signer keeps it.
const enrolled = "signer-a/wallet-main.txt"

// stealPayment sends what the officers approved to somebody else.
func (s *scene) stealPayment(bundle string) {
	ours, theirs := s.scriptOf(s.payee[s.third.label]), s.scriptOf(s.stranger())
	s.packet(bundle, func(p *custody.PSBT) {
		found := false
		for _, out := range p.Tx.TxOut {
			if bytes.Equal(out.PkScript, ours) {
				out.PkScript, found = theirs, true
			}
		}
		s.want(found, "the payment in the transaction, found none")
	})
}

// stealChange derives the change from a wallet that looks like ours: the third
// key is the attacker's, under the origin of the one that it replaces.
func (s *scene) stealChange(bundle string) {
	d := s.wallet(enrolled)
	if s.err != nil {
		return
	}
	like := s.lookAlike(d)
	s.packet(bundle, func(p *custody.PSBT) {
		output, index := s.changeOutput(p, d)
		if s.err != nil {
			return
		}
		script, err := like.Derive(custody.Change, index)
		if s.must(err); err != nil {
			return
		}
		p.Tx.TxOut[output].PkScript = script.Output
		p.Outputs[output].WitnessScript = script.Witness
		claims := p.Outputs[output].Derivations
		for i := range claims {
			for k, key := range like.Keys() {
				if key.Origin().Fingerprint == claims[i].Fingerprint {
					claims[i].PublicKey = script.Keys[k]
				}
			}
		}
	})
}

// lookAlike is our wallet but for the material of its last key.
func (s *scene) lookAlike(d *custody.Descriptor) *custody.Descriptor {
	if s.err != nil {
		return nil
	}
	keys := d.Keys()
	last := &keys[len(keys)-1]
	_, public := btcec.PrivKeyFromBytes(s.random(32))
	theirs, err := custody.NewAccountKey(custody.Regtest, last.Origin(), [33]byte(public.SerializeCompressed()), [32]byte(s.random(32)), [4]byte(s.random(4)))
	if s.must(err); err != nil {
		return nil
	}
	*last = theirs
	like, err := custody.NewSortedMulti(custody.Regtest, d.M(), keys)
	s.must(err)
	return like
}

// burn takes from the change, so that the rest is fee.
func (s *scene) burn(bundle string) { s.shave(bundle, 50_000) }

// payTwice makes another transaction for the same order: a little less change
// is enough for that.
func (s *scene) payTwice(bundle string) { s.shave(bundle, 100) }

func (s *scene) shave(bundle string, satoshi int64) {
	d := s.wallet(enrolled)
	if s.err != nil {
		return
	}
	s.packet(bundle, func(p *custody.PSBT) {
		output, _ := s.changeOutput(p, d)
		p.Tx.TxOut[output].Value -= satoshi
	})
}

// hidePrevious leaves out what proves the first input's amount.
func (s *scene) hidePrevious(bundle string) {
	s.packet(bundle, func(p *custody.PSBT) { p.Inputs[0].Previous = nil })
}

// approveOneself signs the approval as the maker, by stock tool, and takes
// carol's away.
func (s *scene) approveOneself(bundle string) {
	if s.err != nil {
		return
	}
	name := s.third.id[:16]
	text := filepath.Join(bundle, name+".txt")
	s.run(line("ssh-keygen -Y sign -f officers/alice -n approve.v1@strongroom %s", text))
	if s.err != nil {
		return
	}
	s.must(os.Rename(s.in(text+".sig"), s.in(bundle, name+".alice.approve.sig")))
	s.must(os.Remove(s.in(bundle, name+".carol.approve.sig")))
}

// flipByte changes one letter of carol's signature.
func (s *scene) flipByte(bundle string) {
	if s.err != nil {
		return
	}
	path := filepath.Join(bundle, s.third.id[:16]+".carol.approve.sig")
	b := s.read(path)
	lines := strings.Split(string(b), "\n")
	if s.want(len(lines) > 4, "a signature of more than four lines, found %d", len(lines)); s.err != nil {
		return
	}
	last := []byte(lines[len(lines)-3]) // above the closing line: the signature proper
	if last[flipped] == 'A' {
		last[flipped] = 'B'
	} else {
		last[flipped] = 'A'
	}
	lines[len(lines)-3] = string(last)
	s.write(path, []byte(strings.Join(lines, "\n")))
}

// flipped is which letter of that line is changed.
const flipped = 7
