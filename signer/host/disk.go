package host

import (
	"fmt"
	"slices"
	"strings"
)

// diskEncryption wants what the root and the home lie on to be encrypted
// below the file system, or to be gone when the machine is switched off.
func diskEncryption(m machine) verdict {
	all, err := mounts(m)
	if err != nil {
		return unread(err)
	}
	root := storage(m, all, "/", 0)
	if m.facts.Home == "" {
		root.found = "/ " + root.found + "; no home was named"
		return root
	}
	home := storage(m, all, m.facts.Home, 0)
	worst := root.status
	if home.status == Fail || worst == Pass {
		worst = home.status
	}
	return verdict{worst, fmt.Sprintf("/ %s; home %s", root.found, home.found)}
}

// storage judges what a path lies on. An overlay, such as a live image's, keeps
// what is written in another folder.
func storage(m machine, all []mount, path string, depth int) verdict {
	v, ok := mountOf(all, path)
	switch {
	case !ok || depth > maxStacked:
		return unknown("is on a mount that cannot be found")
	case slices.Contains([]string{"tmpfs", "ramfs", "rootfs"}, v.kind):
		return pass("is in memory")
	case slices.Contains([]string{"squashfs", "erofs", "iso9660", "cramfs"}, v.kind):
		return pass("is a read-only image")
	case v.kind == "overlay":
		upper := upperOf(v)
		if upper == "" {
			return pass("is a read-only overlay")
		}
		if in, ok := mountOf(all, upper); !ok || in.point == v.point {
			return unknown("is an overlay whose upper folder %s cannot be seen", upper)
		}
		return storage(m, all, upper, depth+1)
	}
	return device(m, v)
}

func upperOf(v mount) string {
	for _, option := range v.options {
		if upper, ok := strings.CutPrefix(option, "upperdir="); ok {
			return plain(upper)
		}
	}
	return ""
}

// device judges the block device of a mount.
func device(m machine, v mount) verdict {
	path, ok := strings.CutPrefix(v.source, "/dev/")
	if !ok {
		return unknown("is on %s, which is no device", v.source)
	}
	name := path
	if mapped, ok := strings.CutPrefix(path, "mapper/"); ok {
		name = mapperDevice(m, mapped)
	}
	if name == "" || strings.Contains(name, "/") || !m.has("sys/class/block/"+name) {
		return unknown("is on %s, which /sys does not show", v.source)
	}
	if encrypted(m, name, 0) {
		return pass("is encrypted, on %s", v.source)
	}
	return fail("is not encrypted, on %s", v.source)
}

// mapperDevice finds the dm device that /dev/mapper calls by a name.
func mapperDevice(m machine, mapped string) string {
	names, err := m.list("sys/class/block")
	if err != nil {
		return ""
	}
	i := slices.IndexFunc(names, func(name string) bool { return m.is("sys/class/block/"+name+"/dm/name", mapped) })
	if i < 0 {
		return ""
	}
	return names[i]
}

// encrypted follows a device down: it is dm-crypt, or everything that it stands
// on is.
func encrypted(m machine, name string, depth int) bool {
	at := "sys/class/block/" + name
	if uuid, err := m.read(at + "/dm/uuid"); err == nil && strings.HasPrefix(uuid, "CRYPT-") {
		return true
	}
	under, err := m.list(at + "/slaves")
	if err != nil || len(under) == 0 || depth == maxStacked {
		return false
	}
	return !slices.ContainsFunc(under, func(s string) bool { return !encrypted(m, s, depth+1) })
}
