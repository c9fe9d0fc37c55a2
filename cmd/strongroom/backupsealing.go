package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"filippo.io/age/plugin"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/policy"
)

// layersOf returns to whom a snapshot is sealed: the recipients of annex backup,
// or without one every officer whose key age can seal to, and a sentence for each
// of the others.
func layersOf(w cli.World, p *policy.Policy, b policy.Backup) (layers backup.Layers, cannot []string, err error) {
	if !b.Named {
		group, cannot := recipientsOf(p)
		if len(group) == 0 {
			return nil, nil, cli.Hint(errors.New("backup: want an officer with an ssh-ed25519 key to seal to, found none"), "strongroom officer list")
		}
		return backup.Layers{group}, cannot, nil
	}
	for n := 1; len(b.Layer(n)) > 0; n++ {
		var group []backup.Recipient
		for _, r := range b.Layer(n) {
			sealing, err := sealingKey(w, r)
			if err != nil {
				return nil, nil, err
			}
			group = append(group, sealing)
		}
		layers = append(layers, group)
	}
	return layers, nil, nil
}

// sealingKey makes one line of annex backup something to seal to. A plugin's key
// takes the program age-plugin-NAME on this machine.
func sealingKey(w cli.World, r policy.BackupRecipient) (backup.Recipient, error) {
	if !isPluginKey(r.Key) {
		return backup.ParseRecipient(r.Officer, r.Key)
	}
	key, err := plugin.NewRecipient(r.Key, pluginVoice(w))
	if err != nil {
		return backup.Recipient{}, fmt.Errorf("recipient of %s: %w", r.Officer, err)
	}
	return backup.PluginRecipient(r.Officer, r.Key, key)
}

// isPluginKey tells age1NAME1... from the keys that age itself seals to.
func isPluginKey(key string) bool {
	rest, ok := strings.CutPrefix(key, "age1")
	own := slices.ContainsFunc([]string{"age1pq1", "age1tag1", "age1tagpq1"}, func(kind string) bool { return strings.HasPrefix(key, kind) })
	return ok && !own && strings.Contains(rest, "1")
}

// pluginVoice passes on what a plugin says. Nobody sits at a job, so whatever
// it asks is refused.
func pluginVoice(w cli.World) *plugin.ClientUI {
	return &plugin.ClientUI{
		DisplayMessage: func(name, message string) error {
			w.Warnf("age-plugin-%s: %s", name, message)
			return nil
		},
		RequestValue: func(name, prompt string, _ bool) (string, error) {
			return "", fmt.Errorf("age-plugin-%s: want it to seal without a question, found %q", name, prompt)
		},
		Confirm: func(name, prompt, _, _ string) (bool, error) {
			return false, fmt.Errorf("age-plugin-%s: want it to seal without a question, found %q", name, prompt)
		},
	}
}

// recipientsOf returns the officers' keys that age can seal to, and a sentence
// for each officer who has none.
func recipientsOf(p *policy.Policy) (recipients []backup.Recipient, cannot []string) {
	for _, o := range p.Officers {
		found := false
		var why error
		for _, k := range p.Keys(o.ID) {
			r, err := backup.ParseRecipient(o.ID, k.String())
			if err != nil {
				why = fmt.Errorf("%s key", k.Type())
				continue
			}
			recipients, found = append(recipients, r), true
		}
		if !found {
			cannot = append(cannot, fmt.Sprintf("%s cannot open this snapshot: age seals to ssh-ed25519 keys in files, not to an %v", o.ID, why))
		}
	}
	return recipients, cannot
}

// canaryFiles are the canary's: random bytes, nothing that anybody could miss.
func canaryFiles() map[string]int { return map[string]int{"canary-1.bin": 4096, "canary-2.bin": 100} }

// withCanary makes a new canary and adds it to the plan, where the annex names a
// key for it. The caller closes the folder.
func (d *desk) withCanary(plan *backup.Plan, b policy.Backup) (io.Closer, error) {
	if b.Probe.Key == "" {
		return io.NopCloser(nil), nil
	}
	var err error
	if plan.Probe, err = backup.ParseRecipient("probe", b.Probe.Key); err != nil {
		return nil, err
	}
	path := ""
	err = d.inBackup(canaryIn, func(dir *durable.Dir) error {
		path = dir.Path()
		for name, size := range canaryFiles() {
			bytes := make([]byte, size)
			if _, err := io.ReadFull(d.world.Rand, bytes); err != nil {
				return err
			}
			if err := dir.WriteFile(name, bytes); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	plan.Canary = root.FS()
	return root, nil
}
