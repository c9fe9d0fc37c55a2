package ceremony

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/keystore"
	"strongroom/signer/keystore/slip39"
)

// Check returns every ground on which the plan should not be followed, sorted by
// code and text; nothing for a plan that may be. Exposures of severity Error
// are among them.
func (p Plan) Check() []policy.Reason {
	var f findings
	if _, err := RenderPlan(p); err != nil {
		f.add(CodeForm, "plan: %v", err)
		return f
	}
	if p.What.shares() {
		p.checkScheme(&f)
		p.checkHolders(&f)
		p.checkClear(&f)
	}
	if p.What.Makes() {
		p.checkEntropy(&f)
	}
	if p.Build.IsZero() && !p.Allowed(policy.AllowUnreviewed) {
		f.add(codeBuild, "build: want one that people reviewed, or allow unreviewed, found none")
	}
	p.checkRoles(&f)
	p.checkPeople(&f)
	for _, x := range p.FindExposure() {
		if x.Severity == policy.Error {
			f.add(x.Code, "%s", x.Text)
		}
	}
	return f.sorted()
}

// checkScheme wants groups that can be split into, filled, and more than one
// person to rebuild the key.
func (p Plan) checkScheme(f *findings) {
	s := slip39.Scheme{Extendable: true, Exponent: exponent, GroupThreshold: p.Groups}
	var needs []int
	for i, g := range p.Sites {
		have := p.sharesOf(i + 1)
		if g.Need > have {
			f.add(CodeScheme, "group %d: want at least the %d holders that it needs, found %d", i+1, g.Need, have)
			return
		}
		s.Groups = append(s.Groups, slip39.Group{Threshold: g.Need, Count: have})
		needs = append(needs, g.Need)
	}
	if err := s.Check(); err != nil {
		f.add(CodeScheme, "%v", err)
		return
	}
	slices.Sort(needs)
	fewest := 0
	for _, n := range needs[:p.Groups] {
		fewest += n
	}
	if fewest < leastHolders {
		f.add(CodeScheme, "groups: want at least %d shares to rebuild the key, found %d", leastHolders, fewest)
	}
}

func (p Plan) sharesOf(group int) int {
	n := 0
	for _, h := range p.Holders {
		if h.Group == group {
			n++
		}
	}
	return n
}

// checkHolders wants one share a holder, of a group that there is, sealed to a
// thing of their own.
func (p Plan) checkHolders(f *findings) {
	holds := map[text.ID]bool{}
	sealed := map[string]text.ID{}
	for _, h := range p.Holders {
		if h.Group > len(p.Sites) {
			f.add(CodeScheme, "holder %s: want a group of 1 to %d, found %d", h.Person, len(p.Sites), h.Group)
		}
		if holds[h.Person] {
			f.add(CodeHolder, "holder %s: want one share, found two", h.Person)
		}
		holds[h.Person] = true
		if h.To.Seal() == keystore.SealPassphrase {
			continue
		}
		to, err := opensWith(h.To)
		if err != nil {
			f.add(CodeHolder, "holder %s: %v", h.Person, err)
		}
		if other, two := sealed[to]; two && other != h.Person {
			f.add(CodeHolder, "holder %s: want a recipient of their own, found that of %s", h.Person, other)
		}
		sealed[to] = h.Person
	}
	p.checkSeals(f)
}

// checkSeals wants hardware, unless the plan does with less.
func (p Plan) checkSeals(f *findings) {
	if p.Allowed(policy.AllowFiles) {
		return
	}
	for _, h := range p.Holders {
		if h.To.Seal() != keystore.SealHardware {
			f.add(CodeSeal, "holder %s: want a share sealed to hardware, or allow files, found one sealed to a %s", h.Person, h.To.Seal())
		}
	}
}

// checkClear wants leave for clear words, and a holder whose share is sealed here:
// the sheet has the sealed file too.
func (p Plan) checkClear(f *findings) {
	if len(p.Clear) > 0 && !p.Allowed(policy.AllowClearWords) {
		f.add(CodeSeal, "clear: want allow clear-words, found it not there")
	}
	for _, id := range p.Clear {
		i := slices.IndexFunc(p.Holders, func(h Holder) bool { return h.Person == id })
		switch {
		case i < 0:
			f.add(CodeHolder, "clear %s: want a holder, found none of that name", id)
		case p.Holders[i].To.Seal() == keystore.SealHardware:
			f.add(CodeSeal, "clear %s: want a share that is sealed to a passphrase or a key in a file, found one sealed to hardware", id)
		}
	}
}

// opensWith tells recipients apart by their keys: the comment behind an SSH key
// makes no other key of it.
func opensWith(to keystore.Recipient) (string, error) {
	fields := strings.SplitN(to.String(), " ", 3)
	if len(fields) < 2 {
		return to.String(), nil
	}
	k, err := sshsig.ParseKey(fields[0] + " " + fields[1])
	return k.String(), err
}

func (p Plan) checkEntropy(f *findings) {
	if len(p.Entropy) < leastSources {
		f.add(CodeEntropy, "entropy: want at least %d people, found %d", leastSources, len(p.Entropy))
	}
	for _, s := range p.Entropy {
		if s.From.Least(p.Bits) == 0 {
			f.add(CodeEntropy, "entropy of %s: want a source that can give %d bits, found %s", s.Person, p.Bits, s.From)
		}
	}
}

// checkRoles wants an administrator and witnesses who touch nothing of the key,
// and a witness unless the vault opens keys without.
func (p Plan) checkRoles(f *findings) {
	if len(p.Witnesses) == 0 && (p.What != Sign || !p.Allowed(policy.AllowUnwitnessed)) {
		f.add(CodeRole, "witness: want at least 1, found none")
	}
	if slices.Contains(p.Witnesses, p.Administrator) {
		f.add(CodeRole, "witness: want another person than the administrator, found %s", p.Administrator)
	}
	apart := append([]text.ID{p.Administrator}, p.Witnesses...)
	for _, x := range p.parts() {
		if slices.Contains(apart, x.who) {
			f.add(CodeRole, "%s: want neither the administrator nor a witness, found %s", x.role, x.who)
		}
	}
}

// part is what somebody has to do with the key itself.
type part struct {
	role Role
	who  text.ID
}

// parts lists everybody who touches the key, each role by itself.
func (p Plan) parts() []part {
	var out []part
	for _, s := range p.Entropy {
		out = append(out, part{Contributor, s.Person})
	}
	for _, id := range p.Openers {
		out = append(out, part{Opener, id})
	}
	for _, h := range p.Holders {
		out = append(out, part{HolderRole, h.Person})
	}
	if p.What == MakeWords {
		out = append(out, part{HolderRole, p.Device.Person})
	}
	return out
}

// checkPeople wants a line for everybody with a part, and a key for each that
// nobody else has.
func (p Plan) checkPeople(f *findings) {
	named := append(p.parts(), part{Administrator, p.Administrator})
	for _, id := range p.Witnesses {
		named = append(named, part{Witness, id})
	}
	for _, x := range named {
		if _, ok := p.Person(x.who); !ok {
			f.add(CodePerson, "%s: want a person line for everybody, found none for %s", x.role, x.who)
		}
	}
	keys := map[string]text.ID{}
	for _, x := range p.People {
		k := x.Key.String()
		if other, two := keys[k]; two {
			f.add(CodePerson, "key of %s: want one of their own, found that of %s", x.ID, other)
		}
		keys[k] = x.ID
	}
}

// CheckAllowed returns what the plan leaves out and the vault does not.
func (p Plan) CheckAllowed(w policy.Workstation) []policy.Reason {
	var f findings
	if w.Vault != p.Vault {
		f.add(CodeAllow, "annex workstation: want that of vault %s, found that of %s", p.Vault, w.Vault)
	}
	for _, a := range p.Allows {
		if !w.Allowed(a) {
			f.add(CodeAllow, "allow %s: want it in annex workstation too, found it not there", a)
		}
	}
	return f.sorted()
}

// CheckOpeners returns why those who are to open the key cannot, by the
// generation of its shares that the plan names.
func (p Plan) CheckOpeners(have record.Shares) []policy.Reason {
	var f findings
	if !p.What.from() {
		f.add(CodeKey, "what: want reshare or sign, found %s", p.What)
		return f
	}
	if found := (Key{have.Fingerprint, have.Generation}); found != p.From {
		f.add(CodeKey, "from: want %s, found %s", p.From, found)
		return f
	}
	for _, id := range p.Openers {
		if _, ok := have.Of(id); !ok {
			f.add(CodeHolder, "opener: want holders of %s, found %s", p.From, id)
		}
	}
	if !have.Rebuilt(p.Openers) {
		f.add(CodeScheme, "opener: want people who rebuild key %x together, found %d who do not", p.From.Fingerprint, len(p.Openers))
	}
	return f.sorted()
}

// String writes the generation for people; of words, which have none, the key.
func (k Key) String() string {
	if k.Generation == 0 {
		return fmt.Sprintf("key %x", k.Fingerprint)
	}
	return fmt.Sprintf("generation %d of key %x", k.Generation, k.Fingerprint)
}
