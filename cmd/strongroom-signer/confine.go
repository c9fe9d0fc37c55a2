package main

import (
	"os"
	"path/filepath"

	"strongroom/signer/host"
	"strongroom/signer/keystore"
)

// reach is what a command opens besides the home, the program's own file and
// the terminal. Paths may be relative.
type reach struct {
	read  []string // carriers and files that exist
	write []string // folders that exist
	make  []string // folders to be made: what holds them is opened for it
}

// confine walls the process off, once: a second call changes nothing. It must
// come after everything that looks at the whole machine. What it could not
// achieve is in the report, and is no error.
func (p *program) confine(n reach) host.Report {
	if p.walls == nil {
		p.walls = host.Confine(p.places(n))
	}
	return p.walls
}

// places names what the process may open. A path that is not there opens
// nothing, and the command will say so itself.
func (p *program) places(n reach) host.Places {
	var places host.Places
	add := func(to *[]string, path string) {
		if path == "" {
			return
		}
		abs, err := filepath.Abs(path)
		if err != nil {
			return
		}
		if _, err := os.Stat(abs); err == nil {
			*to = append(*to, abs)
		}
	}
	if self, err := os.Executable(); err == nil {
		add(&places.Read, self)
	}
	for _, path := range n.read {
		add(&places.Read, path)
	}
	if home, err := p.world.Home(*p.homeFlag, homeVariable); err == nil {
		add(&places.Write, home)
	}
	add(&places.Write, "/dev/tty")
	for _, path := range n.write {
		add(&places.Write, path)
	}
	for _, path := range n.make {
		if path != "" {
			add(&places.Write, filepath.Dir(filepath.Clean(path)))
		}
	}
	return places
}

// showWalls tells how far this run is walled off.
func (p *program) showWalls() {
	if p.walls == nil {
		p.world.Field("sandbox", "none in this run")
	}
	for i, m := range p.walls {
		p.world.Field(once(i, "sandbox"), m.Name+" "+held(m))
	}
	erased := "NO: this build leaves that to the collector"
	if keystore.Shielded {
		erased = "yes: by the runtime, behind each use of a secret"
	}
	p.world.Field("", "erasure "+erased)
}

func held(m host.Measure) string {
	if m.Held {
		return "yes: " + m.Found
	}
	return "NO: " + m.Found
}
