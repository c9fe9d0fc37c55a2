package backup

import (
	"bytes"
	"errors"
	"fmt"
)

// kit examines the page beside the snapshot.
func (e *examination) kit(m Signed) error {
	k := e.Kit
	if k.page == nil {
		var err error
		if k, e.found.Odd, err = FindKit(e.ctx, e.store, m, e.Known...); err != nil && !missing(err) && !errors.Is(err, ErrFlooded) {
			return err
		}
	}
	for _, small := range k.small() {
		if err := e.wrong(small.name, e.equal(small)); err != nil {
			return err
		}
	}
	if k.page != nil {
		e.found.Kit = k.Name()
	}
	return nil
}

// equal reads a small object and compares it.
func (e *examination) equal(small smallObject) error {
	o, err := e.item(Item{small.name, Whole(small.b)})
	if err != nil {
		return err
	}
	b, err := readUpTo(e.ctx, e.store, o, max(int64(len(small.b)), maxSmallObject))
	if err != nil {
		return err
	}
	if !bytes.Equal(b, small.b) {
		return fmt.Errorf("%s: %w", small.name, ErrContent)
	}
	return nil
}
