package backup

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
)

// Item is one object that belongs to a snapshot.
type Item struct {
	Name    string
	Content Content
}

// Items returns every object that a manifest names, without the manifest and
// its signature: lists and headers before the payload that needs them.
func (m Manifest) Items() []Item {
	var out []Item
	for _, g := range m.Segments {
		if list, ok := g.list(); ok {
			out = append(out, list)
		}
		for _, h := range g.Headers {
			out = append(out, Item{h.Name, h.content()})
		}
		out = append(out, Item{g.Name, g.Content})
	}
	if m.Canary.Name != "" {
		out = append(out, Item{m.Canary.Name, m.Canary.Content})
	}
	return out
}

// list returns the object that holds the SHA-256s of a payload's parts, if
// there are several.
func (g Segment) list() (Item, bool) {
	n := int64(g.Content.Parts())
	size := n * sha256.Size
	return Item{g.ListName(), Content{Size: size, Sum: g.Content.Composite, Part: max(size, 1), Composite: compositeOf(g.Content.Composite)}}, n > 1
}

// withSums completes a content by the SHA-256s of its parts.
func withSums(ctx context.Context, from Source, g Segment) (Content, error) {
	list, several := g.list()
	if !several {
		return Content{Size: g.Content.Size, Sum: g.Content.Sum, Part: g.Content.Part, Composite: g.Content.Composite, Sums: []Sum{g.Content.Sum}}, nil
	}
	b, err := readItem(ctx, from, list)
	if err != nil {
		return Content{}, err
	}
	return g.Content.WithList(b)
}

// readItem reads a whole object from a source into memory.
func readItem(ctx context.Context, from Source, i Item) ([]byte, error) {
	b, done, err := from.Bytes(ctx, i.Name, i.Content)
	if err != nil {
		return nil, err
	}
	r, err := b.Part(ctx, 0, i.Content.Size)
	if err != nil {
		return nil, errors.Join(err, done.Close())
	}
	out, err := io.ReadAll(r)
	return out, errors.Join(err, r.Close(), done.Close())
}
