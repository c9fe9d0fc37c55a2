package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/custody"
	"strongroom/signer/signertest"
)

// hardwareCommands are those of scripts with a hardware wallet that no policy
// binds. One of a name has always the same key.
func hardwareCommands(t *testing.T) map[string]scriptCommand {
	write := func(ts *testscript.TestScript, name string, b []byte) {
		ts.Check(os.WriteFile(ts.MkAbs(name), b, 0o600))
	}
	return map[string]scriptCommand{
		// hardware NAME FILE writes its key record: $XFP is its fingerprint, $KEY its key.
		"hardware": plain(func(ts *testscript.TestScript, args []string) {
			h := signertest.NewHardware(t, args[0])
			write(ts, args[1], h.Record(args[0]).Bytes())
			ts.Setenv("XFP", fmt.Sprintf("%x", h.Key.Origin().Fingerprint))
			ts.Setenv("KEY", h.Key.String())
		}),
		// twice XFP FILE writes the key record of another key under a fingerprint.
		"twice": plain(func(ts *testscript.TestScript, args []string) {
			b, err := hex.DecodeString(args[0])
			ts.Check(err)
			write(ts, args[1], signertest.NewHardware(t, "another key").As([4]byte(b)).Record("Coldcard").Bytes())
		}),
		// exported NAME FILE writes its multisig export, which proves nothing.
		"exported": plain(func(ts *testscript.TestScript, args []string) {
			k := signertest.NewHardware(t, args[0]).Key
			path := "m" + k.Origin().String()[8:]
			write(ts, args[1], fmt.Appendf(nil, `{"p2wsh_deriv": %q, "p2wsh": %q, "account": "0", "xfp": "%X"}`, path, k.Extended(), k.Origin().Fingerprint))
		}),
		// says NAME FILE has it sign a file's text as a message: $SIGNATURE.
		"says": plain(func(ts *testscript.TestScript, args []string) {
			sig := signertest.NewHardware(t, args[0]).SignMessage([]byte(ts.ReadFile(args[1])))
			ts.Setenv("SIGNATURE", base64.StdEncoding.EncodeToString(sig[:]))
		}),
		// spoiled FILE OUT changes a bit of a packet's first signature.
		"spoiled": plain(func(ts *testscript.TestScript, args []string) {
			p, err := custody.ParsePSBT([]byte(ts.ReadFile(args[0])))
			ts.Check(err)
			sig := p.Inputs[0].PartialSigs[0].Signature
			sig[len(sig)-3] ^= 1
			write(ts, args[1], p.Bytes())
		}),
		// trimmed FILE OUT leaves of a packet's inputs nothing but the signatures.
		"trimmed": plain(func(ts *testscript.TestScript, args []string) {
			p, err := custody.ParsePSBT([]byte(ts.ReadFile(args[0])))
			ts.Check(err)
			for i, in := range p.Inputs {
				p.Inputs[i] = custody.PSBTInput{PartialSigs: in.PartialSigs}
			}
			write(ts, args[1], p.Bytes())
		}),
		// cosigns NAME FILE OUT has it sign a packet.
		"cosigns": plain(func(ts *testscript.TestScript, args []string) {
			b := []byte(ts.ReadFile(args[1]))
			signed := signertest.NewHardware(t, args[0]).Sign(b)
			if strings.HasSuffix(args[2], ".base64") {
				signed = []byte(base64.StdEncoding.EncodeToString(signed))
			}
			write(ts, args[2], signed)
		}),
	}
}
