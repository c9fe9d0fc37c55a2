package signer_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/signer/signertest"
)

// returned is a coin that somebody with copies of two keys has sent around: a
// transaction that no log holds spends a coin of the vault and pays the vault's
// own receive address, so that its coin looks like a deposit.
func returned(t *testing.T, v *signertest.Vault, from custody.Coin) custody.Coin {
	t.Helper()
	const index, fee, loot = 50, 1000, 5000
	back := custody.Output{Script: derived(t, v.Wallet, custody.Receive, index).Output, Value: from.Value - loot - fee}
	away := custody.Output{Script: signertest.Address(t, "thief").Script(), Value: loot}
	packet, err := custody.NewPSBT(v.Wallet, []custody.Coin{from}, []custody.Output{back, away}, nil, 0)
	must(t, err)
	tx := v.Complete(signWith(t, v, packet, "signer-a"), signWith(t, v, packet, "signer-b"))
	at := slices.IndexFunc(tx.TxOut, func(o *wire.TxOut) bool { return bytes.Equal(o.PkScript, back.Script) })
	return custody.Coin{Outpoint: wire.OutPoint{Hash: tx.TxHash(), Index: uint32(at)}, Value: back.Value, Branch: custody.Receive, Index: index, Height: v.Chain.Tip().Height, Previous: tx}
}

// A deposit that was made of the vault's own coins, past every log, shows that
// keys or a signer's state were copied.
func TestDepositOfTheVaultsOwnCoinsIsACustodyGap(t *testing.T) {
	const want = "coin {coin}: want the log record of the withdrawal it is change of, found none in any signer's log (STATE-CUSTODY-GAP)"
	for _, c := range []struct {
		attack string
		take   func(t *testing.T, v *signertest.Vault) custody.Coin
	}{
		{"of a coin that was released for another", func(t *testing.T, v *signertest.Vault) custody.Coin {
			coins := v.Fund(coin)
			v.Signer("signer-b").MustRelease(v.Bundle(approved(v, coins, signertest.Pay(v.To("payroll", coin/8)))))
			return returned(t, v, coins[0])
		}},
		{"of change of a release", func(t *testing.T, v *signertest.Vault) custody.Coin {
			v.Fund(coin)
			order := v.Order(signertest.Pay(v.To("payroll", coin/8)))
			v.Complete(v.Signer("signer-b").MustRelease(v.Bundle(order)), v.Signer("signer-c").MustRelease(v.Bundle(order)))
			return returned(t, v, v.Coins[len(v.Coins)-1])
		}},
	} {
		t.Run(c.attack, func(t *testing.T) {
			v := signertest.New(t)
			deposit := c.take(t, v)
			order := approved(v, []custody.Coin{deposit}, signertest.Pay(v.To("payroll", coin/16)))
			refusedBy(t, v, v.Signer("signer-a"), v.Bundle(order), want)
		})
	}
	v := signertest.New(t)
	v.Signer("signer-a").MustRelease(v.Bundle(approved(v, v.Fund(coin), signertest.Pay(v.To("payroll", coin/16)))))
}
