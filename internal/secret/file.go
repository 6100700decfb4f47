package secret

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const fileHead = `# Master keys of this Industrial Orchestrator, one "id base64" per line.
# The last line encrypts new secrets, all lines decrypt. "orchestrator key rotate" adds a line, "orchestrator key drop" removes
# one that no longer encrypts any secret.
# Without this file the secrets in the database cannot be decrypted. Keep a copy of it, separate from the data.
`

// Load reads a key file. It refuses a file that users other than its owner can read, with a message that says what to do.
func Load(path string) (*Keys, error) {
	text, info, err := read(path)
	if err != nil {
		return nil, err
	}
	list, err := parse("the key file "+path, text)
	if err != nil {
		return nil, err
	}
	r, err := newRing(list)
	return &Keys{path: path, held: r, seen: info}, err
}

func read(path string) ([]byte, fs.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("open key file: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat() // on the open file, which cannot be replaced between the check and the read
	if err != nil {
		return nil, nil, fmt.Errorf("check key file: %w", err)
	}
	if err := checkMode(path, info.Mode()); err != nil {
		return nil, nil, err
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, nil, fmt.Errorf("read key file: %w", err)
	}
	return text, info, nil
}

// LoadOrCreate is like Load, but creates a file with a new key and mode 0600 if there is none.
// Two programs that start at the same time get the same key.
func LoadOrCreate(path string) (*Keys, error) {
	k, err := Load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := create(path); err != nil {
		return nil, err
	}
	return Load(path)
}

func checkMode(path string, mode fs.FileMode) error {
	if !mode.IsRegular() {
		return fmt.Errorf("the key file %s is not a regular file", path)
	}
	if mode.Perm()&0o077 != 0 {
		return fmt.Errorf("users other than the owner can read the key file %s (mode %04o): run chmod 600 on it", path, mode.Perm())
	}
	return nil
}

// create writes the file under a temporary name first, so that path is never incomplete.
func create(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create the directory for the key file: %w", err)
	}
	f, err := os.CreateTemp(dir, ".key-*") // always with mode 0600
	if err != nil {
		return fmt.Errorf("create key file: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, line := mint()
	if err := write(f, append([]byte(fileHead), line...)); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("rename key file: %w", err)
	}
	return nil
}

func write(f *os.File, text []byte) error {
	_, err := f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	return nil
}

// mint returns a new key's ID and its line.
func mint() (id string, line []byte) {
	var name [4]byte
	var k [keySize]byte
	_, _ = rand.Read(name[:])
	_, _ = rand.Read(k[:])
	id = hex.EncodeToString(name[:])
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s\n", id, base64.StdEncoding.EncodeToString(k[:]))
	return id, b.Bytes()
}
