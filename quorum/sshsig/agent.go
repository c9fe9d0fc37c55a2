package sshsig

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/ssh/agent"
)

// Agent speaks the SSH agent protocol over a connection that somebody else
// opened and closes. It is trusted for nothing: Sign checks what it answers.
type Agent struct {
	client agent.Agent
}

// NewAgent returns the agent at the other end of conn. It starts nothing and
// never closes conn; deadlines are conn's.
func NewAgent(conn io.ReadWriter) *Agent {
	// Given a closer, the library would start a reader and close it.
	return &Agent{client: agent.NewClient(struct {
		io.Reader
		io.Writer
	}{conn, conn})}
}

// Keys lists the agent's keys of accepted types, in the agent's order, and
// leaves out keys of other types, certificates among them.
func (a *Agent) Keys() ([]Key, error) {
	listed, err := a.client.List()
	if err != nil {
		return nil, fmt.Errorf("ssh agent: %w", err)
	}
	if len(listed) > MaxAgentKeys {
		return nil, fmt.Errorf("ssh agent: want at most %d keys, found %d", MaxAgentKeys, len(listed))
	}
	var keys []Key
	for _, l := range listed {
		k, err := parseKeyBlob(l.Blob)
		if refused, ok := errors.AsType[*Error](err); ok && refused.Code == CodeKeyType {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("ssh agent: %w", err)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// Signer returns the Signer that asks the agent to sign with k. Whether the
// agent has k shows when it is asked.
func (a *Agent) Signer(k Key) Signer { return agentSigner{agent: a, key: k} }

// agentSigner signs with one key of an agent.
type agentSigner struct {
	agent *Agent
	key   Key
}

func (s agentSigner) Key() Key { return s.key }

func (s agentSigner) Sign(blob []byte) ([]byte, error) {
	wire := &agent.Key{Format: s.key.kind.String(), Blob: s.key.Blob()}
	sig, err := s.agent.client.Sign(wire, blob)
	if err != nil {
		return nil, fmt.Errorf("ssh agent: %w", err)
	}
	return encodeAnswer(sig), nil
}
