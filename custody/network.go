package custody

import (
	"fmt"

	"github.com/btcsuite/btcd/chaincfg/v2"
)

// Network is one of the bitcoin chains. The zero value is no network and is
// refused wherever a network is asked for.
type Network uint8

// The chains that a vault can be on. The numbers are never written to disk.
const (
	Mainnet Network = iota + 1
	Testnet
	Signet
	Regtest
)

// ParseNetwork reads the name used in a text's chain line: mainnet, testnet,
// signet or regtest.
func ParseNetwork(s string) (Network, error) {
	for n := Mainnet; n <= Regtest; n++ {
		if n.String() == s {
			return n, nil
		}
	}
	return 0, fmt.Errorf("network: want mainnet, testnet, signet or regtest, found %q", clip(s))
}

// String returns the network's name as ParseNetwork reads it.
func (n Network) String() string {
	switch n {
	case Mainnet:
		return "mainnet"
	case Testnet:
		return "testnet"
	case Signet:
		return "signet"
	case Regtest:
		return "regtest"
	}
	return "no network"
}

// Unit returns the coin unit written behind every amount of this network:
// BTC, tBTC, sBTC or rBTC, so that test money never reads as money.
func (n Network) Unit() string {
	switch n {
	case Mainnet:
		return "BTC"
	case Testnet:
		return "tBTC"
	case Signet:
		return "sBTC"
	case Regtest:
		return "rBTC"
	}
	return "no unit"
}

// CoinType returns the hardened coin type of BIP-44 for this network: 0 on
// mainnet, 1 on every test chain.
func (n Network) CoinType() uint32 {
	if n == Mainnet {
		return 0
	}
	return 1
}

// Test says whether the network's coins are worthless. The zero network is
// not a test network.
func (n Network) Test() bool { return n == Testnet || n == Signet || n == Regtest }

// Params returns the library's constants for the network, and false for the
// zero value.
func (n Network) Params() (*chaincfg.Params, bool) {
	switch n {
	case Mainnet:
		return &chaincfg.MainNetParams, true
	case Testnet:
		return &chaincfg.TestNet3Params, true
	case Signet:
		return &chaincfg.SigNetParams, true
	case Regtest:
		return &chaincfg.RegressionNetParams, true
	}
	return nil, false
}

// clip shortens foreign text for an error message: the first 32 bytes.
func clip(s string) string {
	if len(s) > clipLength {
		return s[:clipLength] + "..."
	}
	return s
}
