package backup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"strongroom/custody/durable"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// Plan is all that one run is told. Every field but Progress and Stop is
// needed.
type Plan struct {
	Place      Place
	Number     uint64    // of this snapshot
	Previous   text.Hash // identity of the manifest before; zeros for number 1
	Maker      text.ID
	Signer     sshsig.Signer // the maker's: it signs manifests and opens nothing
	Recipients []Recipient
	Targets    []Target
	Level      Level  // at which each copy is verified: V1 or V3
	Quorum     Quorum // how many good copies make the run a success
	Spool      *durable.Dir
	Now        Clock
	Progress   Progress
	Stop       <-chan struct{} // closed to give up what is not shipped yet
}

// Report is what a run did.
type Report struct {
	Signed   Signed
	Outcomes []Outcome
}

// spoolName is the one file that a run keeps in the spool folder: ciphertext.
const spoolName = "sealed"

// Run takes one snapshot of a folder: it reads and seals it once into the
// spool, signs the manifest, ships the same bytes to every target, and removes
// them from the spool.
//
// The error is that of the first step that failed, or of the quorum that was
// not reached; in the latter case the report is whole and says which copy
// failed and why. A manifest that reached no store at all has used its number
// for nothing: the next run takes the same again.
func Run(src fs.FS, p Plan) (Report, error) {
	taken, err := p.check()
	if err != nil {
		return Report{}, err
	}
	// A run that was killed may have left its ciphertext here.
	if err := p.Spool.Remove(spoolName); err != nil && !missing(err) {
		return Report{}, err
	}
	var sealed Sealed
	err = p.Spool.WriteStream(spoolName, func(w io.Writer) (err error) {
		sealed, err = Seal(w, src, p.Recipients, taken, p.Progress)
		return err
	})
	if err != nil {
		return Report{}, err
	}
	report, err := p.ship(p.manifest(sealed, taken))
	return report, errors.Join(err, p.Spool.Remove(spoolName))
}

// check refuses what would otherwise fail after hours of sealing, and returns
// the time of the snapshot.
func (p Plan) check() (time.Time, error) {
	switch {
	case p.Signer == nil:
		return time.Time{}, errors.New("run: want a signer, found none")
	case p.Now == nil:
		return time.Time{}, errors.New("run: want a clock, found none")
	case p.Quorum < 1 || int(p.Quorum) > len(p.Targets):
		return time.Time{}, fmt.Errorf("run: want a quorum of 1 to %d copies, found %d", len(p.Targets), p.Quorum)
	case p.Level != V1 && p.Level != V3:
		return time.Time{}, fmt.Errorf("run: want level V1 or V3, found %s", p.Level)
	}
	if _, err := sortRecipients(p.Recipients); err != nil {
		return time.Time{}, err
	}
	if err := checkTargets(p.Targets); err != nil {
		return time.Time{}, err
	}
	taken := seconds(p.Now())
	_, err := p.manifest(Sealed{Size: 1, Contents: Contents{Files: 1}}, taken).Render()
	return taken, err
}

// manifest says what was sealed.
func (p Plan) manifest(sealed Sealed, taken time.Time) Manifest {
	m := Manifest{
		Place: p.Place, Number: p.Number, Previous: p.Previous, Taken: taken, Maker: p.Maker,
		Payload:  Payload{Name: payloadName(p.Number, sealed.Sum), Size: sealed.Size, Sum: sealed.Sum},
		Contents: sealed.Contents,
	}
	for _, r := range p.Recipients {
		m.Recipients = append(m.Recipients, r.String())
	}
	slices.Sort(m.Recipients)
	return m
}

// ship signs the manifest and ships what lies in the spool.
func (p Plan) ship(m Manifest) (Report, error) {
	signed, err := SignManifest(m, p.Signer)
	if err != nil {
		return Report{}, err
	}
	open := func() (io.ReadCloser, error) { return p.Spool.Open(spoolName) }
	outcomes, err := Ship(signed, open, p.Targets, p.Level, p.Now, p.Stop)
	if err != nil {
		return Report{}, err
	}
	return Report{Signed: signed, Outcomes: outcomes}, p.Quorum.Check(outcomes, p.Level)
}
