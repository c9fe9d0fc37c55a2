package custody

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"
)

// ErrRescan is wrapped by errors after which a coin set is of no more use: it
// has to be built again from the blocks.
var ErrRescan = errors.New("wants to be built again from the blocks")

// Movements is what one block did to a wallet. A block that did nothing has
// only its place in the chain.
type Movements struct {
	Height   uint32
	Hash     chainhash.Hash // of the block
	Previous chainhash.Hash // of the block before
	Created  []Coin
	Spent    []Spend
}

// Spend is the end of a coin.
type Spend struct {
	Outpoint wire.OutPoint
	By       chainhash.Hash // the transaction that spent it
}

// CoinSet is a wallet's coins up to one block: a fold over the movements of one
// block after the other, from the wallet's first block on. It believes whoever
// brings the blocks; signers look at previous transactions themselves. It is
// for one goroutine. The zero CoinSet holds nothing and takes nothing.
type CoinSet struct {
	descriptor *Descriptor
	birth      uint32
	tip        *chainPlace // nil before the first block
	floor      uint32      // the lowest tip to which Rewind can go back
	next       [2]uint32   // by branch: one more than the highest index seen
	coins      map[wire.OutPoint]heldCoin
	places     map[string]place // by output script, up to covered
	covered    [2]uint32
}

type chainPlace struct {
	height uint32
	hash   chainhash.Hash
}

type heldCoin struct {
	Coin
	spentBy chainhash.Hash
	spentAt uint32 // 0: not spent
}

type place struct {
	branch Branch
	index  uint32
}

// NewCoinSet returns the empty set of a wallet of which no coin is older than
// the block at height birth.
func NewCoinSet(d *Descriptor, birth uint32) (*CoinSet, error) {
	if d == nil {
		return nil, errors.New("coin set: want a descriptor, found none")
	}
	if birth > maxLockHeight {
		return nil, fmt.Errorf("coin set: want a first block of at most %d, found %d", maxLockHeight, birth)
	}
	return &CoinSet{descriptor: d, birth: birth, floor: birth, coins: map[wire.OutPoint]heldCoin{}, places: map[string]place{}}, nil
}

// Tip returns the last block applied; ok is false before the first.
func (s *CoinSet) Tip() (height uint32, hash chainhash.Hash, ok bool) {
	if s.tip == nil {
		return 0, chainhash.Hash{}, false
	}
	return s.tip.height, s.tip.hash, true
}

// Wanted returns the height of the block that Apply takes next.
func (s *CoinSet) Wanted() uint32 {
	if s.tip == nil {
		return s.birth
	}
	return s.tip.height + 1
}

// Next returns the lowest index of a branch such that neither it nor any higher
// one was ever seen in a block. It never falls, not even by Rewind: an address
// shown once is not shown again.
func (s *CoinSet) Next(b Branch) uint32 {
	if b > Change {
		return math.MaxUint32
	}
	return s.next[b]
}

// Coins returns the coins that are not spent, largest first, without miners'
// rewards that may not be spent in the next block.
func (s *CoinSet) Coins() []Coin {
	var out []Coin
	for _, c := range s.coins {
		if c.spentAt == 0 && !(isCoinbase(c.Previous) && s.Wanted()-c.Height < coinbaseMaturity) {
			out = append(out, c.Coin)
		}
	}
	slices.SortFunc(out, compareCoins)
	return out
}

// Balance returns the sum of Coins.
func (s *CoinSet) Balance() (Amount, error) {
	var total Amount
	for _, c := range s.Coins() {
		var err error
		if total, err = total.Add(c.Value); err != nil {
			return 0, fmt.Errorf("coin set: %w", err)
		}
	}
	return total, nil
}

// SpentBy returns the transaction and the height of the block that spent a
// coin, as long as the coin is remembered: 2,016 blocks.
func (s *CoinSet) SpentBy(p wire.OutPoint) (by chainhash.Hash, height uint32, ok bool) {
	c, held := s.coins[p]
	return c.spentBy, c.spentAt, held && c.spentAt != 0
}

// Movements returns what the block at a height does to the wallet as it stands.
// The set does not change.
func (s *CoinSet) Movements(height uint32, b *wire.MsgBlock) (Movements, error) {
	if err := s.cover(); err != nil {
		return Movements{}, err
	}
	m := Movements{Height: height, Hash: b.BlockHash(), Previous: b.Header.PrevBlock}
	fresh := map[wire.OutPoint]bool{}
	for _, tx := range b.Transactions {
		var id chainhash.Hash // computed once it is wanted: most transactions are others'
		for _, in := range tx.TxIn {
			p := in.PreviousOutPoint
			if c, held := s.coins[p]; held && c.spentAt == 0 || fresh[p] {
				id = tx.TxHash()
				delete(fresh, p)
				m.Spent = append(m.Spent, Spend{Outpoint: p, By: id})
			}
		}
		var kept *wire.MsgTx
		for i, out := range tx.TxOut {
			at, ours := s.places[string(out.PkScript)]
			if !ours {
				continue
			}
			if !Amount(out.Value).Valid() {
				return Movements{}, fmt.Errorf("block %d: want outputs of 0 to %s, found %s: %w", height, MaxAmount, Amount(out.Value), ErrAmountRange)
			}
			if kept == nil {
				kept, id = withoutWitness(tx), tx.TxHash()
			}
			p := wire.OutPoint{Hash: id, Index: uint32(i)}
			fresh[p] = true
			m.Created = append(m.Created, Coin{Outpoint: p, Value: Amount(out.Value), Branch: at.branch, Index: at.index, Height: height, Previous: kept})
		}
	}
	return m, nil
}

// Apply takes the movements of the next block. The first block must be the
// wallet's first; each later one must follow the one before. After an error the
// set is as it was.
func (s *CoinSet) Apply(m Movements) error {
	if err := s.follows(m); err != nil {
		return err
	}
	added := make(map[wire.OutPoint]heldCoin, len(m.Created))
	for _, c := range m.Created {
		_, before := s.coins[c.Outpoint]
		if _, twice := added[c.Outpoint]; before || twice || c.Branch > Change || c.Index > math.MaxInt32 || c.Height != m.Height || c.Previous == nil {
			return fmt.Errorf("coin set: block %d: want whole new coins, found %s", m.Height, c.Outpoint)
		}
		added[c.Outpoint] = heldCoin{Coin: c}
	}
	if n := len(s.coins) + len(added); n > maxHeld {
		return fmt.Errorf("coin set: want at most %d coins, found %d", maxHeld, n)
	}
	spent := make(map[wire.OutPoint]heldCoin, len(m.Spent))
	for _, x := range m.Spent {
		c, ok := added[x.Outpoint]
		if !ok {
			c, ok = s.coins[x.Outpoint]
		}
		if _, twice := spent[x.Outpoint]; !ok || twice || c.spentAt != 0 {
			return fmt.Errorf("coin set: block %d: want spends of coins that are there, found %s", m.Height, x.Outpoint)
		}
		c.spentBy, c.spentAt = x.By, m.Height
		spent[x.Outpoint] = c
	}
	maps.Copy(s.coins, added)
	maps.Copy(s.coins, spent)
	for _, c := range m.Created {
		s.next[c.Branch] = max(s.next[c.Branch], c.Index+1)
	}
	s.tip = &chainPlace{m.Height, m.Hash}
	s.forget()
	return nil
}

// follows refuses movements of another block than the next.
func (s *CoinSet) follows(m Movements) error {
	switch {
	case s.descriptor == nil:
		return errors.New("coin set: want a descriptor, found none")
	case m.Height != s.Wanted() || m.Height > maxLockHeight:
		return fmt.Errorf("coin set: want block %d, found %d", s.Wanted(), m.Height)
	case s.tip != nil && m.Previous != s.tip.hash:
		return fmt.Errorf("coin set: block %d: want one that follows %s, found one that follows %s", m.Height, s.tip.hash, m.Previous)
	}
	return nil
}

// forget drops coins that were spent so long ago that no Rewind reaches them.
func (s *CoinSet) forget() {
	if s.tip.height < coinMemory {
		return
	}
	s.floor = max(s.floor, s.tip.height-coinMemory)
	maps.DeleteFunc(s.coins, func(_ wire.OutPoint, c heldCoin) bool { return c.spentAt != 0 && c.spentAt <= s.floor })
}

// Rewind goes back to the block at a height, with the hash it has: what was
// created above it is gone, what was spent above it is there again. Beyond 2,016
// blocks, or before the wallet's first block, that is ErrRescan and changes
// nothing.
func (s *CoinSet) Rewind(height uint32, hash chainhash.Hash) error {
	switch {
	case s.tip == nil:
		return fmt.Errorf("coin set: want blocks to rewind, found none: %w", ErrRescan)
	case height > s.tip.height:
		return fmt.Errorf("coin set: want to rewind to block %d or less, found %d", s.tip.height, height)
	case height < s.floor:
		return fmt.Errorf("coin set: want to rewind to block %d or more, found %d: %w", s.floor, height, ErrRescan)
	case height == s.tip.height && hash != s.tip.hash:
		return fmt.Errorf("coin set: block %d: want %s, found %s", height, s.tip.hash, hash)
	}
	maps.DeleteFunc(s.coins, func(_ wire.OutPoint, c heldCoin) bool { return c.Height > height })
	for p, c := range s.coins {
		if c.spentAt > height {
			c.spentAt, c.spentBy = 0, chainhash.Hash{}
			s.coins[p] = c
		}
	}
	s.tip = &chainPlace{height, hash}
	return nil
}

// cover derives the scripts that are looked for and not derived yet. It is done
// when blocks come, not before: a set that is only read derives nothing ahead.
func (s *CoinSet) cover() error {
	if s.descriptor == nil {
		return errors.New("coin set: want a descriptor, found none")
	}
	for b := Receive; b <= Change; b++ {
		end := min(s.next[b]+coinGap, math.MaxInt32)
		if s.covered[b] >= end {
			continue
		}
		// In steps of half a gap, so that not every new coin costs a call.
		end = min(end+coinGap/2, math.MaxInt32)
		indexes := make([]uint32, 0, end-s.covered[b])
		for i := s.covered[b]; i < end; i++ {
			indexes = append(indexes, i)
		}
		scripts, err := s.descriptor.DeriveParallel(b, indexes, coinWorkers)
		if err != nil {
			return fmt.Errorf("coin set: %w", err)
		}
		for _, x := range scripts {
			s.places[string(x.Output)] = place{b, x.Index}
		}
		s.covered[b] = end
	}
	return nil
}

// withoutWitness returns a copy of a transaction without its signatures, which
// its id does not cover and nobody here needs.
func withoutWitness(tx *wire.MsgTx) *wire.MsgTx {
	c := tx.Copy()
	for _, in := range c.TxIn {
		in.Witness = nil
	}
	return c
}

// isCoinbase says whether a transaction is a block's first: a miner's reward.
func isCoinbase(tx *wire.MsgTx) bool {
	return len(tx.TxIn) == 1 && tx.TxIn[0].PreviousOutPoint == wire.OutPoint{Index: math.MaxUint32}
}
