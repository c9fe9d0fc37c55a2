package host

import (
	"fmt"
	"strconv"
	"strings"
)

// network fails for each interface that is switched on, whether or not a cable
// is in it. Interfaces are told by their kind, not by their name.
func network(m machine) verdict {
	if !m.has("sys/class/net") {
		return unknown("/sys/class/net: file does not exist")
	}
	names, err := m.list("sys/class/net")
	if err != nil {
		return unread(err)
	}
	var up, down []string
	for _, name := range names {
		at := "sys/class/net/" + name
		if m.is(at+"/type", loopback) || !m.has(at+"/flags") && !m.has(at+"/type") { // a file of the bonding driver
			continue
		}
		flags, err := m.read(at + "/flags")
		if err != nil {
			return unread(err)
		}
		bits, err := strconv.ParseUint(strings.TrimPrefix(flags, "0x"), 16, 64)
		if err != nil {
			return unknown("/%s/flags: want a hexadecimal number, found another text", at)
		}
		if bits&1 == 1 || m.is(at+"/operstate", "up") || m.is(at+"/carrier", "1") {
			up = append(up, name)
		} else {
			down = append(down, name)
		}
	}
	switch {
	case len(up) > 0:
		return fail("up: %s", named(up))
	case len(down) > 0:
		return pass("all down: %s", named(down))
	}
	return pass("no interface")
}

// radio is one kind of radio: rfkill's word for it, and where its devices show.
type radio struct {
	kind    string
	classes []string
}

func radioKinds() []radio {
	return []radio{
		{"wlan", []string{"ieee80211"}},
		{"bluetooth", []string{"bluetooth"}},
		{"wwan", []string{"wwan"}},
		{"nfc", []string{"nfc"}},
		{"ultrawideband", nil},
		{"wimax", nil},
		{"gps", []string{"gnss"}},
		{"fm", nil},
	}
}

// radios fails for each kind of radio that the machine has, unless a switch in
// hardware holds all of that kind.
func radios(m machine) verdict {
	if !m.has("sys/class") {
		return unknown("/sys/class: file does not exist")
	}
	on, off, err := switches(m)
	if err != nil {
		return unread(err)
	}
	devices, err := radioDevices(m)
	if err != nil {
		return unread(err)
	}
	var found []string
	for kind, names := range devices {
		if len(off[kind]) == 0 || len(on[kind]) > 0 {
			found = append(found, names...)
		}
	}
	for _, names := range on {
		found = append(found, names...)
	}
	switch {
	case len(found) > 0:
		return fail("present: %s", named(found))
	case len(off) > 0:
		var held []string
		for _, names := range off {
			held = append(held, names...)
		}
		return pass("held off by a hardware switch: %s", named(held))
	}
	return pass("none")
}

// switches reads rfkill: the radios by kind, those that a hardware switch holds
// off apart from the others.
func switches(m machine) (on, off map[string][]string, err error) {
	on, off = map[string][]string{}, map[string][]string{}
	names, err := m.list("sys/class/rfkill")
	for _, name := range names {
		at := "sys/class/rfkill/" + name
		kind, err := m.read(at + "/type")
		if err != nil {
			return nil, nil, err
		}
		to := on
		if m.is(at+"/hard", "1") {
			to = off
		}
		device, _ := m.read(at + "/name") // only a label
		to[kind] = append(to[kind], strings.TrimSpace(kind+" "+device))
	}
	return on, off, err
}

// radioDevices lists the radios that drivers show, by kind.
func radioDevices(m machine) (map[string][]string, error) {
	found := map[string][]string{}
	for _, r := range radioKinds() {
		for _, class := range r.classes {
			names, err := m.list("sys/class/" + class)
			if err != nil {
				return nil, err
			}
			for _, name := range names {
				found[r.kind] = append(found[r.kind], r.kind+" "+name)
			}
		}
	}
	nets, err := m.list("sys/class/net")
	if err != nil {
		return nil, err
	}
	for _, name := range nets {
		if m.has("sys/class/net/"+name+"/wireless") || m.has("sys/class/net/"+name+"/phy80211") {
			found["wlan"] = append(found["wlan"], "wlan "+name)
		}
	}
	return found, modems(m, found)
}

// modems adds those that only show as a control channel on USB.
func modems(m machine, found map[string][]string) error {
	names, err := m.list("sys/class/usbmisc")
	for _, name := range names {
		if strings.HasPrefix(name, "cdc-wdm") {
			found["wwan"] = append(found["wwan"], "wwan "+name)
		}
	}
	return err
}

// listeners fails for each port that waits for strangers. One on the loopback
// address alone is told, and passes: no cable leads to it.
func listeners(m machine) verdict {
	var open, local []string
	read := 0
	for _, protocol := range []string{"tcp", "tcp6", "udp", "udp6"} {
		name := "proc/net/" + protocol
		if !m.has(name) {
			continue
		}
		lines, err := m.lines(name)
		if err != nil {
			return unread(err)
		}
		read++
		for _, line := range lines[min(1, len(lines)):] {
			port, loop, listens, err := listening(protocol, line)
			switch {
			case err != nil:
				return unknown("/%s: %v", name, err)
			case listens && loop:
				local = append(local, port)
			case listens:
				open = append(open, port)
			}
		}
	}
	switch {
	case read == 0:
		return unknown("/proc/net/tcp: file does not exist")
	case len(open) > 0:
		return fail("open: %s", named(open))
	case len(local) > 0:
		return pass("only on the loopback address: %s", named(local))
	}
	return pass("none")
}

// listening reads a line of /proc/net/tcp or its like:
//
//	0: 0100007F:0277 00000000:0000 0A …
//
// the local address and port, the remote ones, the state: 0A listens, and 07 is
// a UDP socket that is open to anybody.
func listening(protocol, line string) (port string, loop, listens bool, err error) {
	fields := strings.Fields(line)
	if len(fields) < 4 {
		return "", false, false, fmt.Errorf("want lines of 4 fields or more, found %d", len(fields))
	}
	address, hex, ok := strings.Cut(fields[1], ":")
	number, parse := strconv.ParseUint(hex, 16, 16)
	if !ok || parse != nil {
		return "", false, false, fmt.Errorf("want an address and a port, found another field")
	}
	state := "0A"
	if strings.HasPrefix(protocol, "udp") {
		state = "07"
	}
	return fmt.Sprintf("%s %d", protocol, number), isLoopback(address), fields[3] == state, nil
}

// isLoopback knows 127.0.0.0/8, ::1 and the former inside the latter's family,
// as the kernel prints them: in words of the machine's byte order.
func isLoopback(hex string) bool {
	const mapped = "0000000000000000FFFF0000"
	v4 := strings.TrimPrefix(hex, mapped)
	return len(v4) == 8 && strings.HasSuffix(v4, "7F") || hex == "00000000000000000000000001000000"
}
