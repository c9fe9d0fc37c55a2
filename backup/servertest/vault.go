package servertest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// VaultServer is a running secrets server in development mode: unsealed, all in
// memory, with a key-value store at secret/.
type VaultServer struct {
	Addr      string // https://127.0.0.1:45002
	RootToken string
	CAFile    string // the authority that it made for itself, in PEM
	CAPEM     []byte // the same text

	server
}

// Vault starts a secrets server for one test. It ends with the test, and what
// it knows ends with it.
func Vault(t testing.TB) *VaultServer {
	t.Helper()
	return VaultWithPlugins(t, "")
}

// VaultWithPlugins is Vault with a folder of programs that may be registered as
// plugins.
func VaultWithPlugins(t testing.TB, folder string) *VaultServer {
	t.Helper()
	programs := need(t, findVault)
	v, err := startVault(t.TempDir(), folder, programs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Stop)
	return v
}

func findVault() (found, error) { return built("vault", "STRONGROOM_VAULT") }

// startVault starts a server in a folder, on another port when one was taken.
func startVault(folder, plugins string, programs found) (*VaultServer, error) {
	var err error
	for range startTries {
		v := &VaultServer{}
		if err = v.start(folder, plugins, programs["vault"]); err == nil {
			return v, nil
		}
		v.Stop()
		if !errors.Is(err, errEnded) {
			break
		}
	}
	return nil, err
}

// start starts the server once. It makes its own authority, and tells us of it
// by a file.
func (v *VaultServer) start(parent, plugins, binary string) error {
	folder, err := os.MkdirTemp(parent, "vault-")
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	endpoint, err := freeAddress()
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	if v.authority, err = newAuthority(); err != nil { // for proxies before it
		return fmt.Errorf("vault: %w", err)
	}
	v.Addr, v.RootToken, v.CAFile = "https://"+endpoint, random(24), filepath.Join(folder, "vault-ca.pem")
	v.answers = getter(v.Addr+"/v1/sys/health", func() ([]byte, error) { return os.ReadFile(v.CAFile) })
	args := []string{"server", "-dev", "-dev-tls", "-dev-tls-cert-dir=" + folder, "-dev-listen-address=" + endpoint, "-dev-no-store-token", "-log-level=warn"}
	if plugins != "" {
		// Its own option for this would run every program of the folder now.
		config := filepath.Join(folder, "plugins.hcl")
		if err := os.WriteFile(config, fmt.Appendf(nil, "plugin_directory = %q\n", plugins), 0o600); err != nil {
			return fmt.Errorf("vault: %w", err)
		}
		args = append(args, "-config="+config)
	}
	if err := v.launch(program{name: "vault", path: binary, folder: folder, args: args, env: []string{"VAULT_DEV_ROOT_TOKEN_ID=" + v.RootToken}}); err != nil {
		return err
	}
	v.CAPEM, err = os.ReadFile(v.CAFile)
	return err
}
