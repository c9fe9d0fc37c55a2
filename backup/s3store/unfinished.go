package s3store

import (
	"context"
	"errors"
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
// order, a thousand at most; more is how many others there are. A list that breaks
// off is an error, and what it had until then is returned.
func (s *Store) Unfinished(ctx context.Context, before time.Time) (out []Unfinished, more int, err error) {
	err = s.again(ctx, func(ctx context.Context) error {
		out, more = nil, 0
		name, id := "", ""
		for { // the number of requests is bounded
			page, err := s.core.ListMultipartUploads(ctx, s.config.Bucket, "", name, id, "", maxUnfinished)
			if id != "" && err != nil && refused(s.plain(err)) {
				// versitygw knows no upload behind a name that it passes over. The
				// others of this name, which were begun later, stay untold.
				id = ""
				continue
			}
			if err != nil {
				return err
			}
			for _, u := range page.Uploads {
				switch {
				case !u.Initiated.Before(before):
				case len(out) == maxUnfinished:
					more++
				default:
					out = append(out, Unfinished{shown(u.Key), u.Initiated.UTC()})
				}
			}
			if !page.IsTruncated {
				return nil
			}
			if page.NextKeyMarker == name && page.NextUploadIDMarker == id {
				return ownError{errors.New("want a list that goes on, found the same place again")}
			}
			name, id = page.NextKeyMarker, page.NextUploadIDMarker
		}
	})
	if err != nil {
		err = fmt.Errorf("unfinished uploads: %w", err)
	}
	return out, more, err
}
