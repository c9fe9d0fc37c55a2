package custody

import (
	"bytes"
	"fmt"
	"slices"
)

// VerifyMany checks sigs[i], a signature by keys[i] of digests[i], as
// VerifyECDSA does, on at most workers goroutines. The error names the first
// input whose signature is not good.
func VerifyMany(keys [][33]byte, digests [][32]byte, sigs [][]byte, workers int) error {
	if len(keys) != len(digests) || len(keys) != len(sigs) {
		return fmt.Errorf("signatures: want one key and one signature for each of %d digests, found %d and %d", len(digests), len(keys), len(sigs))
	}
	return eachInput(len(sigs), workers, func(i int) error {
		if err := VerifyECDSA(keys[i], digests[i], sigs[i]); err != nil {
			return fmt.Errorf("input %d: %w", i, err)
		}
		return nil
	})
}

// WithSignatures returns the packet with one more signature an input, sigs[i]
// by keys[i]. A signature that is there already stays; another one by the same
// key is refused. The packet itself does not change.
func (p *PSBT) WithSignatures(keys [][33]byte, sigs [][]byte) (*PSBT, error) {
	if len(keys) != len(p.Inputs) || len(sigs) != len(p.Inputs) {
		return nil, fmt.Errorf("signatures: want one key and one signature for each of %d inputs, found %d and %d", len(p.Inputs), len(keys), len(sigs))
	}
	signed := *p
	signed.Inputs = slices.Clone(p.Inputs)
	for i := range signed.Inputs {
		in := &signed.Inputs[i]
		if old := in.signature(keys[i]); old != nil {
			if !bytes.Equal(old, sigs[i]) {
				return nil, fmt.Errorf("input %d: want one signature by key %x, found another", i, keys[i])
			}
			continue
		}
		in.PartialSigs = append(slices.Clip(in.PartialSigs), PartialSig{PublicKey: keys[i], Signature: sigs[i]})
	}
	return &signed, nil
}
