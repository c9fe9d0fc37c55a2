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

// atHome walls the process off, opens the home and the folder that leaves, and
// does one piece of work there. hint is the command for another folder.
func (p *program) atHome(r reach, out, hint string, work func(*signer.Machine, signer.Session, *answer) error) (err error) {
	r.make = append(r.make, out)
	p.confine(r)
	session, err := p.session(nil)
	if err != nil {
		return err
	}
	m, err := p.open()
	if err != nil {
		return err
	}
	defer give(m, &err)
	a, err := openAnswer(out)
	if err != nil {
		return cli.Hint(err, "%s", hint)
	}
	defer give(a, &err)
	return work(m, session, a)
}

// give closes what a command held; a failure to is the command's, unless it
// has a better one.
func give(c io.Closer, err *error) {
	if closing := c.Close(); *err == nil {
		*err = closing
	}
}
