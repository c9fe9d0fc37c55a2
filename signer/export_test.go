package signer

// Miscompute makes the signatures of a spend fail their check, as a machine
// with a broken memory would: the keys that they are held against are others.
func (s *Spend) Miscompute() {
	for i := range s.inputs {
		for k := range s.inputs[i].Script.Keys {
			s.inputs[i].Script.Keys[k][32] ^= 1
		}
	}
}

// Descriptors returns how many of the bundle's descriptors were read.
func (v *Visit) Descriptors() int { return len(v.descriptors) }
