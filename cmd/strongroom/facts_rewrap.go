package main

import (
	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
)

// openedTo says to whom a restore opens a snapshot: to keys, or to the recipients
// of the policy, whom a re-wrap means.
func (v *view) openedTo(w cli.World, b quorum.Restore) {
	if !isRewrap(b) {
		for _, r := range b.Recipients {
			w.Field("opened to", r)
		}
		return
	}
	groups, err := v.groups(w)
	if err == nil {
		err = rewrapFor(b, groups)
	}
	if err != nil {
		w.Field("wrapped for", "others than the recipients of the policy in force: "+err.Error())
		return
	}
	for i, s := range groupWords(groups) {
		label := ""
		if i == 0 {
			label = "wrapped for"
		}
		w.Field(label, s)
	}
	w.Field("", "new headers beside the old ones, for these recipients of the policy in force; nobody else gets a key")
}

// groups are the recipients of the policy in force, by its annex.
func (v *view) groups(w cli.World) (backup.Layers, error) {
	var annexes [][]byte
	for _, a := range v.policy.Annexes {
		if b, err := v.texts(a.Hash); err == nil {
			annexes = append(annexes, b)
		}
	}
	rules, err := v.policy.Backup(quorum.AnnexesOf(v.policy, annexes))
	if err != nil {
		return nil, err
	}
	groups, _, err := layersOf(w, v.policy, rules)
	return groups, err
}
