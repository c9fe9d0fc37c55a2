package custody

import (
	"bytes"
	"testing"
)

// TestOneSignatureAKey adds signatures to a packet: the packet itself stays as
// it was, the same signature again changes nothing, and another one by the same
// key is refused.
func TestOneSignatureAKey(t *testing.T) {
	in := PSBTInput{}
	p := &PSBT{Inputs: []PSBTInput{in}}
	key := [33]byte{2, 1}
	signed, err := p.WithSignatures([][33]byte{key}, [][]byte{{1, 2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Inputs[0].PartialSigs) != 0 {
		t.Error("the packet changed")
	}
	again, err := signed.WithSignatures([][33]byte{key}, [][]byte{{1, 2, 3}})
	if err != nil || len(again.Inputs[0].PartialSigs) != 1 || !bytes.Equal(again.Inputs[0].PartialSigs[0].Signature, []byte{1, 2, 3}) {
		t.Errorf("the same signature again: %v, %v", again, err)
	}
	_, err = signed.WithSignatures([][33]byte{key}, [][]byte{{9}})
	want := "input 0: want one signature by key 020100000000000000000000000000000000000000000000000000000000000000, found another"
	if err == nil || err.Error() != want {
		t.Errorf("another signature: want %q, found %v", want, err)
	}
	_, err = p.WithSignatures(nil, nil)
	want = "signatures: want one key and one signature for each of 1 inputs, found 0 and 0"
	if err == nil || err.Error() != want {
		t.Errorf("too few: want %q, found %v", want, err)
	}
}

// TestVerifyManyNamesTheFirstBadInput refuses a list of signatures when one of
// them is not good, and says which.
func TestVerifyManyNamesTheFirstBadInput(t *testing.T) {
	key := [33]byte{2}
	err := VerifyMany([][33]byte{key, key}, make([][32]byte, 2), [][]byte{{1}, {1}}, 2)
	want := "input 0: signature: want a public key on the curve, found 020000000000000000000000000000000000000000000000000000000000000000"
	if err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
	err = VerifyMany([][33]byte{key}, nil, nil, 2)
	want = "signatures: want one key and one signature for each of 0 digests, found 1 and 0"
	if err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
}
