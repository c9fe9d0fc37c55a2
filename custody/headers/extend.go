package headers

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"
)

// Extension says what Extend changed.
type Extension struct {
	Added    int   // headers that are new in the chain
	Replaced int   // headers that a fork with more work has replaced
	From     Point // the tip before; zero if there was none
	To       Point // the tip after; zero if there is none
}

// Extend takes headers as they are in a file, 80 bytes each, every one on top
// of the one before it. The first is the origin block or stands on a block of
// the chain; known ones are passed over. All are checked before anything
// changes, and after an error, always an *Error, the chain is as it was.
//
// A fork is taken if it has more work than the chain and branches off at most
// reorgMax blocks below the tip. So the tip never moves to less work.
func (c *Chain) Extend(raw []byte) (Extension, error) {
	// 1. The form of the file. 2. Pass over what is known. 3. Check the rest on
	// top of it. 4. Weigh it against what it would replace. 5. Take it.
	if err := c.checkForm(raw); err != nil {
		return Extension{}, err
	}
	kept, rest, err := c.skipKnown(raw)
	if err != nil {
		return Extension{}, err
	}
	from, _ := c.Tip()
	if len(rest) == 0 {
		return Extension{From: from, To: from}, nil
	}
	b, err := c.check(kept, rest)
	if err != nil {
		return Extension{}, err
	}
	if err := c.weigh(b); err != nil {
		return Extension{}, err
	}
	replaced := len(c.hashes) - kept
	c.take(b)
	to, _ := c.Tip()
	return Extension{Added: len(b.hashes), Replaced: replaced, From: from, To: to}, nil
}

func (c *Chain) checkForm(raw []byte) error {
	if len(raw)%HeaderSize != 0 {
		return &Error{Code: CodeForm, Want: "headers of 80 bytes each", Found: fmt.Sprintf("%d bytes", len(raw))}
	}
	if n := len(raw) / HeaderSize; n > MaxHeaders {
		return &Error{Code: CodeForm, Want: fmt.Sprintf("at most %d headers", MaxHeaders), Found: fmt.Sprint(n)}
	}
	return nil
}

// skipKnown returns how many headers of the chain stay below the new ones, and
// the new ones.
func (c *Chain) skipKnown(raw []byte) (kept int, rest []byte, err error) {
	if len(raw) == 0 {
		return len(c.hashes), nil, nil
	}
	if len(c.hashes) == 0 {
		if h := hashOf(raw); h != c.origin.Hash {
			return 0, nil, &Error{Code: CodeLink, Height: c.origin.Height, Want: "the origin block " + c.origin.Hash.String() + " first", Found: h.String()}
		}
		return 0, raw, nil
	}
	if place, ok := c.known(hashOf(raw)); ok {
		kept = place
	} else if place, ok := c.known(previousOf(raw)); ok {
		kept = place + 1
	} else {
		return 0, nil, &Error{Code: CodeLink, Want: "a first header on top of a block of the chain", Found: "one on " + previousOf(raw).String()}
	}
	for len(raw) > 0 && kept < len(c.hashes) && bytes.Equal(raw[:HeaderSize], c.raw[kept*HeaderSize:][:HeaderSize]) {
		kept, raw = kept+1, raw[HeaderSize:]
	}
	return kept, raw, nil
}

// branch is headers that were checked on top of the first kept ones of a chain.
type branch struct {
	kept   int
	raw    []byte
	hashes []Hash
	spans  []span // of the kept headers and of these
}

// check checks new headers on top of the first kept ones.
func (c *Chain) check(kept int, raw []byte) (*branch, error) {
	n := len(raw) / HeaderSize
	if kept+n > MaxHeaders {
		return nil, &Error{Code: CodeForm, Want: fmt.Sprintf("at most %d headers from the origin on", MaxHeaders), Found: fmt.Sprint(kept + n)}
	}
	b := &branch{kept: kept, raw: raw, hashes: make([]Hash, 0, n), spans: slices.Clip(c.spans[:spansFor(kept)])}
	previous := Hash{}
	if kept > 0 {
		previous = c.hashes[kept-1]
	}
	var before recent
	for i := max(0, kept-medianSpan); i < kept; i++ {
		before.push(timeOf(c.raw[i*HeaderSize:]))
	}
	// Each header: link, the bits and the floor of its period, hash, time.
	for i := range n {
		h := raw[i*HeaderSize:][:HeaderSize]
		place := kept + i
		height := c.origin.Height + uint32(place)
		if place > 0 && previousOf(h) != previous {
			return nil, &Error{Code: CodeLink, Height: height, Want: "it on block " + previous.String(), Found: "it on " + previousOf(h).String()}
		}
		if place%period == 0 {
			s, err := c.open(b, place)
			if err != nil {
				return nil, err
			}
			b.spans = append(b.spans, s)
		}
		hash := hashOf(h)
		if err := b.spans[place/period].meets(h, hash, height); err != nil {
			return nil, err
		}
		if median, ok := before.median(); ok && timeOf(h) <= median {
			return nil, &Error{Code: CodeMTP, Height: height, Want: fmt.Sprintf("a time after %d, the median before it", median), Found: fmt.Sprint(timeOf(h))}
		}
		before.push(timeOf(h))
		b.hashes = append(b.hashes, hash)
		previous = hash
	}
	return b, nil
}

// meets checks one header against its period.
func (s *span) meets(h []byte, hash Hash, height uint32) error {
	if bits := bitsOf(h); bits != s.bits {
		return &Error{Code: CodeBits, Height: height, Want: fmt.Sprintf("bits %08x", s.bits), Found: fmt.Sprintf("%08x", bits)}
	}
	if bytes.Compare(hash[:], s.target[:]) > 0 {
		return &Error{Code: CodePow, Height: height, Want: "a hash of at most " + s.target.String(), Found: hash.String()}
	}
	return nil
}

// open computes the period that begins at a place; all headers before it are
// in the branch or below it.
func (c *Chain) open(b *branch, place int) (span, error) {
	bits := c.origin.Bits
	if place > 0 && c.rules.retarget {
		bits = retarget(b.spans[place/period-1].bits, b.time(c, place-period), b.time(c, place-1), c.rules.limit)
	}
	target, ok := targetOf(bits)
	if !ok {
		return span{}, &Error{Code: CodeBits, Height: c.origin.Height + uint32(place), Want: "a target above 0", Found: fmt.Sprintf("bits %08x", bits)}
	}
	s := span{bits: bits, work: workOf(target), before: workUpTo(b.spans, place)}
	target.FillBytes(s.target[:])
	if place > 0 {
		least := b.spans[0].work
		if scaled := new(big.Int).Mul(s.work, big.NewInt(floorDivisor)); scaled.Cmp(least) < 0 {
			return span{}, &Error{Code: CodeFloor, Height: c.origin.Height + uint32(place), Want: fmt.Sprintf("work of at least a sixteenth of the origin's %s", least), Found: s.work.String()}
		}
	}
	return s, nil
}

// time returns the time of the header at a place of the branch or below it.
func (b *branch) time(c *Chain, place int) uint32 {
	if place < b.kept {
		return timeOf(c.raw[place*HeaderSize:])
	}
	return timeOf(b.raw[(place-b.kept)*HeaderSize:])
}

// weigh refuses a fork that does not win, and one that would win but goes too
// deep.
func (c *Chain) weigh(b *branch) error {
	depth := len(c.hashes) - b.kept
	if depth == 0 {
		return nil
	}
	height := c.origin.Height + uint32(b.kept)
	mine, theirs := c.Work(), workUpTo(b.spans, b.kept+len(b.hashes))
	if theirs.Cmp(mine) <= 0 {
		return &Error{Code: CodeLessWork, Height: height, Want: fmt.Sprintf("a fork of more work than %s", mine), Found: theirs.String()}
	}
	if depth > int(c.reorgMax) {
		return &Error{Code: CodeReorg, Height: height, Want: fmt.Sprintf("a fork at most %d blocks below the tip", c.reorgMax), Found: fmt.Sprintf("one %d below, with more work", depth)}
	}
	return nil
}

// take makes the branch part of the chain. Where headers are replaced the
// memory is left alone, for a prefix may share it.
func (c *Chain) take(b *branch) {
	raw, hashes := c.raw, c.hashes
	if b.kept < len(hashes) {
		raw, hashes = slices.Clip(raw[:b.kept*HeaderSize]), slices.Clip(hashes[:b.kept])
	}
	c.raw = append(raw, b.raw...)
	c.hashes = append(hashes, b.hashes...)
	c.spans = b.spans
	c.own()
	if len(c.places) == 0 {
		c.places = make(map[Hash]uint32, len(b.hashes))
	}
	for i, h := range b.hashes {
		c.places[h] = uint32(b.kept + i)
	}
}
