package ceremony

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

func signedBytes(t testing.TB, x Transcript) []byte {
	t.Helper()
	b, err := RenderTranscript(x)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sign(t testing.TB, who, act string, message []byte) []byte {
	t.Helper()
	file, err := sshsig.Sign(handOf(t, who), sshsig.NamespaceFor(act), message)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestEverybodyPresentSigns(t *testing.T) {
	p := planOf(t, Make)
	x := followed(t, p)
	message := signedBytes(t, x)
	var files [][]byte
	for _, id := range []string{"wendy", "olga", "frank", "erin", "dave", "carol", "bob", "alice"} {
		files = append(files, sign(t, id, Act, message))
	}
	got, err := Signed(x, p, append(files, files[0]))
	if err != nil || len(got.By) != 8 || got.By[0].Person != "alice" || !got.By[0].Verified.OK() || got.Complete() {
		t.Errorf("found %+v %v", got, err)
	}
	if !slices.Equal(got.Missing, []text.ID{"adam"}) {
		t.Errorf("want adam missing, found %s", got.Missing)
	}
	got, err = Signed(x, p, append(files, sign(t, "adam", Act, message)))
	if err != nil || !got.Complete() {
		t.Errorf("want all, found %+v %v", got, err)
	}
	if got, err := Signed(x, p, nil); err != nil || got.Complete() || len(got.Missing) != 9 {
		t.Errorf("want all missing, found %+v %v", got, err)
	}
	if (Signatures{}).Complete() {
		t.Error("want nobody's signatures incomplete, found them complete")
	}
}

func TestForgedAndForeignSignaturesAreRefused(t *testing.T) {
	p := planOf(t, Make)
	x := followed(t, p)
	message := signedBytes(t, x)
	absent := x
	absent.Present = []text.ID{"alice"}
	other := planOf(t, Import)
	good := sign(t, "alice", Act, message)
	for _, c := range []struct {
		name  string
		t     Transcript
		p     Plan
		files [][]byte
		want  string
	}{
		{"another act", x, p, [][]byte{good, sign(t, "bob", "approve", message)}, `signature 2: bob: signature namespace: want "ceremony.v1@strongroom", found "approve.v1@strongroom"`},
		{"another text", x, p, [][]byte{sign(t, "bob", Act, append(message, 'x'))}, "signature 1: bob: signature: want one by " + handOf(t, "bob").Key().Fingerprint() + " over this text, found one that does not verify"},
		{"a stranger", x, p, [][]byte{sign(t, "zoe", Act, message)}, "signature 1: want a key of the plan, found " + handOf(t, "zoe").Key().Fingerprint()},
		{"somebody absent", absent, p, [][]byte{sign(t, "bob", Act, signedBytes(t, absent))}, "signature 1: want somebody present, found bob"},
		{"no signature", x, p, [][]byte{[]byte("x")}, "signature 1: signature file's start: want the line -----BEGIN SSH SIGNATURE----- and nothing before it, found something else"},
		{"another plan", x, other, [][]byte{good}, "transcript: want plan " + hashOfPlan(t, other).String() + ", found " + hashOfPlan(t, p).String()},
		{"no plan", x, Plan{}, nil, `plan: line 2: want "vault" followed by whole fields, found "" as one`},
		{"no transcript", Transcript{}, p, nil, `transcript: line 2: want "vault" followed by whole fields, found "" as one`},
		{"a flood", x, p, make([][]byte, 129), "signatures: want at most 128, found 129"},
	} {
		got, err := Signed(c.t, c.p, c.files)
		if err == nil || err.Error() != c.want || got.By != nil || got.Complete() {
			t.Errorf("%s: want %q, found %+v %v", c.name, c.want, got, err)
		}
	}
}

func hashOfPlan(t testing.TB, p Plan) text.Hash {
	t.Helper()
	h, err := p.Hash()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestStockOpenSSHVerifiesATranscript(t *testing.T) {
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("ssh-keygen is not installed")
	}
	p := planOf(t, Sign)
	message := signedBytes(t, followed(t, p))
	dir := t.TempDir()
	for name, b := range map[string][]byte{"allowed": []byte("alice " + handOf(t, "alice").Key().String() + "\n"), "alice.sig": sign(t, "alice", Act, message)} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "alice", "-n", "ceremony.v1@strongroom", "-s", "alice.sig")
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(string(message))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("ssh-keygen: %v: %s", err, out)
	}
}
