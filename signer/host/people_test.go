package host

import (
	"strings"
	"testing"
)

func peopleMachines() []changed {
	passwd := func(lines string) map[string]string { return map[string]string{"etc/passwd": lines} }
	session := func(text string) map[string]string { return map[string]string{"run/systemd/sessions/2": text} }
	const root = "root:x:0:0::/root:/bin/bash\n"
	return []changed{
		{"accounts", passwd(root), "pass: none with a shell but root"},
		{"accounts", passwd(root + "a:x:1000:1000::/a:/bin/bash\nb:x:1001:1001::/b:/bin/sh\n"), "fail: with a shell: a, b"},
		{"accounts", passwd(root + "a:x:1000:1000::/a:/bin/bash\nb:x:1001:1001::/b:/bin/false\n"), "pass: with a shell: a"},
		{"accounts", passwd(root + "a:x:1000:1000::/a:\nb:x:1001:1001::/b:\n"), "fail: with a shell: a, b"}, // none means /bin/sh
		{"accounts", passwd(root + "toor:x:0:0::/root:/usr/sbin/nologin\n"), "fail: with user id 0: root, toor"},
		{"accounts", passwd("root:x:0\n"), "unknown: /etc/passwd: want lines of 7 fields, found 3"},

		{"logins", session("USER=eve\nCLASS=user\nREMOTE=1\nREMOTE_HOST=192.0.2.1\n"), "fail: from elsewhere: eve from 192.0.2.1"},
		{"logins", session("USER=eve\nCLASS=user\nREMOTE=0\n"), "fail: eve, signer"},
		{"logins", session("USER=gdm\nCLASS=greeter\nREMOTE=0\n"), "pass: signer"},
		{"logins", map[string]string{"run/systemd/sessions/1": "CLASS=manager\n"}, "pass: nobody"},
		{"logins", map[string]string{"run/systemd": gone, "run/utmp": utmpOf("signer", "") + utmpOf("eve", "")}, "fail: eve, signer"},
		{"logins", map[string]string{"run/systemd": gone, "run/utmp": utmpOf("signer", "192.0.2.1")}, "fail: from elsewhere: signer from 192.0.2.1"},
		{"logins", map[string]string{"run/systemd": gone, "run/utmp": ""}, "pass: nobody"},
		{"logins", map[string]string{"run/systemd": gone, "run/utmp": "short"}, "unknown: /run/utmp: want records of 384 bytes, found 5 bytes"},
		{"logins", map[string]string{"run/systemd/sessions/1": "CLASS=user"}, "pass: none"},
		{"logins", map[string]string{"run/systemd": gone, "run/utmp": utmpOf("", "")}, "pass: none"},
		{"logins", map[string]string{"run/systemd": gone}, "unknown: /run/utmp: file does not exist"},

		{"processes", map[string]string{"proc/9/status": "Name:\tsleep\nUid:\t1001\t1001\n"}, "fail: sleep of user 1001"},
		{"processes", map[string]string{"proc/9/status": "Name:\tsleep\nUid:\t999\n"}, "pass: none of other people"},
		{"processes", map[string]string{"proc/9/status": "Name:\tsleep\nUid:\t65534\n"}, "pass: none of other people"},
		{"processes", map[string]string{"proc/9/status": "Name:\tsleep\n"}, "unknown: /proc/9/status: want a Uid, found none"},
		{"processes", map[string]string{"proc/1/status": gone, "proc/1/comm": "x"}, "unknown: /proc/1/status: file does not exist"},
		{"processes", map[string]string{"proc/9/comm": "gone"}, "pass: none of other people"},
	}
}

// utmpOf is one record of utmp(5).
func utmpOf(user, remote string) string {
	b := make([]byte, utmpRecord)
	b[0] = 7
	copy(b[44:], user)
	copy(b[76:], remote)
	return string(b)
}

func TestManyNamesAreCounted(t *testing.T) {
	got := named(strings.Split("h g f e d c b a a", " "))
	if want := "a, b, c, d, e, f and 2 more"; got != want {
		t.Errorf("names: want %s, found %s", want, got)
	}
}
