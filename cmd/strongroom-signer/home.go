package main

import (
	"errors"
	"io"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/signer"
	"strongroom/signer/keystore"
)

const homeVariable = "STRONGROOM_SIGNER_HOME"

// open opens and locks the signer's home. The process is walled off first: a
// command that opens more than the home has said so before. The caller closes it.
func (p *program) open() (*signer.Machine, error) {
	p.confine(reach{})
	if err := keystore.SelfTest(); err != nil {
		return nil, err
	}
	path, err := p.world.Home(*p.homeFlag, homeVariable)
	if err != nil {
		return nil, err
	}
	d, err := durable.Open(path)
	if err != nil {
		return nil, cli.Hint(err, "strongroom-signer init --help")
	}
	m, err := signer.Open(d)
	if err != nil {
		return nil, explain(errors.Join(err, d.Close()))
	}
	return m, nil
}

// give closes what a command held; a failure to is the command's, unless it
// has a better one.
func give(c io.Closer, err *error) {
	if closing := c.Close(); *err == nil {
		*err = closing
	}
}
