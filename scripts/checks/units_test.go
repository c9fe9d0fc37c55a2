package checks

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const unitsIn = "../systemd"

// fewestUnits is a floor: fewer means that the folder was not read.
const fewestUnits = 13

// hardened are the lines that every service has: what it does not need is not
// there for whoever breaks into it.
func hardened() []string {
	return []string{"NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes"}
}

// unitLines reads the units, without remarks and empty lines.
func unitLines(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(unitsIn + "/*.*")
	if err != nil || len(files) < fewestUnits {
		t.Fatalf("%s: want at least %d units, found %d, %v", unitsIn, fewestUnits, len(files), err)
	}
	out := map[string][]string{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for l := range strings.Lines(string(b)) {
			if l = strings.TrimSuffix(l, "\n"); l != "" && !strings.HasPrefix(l, "#") {
				out[filepath.Base(f)] = append(out[filepath.Base(f)], l)
			}
		}
	}
	return out
}

func has(lines []string, want string) bool { return slices.Contains(lines, want) }

func valueOf(lines []string, keyword string) []string {
	var out []string
	for _, l := range lines {
		if v, ok := strings.CutPrefix(l, keyword+"="); ok {
			out = append(out, v)
		}
	}
	return out
}

// Every service is confined and runs as nobody special; every timer makes good
// what it missed, at a time that nobody can know to the minute.
func TestUnitsAreConfined(t *testing.T) {
	units := unitLines(t)
	for name, lines := range units {
		if strings.HasSuffix(name, ".timer") {
			if !has(lines, "Persistent=true") || len(valueOf(lines, "RandomizedDelaySec")) != 1 || len(valueOf(lines, "OnCalendar")) != 1 {
				t.Errorf("%s: want OnCalendar, RandomizedDelaySec and Persistent=true, found another", name)
			}
			if units[strings.TrimSuffix(name, ".timer")+".service"] == nil {
				t.Errorf("%s: want a service of that name, found none", name)
			}
			continue
		}
		for _, l := range hardened() {
			if !has(lines, l) {
				t.Errorf("%s: want %s, found none", name, l)
			}
		}
		if user := valueOf(lines, "User"); !has(lines, "DynamicUser=yes") && (len(user) != 1 || user[0] == "root") {
			t.Errorf("%s: want a user of its own, found %v", name, user)
		}
		if strings.Contains(strings.Join(valueOf(lines, "Environment"), " "), "KEY") {
			t.Errorf("%s: want no key in the environment", name)
		}
	}
}

// No two of the four powers have one credential.
func TestUnitsKeepThePowersApart(t *testing.T) {
	units := unitLines(t)
	power := map[string]string{"run": "writer", "verify": "probe", "status": "writer", "posture": "writer", "probe": "probe", "extend": "keeper"}
	for name, want := range power {
		found := 0
		for _, c := range valueOf(units["strongroom-backup-"+name+".service"], "LoadCredential") {
			for _, p := range []string{"writer", "probe", "keeper"} {
				if strings.Contains(c, ":/etc/strongroom/"+p+"/") {
					found++
					if p != want {
						t.Errorf("%s: want credentials of the %s alone, found %s", name, want, c)
					}
				}
			}
		}
		if found == 0 {
			t.Errorf("%s: want credentials of the %s, found none", name, want)
		}
	}
}

// Who writes the copies is not who signs that they are good.
func TestUnitsVerifyWithAnotherKeyThanTheWriters(t *testing.T) {
	units := unitLines(t)
	for name, want := range map[string]string{"run": "maker", "verify": "verifier", "probe": "verifier"} {
		lines := units["strongroom-backup-"+name+".service"]
		start := strings.Join(valueOf(lines, "ExecStart"), " ")
		if !strings.Contains(start, " --key ${CREDENTIALS_DIRECTORY}/"+want+".key") || !has(lines, "LoadCredential="+want+".key:/etc/strongroom/"+want+".key") {
			t.Errorf("%s: want it to sign with %s.key, found %s", name, want, start)
		}
	}
}

// A sample that a known block chose can be foreseen, so newer headers come first; a
// node that is away stops no probe and no run.
func TestUnitsTakeInHeadersBeforeASampleIsChosen(t *testing.T) {
	units := unitLines(t)
	for _, name := range []string{"probe", "run"} {
		lines := units["strongroom-backup-"+name+".service"]
		const first = "ExecStartPre=-/usr/local/bin/strongroom node status"
		at := slices.Index(lines, first)
		if start := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "ExecStart=") }); at < 0 || at > start {
			t.Errorf("%s: want %s before the work, found none", name, first)
		}
	}
}

// systemd itself reads the units, with a program that exists in the place of
// ours.
func TestSystemdTakesTheUnits(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed: units were only read by us")
	}
	dir := t.TempDir()
	var names []string
	for name := range unitLines(t) {
		b, err := os.ReadFile(filepath.Join(unitsIn, name))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer("/usr/local/bin/strongroom", "/bin/true", "/usr/bin/logger", "/bin/true").Replace(string(b))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(name, "@") {
			names = append(names, filepath.Join(dir, name))
		}
	}
	out, err := exec.Command(tool, append([]string{"verify", "--man=no", "--recursive-errors=no"}, names...)...).CombinedOutput()
	for l := range strings.Lines(string(out)) {
		if strings.Contains(l, dir) || strings.Contains(l, "strongroom-backup-") {
			t.Errorf("systemd-analyze: %s", l)
		}
	}
	if err != nil && len(out) == 0 {
		t.Error(err)
	}
}
