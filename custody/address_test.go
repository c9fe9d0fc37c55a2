package custody

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// Facts of BIP-173 and BIP-350 (upper-case ones apart, which are not our one
// form); for the old forms the genesis block's address and one of BIP-67.
var addressVectors = []struct {
	n             Network
	text, program string
}{
	{Testnet, "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262"},
	{Testnet, "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy", "0020000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433"},
	{Testnet, "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c", "5120000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433"},
	{Mainnet, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "0014751e76e8199196d454941c45d1b3a323f1433bd6"},
	{Mainnet, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"},
	{Mainnet, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac"},
	{Mainnet, "39bgKC7RFbpoCRbtD5KEdkYKtNyhpsNa3Z", "a91456be8ea93912f37685542a2a864a5600f88a675487"},
}

func TestParseAddress(t *testing.T) {
	for _, v := range addressVectors {
		a, err := ParseAddress(v.n, v.text)
		if err != nil {
			t.Errorf("%s: %v", v.text, err)
			continue
		}
		if fmt.Sprintf("%x", a.Script()) != v.program {
			t.Errorf("%s: want script %s, found %x", v.text, v.program, a.Script())
		}
		if a.String() != v.text || a.Network() != v.n {
			t.Errorf("%s: want it back, found %s of %s", v.text, a, a.Network())
		}
		if back, ok := AddressOf(v.n, a.Script()); !ok || back.String() != v.text {
			t.Errorf("%s: want it back from its script, found %s", v.text, back)
		}
		if a.LastGroup() != v.text[len(v.text)-4:] {
			t.Errorf("%s: want its last four characters, found %s", v.text, a.LastGroup())
		}
	}
}

// Invalid by BIP-173 or BIP-350, or valid and not payable, or not canonical.
func TestParseAddressRefused(t *testing.T) {
	const no = "which does not decode"
	tests := []struct {
		n          Network
		text, want string
	}{
		{0, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "address: want a network, found none"},
		{Mainnet, "", `address: want one of mainnet, found "", ` + no},
		{Mainnet, "tc1qw508d6qejxtdg4y5r3zarvary0c5xw7kg3g4ty", `address: want one of mainnet, found "tc1qw508d6qejxtdg4y5r3zarvary0c5xw7kg3g4ty", ` + no},
		{Mainnet, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", `address: want one of mainnet, found "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", ` + no},
		{Mainnet, "bc1rw5uspcuh", `address: want one of mainnet, found "bc1rw5uspcuh", ` + no},
		{Mainnet, "bc1gmk9yu", `address: want one of mainnet, found "bc1gmk9yu", ` + no},
		{Mainnet, "bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du", `address: want one of mainnet, found "bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du", ` + no},
		{Mainnet, "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", `address: want one of mainnet, found "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", ` + no},
		{Mainnet, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", `address: want one of mainnet, found "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", ` + no},
		{Mainnet, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", `address: want it written as "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", found "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"`},
		{Mainnet, "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy", `address: want one of mainnet that can be paid, found "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy"`},
		{Regtest, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", `address: want one of regtest that can be paid, found "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"`},
		{Mainnet, "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", `address: want one of mainnet that can be paid, found "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"`},
		{Mainnet, " bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", `address: want one of mainnet, found " bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", ` + no},
		{Mainnet, strings.Repeat("b", 91), "address: want at most 90 characters, found 91"},
	}
	for _, test := range tests {
		_, err := ParseAddress(test.n, test.text)
		wantError(t, test.text, err, test.want)
	}
}

func TestAddressOfNoAddress(t *testing.T) {
	scripts := map[string][]byte{
		"empty":         nil,
		"data carrier":  {0x6a, 0x01, 0x00},
		"bare multisig": appendMultisig(nil, 1, [][33]byte{newTestWallet(t, 1, 1).keys[0].PublicKey()}),
		"truncated":     {0x00, 0x20, 0x01},
	}
	for name, script := range scripts {
		if a, ok := AddressOf(Mainnet, script); ok {
			t.Errorf("%s: want no address, found %s", name, a)
		}
	}
	if _, ok := AddressOf(0, decodeHex(t, addressVectors[0].program)); ok {
		t.Error("no network: want no address, found one")
	}
}

func TestZeroAddress(t *testing.T) {
	var a Address
	if a.String() != "" || a.LastGroup() != "" || len(a.Script()) != 0 || a.Network() != 0 {
		t.Errorf("want an address that pays nobody, found %+v", a)
	}
}

func TestAddressScriptIsACopy(t *testing.T) {
	a, err := ParseAddress(addressVectors[0].n, addressVectors[0].text)
	if err != nil {
		t.Fatal(err)
	}
	before := bytes.Clone(a.Script())
	a.Script()[5] ^= 1
	if !bytes.Equal(a.Script(), before) {
		t.Error("want the address unchanged, found it changed through its script")
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, v := range addressVectors {
		f.Add(v.text)
	}
	f.Add("bcrt1q")
	f.Fuzz(func(t *testing.T, s string) {
		for n := Mainnet; n <= Regtest; n++ {
			a, err := ParseAddress(n, s)
			if err != nil {
				continue
			}
			if back, ok := AddressOf(n, a.Script()); !ok || back.String() != s {
				t.Errorf("want %q back from its script, found %q", s, back)
			}
		}
	})
}
