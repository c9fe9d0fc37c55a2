package ceremony

import (
	"encoding/hex"
	"fmt"
	"slices"

	"strongroom/quorum/text"
)

// PrintTranscript returns the transcript as one HTML page, with what Against
// finds and who signed (see Signed). It refuses what does not render.
func PrintTranscript(t Transcript, p Plan, signed Signatures) ([]byte, error) {
	b, err := RenderTranscript(t)
	if err != nil {
		return nil, err
	}
	d := newPage(t.What.title()+": transcript", t.Chain)
	for _, r := range t.Against(p) {
		d.mark(r.Code + ": " + r.Text)
	}
	d.facts(t.facts(text.Identity(b))...)
	d.entropy(t)
	d.shares(t)
	d.heading("Steps")
	d.table("", []string{"step", "time (UTC)", "who", "what"}, entryRows(t.Steps))
	d.heading("Exceptions")
	if len(t.Exceptions) == 0 {
		d.in("p", "None.")
	} else {
		d.table("", []string{"step", "time (UTC)", "who", "what"}, entryRows(t.Exceptions))
	}
	d.heading("People")
	d.table("", []string{"name", "organisation", "part", "signed with"}, signedRows(t, p, signed))
	d.in("p", "Signatures are SSH signatures over the transcript's text: ssh-keygen -Y verify -n ceremony.v1@strongroom checks them.")
	return d.end(), nil
}

func (t Transcript) facts(hash text.Hash) []Fact {
	out := []Fact{
		{"vault", string(t.Vault)}, {"signer", string(t.Signer)}, {"chain", t.Chain.String()},
		{"key", t.keyName()},
	}
	if t.What == MakeWords {
		out = append(out, Fact{"device", t.Device.fact()})
	}
	if t.What.derives() {
		out = append(out, Fact{"path", "m/" + t.Path}, Fact{"key record", t.Record.String()}, Fact{"generator", t.Generator})
	}
	out = append(out, Fact{"session", hex.EncodeToString(t.Session[:])}, Fact{"program", t.Program.String()}, Fact{"build", t.reviewed()}, Fact{"plan", t.Plan.String()})
	for _, h := range t.Signed {
		out = append(out, Fact{"signed", h.String()})
	}
	return append(out, hashRow("transcript", hash)...)
}

func (t Transcript) keyName() string {
	if t.What == MakeWords {
		return fmt.Sprintf("%x", t.Key.Fingerprint)
	}
	return fmt.Sprintf("%x, generation %d", t.Key.Fingerprint, t.Key.Generation)
}

// reviewed says which build the key was made by, and who had signed it.
func (t Transcript) reviewed() string {
	if t.Build.IsZero() {
		return t.Build.OrNone()
	}
	return fmt.Sprintf("%s, reviewed by %s", t.Build, people(t.Reviewers))
}

func (p *page) entropy(t Transcript) {
	if len(t.Opened) > 0 {
		p.heading("Opened by")
		p.in("p", people(t.Opened))
	}
	if !t.What.Makes() {
		return
	}
	p.heading("Entropy")
	rows := [][]string{{"the machine", "", "256", t.System.String()}}
	for _, c := range t.Contributions {
		rows = append(rows, []string{string(c.Person), c.From.String(), small(c.Bits), c.Commitment.String()})
	}
	p.table("", []string{"who", "source", "bits", "commitment"}, rows)
}

func (p *page) shares(t Transcript) {
	if !t.What.shares() {
		return
	}
	p.heading("Shares")
	p.in("p", fmt.Sprintf("Any %d of %d groups rebuild the key.", t.Groups, len(t.Sites)))
	var rows [][]string
	for i, g := range t.Sites {
		for _, s := range t.Shares {
			if s.Group == i+1 {
				rows = append(rows, []string{fmt.Sprintf("%d.%d", s.Group, s.Number), fmt.Sprintf("%s, any %d", g.Site, g.Need), string(s.Holder), string(s.Seal), t.bags(s.Holder), s.Commitment.String()})
			}
		}
	}
	p.table("", []string{"share", "group", "holder", "seal", "bag", "commitment"}, rows)
	if len(t.Clear) > 0 {
		p.mark("May be printed IN CLEAR WORDS: the shares of " + people(t.Clear) + ". Whoever sees such a sheet has the share.")
	}
}

func (t Transcript) bags(holder text.ID) string {
	out := ""
	for _, b := range t.Seals {
		if b.Person == holder {
			out += b.Number + " "
		}
	}
	return out
}

func entryRows(entries []Entry) [][]string {
	var rows [][]string
	for _, e := range entries {
		rows = append(rows, []string{small(e.Step), e.Time.UTC().Format("2006-01-02 15:04:05"), string(e.Person), e.Text})
	}
	return rows
}

// signedRows says of everybody present whether they signed.
func signedRows(t Transcript, p Plan, signed Signatures) [][]string {
	var rows [][]string
	for _, id := range t.Present {
		x, _ := p.Person(id)
		with := "NOT SIGNED"
		if i := slices.IndexFunc(signed.By, func(s Signature) bool { return s.Person == id }); i >= 0 && signed.By[i].Verified.OK() {
			with = signed.By[i].Verified.Key().Fingerprint()
		}
		rows = append(rows, []string{x.Name + " (" + string(id) + ")", string(x.Org), p.rolesOf(id), with})
	}
	return rows
}
