package host

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// accounts counts who can log in besides root: one is the signer's own.
func accounts(m machine) verdict {
	lines, err := m.lines("etc/passwd")
	if err != nil {
		return unread(err)
	}
	var people, roots []string
	for _, line := range lines {
		fields := strings.Split(line, ":")
		if len(fields) != 7 {
			return unknown("/etc/passwd: want lines of 7 fields, found %d", len(fields))
		}
		switch {
		case fields[2] == "0":
			roots = append(roots, fields[0])
		case opens(fields[6]):
			people = append(people, fields[0])
		}
	}
	switch {
	case len(roots) > 1:
		return fail("with user id 0: %s", named(roots))
	case len(people) > 1:
		return fail("with a shell: %s", named(people))
	case len(people) == 1:
		return pass("with a shell: %s", people[0])
	}
	return pass("none with a shell but root")
}

// opens tells whether a login shell lets its user in.
func opens(shell string) bool {
	name := shell[strings.LastIndex(shell, "/")+1:]
	return !slices.Contains([]string{"nologin", "false", "true", "sync", "halt", "shutdown"}, name)
}

// login is somebody who is logged in.
type login struct {
	user   string
	remote string // from where; "" at the machine itself
}

// logins wants one user at most, at the machine itself.
func logins(m machine) verdict {
	found, err := sessions(m)
	if err != nil {
		return unread(err)
	}
	var users, remote []string
	for _, l := range found {
		users = append(users, l.user)
		if l.remote != "" {
			remote = append(remote, l.user+" from "+l.remote)
		}
	}
	slices.Sort(users)
	users = slices.Compact(users)
	switch {
	case len(remote) > 0:
		return fail("from elsewhere: %s", named(remote))
	case len(users) > 1:
		return fail("%s", named(users))
	case len(users) == 1:
		return pass("%s", users[0])
	}
	return pass("nobody")
}

// sessions reads systemd's sessions, or the older utmp.
func sessions(m machine) ([]login, error) {
	if !m.has("run/systemd/sessions") {
		return utmp(m)
	}
	names, err := m.list("run/systemd/sessions")
	var all []login
	for _, name := range names {
		if strings.HasSuffix(name, ".ref") { // a pipe
			continue
		}
		text, err := m.read("run/systemd/sessions/" + name)
		if err != nil {
			return nil, err
		}
		if setting(text, "CLASS") != "user" { // the login screen, or systemd's own
			continue
		}
		l := login{user: orNone(setting(text, "USER"))}
		if setting(text, "REMOTE") == "1" {
			l.remote = orNone(setting(text, "REMOTE_HOST"))
		}
		all = append(all, l)
	}
	return all, err
}

// setting returns the value behind "NAME=" in a text of such lines.
func setting(text, name string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name+"="); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// utmp reads the records of utmp(5). Their fields lie at fixed places: the type
// at 0, the user at 44, the host at 76.
func utmp(m machine) ([]login, error) {
	const userProcess = 7
	b, err := m.bytes("run/utmp")
	if err != nil {
		return nil, err
	}
	if len(b)%utmpRecord != 0 {
		return nil, fmt.Errorf("/run/utmp: want records of %d bytes, found %d bytes", utmpRecord, len(b))
	}
	var all []login
	for ; len(b) > 0; b = b[utmpRecord:] {
		if b[0] == userProcess && b[1] == 0 {
			all = append(all, login{user: orNone(terminated(b[44:76])), remote: terminated(b[76:332])})
		}
	}
	return all, nil
}

func terminated(b []byte) string {
	text, _, _ := bytes.Cut(b, []byte{0})
	return string(text)
}

// process is a running program: its name and its owner.
type process struct {
	name string
	user int
}

// processList reads /proc. Kernel threads and the system's own are in it.
func processList(m machine) ([]process, error) {
	names, err := m.list("proc")
	if err != nil {
		return nil, err
	}
	var all []process
	for _, name := range names {
		if _, err := strconv.ParseUint(name, 10, 32); err != nil {
			continue
		}
		text, err := m.read("proc/" + name + "/status")
		if err != nil {
			if name == "1" { // hidden, as with hidepid
				return nil, err
			}
			continue // it has ended
		}
		ids := strings.Fields(field(text, "Uid"))
		user, bad := 0, len(ids) == 0
		if !bad {
			user, err = strconv.Atoi(ids[0])
		}
		if bad || err != nil {
			return nil, fmt.Errorf("/proc/%s/status: want a Uid, found none", name)
		}
		all = append(all, process{field(text, "Name"), user})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("/proc: want a process, found none")
	}
	return all, nil
}

// processes fails for programs of people other than who runs this one.
func processes(m machine) verdict {
	all, err := processList(m)
	if err != nil {
		return unread(err)
	}
	var others []string
	for _, p := range all {
		if p.user >= firstPerson && p.user != nobody && p.user != m.facts.User {
			others = append(others, fmt.Sprintf("%s of user %d", p.name, p.user))
		}
	}
	if len(others) > 0 {
		return fail("%s", named(others))
	}
	return pass("none of other people")
}

// programs fails for those that keep a clipboard, show the screen to others or
// answer to a virtual machine's host. The kernel keeps 15 letters of a name.
func programs(m machine) verdict {
	all, err := processList(m)
	if err != nil {
		return unread(err)
	}
	var found []string
	for _, p := range all {
		if slices.Contains(unwelcome(), p.name) {
			found = append(found, p.name)
		}
	}
	if len(found) > 0 {
		return fail("running: %s", named(found))
	}
	return pass("none of those known")
}

func unwelcome() []string {
	return []string{
		"sshd", "dropbear", "telnetd", "in.telnetd", "rlogind", "mosh-server", "cockpit-ws", "ttyd", "gotty", // shells
		"xrdp", "xrdp-sesman", "x11vnc", "x0vncserver", "Xvnc", "Xtigervnc", "Xtightvnc", "vncserver", "wayvnc", "krfb", // screens
		"gnome-remote-de", "vino-server", "teamviewerd", "anydesk", "rustdesk", "nxserver.bin", "NoMachine", "barrier", "barriers", "synergys",
		"copyq", "klipper", "parcellite", "clipit", "clipmenud", "cliphist", "gpaste-daemon", "greenclip", "diodon", "xclip", "xsel", "wl-paste", "wl-copy", // clipboards
		"kdeconnectd", "gsconnect", "syncthing", "dropbox", "nextcloud", // other devices
		"spice-vdagent", "spice-vdagentd", "vmtoolsd", "VBoxClient", "VBoxService", "qemu-ga", "waagent", // a host
	}
}
