package story

import (
	"context"
	"fmt"
	"time"

	"strongroom/cmd/internal/cli"
)

// Options say where the story is told and by which programs.
type Options struct {
	Folder  string // absolute; exists and is empty; everything is made in it
	Program string // path of strongroom
	Signer  string // path of strongroom-signer
	Node    string // path of btcd
	Modules string // path of the go.sum that both programs were built with
	Source  string // what they were built of, as git:HEX or tree:HEX
	Keep    bool   // the folder stays
	Styled  bool   // standard output obeys escapes: dim what programs print
}

// chapter is one step of the story.
type chapter struct {
	title string
	why   string
	play  func(*scene)
}

func chapters() []chapter {
	return []chapter{
		{"A private chain", "A bitcoin node of our own, on this machine only: it mines when told to, and refuses what the public network would not relay.", (*scene).startNode},
		{"Three keys are made, and nobody has one", "A key is made in a ceremony: two people roll, the machine adds its own, and the key leaves as three shares, each sealed to one person. Nobody ever sees it, and it is in no file.", (*scene).makeKeys},
		{"One wallet of three keys", "The desk knows public keys only. It compares them by what they are, not by how they are written: two of three must be two of three different keys.", (*scene).makeWallet},
		{"The officers agree on a policy", "Who may ask, who must approve, where money may go. Every officer consents, and every signer is told the policy's hash by a person.", (*scene).agree},
		{"A withdrawal is asked for and approved", "Officers sign the order, not the transaction: payee, amount and the most that it may cost. One signs through an agent, one with plain ssh-keygen.", (*scene).askFirst},
		{"Two signers release it", "The desk builds a transaction only now. Each signer judges it alone, without a network, logs what it decided, and then signs.", (*scene).releaseFirst},
		{"The coins move, and a gap in the logs is noticed", "A signer that does not know of a withdrawal refuses to spend its change: somebody might be signing with a copy of the keys.", (*scene).moveCoins},
		{"Seven attacks", "Each is tried for real, on files as an attacker would leave them on the carrier. Each must end in a refusal that the signer's log keeps.", (*scene).attack},
		{"The rules change, and nobody can hurry it", "A change of the policy is a proposal like any other: officers sign the difference. What loosens waits on every signer, by blocks, whoever approves it.", (*scene).change},
		{"The brake", "One officer stops everything, and a quorum lets go again. A signer that saw the brake keeps to it, also when it is left at home.", (*scene).brake},
		{"A backup, and a restore that proves it", "Sealed once, the same ciphertext goes to three sites. Only what was restored by other tools, and judged by its content, counts.", (*scene).backUp},
		{"The auditor's replay", "Everything is decided again from the first consent on. Nobody has to believe this program: stock tools check the same files.", (*scene).audit},
	}
}

// Tell tells the whole story. It ends with the first thing that is not as the
// story says, or with ctx; whatever it started is stopped then.
func Tell(ctx context.Context, w cli.World, o Options) error {
	s := newStage(w, o)
	defer s.clear()
	list := chapters()
	s.blank()
	s.say("A vault's life in %d steps, in %s. Lines with $ are commands as you would type them there, lines with > what a person answers; the rest is what the programs print.", len(list)+1, o.Folder)
	for i, c := range list {
		if err := s.tell(ctx, i+1, len(list)+1, c); err != nil {
			return err
		}
	}
	s.summary(len(list) + 1)
	return nil
}

// tell plays one chapter and says how long it took.
func (s *stage) tell(ctx context.Context, number, of int, c chapter) error {
	began := s.w.Now()
	s.heading(number, of, c.title)
	s.say("%s", c.why)
	p := &scene{stage: s, ctx: ctx}
	p.clearly(c.play)
	if p.err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("step %d: interrupted", number)
		}
		return fmt.Errorf("step %d, %s: %w", number, c.title, p.err)
	}
	took := s.w.Now().Sub(began)
	s.times = append(s.times, lasted{c.title, took})
	s.blank()
	s.say("Step %d took %s.", number, seconds(took))
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
