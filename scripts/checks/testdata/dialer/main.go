// Command dialer is the negative control of the air-gap proofs: it dials, so
// whatever looks for sockets must see them here. Nobody listens on the port.
package main

import "net"

func main() { _, _ = net.Dial("tcp", "127.0.0.1:1") }
