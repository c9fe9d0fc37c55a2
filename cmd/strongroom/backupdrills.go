package main

import (
	"strongroom/backup"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// drills returns the certificates of passed drills in the registry that enough
// of those present signed.
func (d *desk) drills(p *policy.Policy) ([]backup.Certified, error) {
	all, err := d.reg.Texts()
	if err != nil {
		return nil, err
	}
	var out []backup.Certified
	for _, h := range all {
		b, err := d.reg.Text(h)
		if err != nil {
			d.world.Warnf("%v", err)
			continue
		}
		if is, ok := text.TypeOf(b); !ok || is != text.Certificate {
			continue
		}
		c, err := d.certified(p, b)
		if err == nil && c.Certificate().IsDrill() && c.Certificate().Place == d.place() {
			out = append(out, c)
		}
	}
	return out, nil
}
