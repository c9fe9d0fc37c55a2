package main

import (
	"fmt"
	"strings"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// showPolicy writes a policy in plain words: everything that an officer agrees
// to by signing it. The order is that of a reader's questions: who, from what,
// to whom, how much, and what else.
func showPolicy(w cli.World, p *policy.Policy) {
	banner(w, p.Network)
	w.Field("policy", fmt.Sprintf("version %d of vault %s on %s", p.Version, p.Vault, p.Network))
	if len(p.Unfilled()) == 0 && len(p.Bytes()) > 0 {
		showHash(w, "hash", p.Hash())
	}
	showPeople(w, p)
	showHolders(w, p)
	showWithdrawals(w, p)
	showDestinations(w, p)
	showOtherActs(w, p)
}

func title(w cli.World, s string) {
	w.Text("")
	w.Text("%s", s)
}

func showPeople(w cli.World, p *policy.Policy) {
	title(w, "Officers")
	if len(p.Officers) == 0 {
		w.Text("  none yet")
	}
	for _, o := range p.Officers {
		w.Text("  %s: %s, %s", o.ID, o.Name, o.Org)
		for _, k := range p.Keys(o.ID) {
			w.Text("    key %s", k.Fingerprint())
		}
	}
	for _, o := range p.Officers {
		if height, ends := p.TermOf(o.ID); ends {
			w.Text("  %s's approvals end to count after block %d", o.ID, height)
		}
		if f := p.FactorOf(o.ID); f.Presence || f.Verification || f.Bound {
			w.Text("  %s's key must be in hardware: touched %t, PIN or finger %t, bound to its device %t", o.ID, f.Presence, f.Verification, f.Bound)
		}
	}
	for _, g := range p.Groups {
		w.Text("  group %s: %s", g.ID, list(g.Members))
	}
	w.Text("  who proposes: %s", list(p.Roles.Propose))
	w.Text("  who vetoes: %s; who freezes: %s", list(p.Roles.Veto), list(p.Roles.Freeze))
}

func showHolders(w cli.World, p *policy.Policy) {
	title(w, "Wallets and signers")
	if len(p.Wallets) == 0 {
		w.Text("  none yet")
	}
	for _, x := range p.Wallets {
		var holders []string
		for _, c := range p.Cosigners {
			if c.Wallet != x.ID {
				continue
			}
			kind := "a hardware wallet under no policy"
			if c.Governed {
				kind = "signer"
			}
			holders = append(holders, fmt.Sprintf("%x with %s %s", c.Fingerprint, kind, c.Name))
		}
		w.Text("  wallet %s (%s): %d of %d keys sign; %s", x.ID, x.State, x.M, x.N, strings.Join(holders, ", "))
		w.Field("    file", x.Descriptor.String())
	}
	for _, d := range p.Devices {
		w.Text("  signer %s keeps a log that it signs with %s", d.ID, d.Verifier)
	}
}

func showWithdrawals(w cli.World, p *policy.Policy) {
	title(w, "Withdrawals, by amount and what was released in the window before")
	n := p.Network
	for _, t := range p.Tiers {
		w.Text("  tier %s, below %s in %s: %s%s", t.ID, t.Below.In(n), credits(t.Window), seats(t.Needs, t.Clears), delay(t.Cool, t.Mode))
	}
	w.Text("  The maker of a proposal fills no seat, and nobody fills two.")
	for _, v := range p.Velocities {
		w.Text("  at most %s in %s, whoever approves", v.Cap.In(n), credits(v.Window))
	}
	w.Text("  fees: at most %d sat/vB and %s of what is paid", p.FeeRateMax, percent(p.FeeShareMax))
}

// seats writes what a decision takes.
func seats(needs, clears []policy.Need) string {
	var parts []string
	for _, x := range needs {
		parts = append(parts, fmt.Sprintf("%d of %s", x.Seats, x.Group))
	}
	s := strings.Join(parts, " and ")
	if s == "" {
		s = "nobody"
	}
	for _, x := range clears {
		s += fmt.Sprintf(", cleared by %d of %s", x.Seats, x.Group)
	}
	return s
}

func delay(cool uint32, m policy.Mode) string {
	if cool == 0 {
		return ""
	}
	return fmt.Sprintf(", then %s (%s)", credits(cool), m)
}

// percent writes hundredths of a percent.
func percent(share uint32) string { return fmt.Sprintf("%d.%02d %%", share/100, share%100) }

func showDestinations(w cli.World, p *policy.Policy) {
	title(w, "Who may be paid, and nobody else")
	if len(p.Destinations) == 0 {
		w.Text("  nobody yet")
	}
	for _, t := range p.Destinations {
		to := t.Address.String()
		if t.ByDescriptor() {
			to = "the addresses of descriptor " + t.Descriptor.String()
		}
		w.Text("  %s: at most %s in %s", t.Label, t.Cap.In(p.Network), credits(t.Window))
		w.Text("    %s", to)
	}
	for _, c := range p.Conflicts {
		w.Text("  %s's approval does not count for %s", c.Officer, c.Label)
	}
}

func showOtherActs(w cli.World, p *policy.Policy) {
	title(w, "Everything else")
	for _, a := range p.Acts {
		w.Text("  %s: %s%s", a.Name, seats(a.Needs, a.Clears), delay(a.Cool, a.Mode))
	}
	w.Text("  recovery after %s without a sign of life: %s%s", credits(p.Recovery.After), seats(p.Recovery.Needs, p.Recovery.Clears), delay(p.Recovery.Cool, p.Recovery.Mode))
	w.Text("  quiet periods: %d credits for a new destination, %d after a loosening, %d for a new key", p.QuietDestination, p.QuietPolicy, p.QuietSigner.Credits)
	w.Text("  a proposal's block is at most %d credits old when it is approved, and it expires after at most %s", p.AnchorAgeMax, credits(p.ExpiryMax))
	w.Text("  a fork deeper than %d blocks is never followed", p.ReorgMax)
}

// policyJSON is a policy in machine form. The text itself is the artefact; this
// says what programs ask most.
type policyJSON struct {
	Vault        text.ID   `json:"vault"`
	Chain        string    `json:"chain"`
	Test         bool      `json:"test"`
	Version      uint64    `json:"version"`
	Finished     bool      `json:"finished"`
	Hash         string    `json:"hash,omitempty"`
	Officers     []text.ID `json:"officers"`
	Signers      []text.ID `json:"signers"`
	Wallets      []text.ID `json:"wallets"`
	Destinations []text.ID `json:"destinations"`
	Consents     []text.ID `json:"consents"`
	WaitedFor    []text.ID `json:"waited_for"`
	Unfilled     []string  `json:"unfilled"`
	Text         string    `json:"text"`
}

func policyReport(p *policy.Policy, finished bool, consents []text.ID) policyJSON {
	r := policyJSON{
		Vault: p.Vault, Chain: p.Network.String(), Test: p.Network.Test(), Version: p.Version, Finished: finished,
		Officers: []text.ID{}, Signers: []text.ID{}, Wallets: []text.ID{}, Destinations: []text.ID{},
		Consents: append([]text.ID{}, consents...), WaitedFor: append([]text.ID{}, waitedFor(p, consents)...),
		Unfilled: append([]string{}, p.Unfilled()...), Text: string(p.Bytes()),
	}
	if finished {
		r.Hash = p.Hash().String()
	}
	for _, o := range p.Officers {
		r.Officers = append(r.Officers, o.ID)
	}
	for _, d := range p.Devices {
		r.Signers = append(r.Signers, d.ID)
	}
	for _, x := range p.Wallets {
		r.Wallets = append(r.Wallets, x.ID)
	}
	for _, t := range p.Destinations {
		r.Destinations = append(r.Destinations, t.Label)
	}
	return r
}
