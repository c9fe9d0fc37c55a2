package main

import (
	"testing"
	"testing/fstest"
	"time"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// takenBy returns a snapshot's manifest, signed by a service that is no officer.
func takenBy(t *testing.T, v *signertest.Vault, maker text.ID, key sshsig.Signer) backup.Signed {
	t.Helper()
	spool, err := durable.Create(t.TempDir() + "/spool")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = spool.Close() })
	to, err := backup.ParseRecipient("alice", "age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq")
	if err != nil {
		t.Fatal(err)
	}
	taken, err := backup.Take(t.Context(), fstest.MapFS{"a": {Data: []byte("a")}}, backup.Plan{
		Place: backup.Place{Vault: v.Policy.Vault, Chain: text.ID(v.Network.String())}, Maker: maker, Signer: key,
		Layers: backup.Layers{{to}}, Spool: spool, Rand: cli.System().Rand, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return taken.Signed
}

// A manifest is good by a maker that annex backup lists, with the key that it
// lists, and by nobody else who is no officer.
func TestAManifestIsMadeByWhomTheAnnexLists(t *testing.T) {
	v := signertest.New(t)
	job, other := signertest.NewKey(t, sshsig.Ed25519, "backup-job"), signertest.NewKey(t, sshsig.Ed25519, "other job")
	m := takenBy(t, v, "backup-job", job)
	makers := func(id text.ID, key sshsig.Signer) policy.Backup {
		return policy.Backup{Named: true, Makers: []policy.BackupMaker{{ID: id, Key: key.Key().String()}}}
	}
	stranger := "want a signature by a key of backup-job, found " + job.Key().Fingerprint()
	for _, c := range []struct {
		name  string
		annex policy.Backup
		want  string
	}{
		{"listed", makers("backup-job", job), ""},
		{"no annex", policy.Backup{}, stranger},
		{"another key", makers("backup-job", other), stranger},
		{"another maker", makers("other-job", job), stranger},
	} {
		o := opening{versions: []*policy.Policy{v.Policy}, annexes: map[text.Hash]policy.Backup{v.Policy.Hash(): c.annex}}
		signed, err := o.openManifest(m.Bytes(), m.Signature())
		if c.want == "" {
			if err != nil || signed.Manifest().Maker != "backup-job" {
				t.Errorf("%s: want it opened, found %v", c.name, err)
			}
			continue
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
}
