package main

import (
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// verifyReport is the machine form of a replay.
type verifyReport struct {
	Vault     text.ID              `json:"vault"`
	Chain     string               `json:"chain"`
	Genesis   string               `json:"genesis"`
	Consents  []text.ID            `json:"consents"`
	Version   uint64               `json:"version"`
	Logs      []provenJSON         `json:"logs"`
	Versions  []auditedVersionJSON `json:"versions"`
	Freezes   []freezeJSON         `json:"freezes"`
	Releases  []releaseJSON        `json:"releases"`
	Decisions []decisionJSON       `json:"decisions"`
	Refused   []refusedJSON        `json:"refused"`
	Waiting   []waitingJSON        `json:"waiting"`
	Hosts     []workstation        `json:"workstations"`
	Findings  []findingJSON        `json:"findings"`
	Notes     []string             `json:"notes"`
	Stock     []string             `json:"stock"`
	Verdict   string               `json:"verdict"`
}

type provenJSON struct {
	Signer   text.ID `json:"signer"`
	Records  int64   `json:"records"`
	Releases int     `json:"releases"`
	Root     string  `json:"root"`
}

type auditedVersionJSON struct {
	Version    uint64         `json:"version"`
	Policy     string         `json:"policy"`
	Class      text.ID        `json:"class"`
	Amendment  string         `json:"amendment"`
	ApprovedBy []string       `json:"approved_by"`
	Adopted    []decisionJSON `json:"adopted"`
}

type freezeJSON struct {
	ID       string  `json:"id"`
	Scope    string  `json:"scope"`
	Officer  text.ID `json:"officer"`
	Signer   text.ID `json:"signer"`
	Block    uint32  `json:"block"`
	Stands   bool    `json:"stands"`
	LiftedBy string  `json:"lifted_by"`
	LiftedAt uint32  `json:"lifted_at"`
}

type releaseJSON struct {
	ID          string   `json:"id"`
	Signer      text.ID  `json:"signer"`
	Record      int64    `json:"record"`
	Block       uint32   `json:"block"`
	Total       string   `json:"total"`
	Tier        text.ID  `json:"tier"`
	ApprovedBy  []string `json:"approved_by"`
	Transaction string   `json:"transaction"`
	Complete    bool     `json:"complete"`
	Verdict     string   `json:"verdict"`
	Codes       []string `json:"codes"`
}

type decisionJSON struct {
	ID         string      `json:"id"`
	Kind       record.Kind `json:"kind"`
	Signer     text.ID     `json:"signer"`
	Record     int64       `json:"record"`
	Block      uint32      `json:"block"`
	Policy     uint64      `json:"policy"`
	ApprovedBy []string    `json:"approved_by"`
	Verdict    string      `json:"verdict"`
	Codes      []string    `json:"codes"`
}

type refusedJSON struct {
	Signer text.ID  `json:"signer"`
	Record int64    `json:"record"`
	ID     string   `json:"id"`
	Codes  []string `json:"codes"`
}

type waitingJSON struct {
	ID    string      `json:"id"`
	Kind  quorum.Kind `json:"kind"`
	State string      `json:"state"`
}

type findingJSON struct {
	Where string `json:"where"`
	Text  string `json:"text"`
	Code  string `json:"code"`
	Alarm bool   `json:"alarm"`
}

// json is the machine form of a replay. Every list is there, empty or not.
func (r *replay) json(stock []string) verifyReport {
	slices.SortStableFunc(r.Decisions, compareDecisions)
	slices.SortStableFunc(r.Releases, func(a, b *replayedRelease) int { return compareDecisions(a.decision, b.decision) })
	out := verifyReport{
		Vault: r.policy.Vault, Chain: r.policy.Network.String(), Genesis: r.archive.charter.Genesis().String(), Consents: r.archive.charter.Consents(), Version: r.policy.Version,
		Logs: []provenJSON{}, Versions: []auditedVersionJSON{}, Freezes: []freezeJSON{}, Releases: []releaseJSON{}, Decisions: []decisionJSON{},
		Refused: []refusedJSON{}, Waiting: []waitingJSON{}, Hosts: r.workstations(), Findings: []findingJSON{}, Notes: append([]string{}, r.Notes...), Stock: stock, Verdict: r.sentence(),
	}
	for _, l := range r.logs {
		c := l.Proven.Checkpoint()
		out.Logs = append(out.Logs, provenJSON{l.Device, c.Size, l.State.Count(), c.Root.String()})
	}
	for _, v := range r.Versions {
		out.Versions = append(out.Versions, v.json())
	}
	for _, f := range r.freezes() {
		out.Freezes = append(out.Freezes, f.json())
	}
	for _, x := range r.Releases {
		out.Releases = append(out.Releases, releaseJSON{x.ID.String(), x.Device, x.Seq, x.Tip.Height, x.Released.Total.In(r.policy.Network), x.Released.Tier,
			append([]string{}, x.approvers()...), x.Released.Rungs[0].TxID.String(), x.Final, x.word(), append([]string{}, quorum.Codes(x.Reasons)...)})
	}
	for _, x := range r.Decisions {
		if _, ok := x.Body.(record.Released); !ok {
			out.Decisions = append(out.Decisions, x.json())
		}
	}
	r.jsonRest(&out)
	return out
}

// jsonRest fills in what was not done and what is wrong.
func (r *replay) jsonRest(out *verifyReport) {
	for _, x := range r.Refused {
		out.Refused = append(out.Refused, refusedJSON{x.Device, x.Seq, x.ID.OrNone(), x.Codes})
	}
	for _, x := range r.Waiting {
		out.Waiting = append(out.Waiting, waitingJSON{x.ID.String(), x.Kind, x.State})
	}
	for _, f := range r.Findings {
		out.Findings = append(out.Findings, findingJSON{f.Where, f.Text, string(f.Code), f.Alarm})
	}
}

func (v *adoptedVersion) json() auditedVersionJSON {
	out := auditedVersionJSON{Version: v.Number, Policy: v.Hash.String(), Class: v.Class, Amendment: v.Amendment.String(), ApprovedBy: append([]string{}, v.Adopted[0].approvers()...)}
	for _, x := range v.Adopted {
		out.Adopted = append(out.Adopted, x.json())
	}
	return out
}

func (f freeze) json() freezeJSON {
	out := freezeJSON{ID: f.Body.ID.String(), Scope: f.Body.Scope.String(), Officer: f.Body.Officer, Signer: f.Put.Device, Block: f.Put.Tip.Height, Stands: f.Lifted == nil}
	if f.Lifted != nil {
		out.LiftedBy, out.LiftedAt = f.Lifted.ID.String(), f.Lifted.Tip.Height
	}
	return out
}

func (x *decision) json() decisionJSON {
	return decisionJSON{ID: x.ID.String(), Kind: x.Body.Kind(), Signer: x.Device, Record: x.Seq, Block: x.Tip.Height, Policy: x.Head.Version,
		ApprovedBy: append([]string{}, x.approvers()...), Verdict: x.word(), Codes: append([]string{}, quorum.Codes(x.Reasons)...)}
}
