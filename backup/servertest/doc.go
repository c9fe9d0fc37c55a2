// Package servertest runs real servers for tests: three kinds of object store
// and a secrets server, each a process of its own on this machine, with TLS by
// a throw-away authority and credentials made for it alone. Between a server
// and its client a Proxy can stand, which harms what passes as it is told.
//
//	VersityGW  an object store over a folder; starts in a moment, one for each region
//	MinIO      the most complete one
//	RGW        Ceph's gateway, lacking on purpose: it ignores conditional writes and
//	           checksums, so a check of a store must refuse it
//	Vault      a development server: all in memory, unsealed, one root token
//
// S3 and Vault start a server that ends with its test and may be killed, paused
// and started again in it. Shared keeps one of each for all tests of a package;
// such a server is left alone, each test makes a bucket of its own.
//
// A test whose server is not there skips and names the script that brings it.
// With STRONGROOM_SERVERS=needed it fails instead, with STRONGROOM_SERVERS=later
// it leaves them to another run. On Linux no server outlives
// the process that started it.
package servertest
