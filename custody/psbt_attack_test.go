package custody

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"
)

// rawPacket builds a packet byte by byte, so that each attack is one deviation.
type rawPacket struct{ b []byte }

func raw() *rawPacket { return &rawPacket{[]byte(psbtMagic)} }

func (r *rawPacket) pair(key, value string) *rawPacket {
	k, err1 := hex.DecodeString(key)
	v, err2 := hex.DecodeString(value)
	if err1 != nil || err2 != nil {
		panic("a test's hex does not decode")
	}
	r.b = append(appendCompact(r.b, uint64(len(k))), k...)
	r.b = append(appendCompact(r.b, uint64(len(v))), v...)
	return r
}

func (r *rawPacket) hex(s string) *rawPacket {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic("a test's hex does not decode")
	}
	r.b = append(r.b, b...)
	return r
}

const (
	hash11   = "1111111111111111111111111111111111111111111111111111111111111111"
	point11  = hash11 + "00000000"
	one      = "0100000000000000" // 1 satoshi
	output51 = one + "0151"       // to OP_TRUE
	tx11     = "02000000" + "01" + point11 + "00" + "fdffffff" + "01" + output51 + "00000000"
	key02    = "020000000000000000000000000000000000000000000000000000000000000007"
)

func TestAttacksOnTheReader(t *testing.T) {
	min := func() *rawPacket { return raw().pair("00", tx11).hex("00") } // the global map
	ok := min().hex("00" + "00")
	if _, err := ParsePSBT(ok.b); err != nil {
		t.Fatal(err)
	}
	many := strings.Repeat
	cases := []struct {
		attack string
		packet *rawPacket
		want   string
	}{
		{"empty", &rawPacket{}, `psbt: want the first bytes 70736274ff, found `},
		{"other magic", &rawPacket{[]byte("psbt\xfe00")}, `psbt: want the first bytes 70736274ff, found 70736274fe`},
		{"only magic", raw(), `psbt: global map: want a key or the end of the map: want 1 more bytes, found 0`},
		{"no unsigned transaction", raw().hex("00"), `psbt: global map: want an unsigned transaction, found none`},
		{"global map without end", raw().pair("00", tx11), `psbt: global map: want a key or the end of the map: want 1 more bytes, found 0`},
		{"truncated before the last map", min().hex("00"), `psbt: output 0: want a key or the end of the map: want 1 more bytes, found 0`},
		{"truncated value", min().hex("0103" + "04" + "0100"), `psbt: input 0: sighash type: want its value: want 4 more bytes, found 2`},
		{"truncated key", min().hex("2202"), `psbt: input 0: want a key or the end of the map: want 34 more bytes, found 1`},
		{"trailing byte", min().hex("0000" + "00"), `psbt: want the packet to end after 1 inputs and 1 outputs, found 1 more bytes`},
		{"one map too many", min().hex("0000" + "0103040100000000"), `psbt: want the packet to end after 1 inputs and 1 outputs, found 8 more bytes`},
		{"duplicate key", min().pair("03", "01000000").pair("03", "01000000").hex("0000"), `psbt: input 0: sighash type: want each key once, found it twice`},
		{"key length not minimal", min().hex("fd0100" + "03" + "0401000000"), `psbt: input 0: want a key or the end of the map: want a compact size in its shortest form, found 1 after byte fd`},
		{"value length not minimal", min().hex("0103" + "fe04000000" + "01000000"), `psbt: input 0: sighash type: want its value: want a compact size in its shortest form, found 4 after byte fe`},
		{"key type not minimal", min().pair("fd0300", "01").hex("0000"), `psbt: input 0: key fd0300: want a whole key type: want a compact size in its shortest form, found 3 after byte fd`},
		{"key type cut off", min().pair("fd03", "01").hex("0000"), `psbt: input 0: key fd03: want a whole key type: want 2 more bytes, found 1`},
		{"huge key length", min().hex("ffffffffffffffffff"), `psbt: input 0: want a key or the end of the map: want 18446744073709551615 more bytes, found 0`},
		{"huge value length", min().hex("0104" + "fe00000080"), `psbt: input 0: redeem script: want its value: want 2147483648 more bytes, found 0`},
		{"huge input count", raw().pair("00", "02000000"+"fe80969800"+point11+"00"+"fdffffff"), `psbt: global map: want a key or the end of the map: want 1 more bytes, found 0`},
		{"huge input count in a whole map", raw().pair("00", "02000000"+"fe80969800"+point11+"00"+"fdffffff").hex("00"), `psbt: global map: unsigned transaction: inputs: want at most 1 entries in the 41 bytes left, found a count of 10000000`},
		{"huge output count", raw().pair("00", "02000000"+"01"+point11+"00"+"fdffffff"+"fe00e1f505"+output51).hex("00"), `psbt: global map: unsigned transaction: outputs: want at most 1 entries in the 10 bytes left, found a count of 100000000`},
		{"too many inputs", raw().pair("00", "02000000"+"fd1127"+manyInputs(10_001)+"01"+output51+"00000000").hex("00"), `psbt: global map: unsigned transaction: want at most 10000 inputs, found 10001`},
		{"too many outputs", raw().pair("00", "02000000"+"01"+point11+"00fdffffff"+"fd1127"+many(output51, 10_001)+"00000000").hex("00"), `psbt: global map: unsigned transaction: want at most 10000 outputs, found 10001`},
		{"input spent twice", raw().pair("00", "02000000"+"02"+point11+"00fdffffff"+point11+"00fdffffff"+"01"+output51+"00000000").hex("00"),
			`psbt: global map: unsigned transaction: want each output spent once, found ` + hash11 + `:0 in inputs 0 and 1`},
		{"scriptSig in the unsigned transaction", raw().pair("00", "02000000"+"01"+point11+"0151"+"fdffffff"+"01"+output51+"00000000").hex("00"),
			`psbt: global map: unsigned transaction: want no scriptSig in input 0, found 1 bytes`},
		{"witness in the unsigned transaction", raw().pair("00", "02000000"+"0001"+"01"+point11+"00fdffffff"+"01"+output51+"010151"+"00000000").hex("00"),
			`psbt: global map: unsigned transaction: want the form without witnesses, found witnesses`},
		{"bytes behind the unsigned transaction", raw().pair("00", tx11+"00").hex("00"), `psbt: global map: unsigned transaction: want the transaction to end, found 1 more bytes`},
		{"output above all the bitcoin there is", raw().pair("00", "02000000"+"01"+point11+"00fdffffff"+"01"+"0140075af0750700"+"0151"+"00000000").hex("00"),
			`psbt: global map: unsigned transaction: output 0: want a value of 0 to 21000000.00000000, found 21000000.00000001: amount out of range`},
		{"negative output", raw().pair("00", "02000000"+"01"+point11+"00fdffffff"+"01"+"ffffffffffffffff"+"0151"+"00000000").hex("00"),
			`psbt: global map: unsigned transaction: output 0: want a value of 0 to 21000000.00000000, found -0.00000001: amount out of range`},
		{"version 2 packet", raw().pair("fb", "02000000").pair("00", tx11).hex("00"), `psbt: global map: want PSBT version 0, found version 2`},
		{"version 2 field, global", raw().pair("00", tx11).pair("04", "01").hex("00"), `psbt: global map: key 04: want PSBT version 0, found the version 2 field "input count"`},
		{"version 2 field, input", min().pair("0e", hash11).hex("0000"), `psbt: input 0: key 0e: want PSBT version 0, found the version 2 field "previous txid"`},
		{"version 2 field, output", min().hex("00").pair("03", one).hex("00"), `psbt: output 0: key 03: want PSBT version 0, found the version 2 field "amount"`},
		{"uncompressed key", min().pair("0204"+key02[2:], "300602010102010101").hex("0000"), `psbt: input 0: partial signature of 04` + key02[2:] + `: want a compressed public key, found the first byte 04`},
		{"short signature", min().pair("02"+key02, "3006020101020101").hex("0000"), `psbt: input 0: partial signature of ` + key02 + `: want a value of 9 to 73 bytes, found 8`},
		{"sighash type of three bytes", min().pair("03", "010000").hex("0000"), `psbt: input 0: sighash type: want a value of 4 bytes, found 3`},
		{"path cut off", min().pair("06"+key02, "0000000001000000ff").hex("0000"), `psbt: input 0: derivation of ` + key02 + `: want a fingerprint and steps of 4 bytes, found 9 bytes`},
		{"path without fingerprint", min().pair("06"+key02, "").hex("0000"), `psbt: input 0: derivation of ` + key02 + `: want a value of 4 to 1024 bytes, found 0`},
		{"path too deep", min().hex("00").pair("02"+key02, many("00000000", 257)).hex("00"), `psbt: output 0: derivation of ` + key02 + `: want a value of 4 to 1024 bytes, found 1028`},
		{"script too long", min().pair("05", many("51", 10_001)).hex("0000"), `psbt: input 0: witness script: want a value of 0 to 10000 bytes, found 10001`},
		{"witness utxo with a tail", min().pair("01", output51+"00").hex("0000"), `psbt: input 0: witness utxo: want it to end after its script, found 1 more bytes`},
		{"witness utxo cut off", min().pair("01", one+"0351").hex("0000"), `psbt: input 0: witness utxo: want 3 more bytes, found 1`},
		{"previous transaction without inputs", min().pair("00", "02000000"+"0001"+"00"+"01"+output51+"00000000").hex("0000"), `psbt: input 0: previous transaction: want the form without witnesses, found 0 empty ones`},
		{"previous transaction without outputs", min().pair("00", "02000000"+"01"+point11+"00fdffffff"+"00"+"00000000").hex("0000"), `psbt: input 0: previous transaction: want inputs and outputs, found 1 and 0`},
		{"previous transaction with an empty witness", min().pair("00", "02000000"+"0001"+"01"+point11+"00fdffffff"+"01"+output51+"00"+"00000000").hex("0000"),
			`psbt: input 0: previous transaction: want the form without witnesses, found 1 empty ones`},
		{"previous transaction with another flag", min().pair("00", "02000000"+"0002"+"01"+point11+"00fdffffff"+"01"+output51+"010151"+"00000000").hex("0000"),
			`psbt: input 0: previous transaction: want the witness flag 01, found 02`},
		{"previous transaction with a size not minimal", min().pair("00", "02000000"+"fd0100"+point11+"00fdffffff"+"01"+output51+"00000000").hex("0000"),
			`psbt: input 0: previous transaction: inputs: want a compact size in its shortest form, found 1 after byte fd`},
		{"final witness without items", min().pair("08", "00").hex("0000"), `psbt: input 0: final witness: want 1 to 1000 items, found 0`},
		{"final witness with a tail", min().pair("08", "01015100").hex("0000"), `psbt: input 0: final witness: want it to end after 1 items, found 1 more bytes`},
		{"final witness with a huge count", min().pair("08", "fe00000001").hex("0000"), `psbt: input 0: final witness: want at most 0 entries in the 0 bytes left, found a count of 16777216`},
		{"unsigned transaction cut off in its version", raw().pair("00", "0200000001"+"0000000000").hex("00"), `psbt: global map: unsigned transaction: inputs: want at most 0 entries in the 5 bytes left, found a count of 1`},
		{"unsigned transaction without locktime", raw().pair("00", tx11[:len(tx11)-8]).hex("00"), `psbt: global map: unsigned transaction: locktime: want 4 more bytes, found 0`},
		{"scriptSig longer than the transaction", raw().pair("00", "02000000"+"01"+point11+"fcfdffffff"+"01"+output51+"00000000").hex("00"),
			`psbt: global map: unsigned transaction: input 0: want 252 more bytes, found 19`},
		{"previous transaction with a witness cut off", min().pair("00", "02000000"+"0001"+"01"+point11+"00fdffffff"+"01"+output51+"0105").hex("0000"),
			`psbt: input 0: previous transaction: witness 0: want 5 more bytes, found 0`},
		{"taproot leaf without a script", min().pair("15c0"+hash11, "").hex("0000"), `psbt: input 0: key 15c0` + hash11[:60] + `: want a script and its version, found nothing`},
		{"global key with another depth", raw().pair("00", tx11).pair("010488b21e02"+many("00", 73), "0000000001000000").hex("00"), `psbt: global map: extended public key: want a fingerprint and 2 steps of 4 bytes, found 8 bytes`},
	}
	for _, c := range cases {
		_, err := ParsePSBT(c.packet.b)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want the error\n%s, found\n%v", c.attack, c.want, err)
		}
	}
}

// manyInputs writes n inputs that spend different outputs.
func manyInputs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s%02x%02x0000"+"00fdffffff", hash11, i%256, i/256)
	}
	return b.String()
}

func TestDuplicateKeyFarApart(t *testing.T) {
	packet := raw().pair("00", tx11).hex("00").
		pair("ee01", "01").pair("ee02", "02").pair("0f00", "").pair("ee01", "03").hex("0000")
	_, err := ParsePSBT(packet.b)
	wantErrorText(t, err, "psbt: input 0: key ee01: want each key once, found it twice")
	packet = raw().pair("00", tx11).hex("00").pair("02"+key02, "300602010102010101").pair("02"+key02, "300602010102010101").hex("0000")
	_, err = ParsePSBT(packet.b)
	wantErrorText(t, err, "psbt: input 0: partial signature of "+key02+": want each key once, found it twice")
}

func TestTooLongAndTooMany(t *testing.T) {
	_, err := ParsePSBT(make([]byte, maxPSBT+1))
	wantErrorText(t, err, "psbt: want at most 67108864 bytes, found 67108865")
	text := append([]byte(psbtMagicText), bytes.Repeat([]byte("A"), 90_000_000)...)
	_, err = DecodePSBT(text)
	wantErrorText(t, err, "psbt: want at most 89478488 characters of base64, found 90000006")

	packet := raw().pair("00", tx11)
	for i := range maxPSBTPairs {
		packet.b = append(packet.b, 5, 0xf0, byte(i>>24), byte(i>>16), byte(i>>8), byte(i), 0)
	}
	_, err = ParsePSBT(packet.hex("000000").b)
	wantErrorText(t, err, "psbt: global map: want at most 1000000 entries in all maps, found more")
}

func TestEveryTruncationIsRefused(t *testing.T) {
	w := newPurse(t, "truncated", 2, 3)
	b := w.signed(t, w.packet(t, 2), 1).Bytes()
	for n := range b {
		if _, err := ParsePSBT(b[:n]); err == nil {
			t.Fatalf("want %d of %d bytes refused, found them read", n, len(b))
		}
	}
}

func TestCompactSizes(t *testing.T) {
	for _, n := range []uint64{0, 1, 0xfc, 0xfd, 0xffff, 1 << 16, 1<<32 - 1, 1 << 32, 1<<64 - 1} {
		b := appendCompact(nil, n)
		if len(b) != wire.VarIntSerializeSize(n) {
			t.Errorf("%d: want %d bytes, found %x", n, wire.VarIntSerializeSize(n), b)
		}
		c := cursor{append(bytes.Clone(b), 0xaa)}
		if got, err := c.compact(); err != nil || got != n || len(c.rest) != 1 {
			t.Errorf("%d: want it read back, found %d with %d bytes left, error %v", n, got, len(c.rest), err)
		}
		for cut := range b {
			short := cursor{b[:cut]}
			if _, err := short.compact(); err == nil {
				t.Errorf("%d: want %d of %d bytes refused, found them read", n, cut, len(b))
			}
		}
	}
	for _, long := range []string{"fdfc00", "feffff0000", "ffffffffff00000000"} {
		c := cursor{unhex(t, long)}
		if _, err := c.compact(); err == nil {
			t.Errorf("%s: want a longer form than needed refused, found it read", long)
		}
	}
}
