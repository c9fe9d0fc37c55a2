package signer

import (
	"strongroom/custody"
	"strongroom/quorum/text"
)

// Setup is what a signer is told once, when its home is made. It is public.
type Setup struct {
	Vault   text.ID
	Device  text.ID // this signer's name in the policy
	Network custody.Network
}

// Origin returns the name of the signer's log: VAULT/DEVICE.
func (s Setup) Origin() string { return string(s.Vault) + "/" + string(s.Device) }

// Bytes renders the setup as the canonical text that machine.txt holds.
func (s Setup) Bytes() ([]byte, error) {
	w := text.NewWriter(text.Machine)
	w.Line("vault", string(s.Vault))
	w.Line("signer", string(s.Device))
	w.Line("chain", s.Network.String())
	return w.Bytes()
}

// ParseSetup reads machine.txt.
func ParseSetup(b []byte) (Setup, error) {
	r, err := text.Open(b, text.Machine)
	if err != nil {
		return Setup{}, err
	}
	s := Setup{
		Vault:   text.Value(r, "vault", r.Field("vault"), text.ParseID),
		Device:  text.Value(r, "signer", r.Field("signer"), text.ParseID),
		Network: text.Value(r, "chain", r.Field("chain"), custody.ParseNetwork),
	}
	if err := r.Close(); err != nil {
		return Setup{}, err
	}
	again, err := s.Bytes()
	if err != nil {
		return Setup{}, err
	}
	return s, text.Canonical(b, again)
}
