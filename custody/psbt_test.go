package custody

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/psbt/v2"
	"github.com/btcsuite/btcd/wire/v2"
)

// vector is one packet of a standard's test vectors.
type vector struct {
	name  string
	valid bool
	text  []byte
}

// readVectors reads a file of testdata/psbt and fails unless it holds want
// cases.
func readVectors(t testing.TB, file string, want int) []vector {
	t.Helper()
	b, err := os.ReadFile("testdata/psbt/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	name := ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(line, "# "); ok {
			name = rest
			continue
		}
		kind, text, _ := strings.Cut(line, " ")
		raw, err := hex.DecodeString(text)
		if err != nil {
			raw = []byte(text)
		}
		all = append(all, vector{name, kind == "valid", raw})
	}
	if len(all) != want {
		t.Fatalf("want %d cases in %s, found %d", want, file, len(all))
	}
	return all
}

func TestPublicVectors(t *testing.T) {
	all := append(readVectors(t, "bip174.txt", 28), readVectors(t, "bip371.txt", 17)...)
	for _, v := range all {
		p, err := DecodePSBT(bytes.Clone(v.text))
		if v.valid != (err == nil) {
			t.Errorf("%s: want valid %v, found error %v", v.name, v.valid, err)
			continue
		}
		if err == nil && !bytes.Equal(p.Bytes(), v.text) && p.Base64() != string(v.text) {
			t.Errorf("%s: want the same bytes written, found others", v.name)
		}
	}
	t.Logf("%d cases", len(all))
}

// TestLibraryReadsTheSame holds every field read against the library's reader.
func TestLibraryReadsTheSame(t *testing.T) {
	raw := [][]byte{}
	for _, v := range readVectors(t, "bip174.txt", 28) {
		if v.valid {
			raw = append(raw, v.text)
		}
	}
	w := newPurse(t, "library", 2, 3)
	packet := w.signed(t, w.signed(t, w.packet(t, 5), 0), 2)
	final, err := Finalize(packet, w.Descriptor)
	if err != nil {
		t.Fatal(err)
	}
	raw = append(raw, packet.Bytes(), final.Bytes())
	for i, b := range raw {
		ours, err := ParsePSBT(bytes.Clone(b))
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := psbt.NewFromRawBytes(bytes.NewReader(b), false)
		if err != nil {
			t.Fatal(err)
		}
		if ours.TxID() != theirs.UnsignedTx.TxHash() {
			t.Errorf("packet %d: want txid %s, found %s", i, theirs.UnsignedTx.TxHash(), ours.TxID())
		}
		for k := range ours.Inputs {
			compareInput(t, fmt.Sprintf("packet %d input %d", i, k), &ours.Inputs[k], &theirs.Inputs[k])
		}
		var back bytes.Buffer
		if err := theirs.Serialize(&back); err != nil {
			t.Fatal(err)
		}
		again, err := ParsePSBT(back.Bytes())
		if err != nil || !bytes.Equal(again.Bytes(), ours.Bytes()) {
			t.Errorf("packet %d: want the library's writing to read as ours, found another: %v", i, err)
		}
	}
}

func compareInput(t *testing.T, name string, a *PSBTInput, b *psbt.PInput) {
	t.Helper()
	if (a.Previous == nil) != (b.NonWitnessUtxo == nil) || a.Previous != nil && a.Previous.TxHash() != b.NonWitnessUtxo.TxHash() {
		t.Errorf("%s: previous transactions differ", name)
	}
	if (a.WitnessUTXO == nil) != (b.WitnessUtxo == nil) ||
		a.WitnessUTXO != nil && (a.WitnessUTXO.Value != b.WitnessUtxo.Value || !bytes.Equal(a.WitnessUTXO.PkScript, b.WitnessUtxo.PkScript)) {
		t.Errorf("%s: witness utxos differ", name)
	}
	scripts := [][2][]byte{{a.RedeemScript, b.RedeemScript}, {a.WitnessScript, b.WitnessScript},
		{a.FinalScriptSig, b.FinalScriptSig}, {a.FinalScriptWitness, b.FinalScriptWitness}}
	for i, s := range scripts {
		if !bytes.Equal(s[0], s[1]) {
			t.Errorf("%s: scripts %d differ", name, i)
		}
	}
	if a.Sighash != uint32(b.SighashType) || len(a.PartialSigs) != len(b.PartialSigs) || len(a.Derivations) != len(b.Bip32Derivation) {
		t.Fatalf("%s: sighash types or numbers differ", name)
	}
	for i, s := range a.PartialSigs {
		if !bytes.Equal(s.PublicKey[:], b.PartialSigs[i].PubKey) || !bytes.Equal(s.Signature, b.PartialSigs[i].Signature) {
			t.Errorf("%s: signatures %d differ", name, i)
		}
	}
	for i, d := range a.Derivations {
		if !bytes.Equal(d.PublicKey[:], b.Bip32Derivation[i].PubKey) || !slices.Equal(d.Path, b.Bip32Derivation[i].Bip32Path) {
			t.Errorf("%s: derivations %d differ", name, i)
		}
	}
}

func TestKeysInAnyOrderAreWrittenInOne(t *testing.T) {
	disordered := raw().pair("fc01", "aa").pair("00", tx11).hex("00").
		pair("ee", "02").pair("06"+key02, "01020304").pair("03", "01000000").hex("00").
		pair("ef", "").pair("00", "51").hex("00")
	ordered := raw().pair("00", tx11).pair("fc01", "aa").hex("00").
		pair("03", "01000000").pair("06"+key02, "01020304").pair("ee", "02").hex("00").
		pair("00", "51").pair("ef", "").hex("00")
	p, err := ParsePSBT(disordered.b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(p.Bytes(), ordered.b) {
		t.Fatalf("want %x, found %x", ordered.b, p.Bytes())
	}
}

func TestEmptyScriptIsNotAbsent(t *testing.T) {
	b := raw().pair("00", tx11).hex("00").pair("04", "").pair("05", "").pair("07", "").hex("00").pair("00", "").pair("01", "").hex("00").b
	p, err := ParsePSBT(bytes.Clone(b))
	if err != nil || !bytes.Equal(p.Bytes(), b) {
		t.Fatalf("want %x, found %x, error %v", b, p.Bytes(), err)
	}
}

func TestDecodeTakesBinaryAndOneLineOfBase64(t *testing.T) {
	w := newPurse(t, "base64", 2, 3)
	p := w.packet(t, 1)
	for _, good := range [][]byte{p.Bytes(), []byte(p.Base64()), []byte(p.Base64() + "\n")} {
		q, err := DecodePSBT(bytes.Clone(good))
		if err != nil || !bytes.Equal(q.Bytes(), p.Bytes()) {
			t.Fatalf("want the packet, found error %v", err)
		}
	}
	text := p.Base64()
	cases := []struct{ text, want string }{
		{"", `psbt: want the first bytes 70736274ff or the first letters cHNidP, found ""`},
		{" " + text, `psbt: want the first bytes 70736274ff or the first letters cHNidP, found " ` + text[:31] + `..."`},
		{text + "\n\n", fmt.Sprintf(`psbt: want base64 in one line, found a line break at %d`, len(text))},
		{text + "\r\n", fmt.Sprintf(`psbt: want base64 in one line, found a line break at %d`, len(text))},
		{text[:64] + "\n" + text[64:], `psbt: want base64 in one line, found a line break at 64`},
		{text[:64] + " " + text[64:], `psbt: want base64: illegal base64 data at input byte 64`},
		{"cHNidP9=", `psbt: want base64: illegal base64 data at input byte 7`},
		{"cHNidP8", `psbt: want base64: illegal base64 data at input byte 4`},
		{"cHNidP8=", `psbt: global map: want a key or the end of the map: want 1 more bytes, found 0`},
	}
	for _, c := range cases {
		if _, err := DecodePSBT([]byte(c.text)); err == nil || err.Error() != c.want {
			t.Errorf("%q: want the error\n%s, found\n%v", clip(c.text), c.want, err)
		}
	}
}

func TestPreviousTransaction(t *testing.T) {
	w := newPurse(t, "previous", 2, 3)
	p := w.packet(t, 2)
	id0, id1 := p.Tx.TxIn[0].PreviousOutPoint.Hash, p.Tx.TxIn[1].PreviousOutPoint.Hash
	if fee, err := p.Fee(); err != nil || fee != 1000 {
		t.Fatalf("want a fee of 1000, found %d, error %v", fee, err)
	}
	larger := again(t, p).Inputs[0].Previous
	larger.TxOut[1].Value++
	richer := larger.TxHash()
	cases := []struct {
		attack string
		change func(*PSBT)
		want   string
	}{
		{"missing previous", func(p *PSBT) { p.Inputs[1].Previous = nil }, "fee: input 1: want the full previous transaction " + id1.String() + ", found none"},
		{"previous of another txid", func(p *PSBT) { p.Inputs[0].Previous = p.Inputs[1].Previous }, "fee: input 0: want the previous transaction " + id0.String() + ", found " + id1.String()},
		{"previous with a larger value", func(p *PSBT) {
			p.Inputs[0].Previous.TxOut[1].Value++
		}, "fee: input 0: want the previous transaction " + id0.String() + ", found " + richer.String()},
		{"output that is not there", func(p *PSBT) { p.Tx.TxIn[0].PreviousOutPoint.Index = 3 }, "fee: input 0: want output 3 of " + id0.String() + ", found 3 outputs"},
		{"witness utxo that lies about the value", func(p *PSBT) { p.Inputs[0].WitnessUTXO.Value = 99_999 }, fmt.Sprintf(
			"fee: input 0: want the witness utxo to be the output spent, 0.00100000 to %x, found 0.00099999 to %[1]x", p.Inputs[0].WitnessUTXO.PkScript)},
		{"outputs above the inputs", func(p *PSBT) { p.Tx.TxOut[0].Value += 1001 }, "fee: want outputs worth at most the inputs, 0.00200000, found 0.00200001"},
		{"output above all the bitcoin there is", func(p *PSBT) { p.Tx.TxOut[0].Value = 1 << 60 },
			"fee: output 0: amount: want a sum of at most 21000000.00000000, found 0.00000000 + 11529215046.06846976: amount out of range"},
	}
	for _, c := range cases {
		q := again(t, p)
		c.change(q)
		_, err := q.Fee()
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want the error\n%s, found\n%v", c.attack, c.want, err)
		}
	}
	_, err := p.Spent(2)
	wantErrorText(t, err, "input 2: want one of 2 inputs")
}

func TestPreviousKeepsItsWitnessBytes(t *testing.T) {
	segwit := "02000000" + "0001" + "01" + point11 + "00fdffffff" + "01" + output51 + "02" + "0151" + "00" + "07000000"
	b := raw().pair("00", tx11).hex("00").pair("00", segwit).hex("0000").b
	p, err := ParsePSBT(bytes.Clone(b))
	if err != nil || !bytes.Equal(p.Bytes(), b) {
		t.Fatalf("want %x, found error %v", b, err)
	}
	tx, full := p.Inputs[0].Previous, wire.MsgTx{}
	whole, err := hex.DecodeString(segwit)
	if err != nil {
		t.Fatal(err)
	}
	if err := full.Deserialize(bytes.NewReader(whole)); err != nil || tx.TxHash() != full.TxHash() || tx.HasWitness() {
		t.Fatalf("want txid %s, found %s, error %v", full.TxHash(), tx.TxHash(), err)
	}
}

// keysAscend says whether the keys of every map of a good packet ascend.
func keysAscend(b []byte) bool {
	c, before := cursor{b[len(psbtMagic):]}, []byte(nil)
	for len(c.rest) > 0 {
		key, err := c.bytes()
		if err != nil {
			return false
		}
		if len(key) == 0 {
			before = nil
			continue
		}
		if _, err := c.bytes(); err != nil || bytes.Compare(before, key) >= 0 {
			return false
		}
		before = key
	}
	return true
}

// TestGoldenPacket holds the bytes of one packet through its life. They change
// only when the format that is written does.
func TestGoldenPacket(t *testing.T) {
	w := newPurse(t, "golden", 2, 3)
	packet := w.packet(t, 3)
	both, err := Combine(w.signed(t, packet, 0), w.signed(t, packet, 2))
	if err != nil {
		t.Fatal(err)
	}
	final, err := Finalize(both, w.Descriptor)
	if err != nil {
		t.Fatal(err)
	}
	golden := []struct {
		stage, sha256 string
		packet        *PSBT
	}{
		{"built", "d8d1726bf7af3cb21a1148ce6f67364a335e005579c7fe45ee73d83a392c28f5", packet},
		{"signed by the first and the third", "9389f29ece1ccacbbb750370e4890c876e7a7277fb3e91473523001500966323", both},
		{"final", "cd8644a79801eb6bd3cd7445181b600c4a1000406cce56b72e52e6e4919eff9b", final},
	}
	for _, g := range golden {
		if sum := fmt.Sprintf("%x", sha256.Sum256(g.packet.Bytes())); sum != g.sha256 {
			t.Errorf("%s: want bytes with the SHA-256 %s, found %s", g.stage, g.sha256, sum)
		}
	}
}

func FuzzParsePSBT(f *testing.F) {
	for _, v := range readVectors(f, "bip174.txt", 28) {
		f.Add(v.text)
	}
	w := newPurse(f, "fuzz", 2, 3)
	p := w.signed(f, w.packet(f, 2), 0)
	f.Add(p.Bytes())
	f.Add([]byte(p.Base64()))
	f.Add(raw().pair("00", tx11).hex("000000").b)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := DecodePSBT(bytes.Clone(b))
		if err != nil {
			return
		}
		first := p.Bytes()
		if bytes.HasPrefix(b, []byte(psbtMagic)) {
			if len(first) != len(b) {
				t.Fatalf("want %d bytes written, found %d", len(b), len(first))
			}
			if keysAscend(b) && !bytes.Equal(first, b) {
				t.Fatalf("want a packet with its keys in order written as it was, found %x", first)
			}
		}
		q, err := ParsePSBT(bytes.Clone(first))
		if err != nil {
			t.Fatalf("want what was written read, found %v", err)
		}
		if !bytes.Equal(q.Bytes(), first) {
			t.Fatalf("want the same bytes each time, found others")
		}
		if _, err := p.Fee(); err != nil {
			return
		}
		if _, err := Combine(p, q); err != nil {
			t.Fatalf("want a packet combined with itself, found %v", err)
		}
	})
}

func BenchmarkParsePSBT(b *testing.B) {
	w := newPurse(b, "bench", 2, 3)
	for _, n := range []int{1000, 3000} {
		file := w.packet(b, n).Bytes()
		b.Run(fmt.Sprintf("inputs=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				if _, err := ParsePSBT(file); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/input")
		})
	}
}

func BenchmarkFee(b *testing.B) {
	p := newPurse(b, "bench", 2, 3).packet(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Fee(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPSBTBytes(b *testing.B) {
	p := newPurse(b, "bench", 2, 3).packet(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		p.Bytes()
	}
}
