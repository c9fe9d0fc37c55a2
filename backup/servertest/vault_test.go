package servertest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
)

// with asks with a token.
func (c *client) with(token, method, path, body string) answer {
	c.t.Helper()
	r := c.request(c.t.Context(), method, path, []byte(body))
	r.Header.Set("X-Vault-Token", token)
	return c.do(r)
}

func TestVaultKeepsSecretsForWhoHasItsTokenUntilItEnds(t *testing.T) {
	v := Vault(t)
	file, err := os.ReadFile(v.CAFile)
	if err != nil || string(file) != string(v.CAPEM) {
		t.Errorf("authority: want in the file what is in memory, found %q, %v", file, err)
	}
	c := dial(t, v.Addr[len("https://"):], file)
	c.with(v.RootToken, "POST", "/v1/secret/data/store", `{"data":{"key":"value"}}`).want(t, "put", 200, "")
	c.with(v.RootToken, "GET", "/v1/secret/data/store", "").want(t, "get", 200, "")
	c.with("x"+v.RootToken[1:], "GET", "/v1/secret/data/store", "").want(t, "get with another token", 403, "")
	c.plain("GET", "/v1/secret/data/store", "").want(t, "get without a token", 403, "")
	wantStranger(t, v.Addr[len("https://"):], "/v1/sys/health")

	if runtime.GOOS == "linux" {
		arguments, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(v.PIDs()[0]), "cmdline"))
		if err != nil || len(arguments) == 0 || bytes.Contains(arguments, []byte(v.RootToken)) {
			t.Errorf("command line: want one without the token, found %q, %v", arguments, err)
		}
	}
	pids := v.PIDs()
	allAlive(t, pids, true)
	v.Stop()
	allAlive(t, pids, false)
	c.plain("GET", "/v1/sys/health", "").wantBroken(t, "a server that has ended")
}

func TestVaultTakesPluginsOfTheFolderItWasGiven(t *testing.T) {
	folder := t.TempDir()
	content := []byte("#!/bin/sh\nexit 1\n")
	hash := sha256.Sum256(content)
	if err := os.WriteFile(filepath.Join(folder, "own"), content, 0o700); err != nil {
		t.Fatal(err)
	}
	v, without := VaultWithPlugins(t, folder), shared.Vault(t)
	register := func(v *VaultServer, command string) answer {
		c := dial(t, v.Addr[len("https://"):], v.CAPEM)
		return c.with(v.RootToken, "POST", "/v1/sys/plugins/catalog/secret/"+command, `{"command":"`+command+`","sha256":"`+hex.EncodeToString(hash[:])+`"}`)
	}
	register(v, "own").want(t, "a program of the folder", http.StatusNoContent, "")
	for what, got := range map[string]answer{"a program that is not there": register(v, "another"), "a server without a folder": register(without, "own")} {
		if got.err != nil || got.status < 400 {
			t.Errorf("%s: want it refused, found %d, %v", what, got.status, got.err)
		}
	}
}

func TestVaultIsSharedAsStoresAre(t *testing.T) {
	v := shared.Vault(t)
	if shared.Vault(t) != v {
		t.Error("shared: want one server, found another the second time")
	}
	c := dial(t, v.Addr[len("https://"):], v.CAPEM)
	c.with(v.RootToken, "GET", "/v1/sys/mounts", "").want(t, "mounts", 200, "")
}

func TestAProxyBeforeVaultPassesTokensAndHarms(t *testing.T) {
	v := shared.Vault(t)
	p := v.Proxy(t)
	c := dial(t, p.Endpoint, p.CAPEM)
	c.with(v.RootToken, "GET", "/v1/sys/mounts", "").want(t, "mounts", 200, "")
	p.Inject(Fault{In: "/v1/sys/", Times: 1, Do: Answer(503)})
	c.with(v.RootToken, "GET", "/v1/sys/mounts", "").want(t, "harmed", 503, "")
	c.with(v.RootToken, "GET", "/v1/sys/mounts", "").want(t, "again", 200, "")
}
