package posture

import (
	"fmt"
	"io/fs"
	"strings"
	"time"
)

// Keys is what is known of a pair of keys for a store.
type Keys struct {
	Source  string    // where they come from, for people
	Lent    time.Time // when a lease ends; zero for keys that nobody lends
	Since   time.Time // when they were made, or last changed; zero where nobody tells
	Seen    time.Time // since when this home knows them; zero for never
	Days    int       // as old as annex backup lets them become
	Now     time.Time
	Private []File // files that hold them, or what gets them
}

// File is a file that only its owner may read. The zero value is one of which
// nothing is known.
type File struct {
	Path string
	Mode fs.FileMode
	Unit bool       // systemd made it: an access list shows as readable by the group
	Own  Said[bool] // whether it is ours, or root's
	Err  error      // why it could not be looked at
}

// Findings judges how old the keys are and who may read them.
func (k Keys) Findings() []Finding {
	return findings([]check{
		{"credentials-age", false, k.age(), "keys that nobody changes are known to everybody who ever left",
			"issue new ones, take the old ones back at the store; or let Vault lend them"},
		{"credentials-files", false, readers(k.Private), "whoever reads the file has the power", "chmod 600, and chown to the user of the job"},
	})
}

// age judges by the best that is known. An S3 service tells nobody when a key
// was made.
func (k Keys) age() verdict {
	since, words := k.Since, "changed"
	if since.IsZero() {
		since, words = k.Seen, "known here since"
	}
	switch {
	case k.Now.IsZero() || k.Days <= 0:
		return unread("want a clock and the days of annex backup, found none")
	case k.Lent.After(k.Now):
		return pass("lent until %s", k.Lent.UTC().Format(time.RFC3339))
	case since.IsZero():
		return unread("%s: nobody tells when they were made", orWord(clip(k.Source), "keys"))
	case since.Sub(k.Now) > ageSlack:
		return unread("%s %s, in the future: a clock is wrong", words, since.UTC().Format(time.DateOnly))
	}
	old := int(k.Now.Sub(since).Hours() / 24)
	text := fmt.Sprintf("%s %s, %s ago, of at most %d", words, since.UTC().Format(time.DateOnly), days(max(0, old)), k.Days)
	if old > k.Days {
		return fail("%s", text)
	}
	return pass("%s", text)
}

// Maker judges who may read the key that signs manifests: its file, or none for
// one that lies in an agent or at Vault, which where says.
func Maker(where string, f File) []Finding {
	v := pass("%s: no file holds it", where)
	if f.Path != "" {
		v = readers([]File{f})
	}
	return findings([]check{{"maker-key", false, v, "whoever reads it signs what looks like a backup, and pushes the right ones out of the chain",
		"chmod 600 and chown to the user of the job; better, an agent or Vault's transit engine"}})
}

// readers judges files that only their owner may read.
func readers(files []File) verdict {
	var bad, doubtful []string
	for _, f := range files {
		name := clip(f.Path)
		own, known := f.Own.Value()
		switch {
		case f.Err != nil:
			doubtful = append(doubtful, clip(f.Err.Error()))
		case f.Mode.Perm()&f.others() != 0:
			bad = append(bad, fmt.Sprintf("%s has mode %04o", name, f.Mode.Perm()))
		case known && !own:
			bad = append(bad, name+" is somebody else's")
		case !known:
			doubtful = append(doubtful, name+": whose it is cannot be seen")
		}
	}
	switch {
	case len(bad) > 0:
		return fail("%s", named(append(bad, doubtful...)))
	case len(doubtful) > 0:
		return unread("%s", named(doubtful))
	case len(files) == 0:
		return pass("no file holds them")
	}
	var names []string
	for _, f := range files {
		names = append(names, clip(f.Path))
	}
	return pass("for their owner alone: %s", named(names))
}

// others are the bits of a mode that let anybody else in.
func (f File) others() fs.FileMode {
	if f.Unit {
		return 0o027
	}
	return 0o077
}

// Folder judges a store that is a folder, which locks nothing.
func Folder(w Wanted) []Finding {
	v := warn("a folder locks nothing, and annex backup asks for no lock")
	if w.Locks {
		v = fail("want a bucket that locks, as annex backup does, found a folder")
	}
	return findings([]check{{"object-lock", true, v, "whoever reaches the folder deletes every copy", "use a bucket with object lock, or a disk that is unplugged"}})
}

// Away is a store that did not answer.
func Away(err error) []Finding {
	return findings([]check{{"reach", true, unread("%s", clipLong(err.Error())), "what cannot be looked at may be anything", "strongroom backup status"}})
}

// Authority judges the certificates of a store's own authority, by when the
// first of them ends.
func Authority(name string, ends Said[time.Time], now time.Time) []Finding {
	return findings([]check{{"authority", false, judge(ends, func(t time.Time) verdict { return ending(clip(name), t, now) }),
		"when it ends the store is no longer believed, and nothing is shipped", "get the authority's new certificate, and name its file with: strongroom backup store add"}})
}

// OtherKind says what kind of store a text names that is no S3 service, such as
// azure://box: "Azure Blob Storage". Folders and S3 services are none.
func OtherKind(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if scheme, _, ok := strings.Cut(s, ":"); ok {
		for _, k := range []struct{ schemes, name string }{
			{"az azure azblob azurerm abfs abfss wasb wasbs", "Azure Blob Storage"},
			{"gs gcs", "Google Cloud Storage"},
			{"b2", "Backblaze B2's own interface"},
			{"sftp ssh scp", "SFTP"},
			{"ftp ftps", "FTP"},
			{"dav davs webdav webdavs", "WebDAV"},
			{"rest", "a REST server of restic"},
			{"rclone", "rclone"},
			{"rsync", "rsync"},
			{"smb cifs", "a Windows share"},
			{"swift", "OpenStack Swift"},
			{"dropbox onedrive gdrive", "a folder in somebody's cloud"},
		} {
			for _, x := range strings.Fields(k.schemes) {
				if scheme == x {
					return k.name, true
				}
			}
		}
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://"), "/")
	host, _, _ = strings.Cut(host, ":")
	for suffix, name := range map[string]string{"blob.core.windows.net": "Azure Blob Storage", "dfs.core.windows.net": "Azure Data Lake",
		"storage.googleapis.com": "Google Cloud Storage", "api.backblazeb2.com": "Backblaze B2's own interface"} {
		if host == suffix || strings.HasSuffix(host, "."+suffix) {
			return name, true
		}
	}
	return "", false
}
