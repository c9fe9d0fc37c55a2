package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"filippo.io/age/plugin"
	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/backup"
	"strongroom/backup/dirstore"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// drillCommands are those of scripts about drills.
func (s *stage) drillCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"header":  plain(s.header),
		"genesis": plain(s.genesis),
		"wraps":   plain(s.wraps),
		"layers":  plain(s.layers),
	}
}

// header KEY EXIT [FOLDER [OUT [FLAG...]]] opens a layer with an officer's key; the id is
// typed as it is shown.
func (s *stage) header(ts *testscript.TestScript, args []string) {
	s.genesis(ts, append([]string{args[0], args[1], s.v.Genesis.String()}, args[2:]...))
}

// genesis KEY EXIT HASH [FOLDER [OUT [FLAG...]]] is header with another first policy.
func (s *stage) genesis(ts *testscript.TestScript, args []string) {
	folder, out := "to-officers", "headers"
	if len(args) > 3 {
		folder = args[3]
	}
	if len(args) > 4 {
		out = args[4]
	}
	s.opens(ts, []string{"drill", "header"}, args[1], append([]string{folder, "--genesis", args[2], "--identity", args[0], "-o", out}, args[min(5, len(args)):]...))
}

// wraps KEY EXIT FOLDER OUT [FLAG...] wraps a layer anew with an officer's key; the
// id is typed as it is shown.
func (s *stage) wraps(ts *testscript.TestScript, args []string) {
	s.opens(ts, []string{"backup", "rewrap", "header"}, args[1], append([]string{args[2], "--genesis", s.v.Genesis.String(), "--identity", args[0], "-o", args[3]}, args[4:]...))
}

// opens runs a command that shows an id and asks for it.
func (s *stage) opens(ts *testscript.TestScript, command []string, exit string, args []string) {
	p := startProgram(ts, append(append([]string{"strongroom"}, command...), args...))
	if id := p.readID(); id != "" { // it may end before it asks
		p.types(id[:typedDigits])
	}
	got := p.wait()
	ts.Check(os.WriteFile(ts.MkAbs("said"), p.seen.Bytes(), 0o600))
	if got != exit {
		ts.Fatalf("want exit status %s, found %s", exit, got)
	}
}

// rehearsal is an age plugin whose keys are those of age itself: what stands for
// hardware is that another program opens.
func rehearsal() {
	p, err := plugin.New("rehearsal")
	if err != nil {
		panic(err)
	}
	p.HandleRecipient(func(data []byte) (age.Recipient, error) { return age.ParseX25519Recipient(string(data)) })
	p.HandleIdentity(func(data []byte) (age.Identity, error) { return age.ParseX25519Identity(string(data)) })
	p.RegisterFlags(flag.CommandLine)
	flag.Parse()
	os.Exit(p.Main())
}

// recipientFor is an officer's key: that of the file of their name, or a plugin's
// where there is none; its identity is then in the file.
func recipientFor(ts *testscript.TestScript, name string) backup.Recipient {
	b, err := os.ReadFile(ts.MkAbs(name))
	if err != nil {
		id, err := age.GenerateX25519Identity()
		ts.Check(err)
		b = []byte(plugin.EncodeIdentity("rehearsal", []byte(id.String())) + "\n")
		ts.Check(os.WriteFile(ts.MkAbs(name), b, 0o600))
	}
	if line, err := sshPublic(b); err == nil {
		r, err := backup.ParseRecipient(text.ID(name), line)
		ts.Check(err)
		return r
	}
	_, data, err := plugin.ParseIdentity(strings.TrimSpace(string(b)))
	ts.Check(err)
	id, err := age.ParseX25519Identity(string(data))
	ts.Check(err)
	// Sealing needs no plugin here: its keys wrap as those of age do.
	r, err := backup.PluginRecipient(text.ID(name), plugin.EncodeRecipient("rehearsal", []byte(id.Recipient().String())), id.Recipient())
	ts.Check(err)
	return r
}

// layers STORE OUTER INNER ships a snapshot of the desk to a store, sealed in two
// layers to the officers named, with alice's key.
func (s *stage) layers(ts *testscript.TestScript, args []string) {
	group := func(names string) (out []backup.Recipient) {
		for _, name := range strings.Split(names, ",") {
			out = append(out, recipientFor(ts, name))
		}
		return out
	}
	home := ts.Getenv("STRONGROOM_HOME")
	maker, err := sshsig.ParsePrivateKey([]byte(ts.ReadFile("alice")), nil)
	ts.Check(err)
	folder, err := durable.Create(filepath.Join(s.t.TempDir(), "spool"))
	ts.Check(err)
	src, err := snapshotFS(home, nil, nil)
	ts.Check(err)
	var last backup.Manifest
	at, err := durable.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	names, err := backup.ManifestNames(context.Background(), dirstore.Open(at))
	ts.Check(err)
	for _, name := range names {
		last, err = backup.ParseManifest([]byte(ts.ReadFile(args[0] + "/" + name)))
		ts.Check(err)
	}
	taken, err := backup.Take(context.Background(), src, backup.Plan{
		Place: backup.Place{Vault: s.v.Policy.Vault, Chain: text.ID(s.v.Network.String())}, Last: last, Maker: "alice", Signer: maker,
		Layers: backup.Layers{group(args[1]), group(args[2])}, Spool: folder, Rand: cli.System().Rand, Now: time.Now})
	ts.Check(err)
	ts.Check(src.Close())
	kit, err := backup.SignKit(backup.Recovery{Signed: taken.Signed, Reader: "1.1", Stores: []backup.RecoveryStore{{ID: "one", Folder: ts.MkAbs(args[0])}}}, maker)
	ts.Check(err)
	out, err := backup.Ship(context.Background(), backup.Shipment{Signed: taken.Signed, From: []backup.Source{backup.FromSpool(folder)},
		Kit: kit, Level: backup.V3, Now: time.Now}, []backup.Target{{ID: "one", Store: dirstore.Open(at)}})
	ts.Check(err)
	ts.Check(out[0].Err)
	ts.Check(at.Close())
	ts.Check(folder.Close())
}
