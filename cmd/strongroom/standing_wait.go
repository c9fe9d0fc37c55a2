package main

import (
	"fmt"
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/text"
)

// waits is where an order stands whose seats are filled, but which has to be
// recorded, to wait, or to be cleared; the zero standing when that is behind it.
func (x *dossier) waits() standing {
	s := x.sittingHere()
	if len(x.at) == 0 || s.Cool == 0 && len(s.Clears) == 0 {
		return standing{}
	}
	id := x.order.id.Short()
	if x.countSigners(func(a atSigner) bool { return a.recorded || a.done }) < x.enough() {
		return standing{State: wantsRecord, Detail: x.waitOrWhere(s), Next: x.bundleLine(), Waiting: x.unrecorded(), By: lessWait(x.order.proposal.Expires, s.Cool)}
	}
	tip, _ := x.chain.Tip()
	if at, ok := x.ripeAt(); ok && at > tip.Height {
		return standing{State: isCooling, Detail: x.whereAll(x.did()), Next: x.nextWhileCooling(), Waiting: x.unrecorded(), Until: at}
	}
	missing := func(a atSigner) bool {
		return !a.done && slices.ContainsFunc(a.reasons, func(r quorum.Reason) bool { return r.Code == quorum.ClrMissing })
	}
	ready := x.countSigners(func(a atSigner) bool { return a.done || a.recorded && len(a.reasons) == 0 })
	if ready < x.enough() && x.countSigners(missing) > 0 {
		return standing{State: wantsClear, Detail: x.clearDetail(s), Next: "strongroom clear " + id, Waiting: x.clearers()}
	}
	if ready < x.enough() {
		return x.refusedSigner()
	}
	return standing{}
}

// refusedSigner tells of the first signer that stands in the way.
func (x *dossier) refusedSigner() standing {
	for _, a := range x.at {
		if !a.done && len(a.reasons) > 0 {
			return standing{State: isRefused, Detail: string(a.device) + ": " + a.reasons[0].String(), Next: "strongroom why " + x.order.id.Short()}
		}
	}
	return standing{}
}

// did is the word for signers that carried an order out.
func (x *dossier) did() string {
	if x.order.proposal.Kind().Moves() {
		return "released by"
	}
	return didWord(x.order.proposal.Kind())
}

func (x *dossier) waitOrWhere(s quorum.Sitting) string {
	if where := x.whereAll(x.did()); where != "" {
		return where
	}
	return "every seat is filled; a wait of " + wait(s, x.policy.Network) + " begins with the record on each signer"
}

// nextWhileCooling is what can be done meanwhile: the signers that have not
// recorded it yet begin their wait only then.
func (x *dossier) nextWhileCooling() string {
	if len(x.unrecorded()) > 0 {
		return x.bundleLine()
	}
	return ""
}

func (x *dossier) unrecorded() []text.ID {
	var out []text.ID
	for _, a := range x.at {
		if !a.done && !a.spared && !a.recorded {
			out = append(out, a.device)
		}
	}
	return out
}

func (x *dossier) clearDetail(s quorum.Sitting) string {
	given := "nobody has cleared it yet"
	if who := x.cleared(); len(who) > 0 {
		given = "cleared by " + list(who)
	}
	return fmt.Sprintf("wants %s; %s", needs(s.Clears), given)
}

// lessWait is the last block at which a wait may begin that has to end in time.
func lessWait(expires, cool uint32) uint32 { return expires - min(expires, cool) }

// bundleLine is the command that packs an order for the signers.
func (x *dossier) bundleLine() string { return "strongroom bundle " + x.order.id.Short() + " -o DIR" }
