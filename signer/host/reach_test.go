package host

func reachMachines() []changed {
	net := func(name, file, text string) map[string]string {
		return map[string]string{"sys/class/net/" + name + "/type": "1\n", "sys/class/net/" + name + "/flags": "0x1002\n", "sys/class/net/" + name + "/" + file: text}
	}
	rfkill := func(kind, hard string) map[string]string {
		at := "sys/class/rfkill/rfkill0/"
		return map[string]string{at + "type": kind + "\n", at + "name": "phy0\n", at + "soft": "1\n", at + "hard": hard + "\n", "sys/class/ieee80211/phy0/index": "0\n"}
	}
	ports := func(protocol, line string) map[string]string {
		return map[string]string{"proc/net/" + protocol: "  sl  local_address rem_address   st\n" + line + "\n"}
	}
	const none = "00000000:0000"
	return []changed{
		{"network", net("eth0", "operstate", "down\n"), "pass: all down: eth0"},
		{"network", net("eth0", "flags", "0x1003\n"), "fail: up: eth0"},
		{"network", net("eth0", "operstate", "up\n"), "fail: up: eth0"},
		{"network", net("wwan0", "carrier", "1\n"), "fail: up: wwan0"},
		{"network", map[string]string{"sys/class/net/lo/type": "1\n"}, "fail: up: lo"}, // a card that calls itself lo
		{"network", net("eth0", "flags", "up\n"), "unknown: /sys/class/net/eth0/flags: want a hexadecimal number, found another text"},
		{"network", map[string]string{"sys/class/net/eth0/type": "1\n"}, "unknown: /sys/class/net/eth0/flags: file does not exist"},
		{"network", map[string]string{"sys/class/net/bonding_masters": "bond0\n"}, "pass: no interface"},
		{"network", map[string]string{"sys/class/net": gone}, "unknown: /sys/class/net: file does not exist"},

		{"radios", map[string]string{"sys/class/ieee80211/phy0/index": "0\n"}, "fail: present: wlan phy0"},
		{"radios", rfkill("wlan", "0"), "fail: present: wlan phy0"}, // software can take it back
		{"radios", rfkill("wlan", "1"), "pass: held off by a hardware switch: wlan phy0"},
		{"radios", rfkill("bluetooth", "1"), "fail: present: wlan phy0"}, // the switch is another's
		{"radios", map[string]string{"sys/class/bluetooth/hci0/type": "x"}, "fail: present: bluetooth hci0"},
		{"radios", map[string]string{"sys/class/usbmisc/cdc-wdm0/dev": "180:0\n"}, "fail: present: wwan cdc-wdm0"},
		{"radios", map[string]string{"sys/class/wwan/wwan0/x": ""}, "fail: present: wwan wwan0"},
		{"radios", map[string]string{"sys/class/net/wlp2s0/wireless/x": ""}, "fail: present: wlan wlp2s0"},
		{"radios", map[string]string{"sys/class/rfkill/rfkill0/type": "fm\n"}, "fail: present: fm"},
		{"radios", map[string]string{"sys/class": gone}, "unknown: /sys/class: file does not exist"},
		{"radios", map[string]string{"sys/class/rfkill/rfkill0/hard": "1\n"}, "unknown: /sys/class/rfkill/rfkill0/type: file does not exist"},

		{"listeners", ports("tcp", "0: 00000000:0016 "+none+" 0A"), "fail: open: tcp 22"},
		{"listeners", ports("tcp6", "0: 00000000000000000000000000000000:0016 "+none+" 0A"), "fail: open: tcp6 22"},
		{"listeners", ports("udp", "0: 00000000:0044 "+none+" 07"), "fail: open: udp 68"},
		{"listeners", ports("tcp", "0: 0100007F:0277 "+none+" 0A"), "pass: only on the loopback address: tcp 631"},
		{"listeners", ports("tcp6", "0: 00000000000000000000000001000000:0277 "+none+" 0A"), "pass: only on the loopback address: tcp6 631"},
		{"listeners", ports("tcp6", "0: 0000000000000000FFFF00000100007F:0277 "+none+" 0A"), "pass: only on the loopback address: tcp6 631"},
		{"listeners", ports("tcp", "0: 7F000001:0277 "+none+" 0A"), "fail: open: tcp 631"}, // 1.0.0.127
		{"listeners", ports("tcp", "0: 0100A8C0:8724 507100CB:01BB 01"), "pass: none"},
		{"listeners", ports("tcp", "0: 00000000 "+none+" 0A"), "unknown: /proc/net/tcp: want an address and a port, found another field"},
		{"listeners", ports("tcp", "0: 00000000:0016"), "unknown: /proc/net/tcp: want lines of 4 fields or more, found 2"},
		{"listeners", map[string]string{"proc/net": gone}, "unknown: /proc/net/tcp: file does not exist"},

		{"remote-desktop", map[string]string{"proc/9/status": "Name:\tx11vnc\nUid:\t0\n"}, "fail: running: x11vnc"},
		{"remote-desktop", map[string]string{"proc/9/status": "Name:\tklipper\nUid:\t1000\n", "proc/10/status": "Name:\tsshd\nUid:\t0\n"}, "fail: running: klipper, sshd"},
		{"remote-desktop", map[string]string{"proc/9/status": "Name:\tgpg-agent\nUid:\t1000\n"}, "pass: none of those known"},
		{"remote-desktop", map[string]string{"proc/1": gone, "proc/700": gone}, "unknown: /proc: want a process, found none"},

		{"usb", map[string]string{"sys/bus/usb/devices/usb1/authorized_default": "1\n"}, "fail: take any device: usb1"},
		{"usb", map[string]string{"sys/bus/usb/devices/usb2/speed": "480\n"}, "fail: take any device: usb2"},
		{"usb", map[string]string{"sys/bus/usb/devices/usb1/authorized_default": "1\n", "proc/9/status": "Name:\tusbguard-daemon\nUid:\t0\n"}, "pass: usbguard runs"},
		{"usb", map[string]string{"sys/bus/usb/devices": gone, "sys/bus/pci/x": ""}, "pass: no bus takes new devices"},
		{"usb", map[string]string{"sys/bus": gone}, "unknown: /sys/bus: file does not exist"},
	}
}
