package main

import (
	"fmt"
	"strings"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// pays reads payments as they are typed, LABEL:AMOUNT or LABEL#INDEX:AMOUNT.
// The addresses come from the policy, never from the command line.
func (d *desk) pays(p *policy.Policy, typed []string) ([]record.Pay, error) {
	var out []record.Pay
	for _, s := range typed {
		pay, err := d.pay(p, s)
		if err != nil {
			return nil, err
		}
		out = append(out, pay)
	}
	return out, nil
}

func (d *desk) pay(p *policy.Policy, typed string) (record.Pay, error) {
	label, amount, ok := strings.Cut(typed, ":")
	if !ok {
		return record.Pay{}, cli.Usagef("--pay: want LABEL:AMOUNT such as exchange-hot:0.50000000, found %q", typed)
	}
	label, index, indexed := strings.Cut(label, "#")
	pay := record.Pay{Label: text.ID(label), Indexed: indexed}
	var err error
	if pay.Amount, err = custody.ParseAmount(amount); err != nil {
		return pay, cli.Usagef("--pay %s: %w", label, err)
	}
	if indexed {
		n, err := text.ParseUint(index, maxPayIndex)
		if err != nil {
			return pay, cli.Usagef("--pay %s: index: %w", label, err)
		}
		pay.Index = uint32(n)
	}
	dest, ok := p.Destination(pay.Label)
	if !ok {
		return pay, refuse(quorum.DestUnknown, "pay: want a destination that policy %d lists, found %q", p.Version, label)
	}
	if pay.Address, err = d.addressOf(dest, pay); err != nil {
		return pay, err
	}
	return pay, nil
}

// addressOf returns the address that a payment to a destination goes to.
func (d *desk) addressOf(dest policy.Destination, pay record.Pay) (custody.Address, error) {
	if dest.ByDescriptor() != pay.Indexed {
		want := string(dest.Label)
		if dest.ByDescriptor() {
			want += "#INDEX, since the destination has many addresses"
		}
		return custody.Address{}, refuse(quorum.DestAddress, "pay: want %s, found %s", want, payee(pay))
	}
	if !dest.ByDescriptor() {
		return dest.Address, nil
	}
	b, err := d.reg.Descriptor(dest.Descriptor)
	if err != nil {
		return custody.Address{}, cli.Hint(fmt.Errorf("destination %s: %w", dest.Label, err), "strongroom receive DESCRIPTOR-FILE")
	}
	desc, err := custody.ParseDescriptorFile(d.network, b)
	if err != nil {
		return custody.Address{}, fmt.Errorf("destination %s: %w", dest.Label, err)
	}
	s, err := desc.Derive(custody.Receive, pay.Index)
	return s.Address(d.network), err
}
