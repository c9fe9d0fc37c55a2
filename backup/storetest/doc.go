// Package storetest is the one suite that every store of package backup passes.
// A store that cannot pass it is no place for a backup.
package storetest
