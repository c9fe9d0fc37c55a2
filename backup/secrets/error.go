package secrets

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	vault "github.com/hashicorp/vault/api"
)

// Error says why there are no credentials or no signature. It repeats nothing
// that a server said and nothing that stands in a file of secrets.
type Error struct {
	Subject string
	Want    string
	Found   string
	Hint    string // a command that can be pasted, if one helps
	Alarm   bool   // somebody else may hold our secrets: call people

	cause  cause
	reason error // a context's, for errors.Is
}

// cause is why a call to Vault failed, as far as it changes what is done next.
type cause uint8

const (
	away    cause = 1 + iota // it may answer later
	denied                   // the token, or its policy
	missing                  // nothing there
	invalid                  // not the request that it wants
)

// Error returns one sentence: the subject, what was wanted, what was found.
func (e *Error) Error() string {
	return e.Subject + ": want " + e.Want + ", found " + e.Found
}

// Unwrap returns the context's error if one ended the call.
func (e *Error) Unwrap() error { return e.reason }

// Away reports that the server did not answer as one that works, so that the
// same call may succeed later.
func (e *Error) Away() bool { return e.cause == away }

// is reports an Error with a cause.
func (c cause) is(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.cause == c
}

// redirected is the transport's refusal to follow a redirect.
type redirected struct{ to string }

func (r redirected) Error() string { return "sent on to " + r.to }

// errTooLong is the transport's refusal to read on.
var errTooLong = errors.New("too long an answer")

// explain turns what a call came back with into a sentence of our own.
func (r *remote) explain(err error, path string) error {
	e := &Error{Subject: r.String() + " " + path, Want: "an answer", cause: away}
	var answer *vault.ResponseError
	var to redirected
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		e.Found, e.reason = "none in time", context.DeadlineExceeded
		if errors.Is(err, context.Canceled) {
			e.Found, e.reason = "an interruption", context.Canceled
		}
	case errors.As(err, &to):
		e.Want, e.Found = "the active server's address", "a standby that sends on to "+clip(to.to)
	case errors.As(err, &answer):
		e.status(r.address, path, answer.StatusCode)
	case isJSON(err):
		e.Want, e.Found, e.cause = "an answer in JSON", "something else", invalid
	case errors.Is(err, errTooLong):
		e.Want, e.Found = fmt.Sprintf("an answer of at most %d bytes", maxAnswer), "more"
	default:
		e.connection(err, r.authority)
	}
	return e
}

// isJSON reports an answer that the library could not read.
func isJSON(err error) bool {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	return errors.As(err, &syntax) || errors.As(err, &kind)
}

// status explains an answer that is no success.
func (e *Error) status(address, path string, code int) {
	switch code {
	case http.StatusServiceUnavailable:
		e.Want, e.Found, e.Hint = "an unsealed server", "one that is sealed, or out of service (503)", "vault status -address="+address
	case http.StatusForbidden:
		e.Want, e.Found, e.Hint, e.cause = "a token that may do this", "one that may not (403): compare its policy with docs/vault", "vault token capabilities "+path, denied
	case http.StatusNotFound:
		e.Want, e.Found, e.Hint, e.cause = "something there", "nothing (404): is the mount right, and is it of the kind that the configuration says", "vault secrets list -address="+address, missing
	case http.StatusBadRequest, http.StatusMethodNotAllowed:
		e.Want, e.Found, e.cause = "a request accepted", fmt.Sprintf("it refused (%d); the server's audit log says why", code), invalid
	case http.StatusTooManyRequests:
		e.Found = "too many requests (429)"
	default:
		e.Found = fmt.Sprintf("status %d", code)
	}
}

// connection explains that there was no answer at all.
func (e *Error) connection(err error, authority string) {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var verification *tls.CertificateVerificationError
	var op *net.OpError
	switch {
	case errors.As(err, &unknown):
		e.Want, e.Found = "a certificate by an authority in "+authority, "one by another"
	case errors.As(err, &name):
		e.Want, e.Found = "a certificate for its host", "one for another"
	case errors.As(err, &verification):
		e.Want, e.Found = "a valid certificate", "another: "+clip(verification.Err.Error())
	case errors.As(err, &op) && op.Op == "dial":
		e.Found = "nobody: " + clip(op.Err.Error())
	default:
		e.Found = "a connection that broke"
	}
}

// clip shortens foreign text and shows only what can be printed.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return '?'
		}
		return r
	}, s)
	if len(s) > maxCause {
		return s[:maxCause] + "..."
	}
	return s
}

func isAlarm(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Alarm
}
