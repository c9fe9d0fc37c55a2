package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/quorum/text"
)

// rewrapName names a re-wrap as --rewrap takes it, with what helps to choose.
func rewrapName(x backup.SignedRewrap) string {
	return fmt.Sprintf("%s (re-wrap %d, made %s, signed by %s)", x.ID().String()[:snapshotDigits], x.Rewrap().Number, x.Rewrap().Made.Format(time.RFC3339), x.Rewrap().Maker)
}

// rewrapNames tells some of them, the last first.
func rewrapNames(list []backup.SignedRewrap) string {
	var parts []string
	for _, x := range slices.Backward(list) {
		if len(parts) == maxListed {
			parts = append(parts, fmt.Sprintf("and %d more", len(list)-maxListed))
			break
		}
		parts = append(parts, rewrapName(x))
	}
	return strings.Join(parts, "; ")
}

// strangeRewraps are those of a snapshot of which this home follows its own, and that
// it did not make and that its own do not follow.
func strangeRewraps(c snapshotCopy) []backup.SignedRewrap {
	if len(c.Rivals()) > 0 {
		return nil
	}
	own := c.Own()
	return slices.DeleteFunc(c.Beside(), func(x backup.SignedRewrap) bool {
		return among(own, x)
	})
}

// rivalRewraps is the sentence about re-wraps of a snapshot that rival; empty where
// none does.
func rivalRewraps(c snapshotCopy) string {
	number := c.Manifest().Number
	if list := c.Rivals(); len(list) > 0 {
		slices.Reverse(list)
		return fmt.Sprintf("snapshot %d: want re-wraps one behind the other, found %d ends that rival, and whoever has a maker's key signs such: %s; each opens it for whom it was made", number, len(list), rewrapNames(list))
	}
	if list := strangeRewraps(c); len(list) > 0 {
		return fmt.Sprintf("snapshot %d: not made by this home, and so not followed: %s; unless another home wraps headers anew, somebody else has a maker's key", number, rewrapNames(list))
	}
	return ""
}

// rewrapWanted is the re-wrap whose headers are opened, as somebody asks for it.
type rewrapWanted string

// ownHeaders asks for those of the manifest.
const ownHeaders rewrapWanted = "none"

// add adds the flag that asks for one.
func (w *rewrapWanted) add(cmd *cobra.Command) {
	cmd.Flags().StringVar((*string)(w), "rewrap", "", "open the headers of the re-wrap `ID`, of which 'backup list --json' tells, or of the manifest itself with \"none\" (default: the newest, where none rivals it)")
}

// followed returns a snapshot as the re-wrap has it that is asked for, or else that is
// followed. Between rivals people choose.
func (w rewrapWanted) followed(c snapshotCopy) (snapshotCopy, error) {
	switch {
	case w == ownHeaders:
		c.Signed, _ = c.AsOf(text.Hash{})
	case w != "":
		at, err := w.of(c)
		if err != nil {
			return c, err
		}
		c.Signed, _ = c.AsOf(at)
	case len(c.Rivals()) > 0:
		return c, cli.Hint(errors.New(rivalRewraps(c)), "strongroom backup list --json   # ask those who know which is real, then the same with --rewrap ID")
	default:
		c.Signed = c.Followed()
	}
	return c, nil
}

// of is the id of the one that begins as asked for.
func (w rewrapWanted) of(c snapshotCopy) (text.Hash, error) {
	if len(w) < leastRewrap || strings.Trim(string(w), "0123456789abcdef") != "" {
		return text.Hash{}, cli.Usagef("--rewrap: want at least %d digits of a re-wrap's hash, or %q, found %q", leastRewrap, ownHeaders, string(w))
	}
	fit := slices.DeleteFunc(c.AllRewraps(), func(x backup.SignedRewrap) bool { return !strings.HasPrefix(x.ID().String(), string(w)) })
	if len(fit) != 1 {
		return text.Hash{}, cli.Hint(fmt.Errorf("snapshot %d: want one re-wrap that begins with %s, found %d", c.Manifest().Number, w, len(fit)), "strongroom backup list --json")
	}
	return fit[0].ID(), nil
}

// among says whether a re-wrap is one of some.
func among(list []backup.SignedRewrap, x backup.SignedRewrap) bool {
	return slices.ContainsFunc(list, func(y backup.SignedRewrap) bool { return y.ID() == x.ID() })
}

// idsOf are the ids of some re-wraps.
func idsOf(list []backup.SignedRewrap) []string {
	out := []string{}
	for _, x := range list {
		out = append(out, x.ID().String())
	}
	return out
}

// rivalsTold returns what is said of rivals among the re-wraps of some snapshots: what
// is new, and what was told for toldFor, since it never heals.
func (d *desk) rivalsTold(list []snapshotCopy) (late, told []string) {
	for _, c := range list {
		matters := idsOf(append(strangeRewraps(c), c.Rivals()...))
		if len(matters) == 0 {
			continue
		}
		if d.anyRivalNews(matters) {
			late = append(late, rivalRewraps(c))
		} else {
			told = append(told, rivalRewraps(c))
		}
	}
	return late, told
}

// anyRivalNews says whether one of some re-wraps was not told for toldFor yet. Each is
// told from now on.
func (d *desk) anyRivalNews(ids []string) (news bool) {
	for _, id := range ids {
		news = d.isNews("rival "+id[:snapshotDigits]) || news
	}
	return news
}
