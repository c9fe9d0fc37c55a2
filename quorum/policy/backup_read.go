package policy

import (
	"slices"
	"strings"

	"strongroom/quorum/text"
)

// read reads the lines behind the name, in the order that sorting gives them.
func (b *Backup) read(r *text.Reader) {
	b.Copies = readNumber(r, "copies", 1, maxStores)
	b.CredentialDays = readNumber(r, "credentials", 1, maxBackupDays)
	readChoices(r, "distance", 1, maxKilometres, b.distances())
	readChoices(r, "distinct", 2, maxStores, b.distincts())
	b.DrillDays = readNumber(r, "drill", 1, maxBackupDays)
	b.readJurisdictions(r)
	readChoices(r, "keep", 1, maxKept, b.keeps())
	b.LockDays = readNumber(r, "lock", 1, maxLockDays)
	b.readMakers(r)
	b.readProbe(r)
	b.Reader = text.Value(r, "reader", r.Field("reader"), parseReader)
	b.readRecipients(r)
	b.RPOHours = readNumber(r, "rpo", 1, maxBackupHours)
	b.RTOHours = readNumber(r, "rto", 1, maxBackupHours)
	site := r.Line("site", 2)
	b.Site = readPoint(r, "site", site[0], site[1])
	b.readStores(r)
	b.readVerifiers(r)
	for _, c := range b.verifies() {
		f := r.Line("verify", 2)
		if f[0] != c.name {
			r.Refuse("verify: want %s, found %q", c.name, clip(f[0]))
		}
		*c.to = text.Value(r, "verify", f[1], within(1, maxBackupHours))
	}
}

// choice is a number behind one of a few names.
type choice struct {
	name string
	to   *int
}

func (b *Backup) distances() []choice {
	return []choice{{"site", &b.Distance.Site}, {"stores", &b.Distance.Stores}}
}

// distincts begins with what stands where a line is missing: one is no demand.
func (b *Backup) distincts() []choice {
	d := &b.Distinct
	list := []choice{{"account", &d.Accounts}, {"jurisdiction", &d.Jurisdictions}, {"provider", &d.Providers}, {"zone", &d.Zones}}
	for _, c := range list {
		*c.to = max(*c.to, 1)
	}
	return list
}

func (b *Backup) keeps() []choice {
	k := &b.Keep
	return []choice{{"daily", &k.Daily}, {"monthly", &k.Monthly}, {"weekly", &k.Weekly}, {"yearly", &k.Yearly}}
}

func (b *Backup) verifies() []choice {
	return []choice{{"V1", &b.Verify.V1}, {"V2", &b.Verify.V2}, {"V3", &b.Verify.V3}}
}

// readChoices reads lines of a keyword, a name and a number, each name once.
func readChoices(r *text.Reader, keyword string, least, most int, list []choice) {
	seen := make(map[string]bool, len(list))
	for r.At(keyword) {
		f := r.Line(keyword, 2)
		i := slices.IndexFunc(list, func(c choice) bool { return c.name == f[0] })
		switch {
		case r.Err() != nil:
			return
		case i < 0:
			r.Refuse("%s: want one of %s, found %q", keyword, choiceNames(list), clip(f[0]))
			return
		case seen[f[0]]:
			r.Refuse("%s: want each name once, found %s twice", keyword, f[0])
		}
		seen[f[0]] = true
		*list[i].to = text.Value(r, keyword, f[1], within(least, most))
	}
}

func choiceNames(list []choice) string {
	parts := make([]string, len(list))
	for i, c := range list {
		parts[i] = c.name
	}
	return strings.Join(parts, ", ")
}

func (b *Backup) readJurisdictions(r *text.Reader) {
	seen := map[Country]bool{}
	for r.At("jurisdiction") {
		f := r.Line("jurisdiction", 2)
		c := text.Value(r, "jurisdiction", f[1], parseCountry)
		switch {
		case r.Err() != nil:
			return
		case len(seen) == maxJurisdictions:
			r.Refuse("jurisdiction: want at most %d lines, found more", maxJurisdictions)
		case seen[c]:
			r.Refuse("jurisdiction: want each country allowed or denied, found both for %s", c)
		case f[0] == "allow":
			b.Allow = append(b.Allow, c)
		case f[0] == "deny":
			b.Deny = append(b.Deny, c)
		default:
			r.Refuse("jurisdiction: want allow or deny, found %q", clip(f[0]))
		}
		seen[c] = true
	}
}

func (b *Backup) readMakers(r *text.Reader) {
	for len(b.Makers) == 0 || r.At("maker") {
		f := r.Line("maker", 3)
		m := BackupMaker{ID: text.Value(r, "maker", f[0], parseID), Key: text.Value(r, "maker", f[1]+" "+f[2], parseSSHKey)}
		switch {
		case r.Err() != nil:
			return
		case len(b.Makers) == maxMakers:
			r.Refuse("maker: want at most %d lines, found more", maxMakers)
		case slices.ContainsFunc(b.Makers, func(o BackupMaker) bool { return o.Key == m.Key }):
			r.Refuse("maker: want each key once, found one again for %s", m.ID)
		}
		b.Makers = append(b.Makers, m)
	}
}

// readVerifiers reads who looks at copies: nobody who makes them, by name or key.
func (b *Backup) readVerifiers(r *text.Reader) {
	for r.At("verifier") {
		f := r.Line("verifier", 3)
		v := BackupMaker{ID: text.Value(r, "verifier", f[0], parseID), Key: text.Value(r, "verifier", f[1]+" "+f[2], parseSSHKey)}
		switch {
		case r.Err() != nil:
			return
		case len(b.Verifiers) == maxMakers:
			r.Refuse("verifier: want at most %d lines, found more", maxMakers)
		case slices.ContainsFunc(b.Verifiers, func(o BackupMaker) bool { return o.Key == v.Key }):
			r.Refuse("verifier: want each key once, found one again for %s", v.ID)
		case slices.ContainsFunc(b.Makers, func(o BackupMaker) bool { return o.Key == v.Key || o.ID == v.ID }):
			r.Refuse("verifier: want a name and a key of no maker, found those of %s", v.ID)
		}
		b.Verifiers = append(b.Verifiers, v)
	}
}

// readProbe reads the canary's key and how often it is opened: one is nothing
// without the other.
func (b *Backup) readProbe(r *text.Reader) {
	if !r.At("probe") && !r.At("probe-every") {
		return
	}
	b.Probe.Key = text.Value(r, "probe", r.Field("probe"), parseX25519)
	b.Probe.Hours = readNumber(r, "probe-every", 1, maxBackupHours)
}

func (b *Backup) readRecipients(r *text.Reader) {
	for len(b.Recipients) == 0 || r.At("recipient") {
		f := r.Fields("recipient")
		if r.Err() == nil && len(f) < 3 {
			r.Refuse("want a layer, an officer and a key behind %q, found %d fields", "recipient", len(f))
		}
		if r.Err() != nil {
			return
		}
		b.addRecipient(r, BackupRecipient{
			Layer:   text.Value(r, "recipient", f[0], within(1, 2)),
			Officer: text.Value(r, "recipient", f[1], parseID),
			Key:     text.Value(r, "recipient", strings.Join(f[2:], " "), parseSealingKey),
		})
	}
}

// addRecipient takes one more recipient, if it may stand beside the others.
// They come sorted, so the first of a layer says what the layer is.
func (b *Backup) addRecipient(r *text.Reader, x BackupRecipient) {
	if r.Err() != nil {
		return
	}
	switch first := b.Layer(x.Layer); {
	case len(b.Recipients) == 0 && x.Layer != 1:
		r.Refuse("recipient: want layer 1 first, found layer %d", x.Layer)
	case len(b.Recipients) == maxSealed:
		r.Refuse("recipient: want at most %d lines, found more", maxSealed)
	case len(first) > 0 && hybrid(first[0].Key) != hybrid(x.Key):
		r.Refuse("recipient: want hybrid keys alone in a layer, found others beside them in layer %d", x.Layer)
	case hybrid(x.Key) && b.Reader != ReaderAge13:
		r.Refuse("recipient: want %s as the reader of a hybrid key, found %s", ReaderAge13, b.Reader)
	case x.Key == b.Probe.Key:
		r.Refuse("recipient: want a key other than the probe's, found that of %s", x.Officer)
	}
	for _, o := range b.Recipients {
		switch {
		case o.Key == x.Key:
			r.Refuse("recipient: want each key once, found one of %s again for %s", o.Officer, x.Officer)
		case o.Officer == x.Officer && o.Layer != x.Layer:
			r.Refuse("recipient: want other officers in each layer, found %s in both", x.Officer)
		}
	}
	b.Recipients = append(b.Recipients, x)
}

func (b *Backup) readStores(r *text.Reader) {
	for len(b.Stores) == 0 || r.At("store") {
		f := r.Line("store", 8)
		s := BackupStore{
			ID:       text.Value(r, "store", f[0], parseID),
			Place:    readPoint(r, "store", f[1], f[2]),
			Provider: text.Value(r, "store", f[3], parseID),
			Country:  text.Value(r, "store", f[4], parseCountry),
			Account:  text.Value(r, "store", f[5], parseID),
			Zone:     text.Value(r, "store", f[6], parseID),
			Lock:     text.Value(r, "store", f[7], parseLock),
		}
		switch {
		case r.Err() != nil:
			return
		case len(b.Stores) == maxStores:
			r.Refuse("store: want at most %d lines, found more", maxStores)
		case slices.ContainsFunc(b.Stores, func(o BackupStore) bool { return o.ID == s.ID }):
			r.Refuse("store: want each name once, found %s twice", s.ID)
		}
		b.Stores = append(b.Stores, s)
	}
	if len(b.Stores) < b.Copies {
		r.Refuse("store: want at least the %d of copies, found %d", b.Copies, len(b.Stores))
	}
}
