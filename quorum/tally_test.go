package quorum_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// short is the refusal of a small withdrawal that nobody approves any more.
func short(have string) string {
	return "approvals: want 2 of group treasury for tier small, found " + have + " (SEAT-SHORT)"
}

// Attacks with signatures. In each, bob's approval is good and one more is
// wanted; what is added instead is told in the notes and counts for nothing.
func TestWorthlessApprovals(t *testing.T) {
	v := signertest.New(t, signertest.WithLine("conflict none\n", "conflict exchange-hot erin\n"), signertest.WithLine("term dave none", "term dave 9"))
	for _, c := range []struct {
		attack string
		add    func(v *signertest.Vault, b []byte) []quorum.SignatureFile
		want   []string // notes
	}{
		{"nothing", func(*signertest.Vault, []byte) []quorum.SignatureFile { return nil }, nil},
		{"maker approves", by("alice"), []string{"alice: want approvals by others than the maker, found the maker's, which does not count (SEAT-MAKER)"}},
		{"officer with a conflict", by("erin"), []string{"erin: want approvals without a conflict of interest, found one with a payee's, which does not count (SEAT-CONFLICT)"}},
		{"officer whose term has ended", by("dave"), []string{"dave: want approvals within the officer's term, found one after its end, which does not count (SEAT-TERM)"}},
		{"officer of another group", by("frank"), nil},
		{"same signature twice", by("bob"), []string{"{id16}.bob.approve.sig: want one signature of bob to approve this, found a second, which does not count (SIG-DUP)"}},
		{"malleated ECDSA as second approval", func(v *signertest.Vault, b []byte) []quorum.SignatureFile {
			return []quorum.SignatureFile{v.SignWith(v.Officers["bob"].Keys[0].Malleated(), "bob", quorum.Approve, b)}
		}, []string{"{id16}.bob.approve.sig: want one signature of bob to approve this, found a second, which does not count (SIG-DUP)"}},
		{"bob's signature under carol's name", func(v *signertest.Vault, b []byte) []quorum.SignatureFile {
			return []quorum.SignatureFile{v.SignWith(v.Officers["bob"].Keys[0], "carol", quorum.Approve, b)}
		}, []string{"{id16}.carol.approve.sig: want a key that policy 1 lists for carol, found {bob} (SIG-UNKNOWN)"}},
		{"stranger's key", func(v *signertest.Vault, b []byte) []quorum.SignatureFile {
			return []quorum.SignatureFile{v.SignWith(signertest.NewKey(t, sshsig.Ed25519, "mallory"), "carol", quorum.Approve, b)}
		}, []string{"{id16}.carol.approve.sig: want a key that policy 1 lists for carol, found {mallory} (SIG-UNKNOWN)"}},
		{"approval of another text", func(v *signertest.Vault, b []byte) []quorum.SignatureFile {
			s := v.Sign("carol", quorum.Approve, append(bytes.Clone(b), '\n'))
			s.On = text.Identity(b).Short()
			return []quorum.SignatureFile{s}
		}, []string{"{id16}.carol.approve.sig: signature: want one by {carol} over this text, found one that does not verify (SIG-BAD)"}},
		{"veto renamed to an approval", func(v *signertest.Vault, b []byte) []quorum.SignatureFile {
			s := v.Sign("carol", quorum.Veto, b)
			s.Act = quorum.Approve
			return []quorum.SignatureFile{s}
		}, []string{"{id16}.carol.approve.sig: signature namespace: want \"approve.v1@strongroom\", found \"veto.v1@strongroom\" (SIG-NAMESPACE)"}},
		{"proposal signed instead", func(v *signertest.Vault, b []byte) []quorum.SignatureFile {
			return []quorum.SignatureFile{v.Sign("carol", quorum.Propose, b)}
		}, nil},
		{"hardware key that nobody touched", flags(0), []string{"{id16}.carol.approve.sig: signature flags: want 01, a touched key, found 00 (SIG-UP)"}},
		{"hardware key without PIN", flags(sshsig.FlagPresent), []string{"{id16}.carol.approve.sig: signature flags: want 04, a PIN or a finger, found 01 (SIG-UV)"}},
		{"hardware key that is synced", flags(sshsig.FlagPresent | sshsig.FlagVerified | sshsig.FlagEligible), []string{"{id16}.carol.approve.sig: signature flags: want 08 clear, a key bound to its device, found 0d (SIG-SYNCED)"}},
		{"cut off", spoiled(func(b []byte) []byte { return b[:len(b)-40] }), []string{"{id16}.carol.approve.sig: signature file's end: want the line -----END SSH SIGNATURE----- and nothing after it, found something else (SIG-ARMOR)"}},
		{"with carriage returns", spoiled(func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) }), []string{"{id16}.carol.approve.sig: signature file's lines: want endings of LF alone, found a carriage return (SIG-ARMOR)"}},
		{"hashed with SHA-256", inside("sha512", "sha256"), []string{"{id16}.carol.approve.sig: signature hash: want sha512, found \"sha256\" (SIG-HASH)"}},
		{"key of an unknown type", inside("sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519@openssh.org"), []string{"{id16}.carol.approve.sig: key type: want ssh-ed25519, ecdsa-sha2-nistp256, " +
			"ecdsa-sha2-nistp384, sk-ssh-ed25519@openssh.com or sk-ecdsa-sha2-nistp256@openssh.com, found \"sk-ssh-ed25519@openssh.org\" (SIG-KEYTYPE)"}},
		{"version that nobody signed", inside("SSHSIG\x00\x00\x00\x01", "SSHSIG\x00\x00\x00\x00"), []string{"{id16}.carol.approve.sig: signature version: want 1, found 0 (SIG-NONCANON)"}},
		{"empty", spoiled(func([]byte) []byte { return nil }), []string{"{id16}.carol.approve.sig: signature file's start: want the line -----BEGIN SSH SIGNATURE----- and nothing before it, found something else (SIG-ARMOR)"}},
	} {
		t.Run(c.attack, func(t *testing.T) {
			tr := newTrial(t, v)
			vt := v.In(t)
			tr.in.Signatures = append(vt.Approve(tr.p, "bob"), c.add(vt, tr.in.Text)...)
			r := tr.refused(t, 'F', short("1"))
			for i := range c.want {
				c.want[i] = strings.NewReplacer("{bob}", v.Officers["bob"].Keys[0].Key().Fingerprint(), "{carol}", v.Officers["carol"].Keys[0].Key().Fingerprint(),
					"{mallory}", signertest.NewKey(t, sshsig.Ed25519, "mallory").Key().Fingerprint()).Replace(c.want[i])
			}
			tr.compare(t, r.Notes, c.want)
		})
	}
}

func by(officer text.ID) func(*signertest.Vault, []byte) []quorum.SignatureFile {
	return func(v *signertest.Vault, b []byte) []quorum.SignatureFile {
		return []quorum.SignatureFile{v.Sign(officer, quorum.Approve, b)}
	}
}

// spoiled is carol's approval with other bytes.
func spoiled(change func([]byte) []byte) func(*signertest.Vault, []byte) []quorum.SignatureFile {
	return func(v *signertest.Vault, b []byte) []quorum.SignatureFile {
		s := v.Sign("carol", quorum.Approve, b)
		s.Bytes = change(s.Bytes)
		return []quorum.SignatureFile{s}
	}
}

// inside is carol's approval with other bytes under the armour.
func inside(old, new string) func(*signertest.Vault, []byte) []quorum.SignatureFile {
	return spoiled(func(b []byte) []byte {
		lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
		blob, err := base64.StdEncoding.DecodeString(string(bytes.Join(lines[1:len(lines)-1], nil)))
		if err != nil {
			panic("quorum test: " + err.Error())
		}
		rest := base64.StdEncoding.EncodeToString(bytes.Replace(blob, []byte(old), []byte(new), 1))
		out := append(bytes.Clone(lines[0]), '\n')
		for ; len(rest) > 70; rest = rest[70:] {
			out = append(append(out, rest[:70]...), '\n')
		}
		return append(out, rest+"\n-----END SSH SIGNATURE-----\n"...)
	})
}

// flags is carol's approval by an authenticator that shows these flags.
func flags(f byte) func(*signertest.Vault, []byte) []quorum.SignatureFile {
	return func(v *signertest.Vault, b []byte) []quorum.SignatureFile {
		lazy := *v.Officers["carol"].Keys[0]
		lazy.Flags = f
		return []quorum.SignatureFile{v.SignUnchecked(&lazy, "carol", quorum.Approve, b)}
	}
}

func TestPersonWithTwoKeysCountsOnce(t *testing.T) {
	v := signertest.New(t)
	tr := newTrial(t, v)
	second := v.SignWith(v.Officers["dave"].Keys[1], "dave", quorum.Approve, tr.in.Text)
	tr.in.Signatures = append(v.Approve(tr.p, "dave"), second)
	r := tr.refused(t, 'F', short("1"))
	tr.compare(t, r.Notes, []string{"{id16}.dave.approve.sig: want one signature of dave to approve this, found a second, which does not count (SIG-DUP)"})
	tr.in.Signatures = append(v.Approve(tr.p, "bob"), second)
	tr.permitted(t)
}

// Greedy counting would give carol, who is in both groups, two seats.
func TestPersonInTwoGroupsFillsOneSeat(t *testing.T) {
	v := signertest.New(t)
	both := *v.Policy
	both.Tiers = append([]policy.Tier(nil), both.Tiers...)
	both.Tiers[0].Needs = []policy.Need{{Seats: 1, Group: "recovery"}, {Seats: 1, Group: "treasury"}}
	tr := newTrial(t, v)
	tr.world.Policies = quorum.NewPolicies(&both)
	tr.in.Signatures = v.Approve(tr.p, "carol")
	tr.refused(t, 'F', "approvals: want 1 of group treasury for tier small, found 0 (SEAT-SHORT)")
	tr.in.Signatures = v.Approve(tr.p, "carol", "bob")
	_, r := tr.permitted(t)
	if len(r.Seats) != 2 || r.Seats[0].Officer == r.Seats[1].Officer {
		t.Errorf("want two people in two seats, found %v", r.Seats)
	}
}

func TestMakerWhoMayNot(t *testing.T) {
	v := signertest.New(t)
	tr := newTrial(t, v, func(w *signertest.Asked) { w.Maker = "frank" })
	tr.refused(t, 'D', "maker: want an officer who may propose, found frank (SEAT-ROLE)")
	b, err := v.Withdrawal(func(w *signertest.Asked) { w.Maker = "nobody" }).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	tr.in.Text, tr.in.Signatures = b, nil
	tr.refused(t, 'D', "maker: want a valid signature to propose by nobody, found none (SEAT-NOMAKER)", "maker: want an officer who may propose, found nobody (SEAT-ROLE)")
}

func TestMakerWhoNeverAsked(t *testing.T) {
	v := signertest.New(t)
	tr := newTrial(t, v)
	tr.in.Signatures = []quorum.SignatureFile{v.Sign("bob", quorum.Approve, tr.in.Text), v.Sign("carol", quorum.Approve, tr.in.Text), v.Sign("dave", quorum.Propose, tr.in.Text)}
	tr.refused(t, 'D', "maker: want a valid signature to propose by alice, found none (SEAT-NOMAKER)")
}

func TestOneVetoStopsIt(t *testing.T) {
	v := signertest.New(t)
	tr := newTrial(t, v)
	tr.in.Signatures = append(tr.in.Signatures, v.Sign("grace", quorum.Veto, tr.in.Text), v.Sign("dave", quorum.Veto, tr.in.Text))
	tr.refused(t, 'D', "veto: want none, found that of dave (STATE-VETOED)", "veto: want none, found that of grace (STATE-VETOED)")
	w := *tr.world.Policies.Head()
	w.Roles.Veto = []text.ID{"watch"}
	tr.world.Policies = quorum.NewPolicies(&w)
	tr.refused(t, 'D', "veto: want none, found that of grace (STATE-VETOED)")
}

func TestClonedHardwareKeyIsFoundBetweenTexts(t *testing.T) {
	v := signertest.New(t)
	key := v.Officers["carol"].Keys[0]
	report := func() quorum.Report {
		_, r := newTrial(t, v).permitted(t)
		return r
	}
	first, clone := report(), report()
	key.Counter++
	later := report()
	key.Counter = 0
	none, again := report(), report()
	want := "carol: want a key whose counter grows, found 7 on two texts, so the key exists twice (SIG-CLONE)"
	if got := quorum.Clones([]quorum.Report{first, later, clone}); len(got) != 1 || got[0].String() != want {
		t.Errorf("want %s, found %v", want, got)
	}
	if got := quorum.Clones([]quorum.Report{first, later, first}); len(got) != 0 {
		t.Errorf("want nothing about texts judged twice and counters that grow, found %v", got)
	}
	if got := quorum.Clones([]quorum.Report{none, again}); len(got) != 0 {
		t.Errorf("want nothing about keys without a counter, found %v", got)
	}
	if !quorum.SigClone.Alarm() {
		t.Error("want an alarm, found a refusal like others")
	}
}
