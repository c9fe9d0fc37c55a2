package main

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// exposeOutside adds every way in which the value touches the key of a hardware
// wallet, by annex people.
func (d *desk) exposeOutside(p *policy.Policy, q exposureQuery, r *exposureJSON, touched map[text.ID]int) error {
	people, err := d.draftPeople(p)
	if err != nil {
		return err
	}
	var seen [][4]byte
	for _, c := range p.Cosigners {
		if c.Governed || slices.Contains(seen, c.Fingerprint) {
			continue
		}
		seen = append(seen, c.Fingerprint)
		k := &walletKey{signer: c.Name, fingerprint: c.Fingerprint, wallets: walletsOf(p, c.Fingerprint)}
		o, known := people.OutsideKey(c.Fingerprint)
		if !known {
			r.Unread = append(r.Unread, fmt.Sprintf("key %x of hardware wallet %s", c.Fingerprint, c.Name))
		}
		ways := q.inOutside(o)
		if *q.person != "" && slices.ContainsFunc(people.Holdings, func(h policy.Holding) bool {
			return h.Fingerprint == c.Fingerprint && string(h.Person) == *q.person
		}) {
			ways = append(ways, "has the device, which signs alone")
		}
		for _, how := range ways {
			r.Touches = append(r.Touches, touchJSON{k.signer, fmt.Sprintf("%x", k.fingerprint), append([]text.ID{}, k.walletNames()...), 0, how})
		}
		if len(ways) == 0 {
			continue
		}
		for _, id := range k.walletNames() {
			touched[id]++
		}
	}
	return nil
}

// inOutside looks at what is known of a hardware wallet. Its firmware is named by
// whatever its maker names it by, so any word of it may begin with the digits.
func (q exposureQuery) inOutside(o policy.Outside) []string {
	var ways []string
	if *q.place != "" && string(o.Place) == *q.place {
		ways = append(ways, "the device lies there")
	}
	if *q.vendor != "" && holdsText(o.Vendor, *q.vendor) {
		ways = append(ways, "device: "+o.Vendor)
	}
	isBuild := func(word string) bool { return strings.HasPrefix(word, *q.build) }
	if *q.build != "" && slices.ContainsFunc(strings.Fields(o.Build), isBuild) {
		ways = append(ways, "build: "+o.Build)
	}
	if *q.entropy != "" && holdsText(o.Entropy, *q.entropy) {
		ways = append(ways, "entropy: "+o.Entropy)
	}
	return ways
}
