package s3store

import (
	"context"
	"fmt"
	"time"

	"strongroom/backup"
)

// Unfinished is an upload in parts that was begun and neither completed nor given
// up. Its parts cost money, no listing of objects shows them, and no lock keeps
// them.
type Unfinished struct {
	Name  string
	Since time.Time // as the store says
}

// shown is a foreign name fit to be shown.
func shown(name string) string {
	if backup.CheckObjectName(name) == nil {
		return name
	}
	return fmt.Sprintf("%.*q", maxCode, name)
}

// Unfinished lists such uploads that were begun before a time, in the store's
// order, a thousand at most.
func (s *Store) Unfinished(ctx context.Context, before time.Time) ([]Unfinished, error) {
	var out []Unfinished
	err := s.again(ctx, func(ctx context.Context) error {
		out = nil
		page, err := s.core.ListMultipartUploads(ctx, s.config.Bucket, "", "", "", "", maxUnfinished)
		if err != nil {
			return err
		}
		for _, u := range page.Uploads {
			if u.Initiated.Before(before) && len(out) < maxUnfinished {
				out = append(out, Unfinished{shown(u.Key), u.Initiated.UTC()})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("unfinished uploads: %w", err)
	}
	return out, nil
}
