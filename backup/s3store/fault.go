package s3store

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"
)

// Answer is a refusal by a store. What a store writes into its message is not
// repeated: it may quote the request.
type Answer struct {
	Status int    // of HTTP; 0 where there was none
	Code   string // such as AccessDenied
	hint   string
}

// Error returns one line.
func (a *Answer) Error() string {
	text := fmt.Sprintf("want success, the store answered %d %s", a.Status, a.Code)
	if a.hint != "" {
		text += " (" + a.hint + ")"
	}
	return text
}

// plain turns an error of the library into one of ours, without anything that
// the request held.
func (s *Store) plain(err error) error {
	if o := own(err); o != nil {
		return o
	}
	var answer minio.ErrorResponse
	if errors.As(err, &answer) {
		return s.answer(answer)
	}
	var asked *url.Error
	if errors.As(err, &asked) {
		err = asked.Err
	}
	return fmt.Errorf("%s: %w", s, err)
}

func (s *Store) answer(e minio.ErrorResponse) error {
	a := &Answer{Status: e.StatusCode, Code: word(e.Code)}
	switch e.Code {
	case "NoSuchKey", "NoSuchVersion":
		return fs.ErrNotExist
	case "NoSuchBucket":
		a.hint = "there is no bucket " + s.config.Bucket
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "InvalidTokenId", "ExpiredToken", "TokenRefreshRequired":
		a.hint = "the credentials are wrong or no longer good"
	case "RequestTimeTooSkewed":
		a.hint = "one of the two clocks is wrong"
	case "AccessDenied", "AllAccessDisabled":
		a.hint = "the credentials do not permit it"
	}
	return a
}

// word makes foreign text fit to be shown: the code of an answer.
func word(code string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == ' ' {
			return r
		}
		return -1
	}, code)
	if len(clean) > maxCode {
		return clean[:maxCode]
	}
	return clean
}

// refused says whether a store understood a request and said no, as opposed to
// having been away. Then what it shows tells more than the code.
func refused(err error) bool {
	var a *Answer
	return errors.As(err, &a) && (a.Status >= 400 && a.Status < 500 || a.Status == http.StatusNotImplemented)
}

// named puts the object's name before an error.
func named(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}
