package host

import (
	"fmt"
	"slices"
	"strings"
)

// mount is one line of /proc/mounts.
type mount struct {
	source  string // a device, or a name
	point   string // the folder
	kind    string // the file system
	options []string
}

// mounts reads /proc/mounts:
//
//	/dev/mapper/root / ext4 rw,relatime 0 0
func mounts(m machine) ([]mount, error) {
	lines, err := m.lines("proc/mounts")
	if err != nil {
		return nil, err
	}
	var all []mount
	for _, line := range lines {
		fields := strings.Fields(line)
		if len(fields) < 4 {
			return nil, fmt.Errorf("/proc/mounts: want lines of 4 fields or more, found %d", len(fields))
		}
		all = append(all, mount{plain(fields[0]), plain(fields[1]), fields[2], strings.Split(fields[3], ",")})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("/proc/mounts: want a mount, found none")
	}
	return all, nil
}

// plain undoes the kernel's escapes of space, tab, line feed and backslash.
func plain(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

// below tells whether an absolute path is a folder or lies in it.
func below(path, folder string) bool {
	return folder == "/" || path == folder || strings.HasPrefix(path, folder+"/")
}

// mountOf returns the mount that a path lies in: the deepest, and of two at one
// place the later, which hides the earlier.
func mountOf(all []mount, path string) (mount, bool) {
	var best mount
	for _, v := range all {
		if below(path, v.point) && len(v.point) >= len(best.point) {
			best = v
		}
	}
	return best, best.point != ""
}

func (v mount) with(option string) bool { return slices.Contains(v.options, option) }

// removable fails for each carrier from which programs could start, and for
// each mount that appears by itself.
func removable(m machine) verdict {
	all, err := mounts(m)
	if err != nil {
		return unread(err)
	}
	var loose, tight []string
	for _, v := range all {
		switch {
		case systemPlace(v.point):
		case v.kind == "autofs":
			loose = append(loose, v.point+" appears by itself")
		case !isCarrier(m, v):
		case v.with("noexec") && v.with("nosuid") && v.with("nodev"):
			tight = append(tight, v.point)
		default:
			loose = append(loose, v.point+" lacks "+missing(v))
		}
	}
	switch {
	case len(loose) > 0:
		return fail("%s", named(loose))
	case len(tight) > 0:
		return pass("tight: %s", named(tight))
	}
	return pass("none mounted")
}

// systemPlace tells the parts of the boot chain and of the kernel that look
// like carriers: FAT, or mounted when first used.
func systemPlace(point string) bool {
	return point == "/" || slices.ContainsFunc([]string{"/boot", "/efi", "/proc", "/sys", "/usr", "/run/live", "/cdrom"}, func(place string) bool { return below(point, place) })
}

func isCarrier(m machine, v mount) bool {
	if slices.ContainsFunc([]string{"/media", "/mnt", "/run/media"}, func(place string) bool { return below(v.point, place) }) {
		return true
	}
	if slices.Contains([]string{"vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk", "hfsplus", "udf", "iso9660"}, v.kind) {
		return true
	}
	disk, ok := strings.CutPrefix(v.source, "/dev/")
	return ok && onRemovable(m, disk)
}

// onRemovable asks the disk, or the disk that a partition is on: of the two
// only the disk knows.
func onRemovable(m machine, device string) bool {
	if m.is("sys/block/"+device+"/removable", "1") {
		return true
	}
	disks, err := m.list("sys/block")
	if err != nil {
		return true
	}
	return slices.ContainsFunc(disks, func(disk string) bool {
		return m.has("sys/block/"+disk+"/"+device+"/partition") && m.is("sys/block/"+disk+"/removable", "1")
	})
}

func missing(v mount) string {
	var lacks []string
	for _, option := range []string{"noexec", "nosuid", "nodev"} {
		if !v.with(option) {
			lacks = append(lacks, option)
		}
	}
	return strings.Join(lacks, ",")
}
