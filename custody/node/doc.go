// Package node asks a Bitcoin node, by its RPC interface: Bitcoin Core or btcd.
// It uses only calls that both have, and no wallet of the node.
//
// How to reach the node stands in a file, node.txt:
//
//	url https://127.0.0.1:8334
//	user strongroom
//	password-file /etc/strongroom/node.password
//	certificate /etc/strongroom/node.cert
//
// or, for a Bitcoin Core on the same machine:
//
//	url http://127.0.0.1:8332
//	cookie-file /var/lib/bitcoind/.cookie
//	certificate none
//
// The password is never in that file, nor in any error. Without TLS only this
// machine is spoken to; no redirect and no proxy is followed.
//
// The node is trusted for being there, and for what only a node can know: which
// chain is the best, and whether a transaction would be relayed. What can be
// checked is: a header hashes to the hash that was asked for and names the block
// before it, a block's transactions make up its header's Merkle root, a
// transaction has the id asked for. How much work a chain has is judged by
// package headers. Every answer is bounded in size and in time.
//
// Requests and answers are those of JSON-RPC as Bitcoin Core documents it
// (https://developer.bitcoin.org/reference/rpc/). The package speaks them over
// net/http: btcd's rpcclient reads answers of any size, repeats a request ten
// times in silence and opens a connection for each, and cannot be told to stop.
// Its sister btcjson names the errors.
package node
