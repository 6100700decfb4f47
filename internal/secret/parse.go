package secret

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var keyID = regexp.MustCompile(`^[a-z0-9]{1,32}$`)

// rootID marks the first key after it was removed. It no longer decrypts anything but still determines content addresses, which would
// change otherwise.
const rootID = "root"

// parse reads lines; of names their source in errors.
func parse(of string, text []byte) ([]key, error) {
	var list []key
	seen := map[string]bool{}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		one, err := parseLine(line)
		if err != nil || seen[one.id] || one.id == rootID && len(list) > 0 {
			return nil, fmt.Errorf("line %d of %s must be a unique ID and 32 random bytes in base64", n, of)
		}
		seen[one.id] = true
		list = append(list, one)
	}
	if len(list) == 0 || len(list) == 1 && list[0].id == rootID {
		return nil, fmt.Errorf("%s contains no key", of)
	}
	return list, nil
}

// parseLine never puts the line into an error, because it is secret.
func parseLine(line string) (key, error) {
	name, body, _ := strings.Cut(line, " ")
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(body))
	if err != nil || len(b) != keySize || !keyID.MatchString(name) || guessable(b) {
		return key{}, errors.New("malformed")
	}
	return key{id: name, bytes: b}, nil
}

// guessable reports whether a key is an example or a placeholder, which repeats bytes more often than random keys.
func guessable(b []byte) bool {
	distinct := map[byte]bool{}
	for _, c := range b {
		distinct[c] = true
	}
	return len(distinct) < keySize/2
}

// FromText reads keys from an environment variable: lines as in a key file, or separated by commas. A key without an ID, such as the
// output of "openssl rand -base64 32", gets an ID derived from it.
func FromText(of, text string) (*Keys, error) {
	var lines []string
	for one := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == '\n' }) {
		if one = strings.TrimSpace(one); one != "" && !strings.ContainsAny(one, " \t") {
			sum := sha256.Sum256([]byte("key id " + one))
			one = hex.EncodeToString(sum[:4]) + " " + one
		}
		lines = append(lines, one)
	}
	list, err := parse(of, []byte(strings.Join(lines, "\n")))
	if err != nil {
		return nil, err
	}
	r, err := newRing(list)
	return &Keys{held: r}, err
}
