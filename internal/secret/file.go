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

const fileHead = `# The master keys of this Industrial Orchestrator: one "id base64" per line.
# The last line seals, every line opens. "orchestrator key rotate" adds a line, "orchestrator key drop" takes away one that
# nothing is sealed with any more.
# Without this file the sealed values in the database cannot be read. Keep a copy, and keep it away from the data.
`

// Load reads a key file. A file that others than its owner may read is refused with a sentence that says what to do.
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
	info, err := f.Stat() // of the open file: it cannot be exchanged between check and read
	if err != nil {
		return nil, nil, fmt.Errorf("look at key file: %w", err)
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

// LoadOrCreate is Load; where there is no file yet it makes one with a fresh key and mode 0600.
// Two programs that start at once end up with the same key.
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
		return fmt.Errorf("the key file %s may be read by others than its owner (mode %04o): run chmod 600 %s", path, mode.Perm(), path)
	}
	return nil
}

// create writes the whole file under another name first, so that path is never seen half written.
func create(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the key file's directory: %w", err)
	}
	f, err := os.CreateTemp(dir, ".key-*") // 0600 by its own doc
	if err != nil {
		return fmt.Errorf("make key file: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, line := mint()
	if err := write(f, append([]byte(fileHead), line...)); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("place key file: %w", err)
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

// mint makes a fresh key: its id and its line.
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
