package story

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"strongroom/cmd/internal/cli"
	"strongroom/cmd/internal/regtest"
)

// stage is where the story plays: the folder, the programs, and what one step
// leaves for the next.
type stage struct {
	w     cli.World
	o     Options
	times []lasted
	node  *regtest.Node
	agent *agent
	apart []string // in front of a signer's command: takes its network away

	secrets     [][]byte          // all that was typed unseen
	passphrases map[string][]byte // by holder
	shares      map[string]string // where each holder's share lies
	payee       map[string]string // addresses by label
	receive     string            // the wallet's first address
	genesis     string
	programEnd  string // last digits of the signer's program, by sha256sum
	first       order
	second      order
	third       order
	fourth      order
}

// lasted says how long a step took.
type lasted struct {
	title string
	took  time.Duration
}

// order is one withdrawal as the story follows it.
type order struct {
	name   string // of its folder on the carrier
	id     string
	label  string
	amount string
	txid   string
}

func newStage(w cli.World, o Options) *stage {
	return &stage{w: w, o: o, passphrases: map[string][]byte{}, shares: map[string]string{}, payee: map[string]string{}}
}

// clear stops what still runs.
func (s *stage) clear() {
	if s.agent != nil {
		s.agent.stop()
		s.agent = nil
	}
	if s.node != nil {
		s.node.Stop()
		s.node = nil
	}
	for _, p := range s.secrets {
		cli.Wipe(p)
	}
}

// in returns the path of something in the story's folder.
func (s *stage) in(parts ...string) string {
	return filepath.Join(append([]string{s.o.Folder}, parts...)...)
}

// scene is one step while it is played. The first thing that goes wrong is kept
// in err, and nothing is done any more: a step reads as the list of what it
// does.
type scene struct {
	*stage
	ctx context.Context // of the whole story; a scene lives no longer
	err error
}

// clearly plays a step, unless something went wrong before.
func (s *scene) clearly(play func(*scene)) {
	if s.err == nil {
		play(s)
	}
}

// say tells the audience something, unless something went wrong before.
func (s *scene) say(format string, args ...any) {
	if s.err == nil {
		s.blank()
		s.stage.say(format, args...)
	}
}

// must keeps the first error.
func (s *scene) must(err error) {
	if s.err == nil {
		s.err = err
	}
}

// want ends the story unless ok.
func (s *scene) want(ok bool, format string, args ...any) {
	if !ok {
		s.must(fmt.Errorf("want "+format, args...))
	}
}

// find returns what the pattern's group matches in a text, as a person would
// look for it on a screen.
func (s *scene) find(in string, pattern string) string {
	if s.err != nil {
		return ""
	}
	m := regexp.MustCompile(pattern).FindStringSubmatch(in)
	if len(m) < 2 {
		s.must(fmt.Errorf("want something like %q on the screen, found none", pattern))
		return ""
	}
	return m[1]
}

// read returns a file of the story's folder.
func (s *scene) read(path string) []byte {
	if s.err != nil {
		return nil
	}
	b, err := s.w.ReadFile(s.in(path), maxFile)
	s.must(err)
	return b
}

// write puts a file into the story's folder.
func (s *scene) write(path string, b []byte) {
	if s.err == nil {
		s.must(os.WriteFile(s.in(path), b, 0o600))
	}
}

// folder makes folders in the story's folder.
func (s *scene) folder(paths ...string) {
	for _, path := range paths {
		if s.err == nil {
			s.must(os.MkdirAll(s.in(path), 0o700))
		}
	}
}

// copyFolder copies a flat folder of the carrier to a new one.
func (s *scene) copyFolder(from, to string) {
	if s.err != nil {
		return
	}
	if s.must(os.Mkdir(s.in(to), 0o700)); s.err != nil {
		return
	}
	entries, err := os.ReadDir(s.in(from))
	s.must(err)
	for _, e := range entries {
		s.write(filepath.Join(to, e.Name()), s.read(filepath.Join(from, e.Name())))
	}
}

// one returns the only file of a folder whose name matches.
func (s *scene) one(folder, pattern string) string {
	if s.err != nil {
		return ""
	}
	names, err := filepath.Glob(s.in(folder, pattern))
	s.must(err)
	s.want(len(names) == 1, "one %s in %s, found %d", pattern, folder, len(names))
	if s.err != nil {
		return ""
	}
	return strings.TrimPrefix(names[0], s.o.Folder+string(filepath.Separator))
}

// missing says whether a file of the story's folder is not there.
func (s *stage) missing(path string) bool {
	_, err := os.Lstat(s.in(path))
	return os.IsNotExist(err)
}
