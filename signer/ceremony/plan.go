package ceremony

import (
	"slices"

	"strongroom/custody"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/keystore"
	"strongroom/signer/keystore/entropy"
)

// Plan says what is to be done at one signer's workstation, by whom and with
// what. It is agreed on before anybody enters the room. The zero value is none.
type Plan struct {
	Vault, Signer text.ID
	Chain         custody.Network
	What          What
	Place         text.ID   // the site of the workstation
	Program       text.Hash // SHA-256 of the program that runs there
	Build         text.Hash // SHA-256 of the build that was reviewed; zero: none was
	From          Key       // what is opened: reshare and sign

	Groups  int                 // how many groups rebuild the key; not for sign
	Sites   []record.ShareGroup // numbered from 1 by their order
	Holders []Holder            // sorted by group and person
	Clear   []text.ID           // holders who may print their share in clear words, sorted

	Openers   []text.ID   // who opens a share, or brings the key; not for make
	Proposals []text.Hash // what may be signed, sorted; sign only
	Device    Device      // words only
	Entropy   []Source    // sorted by person; make and words
	Bits      int         // that each of them gives at least; make and words

	Administrator text.ID
	Witnesses     []text.ID // sorted
	People        []Person  // sorted; everybody in the room
	Equipment     []Equipment
	Allows        []policy.Allowance // sorted
}

// Key names one generation of a key's shares. The zero value is none.
type Key struct {
	Fingerprint [4]byte // of the master key, BIP-32
	Generation  uint64  // from 1
}

// Holder is who gets a share, and to what it is sealed. Shares of a group are
// numbered from 1 in the order of their holders.
type Holder struct {
	Group  int // from 1
	Person text.ID
	To     keystore.Recipient
}

// Source is who gives entropy, and out of what.
type Source struct {
	Person text.ID
	From   entropy.Source
}

// Person is somebody in the room. The key is that by which they sign the
// transcript.
type Person struct {
	ID, Org text.ID
	Name    string
	Key     sshsig.Key
}

// Equipment is a thing that is brought into the room.
type Equipment struct {
	Kind text.ID // such as laptop, medium, dice, printer
	Text string  // make, model and serial number
}

// Allowed says whether the plan leaves a rule out.
func (p Plan) Allowed(a policy.Allowance) bool { return slices.Contains(p.Allows, a) }

// Person returns somebody in the room.
func (p Plan) Person(id text.ID) (Person, bool) {
	i := slices.IndexFunc(p.People, func(x Person) bool { return x.ID == id })
	if i < 0 {
		return Person{}, false
	}
	return p.People[i], true
}

// Generation returns the generation that the ceremony makes, or opens.
func (p Plan) Generation() uint64 {
	switch p.What {
	case Make, Import:
		return 1
	case Reshare:
		return p.From.Generation + 1
	case Sign:
		return p.From.Generation
	}
	return 0
}

// Hash returns the identity of the plan's text, with the refusal of RenderPlan.
func (p Plan) Hash() (text.Hash, error) {
	_, h, err := p.sorted()
	return h, err
}

// sorted returns the plan as its text reads back, and the text's identity.
func (p Plan) sorted() (Plan, text.Hash, error) {
	b, err := writePlan(p)
	if err != nil {
		return Plan{}, text.Hash{}, err
	}
	back, err := ParsePlan(b)
	if err != nil {
		return Plan{}, text.Hash{}, err
	}
	return back, text.Identity(b), nil
}
