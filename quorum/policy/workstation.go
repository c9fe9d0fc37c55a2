package policy

import (
	"fmt"
	"slices"

	"strongroom/quorum/text"
)

// Workstation is annex workstation: what this vault leaves out of the strict
// rules for the machines that hold keys. Without the annex nothing is left out.
//
//	strongroom/annex@v1
//	vault acme-treasury
//	name workstation
//	allow files
//	allow unwitnessed
//
// Lines are sorted, each once. The zero value allows nothing.
type Workstation struct {
	Vault  text.ID
	Allows []Allowance
}

// Allowance is one thing that the strict rules would refuse.
type Allowance string

// The allowances.
const (
	// AllowClearWords lets a share be printed in clear words, for a vault that
	// wants paper or steel; the inventory marks it.
	AllowClearWords Allowance = "clear-words"
	// AllowFiles lets shares be sealed to a passphrase or to a key in a file.
	// Strict is a thing that asks for a PIN or a finger itself, such as a
	// YubiKey.
	AllowFiles Allowance = "files"
	// AllowNetwork lets a key open while a network interface is up.
	AllowNetwork Allowance = "network"
	// AllowSystemGenerator lets a key be made by a program that runs without the
	// generator of NIST SP 800-90A.
	AllowSystemGenerator Allowance = "system-generator"
	// AllowUnreviewed lets a key be made by a build of the program that nobody
	// has reviewed and signed.
	AllowUnreviewed Allowance = "unreviewed"
	// AllowUnwitnessed lets holders open a key without a witness who signs that
	// they were there in person.
	AllowUnwitnessed Allowance = "unwitnessed"
)

const annexWorkstation text.ID = "workstation"

// allowances lists all that there are, sorted.
func allowances() []Allowance {
	return []Allowance{AllowClearWords, AllowFiles, AllowNetwork, AllowSystemGenerator, AllowUnreviewed, AllowUnwitnessed}
}

// ParseAllowance reads the name of an allowance.
func ParseAllowance(s string) (Allowance, error) {
	if a := Allowance(s); slices.Contains(allowances(), a) {
		return a, nil
	}
	return "", fmt.Errorf("want one of clear-words, files, network, system-generator, unreviewed, unwitnessed, found %q", clip(s))
}

// Allowed says whether the vault leaves a rule out.
func (w Workstation) Allowed(a Allowance) bool { return slices.Contains(w.Allows, a) }

// ParseWorkstation reads annex workstation. What it accepts, RenderWorkstation
// writes in the same bytes. Errors are *text.Error.
func ParseWorkstation(b []byte) (Workstation, error) {
	r, err := text.Open(b, text.Annex)
	if err != nil {
		return Workstation{}, err
	}
	w := Workstation{Vault: text.Value(r, "vault", r.Field("vault"), parseID)}
	if name := r.Field("name"); name != string(annexWorkstation) {
		r.Refuse("name: want %s, found %q", annexWorkstation, clip(name))
	}
	for len(w.Allows) == 0 || r.At("allow") && len(w.Allows) < len(allowances()) {
		a := text.Value(r, "allow", r.Field("allow"), ParseAllowance)
		if r.Err() != nil {
			break
		}
		if n := len(w.Allows); n > 0 && a <= w.Allows[n-1] {
			r.Refuse("allow: want sorted lines, each once, found %q after %q", a, w.Allows[n-1])
		}
		w.Allows = append(w.Allows, a)
	}
	if err := r.Close(); err != nil {
		return Workstation{}, err
	}
	rendered, err := RenderWorkstation(w)
	if err == nil {
		err = text.Canonical(b, rendered)
	}
	if err != nil {
		return Workstation{}, err
	}
	return w, nil
}

// RenderWorkstation writes annex workstation as its text, its lines sorted.
// There is no such text that allows nothing: the policy then names no annex.
func RenderWorkstation(w Workstation) ([]byte, error) {
	a := AnnexText{Vault: w.Vault, Name: annexWorkstation}
	if _, err := parseID(string(w.Vault)); err != nil {
		return nil, fmt.Errorf("annex workstation: %w", err)
	}
	for _, x := range slices.Sorted(slices.Values(w.Allows)) {
		if _, err := ParseAllowance(string(x)); err != nil {
			return nil, fmt.Errorf("annex workstation: %w", err)
		}
		a.Lines = append(a.Lines, "allow "+string(x))
	}
	if len(a.Lines) == 0 {
		return nil, fmt.Errorf("annex workstation: want at least 1 allowance, found none")
	}
	return writeAnnex(a)
}

// Workstation returns what the vault allows: what its annex workstation says, or
// nothing where the policy names none. The text must be the one that it names.
func (p *Policy) Workstation(have Annexes) (Workstation, error) {
	hash, named := p.Annex(annexWorkstation)
	if !named {
		return Workstation{Vault: p.Vault}, nil
	}
	var f findings
	b, ok := p.annex(&f, have, Annex{annexWorkstation, hash})
	if !ok {
		return Workstation{}, fmt.Errorf("%s", f.sorted()[0].Text)
	}
	return ParseWorkstation(b)
}

// Allowances returns what a preset leaves out of the strict rules: Team works
// with passphrases, without a witness and with a build that nobody has reviewed,
// Fund without a witness, and both on a build without the generator of SP 800-90A.
// Exchange leaves nothing out.
func (p Preset) Allowances() []Allowance {
	switch p {
	case Team:
		return []Allowance{AllowFiles, AllowSystemGenerator, AllowUnreviewed, AllowUnwitnessed}
	case Fund:
		return []Allowance{AllowSystemGenerator, AllowUnwitnessed}
	}
	return nil
}
