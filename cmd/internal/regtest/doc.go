// Package regtest runs a private bitcoin chain: a btcd of its own that listens
// on this machine only, mines when it is told to, and pays from its own rewards.
// The demo and the tests that want a real node use it.
//
// Everything that the node keeps lies in the folder it was given:
//
//	btcd.conf    name and password for RPC, mode 0600 (never on the command line)
//	rpc.cert     the certificate that it made for itself, and rpc.key
//	data/ log/   the chain, and what btcd has to say
//
// The process ends with Stop, with the context, and, on Linux, with us.
package regtest
