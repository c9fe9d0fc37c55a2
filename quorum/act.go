package quorum

import (
	"fmt"

	"strongroom/quorum/sshsig"
)

// Act is what an officer does with a signature. Each act has a namespace of its
// own, so a signature made for one act is worthless for another. The zero value
// is no act.
type Act uint8

// The acts that a file name can carry.
const (
	Propose Act = iota + 1
	Approve
	Veto
	Consent
	Clear
	Certify
	Manifest
)

// ParseAct reads an act's name as it stands in file names and namespaces.
func ParseAct(s string) (Act, error) {
	for a := Propose; a <= Manifest; a++ {
		if a.String() == s {
			return a, nil
		}
	}
	return 0, fmt.Errorf("act: want propose, approve, veto, consent, clear, certify or manifest, found %q", s)
}

// String returns the act's name.
func (a Act) String() string {
	names := [...]string{"no act", "propose", "approve", "veto", "consent", "clear", "certify", "manifest"}
	if int(a) < len(names) {
		return names[a]
	}
	return names[0]
}

// Namespace returns the SSHSIG namespace of the act, such as
// approve.v1@strongroom.
func (a Act) Namespace() string { return sshsig.NamespaceFor(a.String()) }
