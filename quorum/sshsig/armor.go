package sshsig

import (
	"bytes"
	"encoding/base64"
	"fmt"
)

const (
	armorHeader  = "-----BEGIN SSH SIGNATURE-----\n"
	armorFooter  = "-----END SSH SIGNATURE-----\n"
	armorColumns = 70 // ssh-keygen's width
)

// armor returns a blob in the layout that ssh-keygen writes.
func armor(blob []byte) []byte {
	text := base64.StdEncoding.EncodeToString(blob)
	out := make([]byte, 0, len(armorHeader)+len(text)+len(text)/armorColumns+1+len(armorFooter))
	out = append(out, armorHeader...)
	for len(text) > armorColumns {
		out = append(out, text[:armorColumns]...)
		out = append(out, '\n')
		text = text[armorColumns:]
	}
	out = append(out, text...)
	out = append(out, '\n')
	return append(out, armorFooter...)
}

// dearmor returns the blob of a file that armor could have written, and
// refuses every other file.
func dearmor(file []byte) ([]byte, error) {
	if len(file) > MaxArmored {
		return nil, armorError("size", "at most "+count(MaxArmored), count(len(file)))
	}
	if bytes.IndexByte(file, '\r') >= 0 {
		return nil, armorError("lines", "endings of LF alone", "a carriage return")
	}
	body, ok := bytes.CutPrefix(file, []byte(armorHeader))
	if !ok {
		return nil, armorError("start", "the line -----BEGIN SSH SIGNATURE----- and nothing before it", "something else")
	}
	body, ok = bytes.CutSuffix(body, []byte("\n"+armorFooter))
	if !ok {
		return nil, armorError("end", "the line -----END SSH SIGNATURE----- and nothing after it", "something else")
	}
	text, err := joinLines(body)
	if err != nil {
		return nil, err
	}
	blob, err := base64.StdEncoding.Strict().DecodeString(string(text))
	if err != nil {
		return nil, armorError("base64", "the standard alphabet with exact padding", "something else")
	}
	if !bytes.Equal(armor(blob), file) {
		return nil, armorError("text", "the bytes that ssh-keygen writes for this signature", "others")
	}
	return blob, nil
}

// joinLines joins base64 lines: all of 70 columns, but for the last, which
// has 1 to 70.
func joinLines(body []byte) ([]byte, error) {
	lines := bytes.Split(body, []byte("\n"))
	for i, line := range lines {
		last := i == len(lines)-1
		if len(line) == armorColumns || last && len(line) > 0 && len(line) < armorColumns {
			continue
		}
		want := fmt.Sprintf("%d columns", armorColumns)
		if last {
			want = fmt.Sprintf("1 to %d columns", armorColumns)
		}
		return nil, armorError(fmt.Sprintf("base64 line %d", i+1), want, fmt.Sprint(len(line)))
	}
	return bytes.Join(lines, nil), nil
}

func armorError(what, want, found string) *Error {
	return &Error{Code: CodeArmor, Subject: "signature file's " + what, Want: want, Found: found}
}
