// Package headers is the clock of a machine without a clock: the chain of
// bitcoin block headers, checked by consensus rules, and the work that was
// done on top of a block.
//
// A header is 80 bytes, the genesis block's for example
//
//	01000000                                                          version
//	0000000000000000000000000000000000000000000000000000000000000000  previous block
//	3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a  Merkle root
//	29ab5f49                                                          time
//	ffff001d                                                          bits
//	1dac2b7c                                                          nonce
//
// and a file of headers is nothing but such headers, the earliest first.
//
// A Chain begins at an origin block that its owner has chosen, at the first
// height of a difficulty period, so that every later retarget can be computed.
// A header is valid if it links, its hash meets its bits, its bits are those
// that consensus demands, and its time lies after the median of the eleven
// before it. The chain with the most work wins. Nothing bounds a time from
// above without a clock; therefore time is never used, only work: a block on
// top of an anchor earns a credit of min(its work, the anchor's work), in
// anchor's work, so that N credits always cost N full blocks.
package headers
