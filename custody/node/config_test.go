package node

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"strings"
	"testing"
)

// opener hands out files by path, in place of a file system.
func opener(files map[string]string) func(string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		b, ok := files[path]
		if !ok {
			return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
		}
		return []byte(b), nil
	}
}

func TestBothFormsOfTheFileAreRead(t *testing.T) {
	files := opener(map[string]string{"/p": "pass word\n", "/c": "__cookie__:00ff\n"})
	c, err := ReadConfig([]byte("url https://node.example:8334\nuser me\npassword-file /p\ncertificate none\n"), files)
	if err != nil || c.URL != "https://node.example:8334" || c.User != "me" || string(c.Password) != "pass word" || c.Certificate != nil {
		t.Errorf("password: found %s, %s, %v", c, c.User, err)
	}
	c, err = ReadConfig([]byte("url http://127.0.0.1:8332\ncookie-file /c\ncertificate none\n"), files)
	if err != nil || c.User != "__cookie__" || string(c.Password) != "00ff" {
		t.Errorf("cookie: found %s, %s, %v", c, c.User, err)
	}
}

func TestTheFileIsReadStrictly(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	files := opener(map[string]string{"/p": "secret\n", "/two": "a\nb\n", "/empty": "", "/c": "no colon", "/cert": "junk"})
	const rest = "user me\npassword-file /p\ncertificate none\n"
	tests := []struct{ name, in, want string }{
		{"empty", "", "node.txt: want 1 to 16384 bytes, found 0"},
		{"no LF", "url https://a:1", "node.txt: want LF as the last byte, found '1'"},
		{"CRLF", "url https://a:1\r\n", "node.txt: line 1: want printable ASCII and LF only, found byte 0d"},
		{"not ASCII", "url https://a:1\nuser \xc3\xa9\n", "node.txt: line 2: want printable ASCII and LF only, found byte c3"},
		{"order", "user me\nurl https://a:1\n", `node.txt: line 1: want "url" and its value, found something else`},
		{"password in it", "url https://a:1\nuser me\npassword hunter2\n", `node.txt: line 3: want "password-file" and its value, found something else`},
		{"two spaces", "url  https://a:1\n" + rest, `node.txt: line 1: want "url" and its value, found something else`},
		{"ends early", "url https://a:1\nuser me\npassword-file /p\n", `node.txt: line 4: want "certificate" and its value, found something else`},
		{"more", "url https://a:1\n" + rest + "user you\n", "node.txt: line 5: want the end of the file, found more"},
		{"password missing", "url https://a:1\nuser me\npassword-file /x\ncertificate none\n", "node.txt: line 3: password: /x: file does not exist"},
		{"password of two lines", "url https://a:1\nuser me\npassword-file /two\ncertificate none\n", "node.txt: line 3: password: want one line of 1 to 1024 bytes in /two, found something else"},
		{"password empty", "url https://a:1\nuser me\npassword-file /empty\ncertificate none\n", "node.txt: line 3: password: want one line of 1 to 1024 bytes in /empty, found something else"},
		{"cookie", "url https://a:1\ncookie-file /c\ncertificate none\n", "node.txt: line 2: cookie-file: want USER:PASSWORD in /c, found something else"},
		{"certificate missing", "url https://a:1\nuser me\npassword-file /p\ncertificate /x\n", "node.txt: line 4: certificate: /x: file does not exist"},
		{"certificate empty", "url https://a:1\nuser me\npassword-file /p\ncertificate /empty\n", "node.txt: line 4: certificate: want a certificate in /empty, found an empty file"},
		{"certificate junk", "url https://a:1\nuser me\npassword-file /p\ncertificate /cert\n", "node.txt: certificate: want a certificate in PEM, found something else"},
		{"plain to another machine", "url http://10.0.0.7:8332\n" + rest, `node.txt: url: want https for every machine but this one, found "http://10.0.0.7:8332"`},
		{"plain to a name", "url http://localhost.example:8332\n" + rest, `node.txt: url: want https for every machine but this one, found "http://localhost.example:8332"`},
		{"certificate for plain", "url http://127.0.0.1:1\nuser me\npassword-file /p\ncertificate /cert\n", "node.txt: certificate: want none for http, found one"},
		{"password in the URL", "url https://me:hunter2@a:1\n" + rest, "node.txt: url: want no user and no password in it, found some"},
		{"no port", "url https://a\n" + rest, `node.txt: url: want https://HOST:PORT, found "https://a"`},
		{"path", "url https://a:1/wallet/x\n" + rest, `node.txt: url: want https://HOST:PORT, found "https://a:1/wallet/x"`},
		{"query", "url https://a:1?x\n" + rest, `node.txt: url: want https://HOST:PORT, found "https://a:1?x"`},
		{"other scheme", "url ftp://a:1\n" + rest, `node.txt: url: want https://HOST:PORT, found "ftp://a:1"`},
		{"no URL", "url x y\n" + rest, `node.txt: url: want https://HOST:PORT, found "x y"`},
		{"user with colon", "url https://a:1\nuser a:b\npassword-file /p\ncertificate none\n", "node.txt: user: want a name without colon, and a password, found none"},
	}
	for _, x := range tests {
		_, err := ReadConfig([]byte(x.in), files)
		if err == nil || err.Error() != x.want {
			t.Errorf("%s:\nwant  %s\nfound %v", x.name, x.want, err)
		}
		if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: want no password in an error, found %v", x.name, err)
		}
	}
	if _, err := ReadConfig([]byte("url https://a:1\nuser me\npassword-file /x\ncertificate none\n"), files); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: want fs.ErrNotExist, found %v", err)
	}
}

func TestThePasswordIsNotPrinted(t *testing.T) {
	c := Config{URL: "https://a:1", User: "me", Password: []byte("hunter2")}
	client := &Client{url: c.URL, user: "me", password: []byte("hunter2")}
	for _, s := range []string{fmt.Sprintf("%v %+v %#v %s %q", c, c, c, c, c), fmt.Sprintf("%v %+v %#v %s", client, client, client, client)} {
		if strings.Contains(s, "hunter2") || strings.Contains(s, "104 117 110 116 101 114 50") {
			t.Errorf("want no password, found %s", s)
		}
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add([]byte("url https://a:1\nuser me\npassword-file /p\ncertificate none\n"))
	f.Add([]byte("url http://[::1]:1\ncookie-file /c\ncertificate none\n"))
	f.Add([]byte("url https://a:1\nuser me\npassword-file /p\ncertificate /p\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var paths []string
		c, err := ReadConfig(b, func(path string) ([]byte, error) { paths = append(paths, path); return []byte("a:b"), nil })
		if err != nil {
			return
		}
		again := "url " + c.URL + "\nuser " + c.User + "\npassword-file "
		if strings.Contains(string(b), "\ncookie-file ") {
			again = "url " + c.URL + "\ncookie-file "
		}
		if again += strings.Join(paths, "") + "\ncertificate none\n"; again != string(b) {
			t.Errorf("want what was read to be the whole file %q, found %q", b, again)
		}
	})
}
