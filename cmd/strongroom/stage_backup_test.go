package main

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/minio/minio-go/v7"
	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/backup/servertest"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// backupCommands are those of scripts about copies.
func (s *stage) backupCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"annex":  plain(s.annex),
		"agekey": plain(ageKey),
		"resign": plain(resign),
		"follow": plain(follow),
	}
}

// annex NAME FILE has the vault, which desk makes next, name an annex with the
// lines of FILE. "key OFFICER" stands for the officer's ssh-ed25519 key, and
// "pub FILE" for what FILE holds.
func (s *stage) annex(ts *testscript.TestScript, args []string) {
	a := policy.AnnexText{Vault: signertest.VaultID, Name: text.ID(args[0])}
	for l := range strings.Lines(ts.ReadFile(args[1])) {
		l = strings.TrimSuffix(l, "\n")
		if before, officer, ok := strings.Cut(l, " key "); ok {
			l = before + " " + signertest.NewKey(s.t, sshsig.Ed25519, officer).Key().String()
		}
		if before, file, ok := strings.Cut(l, " pub "); ok {
			l = before + " " + strings.Join(strings.Fields(ts.ReadFile(file))[:fieldsOf(ts.ReadFile(file))], " ")
		}
		a.Lines = append(a.Lines, l)
	}
	slices.Sort(a.Lines)
	b, err := policy.RenderAnnex(a)
	ts.Check(err)
	s.opts = append(s.opts, signertest.WithAnnex(a.Name, b))
}

// fieldsOf is how many words of a public key's file are the key.
func fieldsOf(b string) int {
	if strings.HasPrefix(b, "ssh-") {
		return 2
	}
	return 1
}

// agekey NAME... writes age's own keys: NAME and NAME.pub.
func ageKey(ts *testscript.TestScript, args []string) {
	for _, name := range args {
		id, err := age.GenerateX25519Identity()
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(id.String()+"\n"), 0o600))
		ts.Check(os.WriteFile(ts.MkAbs(name+".pub"), []byte(id.Recipient().String()+"\n"), 0o600))
	}
}

// resign DIR KEY puts other signatures, by a key file, in the place of those of
// all manifests in a folder.
func resign(ts *testscript.TestScript, args []string) {
	dir := ts.MkAbs(args[0])
	names, err := filepath.Glob(dir + "/manifest-*.sig")
	ts.Check(err)
	if len(names) == 0 {
		ts.Fatalf("want signatures in %s, found none", dir)
	}
	s, err := sshsig.ParsePrivateKey([]byte(ts.ReadFile(args[1])), nil)
	ts.Check(err)
	for _, name := range names {
		text, err := os.ReadFile(strings.TrimSuffix(name, ".backup-job.manifest.sig") + ".txt")
		ts.Check(err)
		armored, err := sshsig.Sign(s, sshsig.NamespaceFor("manifest"), text)
		ts.Check(err)
		ts.Check(os.WriteFile(name, armored, 0o600))
	}
}

// follow PAGE FILE ID... writes the commands of a recovery page, those blocks that
// are named, as a script that stops at the first error: what somebody types who
// follows the page. A word that is no block's id stands as it is.
func follow(ts *testscript.TestScript, args []string) {
	blocks := map[string]string{}
	d, id := xml.NewDecoder(strings.NewReader(ts.ReadFile(args[0]))), ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		ts.Check(err)
		switch x := token.(type) {
		case xml.StartElement:
			if x.Name.Local == "pre" {
				id = x.Attr[0].Value
			}
		case xml.CharData:
			if id != "" {
				blocks[id] += string(x) + "\n"
			}
		case xml.EndElement:
			if x.Name.Local == "pre" {
				id = ""
			}
		}
	}
	script := "set -e\n"
	for _, name := range args[2:] {
		if blocks[name] == "" {
			script += name + "\n"
		}
		script += blocks[name]
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(script), 0o700))
}

// TestBucketScripts runs the scripts that speak to a real object store. Without
// one they are skipped.
func TestBucketScripts(t *testing.T) {
	bucketScript(t, servertest.VersityGW, "testdata/servers/bucket.txtar", "testdata/servers/posture.txtar")
}

// Two desks and an officer with homes of their own share one registry.
func TestSharedRegistryScripts(t *testing.T) {
	for _, kind := range []servertest.Kind{servertest.VersityGW, servertest.MinIO} {
		t.Run(kind.String(), func(t *testing.T) { bucketScript(t, kind, "testdata/servers/registry.txtar") })
	}
	t.Run(servertest.RGW.String(), func(t *testing.T) { bucketScript(t, servertest.RGW, "testdata/servers/registry-refused.txtar") })
}

// A hundred thousand results take half a minute.
func TestCampaignResultsWithoutEndStopNoRun(t *testing.T) {
	campaigning(t)
	s := &stage{t: t}
	testscript.Run(t, testscript.Params{Setup: quickExit, Files: []string{"testdata/long/results.txtar"}, RequireExplicitExec: true, RequireUniqueNames: true, Cmds: s.commands()})
}

func bucketScript(t *testing.T, kind servertest.Kind, files ...string) {
	server := servertest.S3(t, kind)
	for _, file := range files {
		s := &stage{t: t}
		commands := s.commands()
		commands["bucket"] = plain(func(ts *testscript.TestScript, args []string) { makeBucket(ts, server, args) })
		commands["publish"] = plain(func(ts *testscript.TestScript, args []string) { publish(ts, server, args) })
		commands["rot"] = plain(func(ts *testscript.TestScript, args []string) { rot(t, ts, server, args) })
		testscript.Run(t, testscript.Params{Setup: quickExit, Files: []string{file}, RequireExplicitExec: true, RequireUniqueNames: true, Cmds: commands})
	}
}

// bucket NAME [plain] makes a bucket, without object lock if plain, and writes
// NAME.txt, its description, and key.txt, where its credentials are.
func makeBucket(ts *testscript.TestScript, server *servertest.S3Server, args []string) {
	c := clientOf(ts, server)
	ts.Check(c.MakeBucket(context.Background(), args[0], minio.MakeBucketOptions{Region: server.Region, ObjectLocking: len(args) == 1}))
	ts.Check(os.WriteFile(ts.MkAbs("pair"), fmt.Appendf(nil, "access=%s\nsecret=%s\n", server.AccessKey, server.SecretKey), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("key.txt"), fmt.Appendf(nil, "credentials file %s\n", ts.MkAbs("pair")), 0o600))
	ts.Setenv("VAULT", string(signertest.VaultID))
	description := bucket{endpoint: server.Endpoint, region: server.Region, name: args[0], pathStyle: true, authority: server.CAFile}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".txt"), description.bytes(), 0o600))
}

// clientOf speaks to a server as its owner.
func clientOf(ts *testscript.TestScript, server *servertest.S3Server) *minio.Client {
	c, err := adminOf(server)
	ts.Check(err)
	return c
}

// rot BUCKET PREFIX has the server's disk flip a bit of the one object whose name
// begins so.
func rot(t *testing.T, ts *testscript.TestScript, server *servertest.S3Server, args []string) {
	found := 0
	for o := range clientOf(ts, server).ListObjects(context.Background(), args[0], minio.ListObjectsOptions{Prefix: args[1]}) {
		ts.Check(o.Err)
		server.Rot(t, args[0], o.Key)
		found++
	}
	if found != 1 {
		ts.Fatalf("want one object called %s..., found %d", args[1], found)
	}
}

// publish BUCKET lets everybody list and read a bucket.
func publish(ts *testscript.TestScript, server *servertest.S3Server, args []string) {
	ts.Check(clientOf(ts, server).SetBucketPolicy(context.Background(), args[0], fmt.Sprintf(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::%[1]s/*"},
		{"Effect":"Allow","Principal":"*","Action":"s3:ListBucket","Resource":"arn:aws:s3:::%[1]s"}]}`, args[0])))
}
