package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
)

// logLine is one record, for people and machines.
type logLine struct {
	Seq     int64  `json:"seq"`
	Kind    string `json:"kind"`
	Tip     string `json:"tip"`
	Session string `json:"session"`
	RTC     string `json:"rtc"`
	What    string `json:"what"`
	Text    string `json:"text"` // the record as it stands in the log
}

func (p *program) logCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "log",
		Short:   "show every record of this signer's log, oldest first",
		Example: "strongroom-signer log",
	}
	json := cli.JSONFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) (err error) {
		m, err := p.open()
		if err != nil {
			return err
		}
		defer give(m, &err)
		lines, err := logLines(m)
		if err != nil {
			return explain(err)
		}
		if *json {
			return p.world.JSON(lines)
		}
		showLog(p.world, lines)
		return nil
	}
	return cmd
}

func logLines(m *signer.Machine) ([]logLine, error) {
	_, exported := m.Export()
	entries, err := auditlog.DecodeEntries(exported)
	if err != nil {
		return nil, err
	}
	lines := []logLine{}
	n := m.Setup().Network
	for _, e := range entries {
		r, err := record.Parse(e, n)
		if err != nil {
			return nil, err
		}
		lines = append(lines, logLine{r.Seq, string(r.Body.Kind()), r.Tip.String(), fmt.Sprintf("%x", r.Session), r.RTC, what(r.Body, n), string(e)})
	}
	return lines, nil
}

func showLog(w cli.World, lines []logLine) {
	rows := [][]string{}
	for _, l := range lines {
		height, _, _ := strings.Cut(l.Tip, " ")
		for i, part := range folded(l.What, whatWidth) {
			row := []string{"", "", "", part}
			if i == 0 {
				row = []string{fmt.Sprint(l.Seq), l.Kind, height, part}
			}
			rows = append(rows, row)
		}
	}
	w.Table([]string{">seq", "kind", ">tip", "what"}, rows)
}

// folded splits a line at spaces into parts of at most width columns.
func folded(s string, width int) []string {
	parts := []string{""}
	for _, word := range strings.Fields(s) {
		last := &parts[len(parts)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) <= width:
			*last += " " + word
		default:
			parts = append(parts, word)
		}
	}
	return parts
}

// what says in one line what a record is about. Texts are named by the first
// 16 digits of their id.
func what(b record.Body, n custody.Network) string {
	switch b := b.(type) {
	case record.Key:
		return fmt.Sprintf("wallet key %x made", b.Fingerprint)
	case record.Genesis:
		return fmt.Sprintf("policy %s of %s trusted", b.Policy.Short(), b.Vault)
	case record.Enrolled:
		return fmt.Sprintf("wallet %s with key %x", b.Wallet, b.Fingerprint)
	case record.SessionOpen:
		return "operators: " + orNone(named(b.Operators))
	case record.SessionClose:
		return "operators: " + orNone(named(b.Operators))
	case record.Inputs:
		return fmt.Sprintf("%d files brought", len(b.Files))
	case record.Headers:
		return fmt.Sprintf("chain from block %d to %d", b.From.Height, b.To.Height)
	case record.Refused:
		return fmt.Sprintf("%s %s", subject(b.ID), strings.Join(b.Codes, " "))
	case record.Released:
		return released(b, n)
	case record.Signed:
		return fmt.Sprintf("%s txid %s", b.ID.Short(), b.TxID.String()[:16])
	case record.Exception:
		return b.Note
	case record.Wiped:
		return fmt.Sprintf("%s: %s, by %s", b.Method, b.Medium, named(b.By))
	case record.Integrity:
		return b.String()
	case record.Assessed:
		return b.String()
	case record.Shares:
		return fmt.Sprintf("key %x, generation %d, %d shares, %s", b.Fingerprint, b.Generation, len(b.Shares), b.Ceremony)
	case record.ShareProven:
		return fmt.Sprintf("key %x, the share of %s", b.Fingerprint, b.Holder)
	case record.Unlock:
		return opened(b)
	case record.UnlockFailed:
		return fmt.Sprintf("%s: %s", b.Holder, b.Why)
	}
	return whatOrdered(b)
}

func opened(b record.Unlock) string {
	who := fmt.Sprintf("key %x by %s", b.Fingerprint, named(b.Holders))
	if b.Witness != "" {
		who += fmt.Sprintf(", seen by %s", b.Witness)
	}
	return who
}

func released(b record.Released, n custody.Network) string {
	if b.Tier == "" {
		return fmt.Sprintf("%s %s at most, from wallet %s to wallet %s", b.ID.Short(), b.Total.In(n), b.Wallet, b.To)
	}
	return fmt.Sprintf("%s %s at most, tier %s", b.ID.Short(), b.Total.In(n), b.Tier)
}

// whatOrdered is what for all that officers order besides payments, and for
// doubt.
func whatOrdered(b record.Body) string {
	switch b := b.(type) {
	case record.Recorded:
		return fmt.Sprintf("%s %s begins to wait, for %s", b.ID.Short(), b.What, b.Sitting)
	case record.Cleared:
		return fmt.Sprintf("%s cleared by %s", b.ID.Short(), b.Watcher)
	case record.Adopted:
		return fmt.Sprintf("%s policy %d %s, %s, by %s", b.ID.Short(), b.Version, b.Policy.Short(), b.Class, named(b.Signers))
	case record.Vetoed:
		return fmt.Sprintf("%s by %s", b.ID.Short(), named(b.Officers))
	case record.Killed:
		return fmt.Sprintf("%s by %s", b.ID.Short(), b.Officer)
	case record.Frozen:
		return fmt.Sprintf("%s %s, by %s", b.ID.Short(), b.Scope, b.Officer)
	case record.Thawed:
		return fmt.Sprintf("%s lifts %s, by %s", b.ID.Short(), b.Lifts.Short(), named(b.Signers))
	case record.Quarantine:
		return fmt.Sprintf("because of %s: %s", subject(b.ID), strings.Join(b.Codes, " "))
	case record.Resync:
		return fmt.Sprintf("%s from %d to %d records, by %s", b.ID.Short(), b.From.Size, b.To.Size, named(b.Signers))
	case record.Rehearsal:
		return fmt.Sprintf("%s answered by %s", b.ID.Short(), orNone(named(b.Answered)))
	case record.Restore:
		return fmt.Sprintf("%s backup %s to be read at %s by %s", b.ID.Short(), b.Snapshot.Short(), b.Place, b.Operator)
	}
	return ""
}

func subject(id text.Hash) string {
	if id.IsZero() {
		return "what was brought"
	}
	return id.Short()
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
