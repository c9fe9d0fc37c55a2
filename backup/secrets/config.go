package secrets

import (
	"path"
	"strings"
)

// Config says where credentials come from; it holds no secret. Only ParseConfig
// makes one that can be opened.
type Config struct {
	kind   kind
	where  string // a file's path, or the name of a systemd credential
	server server
	read   readFrom
	fields fields
}

// kind is the word behind "credentials".
type kind uint8

const (
	fromFile kind = 1 + iota
	fromSystemd
	fromEnvironment
	fromVault
)

// readFrom is what is read at Vault: a path of a key-value store at a mount, or
// any path that lends.
type readFrom struct {
	lease       bool
	mount, path string // no mount for a lease
}

// fields are the names that the keys have in Vault's answer.
type fields struct{ access, secret, session string }

const none = "none" // for what is not there and must be said

// ParseConfig reads the text that the package comment shows. What it accepts,
// Bytes renders to the same bytes.
func ParseConfig(b []byte) (Config, error) {
	r, err := newConfigReader("credentials", b)
	if err != nil {
		return Config{}, err
	}
	var c Config
	word := r.fields("credentials", 1, 2)
	switch word[0] {
	case "file":
		c.kind, c.where = fromFile, r.file(word[1])
	case "systemd":
		c.kind, c.where = fromSystemd, r.word("credential", word[1])
	case "environment", "vault":
		c.kind = fromEnvironment
		if word[0] == "vault" {
			c.kind = fromVault
		}
		if word[1] != "" {
			r.refuse("want nothing behind %q, found more", word[0])
		}
	default:
		r.refuse("want file PATH, systemd NAME, environment or vault, found something else")
	}
	if c.kind == fromVault {
		c.server = r.server()
		c.read = r.readFrom()
		c.fields = r.fieldNames()
	}
	return c, r.end()
}

// Bytes renders the text that ParseConfig reads; nothing for the zero Config.
func (c Config) Bytes() []byte {
	switch c.kind {
	case fromFile:
		return []byte("credentials file " + c.where + "\n")
	case fromSystemd:
		return []byte("credentials systemd " + c.where + "\n")
	case fromEnvironment:
		return []byte("credentials environment\n")
	case fromVault:
		return []byte("credentials vault\n" + c.server.text() + "read " + c.read.words() + "\n" +
			"fields " + c.fields.access + " " + c.fields.secret + " " + c.fields.session + "\n")
	}
	return nil
}

// String says in few words where the credentials come from.
func (c Config) String() string {
	switch c.kind {
	case fromFile:
		return "file " + c.where
	case fromSystemd:
		return "systemd " + c.where
	case fromEnvironment:
		return "environment"
	case fromVault:
		return "vault " + c.server.address + " " + c.read.words()
	}
	return "no credentials"
}

// PrivateFile is a file that gets its reader the keys.
type PrivateFile struct {
	Path string
	Unit bool // systemd made it: an access list shows as readable by the group
}

// PrivateFiles are the files that nobody but the job should be able to read; none
// where the keys come from elsewhere. env reads the environment.
func (c Config) PrivateFiles(env func(string) string) []PrivateFile {
	var out []PrivateFile
	switch c.kind {
	case fromFile:
		out = append(out, PrivateFile{Path: c.where})
	case fromSystemd:
		out = append(out, PrivateFile{Path: path.Join(env("CREDENTIALS_DIRECTORY"), c.where), Unit: true})
	case fromVault:
		l := c.server.login
		for _, name := range []string{l.roleID, l.token, l.key} { // the envelope opens once, and is gone
			if name != "" && name != none {
				out = append(out, PrivateFile{Path: name})
			}
		}
	}
	return out
}

// Warnings are sentences for the person who chose this source.
func (c Config) Warnings() []string {
	if c.kind != fromEnvironment {
		return nil
	}
	return []string{"credentials: the environment is read by every program that this one starts, and by whoever may look at this process: use a file, systemd or vault"}
}

func (f readFrom) words() string {
	if f.lease {
		return "lease " + f.path
	}
	return "kv " + f.mount + " " + f.path
}

// api is the path that the API has for it.
func (f readFrom) api() string {
	if f.lease {
		return f.path
	}
	return f.mount + "/data/" + f.path
}

// SignerConfig says which key of which server signs manifests. Only
// ParseSignerConfig makes one that can be opened.
type SignerConfig struct {
	server     server
	mount, key string
}

// ParseSignerConfig reads the signer's text that the package comment shows.
func ParseSignerConfig(b []byte) (SignerConfig, error) {
	r, err := newConfigReader("signer", b)
	if err != nil {
		return SignerConfig{}, err
	}
	var c SignerConfig
	if word := r.fields("signer", 1, 1); word[0] != "vault" {
		r.refuse("want vault, found something else")
	}
	c.server = r.server()
	word := r.fields("key", 2, 2)
	c.mount, c.key = r.vaultPath(word[0]), r.word("key", word[1])
	return c, r.end()
}

// Bytes renders the text that ParseSignerConfig reads; nothing for the zero
// SignerConfig.
func (c SignerConfig) Bytes() []byte {
	if c.key == "" {
		return nil
	}
	return []byte("signer vault\n" + c.server.text() + "key " + c.mount + " " + c.key + "\n")
}

// String says in few words which key signs.
func (c SignerConfig) String() string {
	if c.key == "" {
		return "no signer"
	}
	return "vault " + c.server.address + " key " + c.mount + "/" + c.key
}

// server is how a Vault server is reached, and how it lets us in.
type server struct {
	address   string // https://HOST:PORT
	authority string // a file, or "system"
	login     login
}

// login is one of the three ways to log in. A file that is not used is "".
type login struct {
	method      method
	mount, role string
	token       string // the token, or where it is kept; "none" for nowhere
	roleID      string
	wrapped     string
	certificate string
	key         string
}

type method uint8

const (
	byToken method = 1 + iota
	byAppRole
	byCertificate
)

func (s server) text() string {
	return "address " + s.address + "\nauthority " + s.authority + "\nlogin " + s.login.words() + "\n"
}

func (l login) words() string {
	switch l.method {
	case byToken:
		return "token " + l.token
	case byAppRole:
		return strings.Join([]string{"approle", l.mount, l.role, l.roleID, l.wrapped, l.token}, " ")
	case byCertificate:
		return strings.Join([]string{"certificate", l.mount, l.role, l.certificate, l.key}, " ")
	}
	return ""
}
