package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/text"
)

// tips asks every source that an approver named for the newest block. The
// view's chain takes in what the sources bring.
//
//	rpc                  the node of node.txt
//	headers:FILE         raw 80-byte headers from elsewhere
//	typed:HEIGHT:HASH    what a person read somewhere else
func (d *desk) tips(ctx context.Context, v *view, sources []string) ([]quorum.Tip, error) {
	if len(sources) == 0 {
		sources = []string{"rpc"}
	}
	var out []quorum.Tip
	for _, s := range sources {
		t, err := d.tip(ctx, v, s)
		if err != nil {
			return nil, err
		}
		t.Source = s
		out = append(out, t)
	}
	return out, nil
}

func (d *desk) tip(ctx context.Context, v *view, source string) (quorum.Tip, error) {
	kind, rest, _ := strings.Cut(source, ":")
	switch {
	case source == "rpc":
		return d.nodeTip(ctx, v)
	case kind == "headers" && rest != "":
		return d.fileTip(v, rest)
	case kind == "typed":
		return typedTip(rest)
	}
	return quorum.Tip{}, cli.Usagef("--tip: want rpc, headers:FILE or typed:HEIGHT:HASH, found %q", source)
}

func (d *desk) nodeTip(ctx context.Context, v *view) (quorum.Tip, error) {
	c, err := d.sync(ctx, v.policy)
	if err != nil {
		return quorum.Tip{}, cli.Hint(err, "add --tip headers:FILE or --tip typed:HEIGHT:HASH")
	}
	p, _ := c.Tip()
	return quorum.Tip{Point: p, Chain: c}, v.take(c.Bytes())
}

// fileTip reads headers that stand on the chain of the registry, or on the
// policy's origin block. Its last one is the source's tip, also where the
// registry knows a later one.
func (d *desk) fileTip(v *view, name string) (quorum.Tip, error) {
	raw, err := d.world.ReadFile(name, maxHeadersFile)
	if err != nil {
		return quorum.Tip{}, err
	}
	if len(raw) < headers.HeaderSize {
		return quorum.Tip{}, fmt.Errorf("%s: want headers of %d bytes, found %d bytes", name, headers.HeaderSize, len(raw))
	}
	c, err := d.chain(v.policy)
	if err == nil {
		_, err = c.Extend(slices.Clone(raw))
	}
	if err != nil {
		r := quorum.ReasonOf(err, quorum.ClkForm)
		return quorum.Tip{}, refusal([]quorum.Reason{{Code: r.Code, Text: name + ": " + r.Text}})
	}
	height, ok := c.HeightOf(lastHash(raw))
	if !ok {
		return quorum.Tip{}, refuse(quorum.ClkOffchain, "%s: want headers of the chain with the most work, found another branch", name)
	}
	c, _ = c.Prefix(height)
	p, _ := c.Tip()
	return quorum.Tip{Point: p, Chain: c}, v.take(raw)
}

func lastHash(raw []byte) headers.Hash {
	return headers.Header(raw[len(raw)-headers.HeaderSize:]).Hash()
}

func typedTip(typed string) (quorum.Tip, error) {
	height, hash, _ := strings.Cut(typed, ":")
	n, err := text.ParseUint(height, maxExpires)
	if err != nil {
		return quorum.Tip{}, cli.Usagef("--tip typed: height: %w", err)
	}
	h, err := headers.ParseHash(hash)
	if err != nil {
		return quorum.Tip{}, cli.Usagef("--tip typed: %w", err)
	}
	return quorum.Tip{Point: headers.Point{Height: uint32(n), Hash: h}}, nil
}

// take adds headers to the view's chain; a fork with less work is no news.
func (v *view) take(raw []byte) error {
	_, err := v.chain.Extend(raw)
	var e *headers.Error
	if errors.As(err, &e) && e.Code == headers.CodeLessWork {
		return nil
	}
	return err
}
