package main

import (
	"context"
	"fmt"
	"time"

	"strongroom/backup"
)

// orphans is what lies in a store and belongs to no snapshot: it costs money, and
// only its owner may remove it.
type orphans struct {
	Objects []string     `json:"objects"`
	More    int          `json:"more"` // names that were not looked at
	Bytes   int64        `json:"bytes"`
	Uploads []unfinished `json:"uploads"` // in parts, begun and never ended
	Further int          `json:"uploads_more"`
	Error   string       `json:"error,omitempty"`
}

type unfinished struct {
	Name  string `json:"name"`
	Since string `json:"since"`
}

// orphansOf looks for them. When a store cannot be listed nobody knows.
func (d *desk) orphansOf(ctx context.Context, s namedStore, all []snapshotCopy, known []string, now time.Time) orphans {
	out := orphans{Objects: []string{}, Uploads: []unfinished{}}
	if s.err != nil || s.unlisted != nil || s.s3 == nil {
		return out
	}
	list, more, err := backup.Orphans(ctx, s.store, signedOf(all), now, append([]string{markName}, known...), []string{probeKind})
	for _, o := range list {
		out.Objects = append(out.Objects, o.Name)
		out.Bytes += o.Size
	}
	out.More = more
	uploads, further, failed := s.s3.Unfinished(ctx, now.Add(-abandoned))
	out.Further = further
	for _, u := range uploads {
		out.Uploads = append(out.Uploads, unfinished{u.Name, u.Since.Format(time.RFC3339)})
	}
	for _, err := range []error{err, failed} {
		if err != nil {
			out.Error = err.Error()
			d.world.Warnf("store %s: what belongs to no snapshot: %v", s.name, err)
		}
	}
	return out
}

// printOrphans lists them below what is let go.
func (d *desk) printOrphans(x extended) {
	var lines []string
	for _, name := range x.Orphans.Objects {
		lines = append(lines, fmt.Sprintf("%s is not locked, and no snapshot names it", name))
	}
	for _, u := range x.Orphans.Uploads {
		lines = append(lines, fmt.Sprintf("an upload of %s was begun %s and never ended", u.Name, u.Since))
	}
	for i, l := range lines {
		if i == maxListed {
			d.world.Text("  and %d more: --json has them all", len(lines)-i)
			break
		}
		d.world.Text("  %s: %s", x.Store, l)
	}
	if x.Orphans.More > 0 {
		d.world.Text("  %s: %s more that no snapshot names, not looked at", x.Store, count(x.Orphans.More, "name"))
	}
	if x.Orphans.Further > 0 {
		d.world.Text("  %s: %s more in parts, begun and never ended", x.Store, count(x.Orphans.Further, "upload"))
	}
}
