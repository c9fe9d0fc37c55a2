package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/host"
)

// status is what a signer says of itself.
type status struct {
	Vault    string          `json:"vault"`
	Signer   string          `json:"signer"`
	Chain    string          `json:"chain"`
	Test     bool            `json:"test"`
	Log      logHead         `json:"log"`
	Tip      string          `json:"tip"`
	Genesis  string          `json:"genesis,omitempty"`
	Policy   *policyStatus   `json:"policy,omitempty"` // the version in force
	Doubts   []string        `json:"quarantine"`       // the codes that stopped this signer; none when it works
	Freezes  []freezeStatus  `json:"freezes"`
	Pending  []pendingStatus `json:"pending"`
	Quiet    []quietStatus   `json:"quiet"`
	Wallets  []walletStatus  `json:"wallets"`
	Key      *keyStatus      `json:"key,omitempty"`
	Releases []releaseStatus `json:"releases"` // that none has replaced
	Sandbox  host.Report     `json:"sandbox,omitempty"`
}

// logHead is how far a log has grown.
type logHead struct {
	Size int64  `json:"size"`
	Root string `json:"root"`
	Head string `json:"head"` // SIZE:ROOT, as 'strongroom propose resync' takes it
	Key  string `json:"key"`
}

// policyStatus is the policy in force. What follows the hash is of its adoption,
// and absent for the first version.
type policyStatus struct {
	Version   uint64 `json:"version"`
	Hash      string `json:"hash"`
	Class     string `json:"class,omitempty"`
	Amendment string `json:"amendment,omitempty"`
	Tip       string `json:"tip,omitempty"`
}

type walletStatus struct {
	ID         string `json:"id"`
	State      string `json:"state"`
	Enrolled   bool   `json:"enrolled"`
	M          int    `json:"m"`
	N          int    `json:"n"`
	Descriptor string `json:"descriptor"`
}

type keyStatus struct {
	Fingerprint string `json:"fingerprint"`
	Path        string `json:"path"`
}

type releaseStatus struct {
	ID     string `json:"id"`
	TxID   string `json:"txid"`
	Total  string `json:"total"`
	Tip    string `json:"tip"`
	Signed bool   `json:"signed"`
}

func (p *program) statusCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "show which signer this is, its log, its policy, what waits and what it released",
		Example: "strongroom-signer status",
	}
	json := cli.JSONFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) (err error) {
		m, err := p.open()
		if err != nil {
			return err
		}
		defer give(m, &err)
		s, err := statusOf(m)
		if err != nil {
			return explain(err)
		}
		s.Sandbox = p.walls
		if *json {
			return p.world.JSON(s)
		}
		s.show(p.world, m)
		p.showWalls()
		return nil
	}
	return cmd
}

func statusOf(m *signer.Machine) (status, error) {
	head, err := headOf(m)
	if err != nil {
		return status{}, err
	}
	setup := m.Setup()
	s := status{Vault: string(setup.Vault), Signer: string(setup.Device), Chain: setup.Network.String(), Test: setup.Network.Test(),
		Log: head, Tip: tipOf(m), Policy: policyOf(m), Freezes: freezesOf(m), Quiet: quietOf(m), Wallets: []walletStatus{}, Releases: releasesOf(m)}
	s.Doubts, _ = m.State().Quarantined()
	s.Doubts = append([]string{}, s.Doubts...)
	if s.Pending, err = pendingOf(m); err != nil {
		return status{}, err
	}
	if g, ok := m.State().Genesis(); ok {
		s.Genesis = g.Policy.String()
	}
	if pol, ok := m.Policy(); ok {
		for _, w := range pol.Wallets {
			_, enrolled := m.Wallet(w.ID)
			s.Wallets = append(s.Wallets, walletStatus{string(w.ID), w.State.String(), enrolled, w.M, w.N, w.Descriptor.String()})
		}
	}
	for _, k := range m.State().Keys() {
		s.Key = &keyStatus{fmt.Sprintf("%x", k.Fingerprint), "m/" + k.Path}
	}
	return s, nil
}

func headOf(m *signer.Machine) (logHead, error) {
	size := m.State().Size()
	root, err := m.World().Root(size)
	return logHead{size, root.String(), fmt.Sprintf("%d:%s", size, root), m.Verifier().String()}, err
}

func policyOf(m *signer.Machine) *policyStatus {
	pol, ok := m.Policy()
	if !ok {
		return nil
	}
	s := &policyStatus{Version: pol.Version, Hash: pol.Hash().String()}
	if all := m.State().Adoptions(); len(all) > 0 {
		last := all[len(all)-1]
		s.Class, s.Amendment, s.Tip = string(last.Class), last.ID.String(), last.Tip.String()
	}
	return s
}

func tipOf(m *signer.Machine) string {
	c, ok := m.Chain()
	if !ok {
		return record.Tip{}.String()
	}
	tip, ok := c.Tip()
	return record.Tip{Known: ok, Height: tip.Height, Hash: tip.Hash}.String()
}

func releasesOf(m *signer.Machine) []releaseStatus {
	replaced := map[text.Hash]bool{}
	for _, r := range m.State().Releases() {
		replaced[r.Replaces] = true
	}
	out := []releaseStatus{}
	for _, r := range m.State().Releases() {
		if !replaced[r.ID] {
			out = append(out, releaseStatus{r.ID.String(), r.Rungs[0].TxID.String(), r.Total.In(m.Setup().Network), r.Tip.String(), len(r.Signed) > 0})
		}
	}
	return out
}

func (s status) show(w cli.World, m *signer.Machine) {
	banner(w, m.Setup().Network)
	w.Field("vault", s.Vault)
	w.Field("signer", s.Signer)
	w.Field("chain", s.Chain)
	w.Field("log", counted(int(s.Log.Size), "record"))
	w.Field("root", s.Log.Root)
	w.Field("head", s.Log.Head)
	w.Field("log key", s.Log.Key)
	w.Field("tip", s.Tip)
	if s.Genesis == "" {
		w.Field("genesis", "none; no policy is trusted yet")
	} else {
		w.Field("genesis", s.Genesis)
	}
	if s.Policy != nil {
		s.Policy.show(w)
	}
	for i, v := range s.Wallets {
		state := "not enrolled"
		if v.Enrolled {
			state = "enrolled"
		}
		w.Field(once(i, "wallets"), fmt.Sprintf("%s, %s, %d of %d keys, %s", v.ID, v.State, v.M, v.N, state))
	}
	if s.Key == nil {
		w.Field("key", "none yet")
	} else {
		w.Field("key", s.Key.Fingerprint+" "+s.Key.Path)
	}
	s.showOrders(w)
	w.Field("releases", fmt.Sprintf("%d that none has replaced", len(s.Releases)))
	s.showReleases(w)
	if len(s.Doubts) > 0 {
		w.Hintf("%s", resyncLine(m))
	}
}

func (p policyStatus) show(w cli.World) {
	w.Field("policy", fmt.Sprintf("version %d", p.Version))
	w.Field("", p.Hash)
	if p.Class != "" {
		height, _, _ := strings.Cut(p.Tip, " ")
		w.Field("changed", fmt.Sprintf("%s, at block %s, by %s", p.Class, height, p.Amendment[:16]))
	}
}

// showOrders shows what stands in the way of releases, and what waits.
func (s status) showOrders(w cli.World) {
	if len(s.Doubts) > 0 {
		w.Field("QUARANTINE", strings.Join(s.Doubts, ", ")+": it signs nothing before a resync")
	}
	for i, f := range s.Freezes {
		height, _, _ := strings.Cut(f.Tip, " ")
		w.Field(once(i, "FROZEN"), fmt.Sprintf("%s %s, by %s, at block %s", f.ID[:16], f.Scope, f.Officer, height))
	}
	for i, q := range s.Quiet {
		w.Field(once(i, "quiet"), fmt.Sprintf("%s: %s to go", q.What, counted(int(q.Left), "block")))
	}
	for i, p := range s.Pending {
		w.Field(once(i, "waiting"), fmt.Sprintf("%s %s (%s): %d of %s, %d left", p.ID[:16], p.Kind, p.Sitting, p.Waited, counted(int(p.Cool), "block"), p.Left))
	}
}

// showReleases shows the newest; one that is not signed was stopped in between,
// and the same bundle completes it.
func (s status) showReleases(w cli.World) {
	for _, r := range s.Releases[max(0, len(s.Releases)-shownReleases):] {
		end := "signed"
		if !r.Signed {
			end = "NOT SIGNED YET: release the same bundle again"
		}
		w.Field("", fmt.Sprintf("%s %s %s", r.ID[:16], r.Total, end))
	}
}
