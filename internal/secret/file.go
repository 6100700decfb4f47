package secret

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const fileHead = `# The master keys of this Industrial Orchestrator: one "id base64" per line.
# The last line seals, every line opens: add a line to change keys, never remove one that is in use.
# Without this file the sealed values in the database cannot be read. Keep a copy, and keep it away from the data.
`

var keyID = regexp.MustCompile(`^[a-z0-9]{1,32}$`)

// Load reads a key file. A file that others than its owner may read is refused with a sentence that says what to do.
func Load(path string) (*Keys, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open key file: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat() // of the open file: it cannot be exchanged between check and read
	if err != nil {
		return nil, fmt.Errorf("look at key file: %w", err)
	}
	if err := checkMode(path, info.Mode()); err != nil {
		return nil, err
	}
	list, err := parse(path, bufio.NewScanner(f))
	if err != nil {
		return nil, err
	}
	return newKeys(list)
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

func parse(path string, lines *bufio.Scanner) ([]key, error) {
	var list []key
	seen := map[string]bool{}
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		one, err := parseLine(line)
		if err != nil || seen[one.id] {
			return nil, fmt.Errorf("line %d of the key file %s is not an id of its own and 32 bytes in base64", n, path)
		}
		seen[one.id] = true
		list = append(list, one)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read key file: %w", err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("the key file %s holds no key", path)
	}
	return list, nil
}

// parseLine never puts the line into an error: it is the secret.
func parseLine(line string) (key, error) {
	name, body, _ := strings.Cut(line, " ")
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(body))
	if err != nil || len(b) != keySize || !keyID.MatchString(name) {
		return key{}, errors.New("malformed")
	}
	return key{id: name, bytes: b}, nil
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
	_, err = f.Write(fresh())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("place key file: %w", err)
	}
	return nil
}

func fresh() []byte {
	var id [4]byte
	var k [keySize]byte
	_, _ = rand.Read(id[:])
	_, _ = rand.Read(k[:])
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s%s %s\n", fileHead, hex.EncodeToString(id[:]), base64.StdEncoding.EncodeToString(k[:]))
	return b.Bytes()
}
