package custody

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"
)

// coinFormat names the file and its version.
const coinFormat = "strongroom/coins@v1"

// coinFile is a coin set as a file. Amounts are not in it: they stand in the
// transactions, which the ids of the coins pin.
type coinFile struct {
	Format       string      `json:"format"`
	Descriptor   string      `json:"descriptor"` // SHA-256 of the descriptor's file
	Birth        uint32      `json:"birth"`
	Floor        uint32      `json:"floor"`
	Tip          *blockEntry `json:"tip"`
	Next         [2]uint32   `json:"next"`         // receive, change
	Transactions []string    `json:"transactions"` // hex, without witness
	Coins        []coinEntry `json:"coins"`
}

type blockEntry struct {
	Height uint32 `json:"height"`
	Hash   string `json:"hash"`
}

type coinEntry struct {
	Outpoint string      `json:"outpoint"` // TXID:VOUT
	Branch   Branch      `json:"branch"`
	Index    uint32      `json:"index"`
	Height   uint32      `json:"height"`
	Spent    *spendEntry `json:"spent,omitempty"`
}

type spendEntry struct {
	By     string `json:"by"`
	Height uint32 `json:"height"`
}

// Bytes returns the set as a file that ParseCoinSet reads: JSON, of which equal
// sets have equal bytes. It is a cache and proves nothing; whoever doubts it
// builds it again from the blocks.
func (s *CoinSet) Bytes() ([]byte, error) {
	if s.descriptor == nil {
		return nil, errors.New("coin set: want a descriptor, found none")
	}
	hash := s.descriptor.Hash()
	f := coinFile{Format: coinFormat, Descriptor: hex.EncodeToString(hash[:]), Birth: s.birth, Floor: s.floor, Next: s.next,
		Transactions: []string{}, Coins: []coinEntry{}}
	if s.tip != nil {
		f.Tip = &blockEntry{s.tip.height, s.tip.hash.String()}
	}
	points := make([]wire.OutPoint, 0, len(s.coins))
	for p := range s.coins {
		points = append(points, p)
	}
	slices.SortFunc(points, comparePoints)
	for i, p := range points {
		c := s.coins[p]
		e := coinEntry{Outpoint: p.String(), Branch: c.Branch, Index: c.Index, Height: c.Height}
		if c.spentAt != 0 {
			e.Spent = &spendEntry{c.spentBy.String(), c.spentAt}
		}
		f.Coins = append(f.Coins, e)
		if i == 0 || points[i-1].Hash != p.Hash {
			f.Transactions = append(f.Transactions, hex.EncodeToString(appendTx(nil, c.Previous)))
		}
	}
	b, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return nil, fmt.Errorf("coin set: %w", err)
	}
	return append(b, '\n'), nil
}

// ParseCoinSet reads what Bytes wrote for wallet d, and nothing else. Every coin
// must pay the wallet at the place that the file says. The error wraps
// ErrRescan, whatever is wrong with the file.
func ParseCoinSet(d *Descriptor, b []byte) (*CoinSet, error) {
	s, err := parseCoinSet(d, b)
	if err != nil {
		return nil, fmt.Errorf("coin file: %w: %w", ErrRescan, err)
	}
	return s, nil
}

func parseCoinSet(d *Descriptor, b []byte) (*CoinSet, error) {
	if len(b) > maxCoinFile {
		return nil, fmt.Errorf("want at most %d bytes, found %d", maxCoinFile, len(b))
	}
	if d == nil {
		return nil, errors.New("want a descriptor, found none")
	}
	var f coinFile
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, errors.New("want JSON of the form that is written here, found another")
	}
	if hash := d.Hash(); f.Format != coinFormat || f.Descriptor != hex.EncodeToString(hash[:]) {
		return nil, fmt.Errorf("want %s of descriptor %x, found %q of %q", coinFormat, hash[:8], clip(f.Format), clip(f.Descriptor))
	}
	s, err := NewCoinSet(d, f.Birth)
	if err != nil {
		return nil, err
	}
	if err := s.readPlace(f); err != nil {
		return nil, err
	}
	if err := s.readCoins(f); err != nil {
		return nil, err
	}
	again, err := s.Bytes()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, b) {
		return nil, errors.New("want the bytes that the same coins are written as, found others")
	}
	return s, nil
}

// readPlace reads where in the chain the set stands.
func (s *CoinSet) readPlace(f coinFile) error {
	s.floor, s.next = f.Floor, f.Next
	if max(f.Next[Receive], f.Next[Change]) > Hardened {
		return fmt.Errorf("want indexes below %d, found %d and %d", Hardened, f.Next[Receive], f.Next[Change])
	}
	if f.Tip == nil {
		if f.Floor != f.Birth || len(f.Coins) > 0 {
			return errors.New("want no coins before the first block, found some")
		}
		return nil
	}
	hash, err := parseTxID(f.Tip.Hash)
	if err != nil {
		return fmt.Errorf("tip: %w", err)
	}
	if h := f.Tip.Height; h < f.Birth || h < f.Floor || f.Floor < f.Birth || h > maxLockHeight {
		return fmt.Errorf("tip: want a height from %d on, found %d", max(f.Birth, f.Floor), h)
	}
	s.tip = &chainPlace{f.Tip.Height, hash}
	return nil
}

// readCoins reads the transactions, then the coins that they made, and last
// compares all their scripts with the wallet's.
func (s *CoinSet) readCoins(f coinFile) error {
	if max(len(f.Coins), len(f.Transactions)) > maxHeld {
		return fmt.Errorf("want at most %d coins, found %d", maxHeld, len(f.Coins))
	}
	txs := make(map[chainhash.Hash]*wire.MsgTx, len(f.Transactions))
	var slabs txSlabs
	for i, t := range f.Transactions {
		raw, err := hex.DecodeString(t)
		if err != nil {
			return fmt.Errorf("transaction %d: want hex, found something else", i+1)
		}
		tx, err := slabs.readTx(raw, false)
		if err != nil {
			return fmt.Errorf("transaction %d: %w", i+1, err)
		}
		txs[tx.TxHash()] = tx
	}
	for i, e := range f.Coins {
		c, err := s.readCoin(e, txs)
		if err != nil {
			return fmt.Errorf("coin %d: %w", i+1, err)
		}
		s.coins[c.Outpoint] = c
	}
	return s.checkScripts()
}

func (s *CoinSet) readCoin(e coinEntry, txs map[chainhash.Hash]*wire.MsgTx) (heldCoin, error) {
	id, vout, _ := strings.Cut(e.Outpoint, ":")
	hash, err := parseTxID(id)
	if err != nil {
		return heldCoin{}, err
	}
	n, err := strconv.ParseUint(vout, 10, 32)
	if err != nil {
		return heldCoin{}, fmt.Errorf("want TXID:VOUT, found %q", clip(e.Outpoint))
	}
	tx, ok := txs[hash]
	if !ok || n >= uint64(len(tx.TxOut)) {
		return heldCoin{}, fmt.Errorf("want its transaction in the file, found none for %q", e.Outpoint)
	}
	if e.Branch > Change || e.Index >= s.next[e.Branch] || e.Height < s.birth || e.Height > s.tip.height {
		return heldCoin{}, fmt.Errorf("want a place below what was seen, found branch %d, index %d, block %d", e.Branch, e.Index, e.Height)
	}
	c := heldCoin{Coin: Coin{Outpoint: wire.OutPoint{Hash: hash, Index: uint32(n)}, Value: Amount(tx.TxOut[n].Value),
		Branch: e.Branch, Index: e.Index, Height: e.Height, Previous: tx}}
	if e.Spent == nil {
		return c, nil
	}
	if e.Spent.Height == 0 || e.Spent.Height < e.Height || e.Spent.Height > s.tip.height {
		return heldCoin{}, fmt.Errorf("want it spent from block %d on, found %d", e.Height, e.Spent.Height)
	}
	c.spentAt = e.Spent.Height
	c.spentBy, err = parseTxID(e.Spent.By)
	return c, err
}

// checkScripts derives the script of every coin and compares it with the
// output that made it.
func (s *CoinSet) checkScripts() error {
	var indexes [2][]uint32
	for _, c := range s.coins {
		indexes[c.Branch] = append(indexes[c.Branch], c.Index)
	}
	ours := map[place][]byte{}
	for b := Receive; b <= Change; b++ {
		slices.Sort(indexes[b])
		scripts, err := s.descriptor.DeriveParallel(b, slices.Compact(indexes[b]), coinWorkers)
		if err != nil {
			return err
		}
		for _, x := range scripts {
			ours[place{b, x.Index}] = x.Output
		}
	}
	for p, c := range s.coins {
		if !bytes.Equal(ours[place{c.Branch, c.Index}], c.Previous.TxOut[p.Index].PkScript) {
			return fmt.Errorf("coin %s: want one that pays %s address %d, found another script", p, c.Branch, c.Index)
		}
	}
	return nil
}

// parseTxID reads a hash of 32 bytes as it is displayed: 64 lower-case hex
// digits, the last byte first.
func parseTxID(s string) (chainhash.Hash, error) {
	h, err := chainhash.NewHashFromStr(s)
	if err != nil || h.String() != s {
		return chainhash.Hash{}, fmt.Errorf("want 64 lower-case hex digits, found %q", clip(s))
	}
	return *h, nil
}
