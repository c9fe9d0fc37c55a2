package backup

import (
	"fmt"
	"time"

	"strongroom/quorum/text"
)

// Place is the vault that a text speaks of, and its chain. A reader compares
// both with its own.
type Place struct {
	Vault text.ID
	Chain text.ID // mainnet, testnet, signet or regtest
}

func readPlace(r *text.Reader) Place {
	return Place{
		Vault: text.Value(r, "vault", r.Field("vault"), text.ParseID),
		Chain: text.Value(r, "chain", r.Field("chain"), parseChain),
	}
}

func (p Place) write(w *text.Writer) {
	w.Line("vault", string(p.Vault))
	w.Line("chain", string(p.Chain))
}

func (p Place) check() error {
	if _, err := text.ParseID(string(p.Vault)); err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	if _, err := parseChain(string(p.Chain)); err != nil {
		return fmt.Errorf("chain: %w", err)
	}
	return nil
}

func parseChain(s string) (text.ID, error) {
	switch s {
	case "mainnet", "testnet", "signet", "regtest":
		return text.ID(s), nil
	}
	return "", fmt.Errorf("want mainnet, testnet, signet or regtest, found %q", clip(s))
}

// clock is the word behind every time: it was read from a machine's real-time
// clock, which proves nothing.
const clock = "rtc"

// timeForm is RFC 3339 in whole seconds of UTC.
const timeForm = "2006-01-02T15:04:05Z"

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(timeForm, s)
	if err != nil || t.Format(timeForm) != s {
		return time.Time{}, fmt.Errorf("want a time such as 2026-11-21T20:50:00Z, found %q", clip(s))
	}
	return t, nil
}

func formatTime(t time.Time) string { return t.UTC().Format(timeForm) }

// readTime reads a line of a time and the word rtc.
func readTime(r *text.Reader, keyword string) time.Time {
	f := r.Line(keyword, 2)
	t := text.Value(r, keyword, f[0], parseTime)
	if f[1] != clock {
		r.Refuse("%s: want the word %s behind the time, found %q", keyword, clock, clip(f[1]))
	}
	return t
}

func writeTime(w *text.Writer, keyword string, t time.Time) { w.Line(keyword, formatTime(t), clock) }

// seconds is how a moment of a clock becomes one that a text can hold.
func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

func parseSum(s string) (Sum, error) {
	h, err := text.ParseHash(s)
	return Sum(h), err
}

// canonical returns what was read of b if it renders to the same bytes again.
func canonical[T interface{ Render() ([]byte, error) }](b []byte, x T) (T, error) {
	var zero T
	rendered, err := x.Render()
	if err != nil {
		return zero, err
	}
	if err := text.Canonical(b, rendered); err != nil {
		return zero, err
	}
	return x, nil
}

// pairOrNone reads a line of two fields, or of the word none: then it returns no
// fields. Want says what the two are.
func pairOrNone(r *text.Reader, keyword, want string) []string {
	return pairOf(r, keyword, want, r.Fields(keyword))
}

// pairOf is pairOrNone for fields that were read.
func pairOf(r *text.Reader, keyword, want string, f []string) []string {
	switch {
	case len(f) == 1 && f[0] == none:
		return nil
	case len(f) != 2:
		r.Refuse("%s: want %s, or none, found %d fields", keyword, want, len(f))
		return nil
	}
	return f
}

// readBlock reads a line of a block; the zero Block for none.
func readBlock(r *text.Reader, keyword string) Block {
	return blockOf(r, keyword, r.Fields(keyword))
}

// blockOf is readBlock for fields that were read.
func blockOf(r *text.Reader, keyword string, f []string) Block {
	if f = pairOf(r, keyword, "a height and a hash", f); f == nil {
		return Block{}
	}
	b := Block{Height: text.Uint[uint32](r, keyword, f[0], 1<<32-1), Hash: text.Value(r, keyword, f[1], text.ParseHash)}
	if b.Hash.IsZero() {
		r.Refuse("%s: want the hash of a block, found zeros", keyword)
	}
	return b
}
