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

// Add appends a new key to a key file and returns its ID. The new key encrypts from then on, also in other programs that use the file.
func Add(path string) (id string, err error) {
	id, line := mint()
	return id, change(path, func(text []byte) ([]byte, error) {
		if len(text) > 0 && text[len(text)-1] != '\n' {
			text = append(text, '\n')
		}
		return append(text, line...), nil
	})
}

// ErrSealing means that a key cannot be removed because it is the current one.
var ErrSealing = errors.New("this is the current key: add a new one first")

// ErrNoKey means that the key does not exist.
var ErrNoKey = errors.New("there is no key with this ID")

// Drop removes a key from a key file. The caller must make sure that nothing is encrypted with it.
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

// without returns the file's text without a key. The first key remains as the root of content addresses.
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

// change replaces a key file atomically. The temporary file also serves as a lock against concurrent changes.
func change(path string, edit func([]byte) ([]byte, error)) error {
	fresh := path + ".new"
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("another program is changing the key file %s; if none is running, delete %s", path, fresh)
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

// replace renames a file and syncs the directory.
func replace(fresh, path string) error {
	if err := os.Rename(fresh, path); err != nil {
		return fmt.Errorf("rename key file: %w", err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("open the directory of the key file: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}
