package story

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
)

// What prompts have in common, in lower case.
const (
	asksID      = "first 8"
	asksAmount  = "amount"
	asksAddress = "last 4"
)

// askFirst funds the wallet, and takes a withdrawal through its approvals.
func (s *scene) askFirst() {
	var coins []coin
	for index, amount := range []string{"0.30000000", "0.20000000", "0.05000000"} {
		to := s.receive
		if index > 0 {
			to = s.find(s.run(line("strongroom wallet address main --index %d", index).silently()), `(bcrt1q[0-9a-z]{58})`)
		}
		coins = append(coins, coin{to, amount})
	}
	s.fund(coins)
	s.say("Three coins were paid to the wallet from the mined rewards, each to an address of its own.")
	out := s.run(line("strongroom wallet balance"))
	s.want(s.err != nil || strings.Contains(out, "0.55000000"), "a balance of 0.55000000 rBTC, found another")

	s.first = s.propose("first", "exchange-hot", "0.40000000", "Liquidity for Monday, ticket TR-4411", false)
	s.say("Carol reviews and signs. Her key is in a running ssh-agent.")
	s.startAgent("carol")
	s.run(line("strongroom approve %s", s.short(s.first.id)).with("SSH_AUTH_SOCK=agent.sock").typing(asksID, s.short(s.first.id)))
	s.stopAgent()
	s.say("Bob does not use this program to sign. It writes the text out, and ssh-keygen signs it.")
	s.run(line("strongroom review %s -o first.txt", s.short(s.first.id)).shows(0, 8))
	s.run(line("ssh-keygen -Y sign -f officers/bob -n approve.v1@strongroom first.txt"))
	s.run(line("strongroom receive first.txt.sig"))
	s.run(line("strongroom queue"))
}

// propose asks for a withdrawal as alice.
func (s *scene) propose(name, label, amount, memo string, brief bool) order {
	c := line("strongroom propose withdrawal --pay %s:%s --fee-max 0.00010000 --memo", label, amount).and(memo, "--key", "officers/alice").
		reading(asksID, firstID)
	if brief {
		c = c.shows(4, 4)
	}
	out := s.run(c)
	return order{name: name, label: label, amount: amount, id: s.find(out, idPattern)}
}

// idPattern is an id on a screen.
const idPattern = `(?m)\bid\s+([0-9a-f]{64})`

// firstID reads the first digits of the id that stands on the screen.
func firstID(screen string) string {
	m := regexp.MustCompile(idPattern).FindStringSubmatch(screen)
	if m == nil {
		return ""
	}
	return m[1][:8]
}

// approve signs an order for an officer with a key file.
func (s *scene) approve(o order, who string) {
	s.run(line("strongroom approve %s --key officers/%s", s.short(o.id), who).typing(asksID, s.short(o.id)).shows(0, 3))
}

// bring builds the transaction and makes the bundle for the signers.
func (s *scene) bring(o order, check bool) {
	s.run(line("strongroom build %s", s.short(o.id)).shows(14, 2))
	c := line("strongroom bundle %s -o carrier/%s", s.short(o.id), o.name)
	if check {
		c = c.and("--check")
	}
	s.run(c.shows(20, 4))
}

// release lets a signer judge, log and sign. first says that it pays somebody
// for the first time: then amount and address are typed too.
func (s *scene) release(o order, name string, first, brief bool) {
	to := s.payee[o.label]
	c := signer(name, "release carrier/%s -o carrier/%s --operator ivan", o.name, s.answer(o, name)).typing(asksID, s.short(o.id))
	if first {
		c = c.typing(asksAmount, o.amount).typing(asksAddress, to[max(0, len(to)-4):])
	}
	if brief {
		c = c.shows(4, 8)
	}
	s.run(s.opened(c, name))
}

// answer names the folder of a signer's answer.
func (s *stage) answer(o order, name string) string {
	return o.name + strings.TrimPrefix(name, "signer")
}

// releaseFirst lets two signers release the first withdrawal.
func (s *scene) releaseFirst() {
	s.bring(s.first, true)
	s.say("What is typed here names this withdrawal and nobody else's. The key opens last, with the shares of two holders: anna's passphrase is typed, and not shown; arno's share opens with a key in a file, by stock age, through a pipe. No share is ever in a file in the clear.")
	s.release(s.first, "signer-a", true, false)
	s.release(s.first, "signer-b", true, true)
	s.run(pipe("ls carrier/%s", s.answer(s.first, "signer-a")))
}

// moveCoins sends the first withdrawal, lets the second run into the gap that
// its answers leave at the desk, and sends it after they were received.
func (s *scene) moveCoins() {
	s.first.txid = s.send(s.first, "signer-a", "signer-b", false)

	s.say("A second withdrawal will spend the first one's change. It is proposed too early: nobody has received the answers of A and B at the desk, so the logs that officers vouch for end before the release.")
	early := s.propose("early", "exchange-hot", "0.08000000", "Tuesday, ticket TR-4412", true)
	s.approve(early, "bob")
	s.approve(early, "carol")
	s.run(line("strongroom build %s", s.short(early.id)).shows(14, 2))
	s.run(line("strongroom bundle %s -o carrier/early", s.short(early.id)).silently())
	s.refused("signer-c", "carrier/early", "STATE-CUSTODY-GAP")

	s.say("The early one is of no use any more. Dave vetoes it, so that it is not released as well.")
	s.run(line("strongroom veto %s --key officers/dave", s.short(early.id)).typing(asksID, s.short(early.id)).shows(0, 4))
	s.say("The answers are received, and it is proposed again.")
	s.run(line("strongroom receive carrier/%s carrier/%s", s.answer(s.first, "signer-a"), s.answer(s.first, "signer-b")).shows(8, 1))
	s.second = s.propose("second", "exchange-hot", "0.08000000", "Tuesday, ticket TR-4412, again", true)
	s.approve(s.second, "bob")
	s.approve(s.second, "carol")
	s.bring(s.second, false)
	s.spends(s.second, s.first)
	s.release(s.second, "signer-b", false, true)
	s.release(s.second, "signer-c", false, true)
	s.second.txid = s.send(s.second, "signer-b", "signer-c", true)
	s.run(line("strongroom receive carrier/%s carrier/%s", s.answer(s.second, "signer-b"), s.answer(s.second, "signer-c")).silently())
	s.run(line("strongroom wallet balance"))
}

// spends wants an order's transaction to spend another one's change.
func (s *scene) spends(o, other order) {
	b := s.read(s.one("carrier/"+o.name, "*.psbt"))
	if s.err != nil {
		return
	}
	p, err := custody.DecodePSBT(b)
	if s.must(err); err != nil {
		return
	}
	found := slices.ContainsFunc(p.Tx.TxIn, func(in *wire.TxIn) bool { return in.PreviousOutPoint.Hash.String() == other.txid })
	s.want(found, "an input that spends the change of %s, found none", other.txid)
}

// send combines two answers, sends the transaction and buries it.
func (s *scene) send(o order, one, two string, brief bool) string {
	packet := func(name string) string { return s.one("carrier/"+s.answer(o, name), "*.psbt") }
	combine := line("strongroom combine %s %s %s", s.short(o.id), packet(one), packet(two))
	cast := line("strongroom broadcast %s", s.short(o.id))
	if brief {
		combine, cast = combine.shows(3, 1), cast.shows(3, 1)
	}
	s.run(combine)
	out := s.run(cast)
	txid := s.find(out, `(?m)\b(?:txid|transaction)\s+([0-9a-f]{64})`)
	s.mine(depthWanted)
	s.run(cast)
	deep := s.depth(txid)
	s.want(s.err != nil || deep == depthWanted, "transaction %s at depth %d, found %d", txid, depthWanted, deep)
	s.say("The node itself says that it lies %d blocks deep.", deep)
	return txid
}

// refused brings a bundle to a signer and wants it refused for one reason; the
// signer's log must say so.
func (s *scene) refused(name, bundle, code string) {
	from := "strongroom-signer: refused"
	if strings.HasPrefix(code, "SEAT-") || strings.HasPrefix(code, "SIG-") {
		from = "notes" // which tell why an approval didn't count
	}
	out := s.run(signer(name, "release %s", bundle).ends(3).resumes(2, from))
	s.want(s.err != nil || regexp.MustCompile(`(?m)codes: .*\b`+regexp.QuoteMeta(code)+`\b`).MatchString(out), "the code %s, found another", code)
	s.want(s.nothingSigned(bundle+"."+name), "no transaction in the answer of %s, found one", name)
	log := s.run(pipe("%s | tail -n 2", signer(name, "log").typed(nil)))
	s.want(s.err != nil || strings.Contains(log, code), "a record of %s in the log of %s, found none", code, name)
}

// nothingSigned says whether an answer holds no transaction.
func (s *stage) nothingSigned(answer string) bool {
	names, err := filepath.Glob(s.in(answer, "*.psbt"))
	return err == nil && len(names) == 0 && !s.missing(answer)
}

// outcome says in one line where an order went.
func (o order) outcome() string {
	return fmt.Sprintf("%s rBTC to %s:", o.amount, o.label)
}
