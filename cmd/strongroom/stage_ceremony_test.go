package main

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/ceremony"
	"strongroom/signer/keystore"
	"strongroom/signer/signertest"
)

// workFactor makes sealing to a passphrase quick.
const workFactor = 10

// held PLAN DIR [FINGERPRINT] writes what leaves a ceremony that went as planned:
// transcript, sealed shares and a page. The key is that of the plan's signer, or
// the one given.
func held(v *signertest.Vault) scriptCommand {
	return plain(func(ts *testscript.TestScript, args []string) {
		b, err := os.ReadFile(ts.MkAbs(args[0]))
		ts.Check(err)
		p, err := ceremony.ParsePlan(b)
		ts.Check(err)
		key := ceremony.Key{Generation: p.Generation()}
		if len(args) > 2 {
			f, err := hex.DecodeString(args[2])
			ts.Check(err)
			key.Fingerprint = [4]byte(f)
		} else {
			key.Fingerprint = v.Signer(p.Signer).Record.Key.Origin().Fingerprint
		}
		t := wentWell(ts, p, text.Identity(b), key)
		dir := ts.MkAbs(args[1])
		ts.Check(os.MkdirAll(dir, 0o700))
		write := func(name string, b []byte) { ts.Check(os.WriteFile(filepath.Join(dir, name), b, 0o600)) }
		var shares record.Shares
		if p.What != ceremony.MakeWords {
			shares, err = t.Generation()
			ts.Check(err)
		}
		for _, h := range p.Holders {
			if h.To.Seal() == keystore.SealHardware {
				continue // which its own program seals
			}
			sealed, err := keystore.SealShare([]byte("words of "+h.Person), h.To, []byte(signertest.Passphrase), workFactor)
			ts.Check(err)
			write(signer.ShareFile(shares, h.Person), sealed)
		}
		transcript, err := ceremony.RenderTranscript(t)
		ts.Check(err)
		write("transcript.txt", transcript)
		write("transcript.html", []byte("<!DOCTYPE html>\n<p>for paper</p>\n"))
		ts.Setenv("TRANSCRIPT", text.Identity(transcript).String())
	})
}

// wentWell is the transcript of a ceremony in which all went as planned.
func wentWell(ts *testscript.TestScript, p ceremony.Plan, hash text.Hash, key ceremony.Key) ceremony.Transcript {
	t := ceremony.Transcript{Vault: p.Vault, Signer: p.Signer, Chain: p.Chain, What: p.What, Plan: hash, Program: p.Program, Build: p.Build, Session: [16]byte{1},
		Generator: "test generator", Opened: p.Openers, Key: key, Path: "48h/1h/0h/2h", Record: text.Identity([]byte("key record")), Groups: p.Groups, Sites: p.Sites, Device: p.Device, Clear: p.Clear}
	if p.What.Makes() {
		t.System = text.Identity([]byte("system"))
	}
	if !p.Build.IsZero() {
		t.Reviewers = []text.ID{"olga", "rita"}
	}
	for _, s := range p.Entropy {
		t.Contributions = append(t.Contributions, ceremony.Contribution{Person: s.Person, From: s.From, Bits: p.Bits, Commitment: text.Identity([]byte("entropy of " + s.Person))})
	}
	number := make([]int, len(p.Sites))
	for _, h := range p.Holders {
		number[h.Group-1]++
		t.Shares = append(t.Shares, record.Share{Group: h.Group, Number: number[h.Group-1], Holder: h.Person, Seal: record.Seal(h.To.Seal()), Commitment: text.Identity([]byte(string(p.Signer+h.Person) + "\n"))})
	}
	steps, err := ceremony.Script(p)
	ts.Check(err)
	at := time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)
	for _, s := range steps {
		if !s.After {
			t.Steps = append(t.Steps, ceremony.Entry{Step: s.Number, Time: at.Add(time.Duration(s.Number) * time.Minute), Person: s.Person, Text: s.Title})
		}
	}
	for _, x := range p.People {
		t.Present = append(t.Present, x.ID)
	}
	return t
}
