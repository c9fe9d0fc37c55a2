package host

func diskMachines() []changed {
	mounted := func(line string) map[string]string {
		return map[string]string{"proc/mounts": "/dev/mapper/root / ext4 rw 0 0\n" + line + "\n"}
	}
	root := func(line string, more ...string) map[string]string {
		files := map[string]string{"proc/mounts": line + "\n"}
		for i := 0; i < len(more); i += 2 {
			files[more[i]] = more[i+1]
		}
		return files
	}
	return []changed{
		{"removable-media", mounted("/dev/sdb1 /media/usb vfat rw,nosuid,nodev,noexec 0 0"), "pass: tight: /media/usb"},
		{"removable-media", mounted("/dev/sdb1 /media/usb vfat rw,nosuid,nodev 0 0"), "fail: /media/usb lacks noexec"},
		{"removable-media", mounted(`/dev/sdb1 /media/a\040stick ext4 rw 0 0`), "fail: /media/a stick lacks noexec,nosuid,nodev"},
		{"removable-media", mounted("/dev/sdb1 /data exfat rw 0 0"), "fail: /data lacks noexec,nosuid,nodev"},
		{"removable-media", root("/dev/mapper/root / ext4 rw 0 0\n/dev/sdb1 /data ext4 rw 0 0", "sys/block/sdb/removable", "1\n", "sys/block/sdb/sdb1/partition", "1\n"), "fail: /data lacks noexec,nosuid,nodev"},
		{"removable-media", mounted("systemd-1 /mnt/auto autofs rw 0 0"), "fail: /mnt/auto appears by itself"},
		{"removable-media", mounted("systemd-1 /proc/sys/fs/binfmt_misc autofs rw 0 0"), "pass: none mounted"},
		{"removable-media", mounted("/dev/nvme0n1p3 /data ext4 rw 0 0"), "pass: none mounted"},
		{"removable-media", mounted("short"), "unknown: /proc/mounts: want lines of 4 fields or more, found 1"},
		{"removable-media", root(""), "unknown: /proc/mounts: want a mount, found none"},

		{"disk-encryption", mounted("/dev/sda1 /home ext4 rw 0 0"), "unknown: / is encrypted, on /dev/mapper/root; home is on /dev/sda1, which /sys does not show"},
		{"disk-encryption", root("/dev/sda1 / ext4 rw 0 0", "sys/class/block/sda1/size", "1"), "fail: / is not encrypted, on /dev/sda1; home is not encrypted, on /dev/sda1"},
		{"disk-encryption", root("/dev/sda1 / ext4 rw 0 0\n/dev/mapper/root /home ext4 rw 0 0", "sys/class/block/sda1/size", "1"),
			"fail: / is not encrypted, on /dev/sda1; home is encrypted, on /dev/mapper/root"},
		{"disk-encryption", root("/dev/mapper/vg-root / ext4 rw 0 0", "sys/class/block/dm-1/dm/name", "vg-root\n", "sys/class/block/dm-1/dm/uuid", "LVM-x\n", "sys/class/block/dm-1/slaves/dm-0/x", ""),
			"pass: / is encrypted, on /dev/mapper/vg-root; home is encrypted, on /dev/mapper/vg-root"},
		{"disk-encryption", root("/dev/mapper/vg-root / ext4 rw 0 0", "sys/class/block/dm-1/dm/name", "vg-root\n", "sys/class/block/dm-1/dm/uuid", "LVM-x\n",
			"sys/class/block/dm-1/slaves/dm-0/x", "", "sys/class/block/dm-1/slaves/sdb1/x", ""), // one of two disks is not
			"fail: / is not encrypted, on /dev/mapper/vg-root; home is not encrypted, on /dev/mapper/vg-root"},
		{"disk-encryption", root("/dev/md0 / ext4 rw 0 0", "sys/class/block/md0/slaves/md0/x", ""), "fail: / is not encrypted, on /dev/md0; home is not encrypted, on /dev/md0"}, // a loop
		{"disk-encryption", root("tmpfs / tmpfs rw 0 0"), "pass: / is in memory; home is in memory"},
		{"disk-encryption", root("/dev/sr0 / squashfs ro 0 0\ntmpfs /home tmpfs rw 0 0"), "pass: / is a read-only image; home is in memory"},
		{"disk-encryption", root("tmpfs /rw tmpfs rw 0 0\noverlay / overlay rw,lowerdir=/lower,upperdir=/rw/up,workdir=/rw/w 0 0"), "pass: / is in memory; home is in memory"},
		{"disk-encryption", root("overlay / overlay rw,lowerdir=/lower,upperdir=/rw/up 0 0"),
			"unknown: / is an overlay whose upper folder /rw/up cannot be seen; home is an overlay whose upper folder /rw/up cannot be seen"},
		{"disk-encryption", root("/dev/mapper/root / ext4 rw 0 0\n/dev/sda1 / ext4 rw 0 0", "sys/class/block/sda1/size", "1"), // the later hides the earlier
			"fail: / is not encrypted, on /dev/sda1; home is not encrypted, on /dev/sda1"},
		{"disk-encryption", root("host:/root / nfs rw 0 0"), "unknown: / is on host:/root, which is no device; home is on host:/root, which is no device"},
		{"disk-encryption", root("tmpfs /tmp tmpfs rw 0 0"), "unknown: / is on a mount that cannot be found; home is on a mount that cannot be found"},
	}
}
