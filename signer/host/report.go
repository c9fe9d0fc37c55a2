package host

// The measures of a Report, in its order. The names are stable: callers decide
// by them which lack of one refuses.
const (
	CoreDumps    = "core-dumps"    // the program leaves no copy of its memory and takes no debugger
	Landlock     = "landlock"      // it opens no file outside the places that it was given
	MemoryLocked = "memory-locked" // none of its memory is ever written to swap
	NetNamespace = "net-namespace" // it sees no network interface of the machine
	NoNewPrivs   = "no-new-privs"  // nothing that it could start gains rights
	Seccomp      = "seccomp"       // the kernel refuses sockets, debugging, mounts and other programs
)

// Places is what the program may still open once it is confined. The zero
// Places opens nothing. Paths are absolute and exist; a folder means all below.
type Places struct {
	Read  []string // files and folders to read
	Write []string // files and folders to read, write, make and remove in
}

// Measure is what came of one measure. Held is set only when the kernel took
// it and a trial afterwards showed its effect. The zero Measure doesn't hold.
type Measure struct {
	Name  string `json:"name"`
	Held  bool   `json:"held"`
	Found string `json:"found"` // what was achieved, or why it was not
}

// Report is one line for each measure, in the order of their names:
//
//	core-dumps     yes  limit 0, not dumpable
//	landlock       yes  ABI 7, places: 2 to read, 1 to write; opening / was refused
//	memory-locked  no   limit of 8388608 bytes, wanted none (LimitMEMLOCK=infinity)
//	net-namespace  no   not permitted (wanted CAP_SYS_ADMIN at start)
//	no-new-privs   yes  5 of 5 threads
//	seccomp        yes  5 of 5 threads; socket and ptrace were refused
type Report []Measure

// Holds tells whether a measure was achieved. Of a name that the report does
// not have it is false.
func (r Report) Holds(name string) bool {
	for _, m := range r {
		if m.Name == name {
			return m.Held
		}
	}
	return false
}
