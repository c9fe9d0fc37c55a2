//go:build goexperiment.runtimesecret

package keystore

import "runtime/secret"

// Shielded says whether this build erases what computing with secrets leaves
// behind.
const Shielded = true

func shield(f func()) { secret.Do(f) }
