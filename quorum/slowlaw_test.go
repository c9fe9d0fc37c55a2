package quorum_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// slowAct is what one act takes.
type slowAct struct {
	cool          int
	stamped       bool
	needs, clears []slowNeed
}

// slowTo is a payee: where the money goes, and how much of it.
type slowTo struct {
	at     string
	cap    int64
	window int
}

// slowPurse is a wallet: in which state, by which descriptor, and whose keys. Of
// the keys outside no log tells.
type slowPurse struct {
	state      string
	descriptor byte
	needs      int
	signers    []string
	outside    int
}

func (p slowPurse) keys() int { return len(p.signers) + p.outside }

// slowLaw is one version of a policy with everything that an amendment may
// touch, as plain lists.
type slowLaw struct {
	keys       map[string][]int // of each officer
	names      map[string]string
	factors    map[string]int // of slowFactors
	terms      map[string]int // 0 for none
	groups     map[string][]string
	roles      map[string][]string // the groups that freeze, propose, veto
	tiers      []slowTier
	velocities []slowPayee // cap and window
	payees     map[string]slowTo
	conflicts  map[[2]string]bool // payee, officer
	acts       map[string]slowAct // recovery is one of them
	quiet      map[string]int     // destination, policy, signer
	every      bool
	numbers    map[string]int    // what stands once and is a number
	share      string            // fee-share-max
	devices    map[string]string // the log key of each signer
	purses     map[string]slowPurse
	origin     string // of the header chain
	vault      string
	ring       slowRing     // shared by all versions
	class      policy.Class // of the amendment; none for the first
	at         int          // the height at which it was adopted
}

// The names that stand in every policy.
var (
	slowActs    = strings.Fields("tighten destination loosen rekey reanchor thaw internal sweep restore resync")
	slowFactors = []string{"none", "up", "up uv", "up uv bound"}
)

const slowOrigin = "0 0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206 207fffff"

func slowCopy[K comparable, V any](m map[K][]V) map[K][]V {
	out := map[K][]V{}
	for k, v := range m {
		out[k] = slices.Clone(v)
	}
	return out
}

// copy returns a law that can be changed without changing this one.
func (l slowLaw) copy() slowLaw {
	l.keys, l.groups, l.roles = slowCopy(l.keys), slowCopy(l.groups), slowCopy(l.roles)
	l.names, l.factors, l.terms = maps.Clone(l.names), maps.Clone(l.factors), maps.Clone(l.terms)
	l.payees, l.conflicts, l.quiet = maps.Clone(l.payees), maps.Clone(l.conflicts), maps.Clone(l.quiet)
	l.numbers, l.devices, l.purses = maps.Clone(l.numbers), maps.Clone(l.devices), maps.Clone(l.purses)
	l.tiers, l.velocities, l.acts = slices.Clone(l.tiers), slices.Clone(l.velocities), maps.Clone(l.acts)
	for i := range l.tiers {
		l.tiers[i].needs, l.tiers[i].clears = slices.Clone(l.tiers[i].needs), slices.Clone(l.tiers[i].clears)
	}
	for name, a := range l.acts {
		a.needs, a.clears = slices.Clone(a.needs), slices.Clone(a.clears)
		l.acts[name] = a
	}
	return l
}

// people returns the officers, sorted.
func (l slowLaw) people() []string { return slices.Sorted(maps.Keys(l.keys)) }

// in says whether an officer is in one of the groups.
func (l slowLaw) in(groups []string, officer string) bool {
	return slices.ContainsFunc(groups, func(g string) bool { return slices.Contains(l.groups[g], officer) })
}

// may says whether an officer has a role.
func (l slowLaw) may(role, officer string) bool { return l.in(l.roles[role], officer) }

// recovers says whether an officer may fill a seat of recovery.
func (l slowLaw) recovers(officer string) bool {
	return slices.ContainsFunc(l.acts["recovery"].needs, func(n slowNeed) bool { return slices.Contains(l.groups[n.group], officer) })
}

// good says whether a signature is one of the officer's, and proves what the
// officer's factor asks for. Keys from 10 on are of hardware; those from 20 on
// ask for no PIN.
func (l slowLaw) good(v slowVote) bool {
	if !slices.Contains(l.keys[v.officer], v.key) {
		return false
	}
	switch l.factors[v.officer] {
	case 0:
		return true
	case 1:
		return v.key >= 10
	}
	return v.key >= 10 && v.key < 20
}

// slowRing is the keys that were made so far.
type slowRing map[slowVote]*signertest.Key

func (r slowRing) key(v slowVote) *signertest.Key {
	if r[v] != nil {
		return r[v]
	}
	kind := sshsig.Ed25519
	if v.key >= 10 {
		kind = sshsig.SKEd25519
	}
	r[v] = signertest.NewKey(panicking{}, kind, fmt.Sprint(v.officer, v.key))
	if v.key >= 20 {
		r[v].Flags = sshsig.FlagPresent
	}
	return r[v]
}

// render writes the law as the text that officers sign.
func (l slowLaw) render(version int, previous text.Hash) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("strongroom/policy@v1\nvault %s\nchain regtest\nclock test\nversion %d\nprevious %s\norigin-block %s", l.vault, version, previous, l.origin)
	for _, id := range slices.Sorted(maps.Keys(l.purses)) {
		p := l.purses[id]
		line("wallet %s %s %s %d %d", id, p.state, strings.Repeat(fmt.Sprintf("%02x", p.descriptor), 32), p.needs, p.keys())
	}
	for _, id := range slices.Sorted(maps.Keys(l.purses)) {
		for i, s := range l.purses[id].signers {
			line("cosigner %s %02x0000%02x governed %s", id, l.purses[id].descriptor, i, s)
		}
		for i := range l.purses[id].outside {
			line("cosigner %s ff0000%02x external coldcard-%d", id, i, i)
		}
	}
	line("annex none")
	for _, d := range slices.Sorted(maps.Keys(l.devices)) {
		line("device %s %s", d, l.devices[d])
	}
	l.renderPeople(line)
	l.renderMoney(line)
	for _, name := range slowActs {
		a := l.acts[name]
		line("act %s cool %d %s", name, a.cool, slowMode(a.stamped))
		renderSeats(line, name, a.needs, a.clears)
	}
	line("quiet destination %d\nquiet policy %d\nquiet signer %d %s", l.quiet["destination"], l.quiet["policy"], l.quiet["signer"], map[bool]string{true: "every", false: "mildest"}[l.every])
	r := l.acts["recovery"]
	line("recovery after %d cool %d %s", l.numbers["after"], r.cool, slowMode(r.stamped))
	renderSeats(line, "recovery", r.needs, r.clears)
	line("fee-rate-max %d\nfee-share-max %s", l.numbers["fee-rate-max"], l.share)
	for _, n := range []string{"anchor-age-max", "clear-age-max", "expiry-max", "reorg-max"} {
		line("%s %d", n, l.numbers[n])
	}
	line("witness none\nwitness-need 0")
	return []byte(b.String())
}

func slowMode(stamped bool) string {
	if stamped {
		return "stamped"
	}
	return "named"
}

func renderSeats(line func(string, ...any), of string, needs, clears []slowNeed) {
	for _, n := range needs {
		line("need %s %d %s", of, n.seats, n.group)
	}
	for _, n := range clears {
		line("clear %s %d %s", of, n.seats, n.group)
	}
}

// sortedLines writes lines in the order of their bytes.
func sortedLines(line func(string, ...any), lines []string) {
	slices.Sort(lines)
	for _, s := range lines {
		line("%s", s)
	}
}

func (l slowLaw) renderPeople(line func(string, ...any)) {
	var signers, names, factors, terms []string
	for _, o := range l.people() {
		names = append(names, "officer "+o+" acme "+l.names[o])
		for _, k := range l.keys[o] {
			signers = append(signers, fmt.Sprintf("signer %s namespaces=\"*.v1@strongroom\" %s", o, l.ring.key(slowVote{o, k}).Key()))
		}
		factors = append(factors, "factor "+o+" "+slowFactors[l.factors[o]])
		term := "none"
		if l.terms[o] > 0 {
			term = fmt.Sprint(l.terms[o])
		}
		terms = append(terms, "term "+o+" "+term)
	}
	for _, lines := range [][]string{names, signers, factors, terms} {
		sortedLines(line, lines)
	}
	line("passkey-origin none")
	for _, g := range slices.Sorted(maps.Keys(l.groups)) {
		line("group %s %s", g, strings.Join(l.groups[g], " "))
	}
	for _, role := range []string{"freeze", "propose", "veto"} {
		line("role %s %s", role, strings.Join(l.roles[role], " "))
	}
}

func (l slowLaw) renderMoney(line func(string, ...any)) {
	for _, t := range l.tiers {
		line("tier %s below %s rBTC window %d cool %d named", t.id, coins(t.below), t.window, t.cool)
		renderSeats(line, t.id, t.needs, t.clears)
	}
	for _, v := range l.velocities {
		line("velocity %s rBTC window %d", coins(v.cap), v.window)
	}
	if len(l.velocities) == 0 {
		line("velocity none")
	}
	for _, label := range slices.Sorted(maps.Keys(l.payees)) {
		p := l.payees[label]
		line("destination %s address %s cap %s rBTC window %d", label, signertest.Address(panicking{}, p.at), coins(p.cap), p.window)
	}
	if len(l.payees) == 0 {
		line("destination none")
	}
	var conflicts []string
	for c := range l.conflicts {
		conflicts = append(conflicts, "conflict "+c[0]+" "+c[1])
	}
	sortedLines(line, conflicts)
	if len(conflicts) == 0 {
		line("conflict none")
	}
}

// slowChanges returns the lines in which two texts differ, as officers sign
// them: what goes, then what comes.
func slowChanges(old, next []byte) []policy.Change {
	lines := func(b []byte) []string {
		return slices.DeleteFunc(strings.Split(strings.TrimSuffix(string(b), "\n"), "\n"), func(s string) bool {
			return strings.HasPrefix(s, "version ") || strings.HasPrefix(s, "previous ")
		})
	}
	was, is := lines(old), lines(next)
	var out []policy.Change
	only := func(these, those []string, added bool) {
		these = slices.Clone(these)
		slices.Sort(these)
		for _, s := range these {
			if !slices.Contains(those, s) {
				out = append(out, policy.Change{Added: added, Line: s})
			}
		}
	}
	only(was, is, false)
	only(is, was, true)
	return out
}
