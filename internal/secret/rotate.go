package secret

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Add appends a fresh key to a key file, which seals from now on, and gives its id. Whoever has the file open sees it at
// its next sealing.
func Add(path string) (id string, err error) {
	id, line := mint()
	return id, change(path, func(text []byte) ([]byte, error) {
		if len(text) > 0 && text[len(text)-1] != '\n' {
			text = append(text, '\n')
		}
		return append(text, line...), nil
	})
}

// ErrSealing says that a key cannot be dropped because it seals.
var ErrSealing = errors.New("this key seals: add a new one first")

// ErrNoKey says that there is no such key.
var ErrNoKey = errors.New("there is no key of this id")

// Drop takes a key out of a key file. Who calls it has made sure that nothing is sealed with it.
func Drop(path, id string) error {
	return change(path, func(text []byte) ([]byte, error) {
		list, err := parse("the key file "+path, text)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(list, func(k key) bool { return k.id == id && id != rootID })
		switch {
		case at < 0:
			return nil, ErrNoKey
		case at == len(list)-1:
			return nil, ErrSealing
		}
		return without(text, id, at == 0), nil
	})
}

// without is the file's text without a key; the first one stays as the root of content addresses.
func without(text []byte, id string, first bool) []byte {
	var out bytes.Buffer
	for line := range strings.Lines(string(text)) {
		name, body, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case name != id:
			out.WriteString(line)
		case first:
			out.WriteString(rootID + " " + strings.TrimSpace(body) + "\n")
		}
	}
	return out.Bytes()
}

// change replaces a key file whole or not at all. The new text's own file is the lock: two changes at once do not mix.
func change(path string, edit func([]byte) ([]byte, error)) error {
	fresh := path + ".new"
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("the key file %s is being changed by another program; if none runs, delete %s", path, fresh)
	}
	if err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	defer func() { _ = os.Remove(fresh) }()
	text, _, err := read(path)
	if err == nil {
		text, err = edit(text)
	}
	if err == nil {
		_, err = parse("the new key file", text)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if err := write(f, text); err != nil {
		return err
	}
	return replace(fresh, path)
}

// replace puts a file in another's place and sees that the directory remembers it.
func replace(fresh, path string) error {
	if err := os.Rename(fresh, path); err != nil {
		return fmt.Errorf("place key file: %w", err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("look at the key file's directory: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}
