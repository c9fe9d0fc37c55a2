package signer

import (
	"fmt"

	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// Session is what a record says about who wrote it and with what. All of it
// comes from the outside; the clock is a remark and decides nothing.
type Session struct {
	ID        [16]byte
	Binary    text.Hash // SHA-256 of the running program
	RTC       string    // the machine's clock, as RFC 3339
	Operators []text.ID // sorted
	// Integrity is how the workstation's files compared with their baseline; a
	// zero root says that there is none.
	Integrity record.Integrity
	// Assessed is how the workstation was found; without any findings nobody
	// looked.
	Assessed record.Assessed
}

// opening is what the log says of a session when it begins: who works, and on
// what machine.
func (s Session) opening() []record.Body {
	out := []record.Body{record.SessionOpen{Operators: s.Operators}}
	if s.Assessed.Points > 0 {
		out = append(out, s.Assessed)
	}
	if !s.Integrity.Root.IsZero() {
		out = append(out, s.Integrity)
	}
	return out
}

// write appends records to the log and makes them durable. Nothing that the
// records announce is done before write has returned.
//
// The records are read back and the state takes them first, so that nothing is
// appended that the next start could not fold. After any error the machine writes no more: it must be
// opened again, which reads what is on disk.
func (m *Machine) write(s Session, bodies ...record.Body) error {
	if m.broken != nil {
		return m.broken
	}
	err := m.tryWrite(s, bodies)
	if err != nil {
		m.broken = fmt.Errorf("signer home: want it opened again after a failed write: %w", err)
	}
	return err
}

func (m *Machine) tryWrite(s Session, bodies []record.Body) error {
	entries := make([][]byte, len(bodies))
	for i, b := range bodies {
		r := record.Record{
			Head: record.Head{Seq: m.log.Size() + int64(i), Tip: m.tip(), Binary: s.Binary, Session: s.ID, RTC: s.RTC},
			Body: b,
		}
		var err error
		if entries[i], err = r.Bytes(m.setup.Network); err != nil {
			return err
		}
		if _, err := record.Parse(entries[i], m.setup.Network); err != nil {
			return err
		}
		if err := m.state.Apply(r); err != nil {
			return err
		}
	}
	return m.log.Append(entries...)
}

func (m *Machine) tip() record.Tip {
	if m.chain == nil {
		return record.Tip{}
	}
	p, ok := m.chain.Tip()
	return record.Tip{Known: ok, Height: p.Height, Hash: p.Hash}
}
