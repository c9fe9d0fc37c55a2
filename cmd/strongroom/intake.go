package main

import (
	"bytes"
	"errors"
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
	kindPSBT
)

func (k kind) String() string {
	names := [...]string{"nothing", "unknown", "secret", "text", "log key", "key record", "descriptor", "log", "bytes", "signature", "transaction"}
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
	policy *policy.Policy // nil while it is not finished
	files  []arrival
	texts  map[text.Hash][]byte // of the registry, read once
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

// run takes all files in, kind by kind. Its error is one of the disk; what is
// wrong with a file is noted with the file.
func (in *intake) run() error {
	for k := kindStranger; k <= kindPSBT; k++ {
		for i := range in.files {
			a := &in.files[i]
			if a.kind != k || a.taken {
				continue
			}
			if err := in.take(a); err != nil {
				return err
			}
		}
	}
	return nil
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
	case kindPSBT:
		return in.takePSBT(a)
	default:
		a.refused(quorum.BunName, "want a text, signature, key record, log, descriptor, headers or transaction, found something else")
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
	case text.Clearance, text.Annex, text.Manifest, text.Certificate:
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

// takePolicy takes in a first policy. A home whose draft is untouched, such as
// an officer's, makes it its own; whether it is the right one shows when the
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
