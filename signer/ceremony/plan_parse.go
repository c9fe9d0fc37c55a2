package ceremony

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/keystore"
	"strongroom/signer/keystore/entropy"
)

// ParsePlan reads a plan. What it accepts, RenderPlan writes in the same bytes.
// Whether people should follow it is for Check to say. Errors are *text.Error.
func ParsePlan(b []byte) (Plan, error) {
	r, err := text.Open(b, text.Ceremony)
	if err != nil {
		return Plan{}, err
	}
	var p Plan
	p.readHead(r)
	if p.What.shares() {
		p.readShares(r)
	}
	p.readWork(r)
	p.readPeople(r)
	p.readThings(r)
	if err := r.Close(); err != nil {
		return Plan{}, err
	}
	rendered, err := writePlan(p)
	if err == nil {
		err = text.Canonical(b, rendered)
	}
	if err != nil {
		return Plan{}, err
	}
	return p, nil
}

func (p *Plan) readHead(r *text.Reader) {
	p.Vault = readID(r, "vault")
	p.Signer = readID(r, "signer")
	p.Chain = text.Value(r, "chain", r.Field("chain"), custody.ParseNetwork)
	p.What = text.Value(r, "what", r.Field("what"), ParseWhat)
	p.Place = readID(r, "place")
	p.Program = readHash(r, "program")
	p.Build = text.Value(r, "build", r.Field("build"), text.HashOrNone("a build"))
	if p.What.from() {
		f := r.Line("from", 2)
		p.From = Key{text.Value(r, "from", f[0], parseFingerprint), text.Value(r, "from", f[1], parseGeneration)}
	}
}

func (p *Plan) readShares(r *text.Reader) {
	p.Groups = text.Value(r, "groups", r.Field("groups"), parseSmall)
	p.Sites = readSites(r)
	p.Holders = list(r, "holder", maxHolders, func() Holder {
		f, to := r.Rest("holder", 2)
		return Holder{text.Value(r, "holder", f[0], parseSmall), text.Value(r, "holder", f[1], text.ParseID), text.Value(r, "holder", to, keystore.ParseRecipient)}
	}, compareHolders)
	if r.At("clear") {
		p.Clear = readNames(r, "clear")
	}
}

// readSites reads groups in the order that numbers them.
func readSites(r *text.Reader) []record.ShareGroup {
	return list(r, "group", maxGroups, func() record.ShareGroup {
		f := r.Line("group", 2)
		return record.ShareGroup{Need: text.Value(r, "group", f[0], parseSmall), Site: text.Value(r, "group", f[1], text.ParseID)}
	}, nil)
}

// readWork reads who opens or makes the key.
func (p *Plan) readWork(r *text.Reader) {
	if p.What.opens() {
		p.Openers = readNames(r, "opener")
	}
	switch {
	case p.What == Sign:
		p.Proposals = list(r, "proposal", maxProposals, func() text.Hash { return readHash(r, "proposal") }, compareHashes)
	case p.What.Makes():
		if p.What == MakeWords {
			p.Device = readDevice(r)
		}
		p.Entropy = list(r, "entropy", maxPeople, func() Source {
			f := r.Line("entropy", 2)
			return Source{text.Value(r, "entropy", f[0], text.ParseID), text.Value(r, "entropy", f[1], entropy.ParseSource)}
		}, func(a, b Source) int { return cmp.Compare(a.Person, b.Person) })
		p.Bits = text.Value(r, "bits", r.Field("bits"), parseBits)
	}
}

func (p *Plan) readPeople(r *text.Reader) {
	p.Administrator = readID(r, "administrator")
	if r.At("witness") {
		p.Witnesses = readNames(r, "witness")
	}
	p.People = readPeople(r, "person", maxPeople)
}

// readPeople reads a line of everybody, sorted, and then one of everybody's key.
func readPeople(r *text.Reader, keyword string, most int) []Person {
	people := list(r, keyword, most, func() Person {
		f, name := r.Rest(keyword, 2)
		return Person{ID: text.Value(r, keyword, f[0], text.ParseID), Org: text.Value(r, keyword, f[1], text.ParseID), Name: name}
	}, comparePeople)
	for i := range people {
		f := r.Line("key", 3)
		if id := people[i].ID; r.Err() == nil && f[0] != string(id) {
			r.Refuse("key: want that of %s, found that of %q", id, clip(f[0]))
		}
		people[i].Key = text.Value(r, "key", f[1]+" "+f[2], sshsig.ParseKey)
	}
	return people
}

func (p *Plan) readThings(r *text.Reader) {
	p.Equipment = list(r, "equipment", maxEquipment, func() Equipment {
		f, what := r.Rest("equipment", 1)
		return Equipment{text.Value(r, "equipment", f[0], text.ParseID), what}
	}, compareEquipment)
	if r.At("allow") {
		p.Allows = list(r, "allow", maxAllows, func() policy.Allowance {
			return text.Value(r, "allow", r.Field("allow"), policy.ParseAllowance)
		}, cmp.Compare[policy.Allowance])
	}
}

// RenderPlan writes a plan as its text, with sorted lists. It refuses, as
// ParsePlan would, what does not fit the grammar.
func RenderPlan(p Plan) ([]byte, error) {
	b, err := writePlan(p)
	if err != nil {
		return nil, err
	}
	if _, err := ParsePlan(b); err != nil {
		return nil, err
	}
	return b, nil
}

func writePlan(p Plan) ([]byte, error) {
	w := text.NewWriter(text.Ceremony)
	w.Line("vault", string(p.Vault))
	w.Line("signer", string(p.Signer))
	w.Line("chain", p.Chain.String())
	w.Line("what", p.What.String())
	w.Line("place", string(p.Place))
	w.Line("program", p.Program.String())
	w.Line("build", p.Build.OrNone())
	if p.What.from() {
		w.Line("from", hex.EncodeToString(p.From.Fingerprint[:]), text.FormatUint(p.From.Generation))
	}
	if p.What.shares() {
		writeSites(w, p.Groups, p.Sites)
		for _, h := range slices.SortedFunc(slices.Values(p.Holders), compareHolders) {
			w.Line("holder", small(h.Group), string(h.Person), h.To.String())
		}
		writeNames(w, "clear", p.Clear)
	}
	p.writeWork(w)
	p.writePeople(w)
	for _, e := range slices.SortedFunc(slices.Values(p.Equipment), compareEquipment) {
		w.Line("equipment", string(e.Kind), e.Text)
	}
	for _, a := range slices.Sorted(slices.Values(p.Allows)) {
		w.Line("allow", string(a))
	}
	return w.Bytes()
}

func writeSites(w *text.Writer, groups int, sites []record.ShareGroup) {
	w.Line("groups", small(groups))
	for _, g := range sites {
		w.Line("group", small(g.Need), string(g.Site))
	}
}

func (p Plan) writeWork(w *text.Writer) {
	if p.What.opens() {
		writeNames(w, "opener", p.Openers)
	}
	switch {
	case p.What == Sign:
		for _, h := range slices.SortedFunc(slices.Values(p.Proposals), compareHashes) {
			w.Line("proposal", h.String())
		}
	case p.What.Makes():
		if p.What == MakeWords {
			p.Device.write(w)
		}
		for _, s := range slices.SortedFunc(slices.Values(p.Entropy), func(a, b Source) int { return cmp.Compare(a.Person, b.Person) }) {
			w.Line("entropy", string(s.Person), s.From.String())
		}
		w.Line("bits", small(p.Bits))
	}
}

func (p Plan) writePeople(w *text.Writer) {
	w.Line("administrator", string(p.Administrator))
	writeNames(w, "witness", p.Witnesses)
	writePeople(w, "person", p.People)
}

func writePeople(w *text.Writer, keyword string, all []Person) {
	all = slices.SortedFunc(slices.Values(all), comparePeople)
	for _, x := range all {
		w.Line(keyword, string(x.ID), string(x.Org), x.Name)
	}
	for _, x := range all {
		w.Line("key", string(x.ID), x.Key.String())
	}
}

func compareHolders(a, b Holder) int {
	return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Person, b.Person))
}

func comparePeople(a, b Person) int { return cmp.Compare(a.ID, b.ID) }

func compareEquipment(a, b Equipment) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Text, b.Text))
}

func parseBits(s string) (int, error) {
	n, err := text.ParseUint(s, mostBits)
	if err == nil && n < leastBits {
		return 0, fmt.Errorf("want at least %d, found %d", leastBits, n)
	}
	return int(n), err
}
