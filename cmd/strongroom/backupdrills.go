package main

import (
	"slices"

	"strongroom/backup"
	"strongroom/quorum/policy"
)

// drills returns the certificates of passed drills in the registry that enough
// of those present signed.
func (d *desk) drills(p *policy.Policy) ([]backup.Certified, error) {
	all, err := d.certificates(p)
	return slices.DeleteFunc(all, func(c backup.Certified) bool { return !c.Certificate().IsDrill() }), err
}
