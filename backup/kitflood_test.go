package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"strongroom/backup"
)

// flood plants names of pages that sort before the right one, with a signature
// beside each if asked. All claim the bytes of one page.
func flood(store *memory, kit backup.Kit, n int, signed bool) {
	base := kit.Name()[:strings.LastIndex(kit.Name(), "-")+1]
	for i := range n {
		page := bytes.Repeat([]byte{byte(i)}, 1000)
		stem := fmt.Sprintf("%s%016x", base, i)
		store.objects[stem+".html"] = []*kept{{b: page, c: backup.Whole(page)}}
		if signed {
			name := stem + strings.TrimPrefix(kit.SignatureName(), strings.TrimSuffix(kit.Name(), ".html"))
			store.objects[name] = store.objects[kit.SignatureName()]
		}
	}
}

// paging is a store that counts what is read of pages.
type paging struct {
	*memory
	pages *int
}

func (r paging) Open(ctx context.Context, o backup.Object, offset, n int64) (io.ReadCloser, error) {
	if strings.HasSuffix(o.Name, ".html") {
		*r.pages++
	}
	return r.memory.Open(ctx, o, offset, n)
}

// Whoever may put can put names, and none of them hides the page.
func TestNamesWithoutASignatureHideNoPage(t *testing.T) {
	p, signed, kit, store := withKit(t)
	flood(store, kit, 200, false)
	pages := 0
	k, odd, err := backup.FindKit(t.Context(), paging{store, &pages}, signed)
	if err != nil || k.Name() != kit.Name() || len(odd) != 64 || pages != 1 {
		t.Errorf("want the page, 64 odd names and one page read, found %q, %d, %d, %v", k.Name(), len(odd), pages, err)
	}
	v, err := backup.Verify(t.Context(), store, signed, backup.Checking{Level: backup.V1, Now: p.Now})
	if err != nil || v.Kit != kit.Name() || len(v.Odd) != 64 {
		t.Errorf("verify: want the page, found %q, %d odd, %v", v.Kit, len(v.Odd), err)
	}
}

func TestAPageThatIsKnownCannotBeHidden(t *testing.T) {
	p, signed, kit, store := withKit(t)
	flood(store, kit, 70, true)
	pages := 0
	_, odd, err := backup.FindKit(t.Context(), paging{store, &pages}, signed)
	want := "recovery page: want at most 64 names of pages that nobody here knows beside snapshot 1, found 71: somebody fills the store with names"
	if err == nil || err.Error() != want || !errors.Is(err, backup.ErrFlooded) || errors.Is(err, fs.ErrNotExist) || len(odd) != 64 {
		t.Errorf("unknown: want %q, found %v and %d odd", want, err, len(odd))
	}
	if pages != 0 {
		t.Errorf("want nothing read whose checksum is not in its name, found %d pages", pages)
	}
	if k, _, err := backup.FindKit(t.Context(), store, signed, kit.Name()); err != nil || k.Name() != kit.Name() {
		t.Errorf("known: want it, found %q, %v", k.Name(), err)
	}
	check := backup.Checking{Level: backup.V1, Now: p.Now}
	if v, err := backup.Verify(t.Context(), store, signed, check); err != nil || v.Kit != "" || len(v.Odd) != 64 {
		t.Errorf("verify: want a good copy, no page and the names told, found %+v, %v", v, err)
	}
	check.Known = []string{kit.Name()}
	if v, err := backup.Verify(t.Context(), store, signed, check); err != nil || v.Kit != kit.Name() {
		t.Errorf("verify: want the known page, found %q, %v", v.Kit, err)
	}
	// A known name that holds something else is no page either.
	planted := kit.Name()[:strings.LastIndex(kit.Name(), "-")+1] + "0000000000000001.html"
	if _, _, err := backup.FindKit(t.Context(), store, signed, planted); !errors.Is(err, backup.ErrFlooded) {
		t.Errorf("want %v, found %v", backup.ErrFlooded, err)
	}
}

func TestTheKeeperLocksTheKnownPageAndTellsOfTheRest(t *testing.T) {
	_, signed, kit, store := withKit(t)
	list, long := []backup.Signed{signed}, start.AddDate(0, 0, 135)
	x, err := backup.ExtendLocks(t.Context(), store, list, list, start.AddDate(0, 0, 40))
	if err != nil || len(x.Kits) != 1 || x.Kits[0].Name() != kit.Name() {
		t.Fatalf("want the page to remember, found %d, %v", len(x.Kits), err)
	}
	flood(store, kit, 70, true)
	if _, err := backup.ExtendLocks(t.Context(), store, list, list, start.AddDate(0, 0, 50)); !errors.Is(err, backup.ErrFlooded) {
		t.Errorf("want a keeper that knows no page told of it, found %v", err)
	}
	_, err = backup.ExtendLocks(t.Context(), store, list, list, long, x.Kits[0].Name())
	if !errors.Is(err, backup.ErrFlooded) || untilOf(store, kit.Name()) != long || untilOf(store, kit.SignatureName()) != long {
		t.Errorf("want the known page locked until %v, and the others told, found %v, %v", long, untilOf(store, kit.Name()), err)
	}
	lapsed, err := backup.Lapsed(t.Context(), store, nil, list, long.Add(time.Second), kit.Name())
	if err != nil || len(lapsed) == 0 {
		t.Errorf("want what is let go listed all the same, found %v, %v", lapsed, err)
	}
}
