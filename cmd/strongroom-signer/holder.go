package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/keystore"
	"strongroom/signer/keystore/slip39"
)

// holderFlags say where holders' shares and what opens them come from. Without
// any, whoever sits at the terminal is asked.
type holderFlags struct {
	shares, keys, pipes *[]string
	passphrase, confirm *int
	witness             *string
}

// holderFlagsOf adds the flags to a command that opens shares.
func holderFlagsOf(cmd *cobra.Command, confirm *int) holderFlags {
	return holderFlags{
		shares:     cmd.Flags().StringArray("share", nil, "a holder's share, `[HOLDER=]FILE`, once for each; HOLDER=words to type its words (default: ask)"),
		keys:       cmd.Flags().StringArray("key-file", nil, "the age or ssh-ed25519 key that opens a holder's share, `HOLDER=FILE`"),
		pipes:      cmd.Flags().StringArray("share-fd", nil, "read a holder's share from descriptor `HOLDER=N`, where 'age -d' writes it"),
		passphrase: cli.PassphraseFD(cmd), confirm: confirm,
		witness: cmd.Flags().String("witness", "", "`DIR` takes the text that a witness signs, and the signature"),
	}
}

// source is where one holder's share comes from.
type source struct {
	holder text.ID
	file   string // empty for a pipe
	key    string // a key file; empty for a passphrase
	fd     int    // of a pipe
}

// reach is what opening shares takes: the files that the flags name, or any
// file where people are asked.
func (f holderFlags) reach() reach {
	r := reach{make: []string{*f.witness}}
	list, err := f.sources()
	if err != nil || len(list) == 0 {
		r.read = []string{"/"}
		return r
	}
	for _, s := range list {
		r.read = append(r.read, s.file, s.key)
	}
	return r
}

// sources reads the flags: files in their order, then pipes.
func (f holderFlags) sources() ([]source, error) {
	keys := map[text.ID]string{}
	for _, k := range *f.keys {
		holder, path, err := pair(k)
		if err != nil {
			return nil, cli.Usagef("key-file: %w", err)
		}
		keys[holder] = path
	}
	var list []source
	for _, s := range *f.shares {
		holder, path, err := pair(s)
		if err != nil {
			path = s
			if holder, err = holderOf(s); err != nil {
				return nil, cli.Usagef("share: %w", err)
			}
		}
		list = append(list, source{holder: holder, file: path, key: keys[holder], fd: cli.NoFD})
		delete(keys, holder)
	}
	for _, s := range *f.pipes {
		holder, number, err := pair(s)
		if err != nil {
			return nil, cli.Usagef("share-fd: %w", err)
		}
		fd, err := strconv.Atoi(number)
		if err != nil || fd < 0 {
			return nil, cli.Usagef("share-fd: want HOLDER=N, found %q behind the holder", number)
		}
		list = append(list, source{holder: holder, fd: fd})
	}
	for holder := range keys {
		return nil, cli.Usagef("key-file: want a --share of every holder with a key, found none of %s", holder)
	}
	return list, nil
}

// pair splits HOLDER=VALUE.
func pair(s string) (text.ID, string, error) {
	name, value, ok := strings.Cut(s, "=")
	if !ok || value == "" {
		return "", "", fmt.Errorf("want HOLDER=FILE, found %q", s)
	}
	id, err := text.ParseID(name)
	return id, value, err
}

var shareName = regexp.MustCompile(`^share-[0-9a-f]{8}-[0-9]{1,7}-([a-z][a-z0-9-]*)\.age$`)

// holderOf reads the holder's name off a share's file, as a ceremony names it.
func holderOf(path string) (text.ID, error) {
	m := shareName.FindStringSubmatch(filepath.Base(path))
	if m == nil {
		return "", fmt.Errorf("want share-FINGERPRINT-GENERATION-HOLDER.age or HOLDER=FILE, found %q", filepath.Base(path))
	}
	return text.ParseID(m[1])
}

// wrongEntry is a share that did not open, which the log will count.
type wrongEntry struct{ why, note error }

func (e *wrongEntry) Error() string { return e.why.Error() }
func (e *wrongEntry) Unwrap() error { return e.why }

// words opens one share and returns its words, which the caller clears. A
// passphrase or key that does not open it is a *wrongEntry.
func (p *program) words(s source, share record.Share, passphrase int) ([]byte, error) {
	if s.file == "" {
		r, err := p.world.FD(s.fd)
		if err != nil {
			return nil, err
		}
		return piped(r, s.holder)
	}
	if s.file == typedWords && !share.Seal.Hardware() {
		return p.typedShare(s.holder, passphrase)
	}
	if isPipe(s.file) {
		return p.fromPipe(s)
	}
	if share.Seal.Hardware() {
		return nil, cli.Hint(fmt.Errorf("share of %s: want it through a pipe from the program of its hardware key, found a file", s.holder),
			"mkfifo pipe, then in another terminal: age -d -i KEY %s > pipe", s.file)
	}
	file, err := p.world.ReadFile(s.file, maxShareFile)
	if err != nil {
		return nil, err
	}
	with, err := p.opener(s, passphrase)
	if err != nil {
		return nil, wrongOr(err)
	}
	words, err := keystore.OpenShare(file, with)
	if err != nil {
		return nil, wrongOr(fmt.Errorf("share of %s: %w", s.holder, err))
	}
	return words, nil
}

// typedWords stands for a file where a holder types the words of a share that
// they keep on paper or steel.
const typedWords = "words"

// mayType refuses typed words where the vault does not allow clear words, before
// anybody types one: there they are on no paper that the vault knows of.
func mayType(allowed bool, s source) error {
	if s.file != typedWords || allowed {
		return nil
	}
	return refuse(refused{reasons: because(quorum.KeyFactor, "share of %s: want it sealed, found its words, which annex workstation does not allow", s.holder)})
}

// typedShare reads a share's words unseen. Where one of them alone is wrong, its
// place is told, and never the word.
func (p *program) typedShare(holder text.ID, passphrase int) ([]byte, error) {
	words, err := p.world.Words(passphrase, fmt.Sprintf("the words of %s's share, not shown", holder), slip39.Complete)
	if err != nil {
		return nil, err
	}
	s, err := slip39.Parse(words)
	if err == nil {
		s.Wipe()
		return words, nil
	}
	defer cli.Wipe(words)
	if place, ok := slip39.Suspect(words); ok {
		err = fmt.Errorf("%w; read word %d again", err, place)
	}
	return nil, &wrongEntry{fmt.Errorf("share of %s: %w", holder, err), errors.New("wrong words")}
}

// wrongOr makes a wrong entry of what means that somebody does not have, or does
// not know, what opens a share.
func wrongOr(err error) error {
	switch {
	case errors.Is(err, keystore.ErrPassphrase):
		return &wrongEntry{err, errors.New("wrong passphrase")}
	case errors.Is(err, keystore.ErrOtherKey):
		return &wrongEntry{err, errors.New("wrong key")}
	}
	return err
}

// isPipe says whether a path is a named pipe. A share may cross one in the
// clear; it never lies in a file.
func isPipe(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&fs.ModeNamedPipe != 0
}

func (p *program) fromPipe(s source) (words []byte, err error) {
	f, err := os.Open(s.file)
	if err != nil {
		return nil, err
	}
	defer give(f, &err)
	return piped(f, s.holder)
}

// piped reads the words of a share that another program has opened.
func piped(r io.Reader, holder text.ID) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxShareFile))
	if err != nil {
		cli.Wipe(content)
		return nil, fmt.Errorf("share of %s: want it through the pipe, found a failing one", holder)
	}
	words, err := keystore.ShareWords(content)
	if err != nil {
		return nil, fmt.Errorf("share of %s: %w", holder, err)
	}
	return words, nil
}

// askSource asks where a holder's share is and what opens it.
func (p *program) askSource(w cli.World, confirm int, share record.Share) (s source, err error) {
	s = source{holder: share.Holder, fd: cli.NoFD}
	where := "the file of %s's share"
	if share.Seal.Hardware() {
		where = "the named pipe that 'age -d' writes %s's share to"
	}
	if s.file, err = askFile(w, confirm, fmt.Sprintf(where, share.Holder)); err != nil {
		return s, err
	}
	if s.file != typedWords && (share.Seal == record.SealKey || share.Seal == record.SealHybrid) {
		s.key, err = askFile(w, confirm, fmt.Sprintf("the file of %s's key", share.Holder))
	}
	return s, err
}

// errNoFile does not repeat what was typed: it may be a passphrase, one question
// too early.
var errNoFile = errors.New("want a file that is there, found none by what was typed")

// askFile asks for a file that is there, with errNoFile for one that is not.
func askFile(w cli.World, confirm int, what string) (string, error) {
	path, err := w.Ask(confirm, what)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err != nil && path != typedWords {
		return "", fmt.Errorf("%s: %w", what, errNoFile)
	}
	return path, nil
}

// opener asks for what opens a share.
func (p *program) opener(s source, passphrase int) (keystore.Opener, error) {
	if s.key == "" {
		pass, err := p.world.Passphrase(passphrase, fmt.Sprintf("passphrase of %s's share", s.holder), false)
		if err != nil {
			return keystore.Opener{}, err
		}
		defer cli.Wipe(pass)
		return keystore.WithPassphrase(pass)
	}
	file, err := p.world.ReadFile(s.key, maxKeyFile)
	if err != nil {
		return keystore.Opener{}, err
	}
	defer cli.Wipe(file)
	with, err := keystore.WithKeyFile(file, nil)
	if !errors.Is(err, keystore.ErrKeyLocked) {
		return with, err
	}
	pass, err := p.world.Passphrase(passphrase, fmt.Sprintf("passphrase of %s's key", s.holder), false)
	if err != nil {
		return keystore.Opener{}, err
	}
	defer cli.Wipe(pass)
	return keystore.WithKeyFile(file, pass)
}
