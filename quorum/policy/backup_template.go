package policy

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// Backup returns what annex backup begins with under a preset: all numbers, and
// nobody and no place. Team takes two stores of two accounts; Fund and Exchange
// three, far from each other and under different laws; Exchange also a canary
// and two layers of recipients.
func (p Preset) Backup(vault text.ID) Backup {
	b := StrictBackup(vault)
	b.Copies, b.RPOHours, b.RTOHours = 2, 30, 48 // the daily timer moves a little, so 24 hours would be exceeded each day
	b.Keep = Keep{Daily: 14, Weekly: 8, Monthly: 24, Yearly: 10}
	b.Distance = Distance{Site: 100, Stores: 100}
	b.Distinct = Distinct{Accounts: 2, Jurisdictions: 1, Providers: 1, Zones: 2}
	switch p {
	case Fund:
		b.Distance = Distance{Site: 100, Stores: 300}
		b.Distinct = Distinct{Accounts: 3, Jurisdictions: 2, Providers: 2, Zones: 3}
	case Exchange:
		b.RTOHours, b.Probe.Hours = 24, 24
		b.Distance = Distance{Site: 300, Stores: 500}
		b.Distinct = Distinct{Accounts: 3, Jurisdictions: 2, Providers: 2, Zones: 3}
	}
	return b
}

// BackupTemplate returns lines of annex backup for people to fill in or change,
// and above each kind of line, behind "# ", what it means. Where now is no annex
// yet, they are the preset's numbers, the officers of the policy with the keys
// that age can seal to, and words in capitals where something is not known.
// Lines and remarks stand in no order that matters.
func (p *Policy) BackupTemplate(preset Preset, now Backup) []byte {
	lines, from := now.lines(), "from the one that the policy names"
	if !now.Named {
		lines, from = p.blankLines(preset), "from preset "+preset.String()+"; fill in what stands in capitals"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "# Annex backup of %s, begun %s.\n", p.Vault, from)
	fmt.Fprintln(&out, "# Lines like this one are left out. Then: strongroom policy draft backup FILE")
	for _, r := range templateRemarks() {
		fmt.Fprintf(&out, "\n# %s\n", r.remark)
		for _, l := range lines {
			if keyword, _, _ := strings.Cut(l, " "); keyword == r.keyword || keyword == r.also {
				fmt.Fprintln(&out, l)
			}
		}
	}
	return []byte(out.String())
}

// blankLines returns a preset's lines, with words in capitals to fill in.
func (p *Policy) blankLines(preset Preset) []string {
	b := preset.Backup(p.Vault)
	hours := b.Probe.Hours
	b.Probe = Probe{}
	lines := slices.DeleteFunc(b.lines(), func(l string) bool { return strings.HasPrefix(l, "site ") })
	lines = append(lines, "site LATITUDE LONGITUDE", "maker backup-job ssh-ed25519 KEY")
	if hours > 0 {
		lines = append(lines, "probe KEY", fmt.Sprintf("probe-every %d", hours))
	}
	for _, name := range []string{"one", "two", "three"}[:max(b.Copies, b.Distinct.Accounts)] {
		lines = append(lines, fmt.Sprintf("store %s LATITUDE LONGITUDE PROVIDER COUNTRY ACCOUNT ZONE compliance", name))
	}
	return append(lines, p.openerLines(preset)...)
}

// openerLines returns a recipient line for every key of those who fill seats
// that age can seal to, and one to fill in for whoever has none. Watchers have
// none. Under Exchange, those who propose are the outer layer, all others the
// inner.
func (p *Policy) openerLines(preset Preset) []string {
	var out []string
	for _, o := range p.Officers {
		if !p.inAny(o.ID, p.seatGroups()) {
			continue
		}
		layer := 1
		if preset == Exchange && !p.inAny(o.ID, p.Roles.Propose) {
			layer = 2
		}
		keys := slices.DeleteFunc(p.Keys(o.ID), func(k sshsig.Key) bool { return k.Type() != sshsig.Ed25519 })
		for _, k := range keys {
			out = append(out, fmt.Sprintf("recipient %d %s %s", layer, o.ID, k))
		}
		if len(keys) == 0 {
			out = append(out, fmt.Sprintf("recipient %d %s KEY", layer, o.ID))
		}
	}
	slices.Sort(out)
	return out
}

// seatGroups returns the groups that fill seats anywhere.
func (p *Policy) seatGroups() []text.ID {
	var out []text.ID
	for _, s := range p.sittings() {
		for _, n := range s.needs {
			out = append(out, n.Group)
		}
	}
	return out
}

func (p *Policy) inAny(officer text.ID, groups []text.ID) bool {
	return slices.ContainsFunc(p.Groups, func(g Group) bool {
		return slices.Contains(groups, g.ID) && slices.Contains(g.Members, officer)
	})
}

type remark struct{ keyword, also, remark string }

// templateRemarks returns what each keyword means, in the order of the text.
func templateRemarks() []remark {
	return []remark{
		{"copies", "", "how many good copies make a run a success"},
		{"credentials", "", "how many days old a store's credential may become"},
		{"distance", "", "km at least, from the operating site to every store and between any two stores; without a line: any"},
		{"distinct", "", "how many different ones the stores have together; account: who has it can delete; zone: what one flood or failure of power takes"},
		{"drill", "", "how many days a drill counts"},
		{"jurisdiction", "", "in which countries stores may stand, or may not: 'jurisdiction allow CH' or 'jurisdiction deny US', as many as you want; without a line: any"},
		{"keep", "", "how many days, weeks, months and years have a snapshot whose lock is extended; without any line: every snapshot"},
		{"lock", "", "for how many days a copy is locked at least"},
		{"maker", "", "who signs what a snapshot is: a key that opens nothing, on the host that makes the backup"},
		{"probe", "probe-every", "the canary: 'probe age1...', a key that opens nothing else, and 'probe-every 24', how often in hours it is opened; without the two lines: none"},
		{"reader", "", "the oldest age that opens a snapshot, age-1.1 or age-1.3; hybrid keys, age1pq1..., take age-1.3"},
		{"recipient", "", "who opens a snapshot: layer, officer, and a public key, ssh-ed25519 AAAA... or age1...; with a layer 2, somebody of each layer is needed"},
		{"rpo", "", "how many hours of records may be lost; a little more than the timer leaves between two runs, which is 24 as it comes"},
		{"rto", "", "how many hours it may take until they are back"},
		{"site", "", "where the vault works: degrees with four decimals, south and west with a minus"},
		{"store", "", "name, latitude, longitude, provider, country (two letters), account, zone, and lock: compliance or none"},
		{"verifier", "", "who says that copies are good and makes none: 'verifier auditor ssh-ed25519 AAAA...', a key on another host; without a line, makers say it themselves"},
		{"verify", "", "how often in hours: V1 stored checksums, V2 samples, V3 every byte"},
	}
}
