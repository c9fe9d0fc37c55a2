package record

import "strongroom/quorum/text"

// sign of life: something that officers did, and when.
type life struct {
	id text.Hash // the proposal that they did it to
	at Tip
}

// Paper returns the identity of the text that a record shows officers at work on:
// of a killed proposal, the cancellation. ok is false for what a machine or its
// operator does alone.
func Paper(b Body) (id text.Hash, ok bool) {
	switch b := b.(type) {
	case Released:
		return b.ID, true
	case Adopted:
		return b.ID, true
	case Recorded:
		return b.ID, true
	case Cleared:
		return b.ID, true
	case Restore:
		return b.ID, true
	case Rehearsal:
		return b.ID, true
	case Thawed:
		return b.ID, true
	case Resync:
		return b.ID, true
	case Frozen:
		return b.ID, true
	case Killed:
		return b.By, true
	case Vetoed:
		return b.ID, true
	}
	return text.Hash{}, false
}

// live keeps the newest sign of life of each proposal, and the first tip that the
// log names: officers founded the vault before it.
func (s *State) live(r Record) {
	if !s.founded.Known {
		s.founded = r.Tip
	}
	if id, ok := Paper(r.Body); ok && r.Tip.Known {
		s.lives = append(s.lives, life{id, r.Tip})
	}
}

// LastLife returns the tip at the newest record that shows officers at work,
// other than on the proposal named. Without any it is the first tip that the log
// names; ok is false when it names none.
func (s *State) LastLife(but text.Hash) (at Tip, ok bool) {
	for i := len(s.lives) - 1; i >= 0; i-- {
		if s.lives[i].id != but {
			return s.lives[i].at, true
		}
	}
	return s.founded, s.founded.Known
}
