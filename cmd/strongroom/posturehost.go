package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"strongroom/backup/posture"
	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/signer/host"
)

// hostFindings are those of the workstation's inspector that matter on an online
// machine, and what their failing means there.
func hostFindings() map[string]posture.Status {
	return map[string]posture.Status{
		"privileges": posture.Fail, "debugger": posture.Fail,
		"swap": posture.Warn, "core-dumps": posture.Warn, "disk-encryption": posture.Warn, "virtual-machine": posture.Warn,
		"container": posture.Pass, // it may run in one, and its walls are looked at
	}
}

// hostPosture looks at the machine.
func hostPosture(home string, now time.Time) []posture.Finding {
	facts := host.Ask(home)
	root := os.DirFS("/")
	assessed := host.Assess(root, facts, now)
	h := posture.Host{System: facts.System, Container: inContainer(assessed)}
	for _, path := range posture.Sockets(facts.User) {
		h.Sockets = append(h.Sockets, posture.Socket{Path: path, Open: letsIn(path)})
	}
	return mergeHost(assessed, h.Findings(root))
}

// inContainer is what the inspector says of it.
func inContainer(list []host.Finding) posture.Said[bool] {
	for _, f := range list {
		if f.Name == "container" && f.Status != host.Unknown {
			return posture.Told(f.Status == host.Fail)
		}
	}
	return posture.Untold[bool](errors.New("want to know whether this is a container, found no mark to read"))
}

// mergeHost puts the inspector's findings beside ours.
func mergeHost(assessed []host.Finding, own []posture.Finding) []posture.Finding {
	for _, f := range assessed {
		failing, ours := hostFindings()[f.Name]
		if !ours {
			continue
		}
		status := map[host.Status]posture.Status{host.Pass: posture.Pass, host.Fail: failing}[f.Status]
		own = append(own, posture.Finding{Name: f.Name, Status: status, Why: f.Why, Found: f.Found, Fix: f.Fix})
	}
	slices.SortFunc(own, func(a, b posture.Finding) int { return strings.Compare(a.Name, b.Name) })
	return own
}

// letsIn tries whether a socket takes us. It says nothing to whoever listens.
func letsIn(path string) posture.Said[bool] {
	c, err := net.DialTimeout("unix", path, socketTime)
	switch {
	case err == nil:
		_ = c.Close() // nothing was said
		return posture.Told(true)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOTDIR):
		return posture.Told(false)
	}
	return posture.Untold[bool](err)
}

// fileFact looks at a file that should be its owner's alone.
func fileFact(path string, unit bool) posture.File {
	f := posture.File{Path: path, Unit: unit}
	info, err := os.Stat(path)
	if err != nil {
		f.Err = err
		return f
	}
	f.Mode, f.Own = info.Mode(), posture.Untold[bool](errors.New("the file system knows no owners"))
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		f.Own = posture.Told(stat.Uid == 0 || int(stat.Uid) == os.Geteuid())
	}
	return f
}

// makerPosture looks who may read the maker's key; nothing if none is named.
func makerPosture(key string) []posture.Finding {
	kind, _, _ := strings.Cut(key, ":")
	switch {
	case key == "":
		return nil
	case kind == "agent":
		return posture.Maker("an agent", posture.File{})
	case kind == "vault":
		return posture.Maker("Vault", posture.File{})
	}
	return posture.Maker("", fileFact(key, false))
}

// keysPosture looks how old a store's credentials are, and at their files.
func (d *desk) keysPosture(ctx context.Context, s namedStore, p power, rules policy.Backup) []posture.Finding {
	k := posture.Keys{Days: rules.CredentialDays, Now: d.world.Now()}
	config, err := d.credentials(s.name, p)
	if err != nil {
		return k.Findings()
	}
	k.Source = config.String()
	for _, f := range config.PrivateFiles(d.world.Env) {
		fact := fileFact(f.Path, f.Unit)
		k.Private = append(k.Private, fact)
		if info, err := os.Stat(f.Path); err == nil && strings.HasPrefix(k.Source, "file ") {
			k.Since = info.ModTime()
		}
	}
	if s.keys == nil {
		return k.Findings()
	}
	if c, err := s.keys.Credentials(ctx); err == nil {
		k.Lent = c.Expires
		if !c.Made.IsZero() {
			k.Since = c.Made
		}
		if seen, err := d.issued(s.name, c); err == nil { // and erases them
			k.Seen = seen
		}
	}
	return k.Findings()
}

// certificatesEnd says when the first certificate of a file ends.
func certificatesEnd(w cli.World, name string) posture.Said[time.Time] {
	b, err := w.ReadFile(name, maxAuthority)
	if err != nil {
		return posture.Untold[time.Time](err)
	}
	var first time.Time
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return posture.Untold[time.Time](fmt.Errorf("%s: want certificates, found something else", filepath.Base(name)))
		}
		if first.IsZero() || c.NotAfter.Before(first) {
			first = c.NotAfter
		}
	}
	return posture.Told(first)
}
