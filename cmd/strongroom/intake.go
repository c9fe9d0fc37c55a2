package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// kind is what a received file is, as its content shows. The order is that in
// which files are taken in: what others are judged by comes first.
type kind uint8

const (
	kindStranger kind = iota + 1
	kindSecret
	kindText
	kindVerifier
	kindKeyRecord
	kindDescriptor
	kindCheckpoint
	kindBlob // a log's entries or headers: bytes that say nothing by themselves
	kindSignature
	kindShare // after the transcripts that name it
	kindPage
	kindPSBT
)

func (k kind) String() string {
	names := [...]string{"nothing", "unknown", "secret", "text", "log key", "key record", "descriptor", "log", "bytes", "signature", "sealed share", "page", "transaction"}
	if int(k) < len(names) {
		return names[k]
	}
	return names[0]
}

// kindOf finds out what a file is. Each kind is strictly parsed afterwards.
func kindOf(b []byte) kind {
	begins := func(s string) bool { return bytes.HasPrefix(b, []byte(s)) }
	_, isText := text.TypeOf(b)
	switch {
	case begins("-----BEGIN OPENSSH PRIVATE KEY"), begins("PRIVATE+KEY+"), begins("AGE-SECRET-KEY-"):
		return kindSecret
	case bytes.Contains(b[:min(len(b), 256)], []byte("BEGIN SSH SIGNATURE")):
		return kindSignature
	case isText:
		return kindText
	case begins(ageVersion + "\n"):
		return kindShare
	case isPage(b):
		return kindPage
	case begins("BSMS 1.0"):
		return kindKeyRecord
	case begins("wsh("):
		return kindDescriptor
	case begins("psbt\xff"), begins("cHNidP8"):
		return kindPSBT
	case bytes.Contains(b[:min(len(b), maxVerifier)], []byte("\n\n\u2014 ")):
		return kindCheckpoint
	case len(b) <= maxVerifier && bytes.Count(b, []byte("+")) >= 2 && bytes.Count(b, []byte("\n")) <= 1:
		return kindVerifier
	}
	if _, err := auditlog.DecodeEntries(b); err == nil {
		return kindBlob
	}
	if len(b)%headers.HeaderSize == 0 {
		return kindBlob
	}
	return kindStranger
}

// intake takes files into a desk.
type intake struct {
	desk   *desk
	policy *policy.Policy // the first one; nil while it is not finished
	files  []arrival
	texts  map[text.Hash][]byte // of the registry, read once
	known  *view                // what the registry says, read once a pass
}

func (d *desk) intake(files []arrival) (*intake, error) {
	p, err := d.policy()
	if err != nil && !errors.Is(err, errUnfinished) {
		return nil, err
	}
	for i := range files {
		files[i].kind = kindOf(files[i].bytes)
	}
	return &intake{desk: d, policy: p, files: files}, nil
}

// run takes all files in, kind by kind. What was refused because its policy was
// not known yet is looked at again after what came with it was taken in: a bundle
// may bring a version, the log that says it is in force, and signatures by people
// who came with it. The error is one of the disk; what is wrong with a file is
// noted with the file.
func (in *intake) run() error {
	for range maxRetries {
		before := in.taken()
		if err := in.pass(); err != nil {
			return err
		}
		if in.policy == nil || in.taken() == before || !in.waiting() {
			return nil
		}
		in.known = nil
		for i := range in.files {
			if a := &in.files[i]; a.early() {
				a.why = nil
			}
		}
	}
	return nil
}

// pass takes in every file that has no outcome yet.
func (in *intake) pass() error {
	for k := kindStranger; k <= kindPSBT; k++ {
		for i := range in.files {
			a := &in.files[i]
			if a.kind != k || a.taken || a.said != "" || len(a.why) > 0 {
				continue
			}
			if err := in.take(a); err != nil {
				return err
			}
		}
	}
	return nil
}

func (in *intake) taken() (n int) {
	for i := range in.files {
		if in.files[i].taken {
			n++
		}
	}
	return n
}

func (in *intake) waiting() bool {
	return slices.ContainsFunc(in.files, func(a arrival) bool { return a.early() })
}

// early says whether a file was refused for something that a newer policy, or a
// log that came with it, may mend.
func (a *arrival) early() bool {
	later := []quorum.Code{quorum.SigUnknown, quorum.SigBad, quorum.PolBehind, quorum.PolDevice, quorum.LimUnproven, quorum.PolWallet, quorum.BunName}
	return slices.ContainsFunc(a.why, func(r quorum.Reason) bool { return slices.Contains(later, r.Code) })
}

// view returns what the registry says as of this pass: the policy chain and its
// rosters. There has to be a first policy. What is missing of it may lie among
// the files that are still to be taken in, so nobody is warned of it.
func (in *intake) view() (*view, error) {
	if in.known == nil {
		d := *in.desk
		d.world.Err = io.Discard
		v, err := d.view()
		if err != nil {
			return nil, err
		}
		in.known = v
	}
	return in.known, nil
}

func (in *intake) take(a *arrival) error {
	switch a.kind {
	case kindSecret:
		a.refused(quorum.BunName, "want nothing secret, found a private key: no copy of it may travel")
	case kindText:
		return in.takeText(a)
	case kindVerifier:
		return in.takeVerifier(a)
	case kindKeyRecord:
		return in.takeKeyRecord(a)
	case kindDescriptor:
		return in.takeDescriptor(a)
	case kindCheckpoint:
		return in.takeLog(a)
	case kindBlob:
		return in.takeHeaders(a)
	case kindSignature:
		return in.takeSignature(a)
	case kindShare:
		return in.takeShare(a)
	case kindPage:
		a.said = "a page for paper: print it and put it where it belongs; passed over here"
	case kindPSBT:
		return in.takePSBT(a)
	default:
		a.refused(quorum.BunName, "want a text, signature, key record, log, descriptor, headers, sealed share or transaction, found something else")
	}
	return nil
}

// takeText takes in a policy, a proposal or another signed text.
func (in *intake) takeText(a *arrival) error {
	t, _ := text.TypeOf(a.bytes)
	switch t {
	case text.Policy:
		return in.takePolicy(a)
	case text.Proposal:
		return in.takeProposal(a)
	case text.Annex:
		return in.takeAnnex(a)
	case text.Clearance:
		return in.takeClearance(a)
	case text.Ceremony:
		return in.takePlan(a)
	case text.Transcript:
		return in.takeTranscript(a)
	case text.Media:
		return in.takeMedia(a)
	case text.Build:
		return in.takeBuild(a)
	case text.Manifest, text.Certificate:
		if _, err := text.Open(a.bytes, t); err != nil {
			a.why = append(a.why, quorum.ReasonOf(err, quorum.TextGrammar))
			return nil
		}
		return in.keepText(a, t.String())
	}
	a.refused(quorum.TextType, "want a text that people sign, found a %s", t)
	return nil
}

func (in *intake) keepText(a *arrival, what string) error {
	h, err := in.desk.reg.PutText(a.bytes)
	if err == nil {
		in.texts = nil // read again by whoever needs them
		a.accept("%s %s", what, h)
	}
	return err
}

// ours refuses a text of another vault or chain.
func (in *intake) ours(a *arrival, vault text.ID, n custody.Network) bool {
	switch d := in.desk; {
	case vault != d.vault:
		a.refused(quorum.TextVault, "vault: want %s, found %s", d.vault, vault)
	case n != d.network:
		a.refused(quorum.TextChain, "chain: want %s, found %s", d.network, n)
	default:
		return true
	}
	return false
}

func (in *intake) takeProposal(a *arrival) error {
	p, err := quorum.ParseProposal(a.bytes)
	if err != nil {
		a.why = append(a.why, quorum.ReasonOf(err, quorum.TextGrammar))
		return nil
	}
	switch {
	case !in.ours(a, p.Vault, p.Network):
	case in.policy == nil:
		a.refused(quorum.PolBehind, "proposal: want a finished policy to read it by, found only a draft")
	case p.Genesis != in.policy.Hash():
		a.refused(quorum.TextGenesis, "genesis: want %s, found %s", in.policy.Hash(), p.Genesis)
	default:
		return in.keepText(a, "proposal by "+string(p.Maker)+",")
	}
	return nil
}

// takeAnnex takes in a text that a policy may name.
func (in *intake) takeAnnex(a *arrival) error {
	x, err := policy.ParseAnnex(a.bytes)
	if err != nil {
		a.why = append(a.why, quorum.ReasonOf(err, quorum.TextGrammar))
		return nil
	}
	if !in.ours(a, x.Vault, in.desk.network) {
		return nil
	}
	return in.keepText(a, "annex "+string(x.Name))
}

// takeClearance takes in what a watcher says about a proposal.
func (in *intake) takeClearance(a *arrival) error {
	c, err := quorum.ParseClearance(a.bytes)
	if err != nil {
		a.why = append(a.why, quorum.ReasonOf(err, quorum.TextGrammar))
		return nil
	}
	switch {
	case !in.ours(a, c.Vault, c.Network):
	case in.policy == nil:
		a.refused(quorum.PolBehind, "clearance: want a finished policy to read it by, found only a draft")
	case c.Genesis != in.policy.Hash():
		a.refused(quorum.TextGenesis, "genesis: want %s, found %s", in.policy.Hash(), c.Genesis)
	default:
		return in.keepText(a, fmt.Sprintf("clearance of %s by %s,", c.Proposal.Short(), c.Watcher))
	}
	return nil
}

// takeNext takes in a later version of the policy. Whether anybody wants it, and
// whether it may follow, is judged with the amendment that asks for it.
func (in *intake) takeNext(a *arrival, p *policy.Policy) error {
	if in.policy == nil {
		a.refused(quorum.PolBehind, "policy %d: want policy 1 first, found only a draft", p.Version)
		return nil
	}
	return in.keepText(a, fmt.Sprintf("policy %d, in force once an amendment has adopted it,", p.Version))
}

// takePolicy takes in a policy. A first one becomes that of a home whose draft is
// untouched, such as an officer's; whether it is the right one shows when the
// officers compare its hash.
func (in *intake) takePolicy(a *arrival) error {
	p, err := policy.Parse(a.bytes)
	if err != nil {
		a.why = append(a.why, quorum.ReasonOf(err, quorum.TextGrammar))
		return nil
	}
	d := in.desk
	switch {
	case !in.ours(a, p.Vault, p.Network):
		return nil
	case p.Version > 1:
		return in.takeNext(a, p)
	case in.policy != nil && in.policy.Hash() == p.Hash():
		return in.keepText(a, "policy 1, known already,")
	case in.policy != nil:
		a.refused(quorum.PolGenesis, "policy: want %s, found %s", in.policy.Hash(), p.Hash())
		return nil
	}
	if a.why = quorum.CheckFirst(p); len(a.why) > 0 {
		return nil
	}
	draft, err := d.draft()
	if err != nil {
		return err
	}
	if len(draft.Officers)+len(draft.Devices) > 0 {
		a.refused(quorum.PolGenesis, "policy: want a home whose draft is untouched, found one with %s of its own", count(len(draft.Officers), "officer"))
		return nil
	}
	if err := in.keepText(a, "policy 1 of "+string(p.Vault)+", now this home's: compare its hash with the officers:"); err != nil {
		return err
	}
	in.policy = p
	return d.dir.WriteFile(policyOne, p.Bytes())
}

// allTexts reads the registry's texts once.
func (in *intake) allTexts() (map[text.Hash][]byte, error) {
	if in.texts != nil {
		return in.texts, nil
	}
	hashes, err := in.desk.reg.Texts()
	if err != nil {
		return nil, err
	}
	in.texts = make(map[text.Hash][]byte, len(hashes))
	for _, h := range hashes {
		b, err := in.desk.reg.Text(h)
		if err != nil {
			in.desk.world.Warnf("%v", err)
			continue
		}
		in.texts[h] = b
	}
	return in.texts, nil
}

// signerOf returns the signer that a log's name VAULT/SIGNER belongs to.
func (d *desk) signerOf(origin string) (text.ID, bool) {
	vault, name, _ := strings.Cut(origin, "/")
	id, err := text.ParseID(name)
	return id, err == nil && vault == string(d.vault)
}
