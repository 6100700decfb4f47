// Package secret seals what the database may hold but nobody may read there: provider keys, clone credentials, passwords of processes.
// It knows no noun and no table; who calls it says where a value lives, and a value moved elsewhere does not open.
package secret

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"
)

// keySize is the length of a master key in bytes.
const keySize = 32

// Keys are the instance's master keys. The last one seals, every one opens, the first one makes content addresses,
// so that a rotation changes neither what can be read nor where it is found. Keys of a file follow it: a key that another
// program adds or drops counts here from the next sealing on. Safe for concurrent use.
type Keys struct {
	path string // empty where the keys come from the environment
	mu   sync.RWMutex
	held *ring
	seen fs.FileInfo
}

// ring is what a key file held at one time.
type ring struct {
	ids     []string // of the keys that open, the sealing one last
	sealers map[string]cipher.AEAD
	root    []byte
}

func (r *ring) current() string { return r.ids[len(r.ids)-1] }

// key is one line of a key file.
type key struct {
	id    string
	bytes []byte
}

func newRing(list []key) (*ring, error) {
	r := &ring{sealers: make(map[string]cipher.AEAD, len(list)), root: list[0].bytes}
	for _, one := range list {
		if one.id == rootID {
			continue
		}
		aead, err := chacha20poly1305.NewX(derive(one.bytes, "seal"))
		if err != nil {
			return nil, fmt.Errorf("prepare key %s: %w", one.id, err)
		}
		r.sealers[one.id] = aead
		r.ids = append(r.ids, one.id)
	}
	return r, nil
}

// ring is what was read last.
func (k *Keys) ring() *ring {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.held
}

// fresh is ring after a look whether the file changed. A file that cannot be read now leaves what was read before.
func (k *Keys) fresh() *ring {
	k.mu.Lock()
	defer k.mu.Unlock()
	info, err := os.Stat(k.path)
	if k.path == "" || err != nil || os.SameFile(info, k.seen) && info.ModTime().Equal(k.seen.ModTime()) {
		return k.held
	}
	if again, err := Load(k.path); err == nil {
		k.held, k.seen = again.held, again.seen
	}
	return k.held
}

// Current is the id of the key that seals.
func (k *Keys) Current() string { return k.fresh().current() }

// IDs are the keys that open, the sealing one last.
func (k *Keys) IDs() []string { return append([]string(nil), k.fresh().ids...) }

// derive gives a key of its own for each purpose, so that one use never weakens another.
func derive(master []byte, purpose string) []byte {
	out, err := hkdf.Key(sha256.New, master, nil, "orchestrator "+purpose, keySize)
	if err != nil { // only for lengths that no hash can give
		panic(err)
	}
	return out
}

// HMAC authenticates data with a key derived for purpose: the same on every start, different for every purpose.
func (k *Keys) HMAC(purpose string, data []byte) []byte {
	mac := hmac.New(sha256.New, derive(k.ring().root, "hmac "+purpose))
	mac.Write(data)
	return mac.Sum(nil)
}

// masked is what every way of printing Keys gives.
const masked = "secret.Keys(masked)"

// String is masked.
func (k *Keys) String() string { return masked }

// GoString is masked.
func (k *Keys) GoString() string { return masked }

// Format is masked for every verb, so that %+v and %x print nothing either.
func (k *Keys) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, masked) }

// MarshalJSON is masked.
func (k *Keys) MarshalJSON() ([]byte, error) { return []byte(`"` + masked + `"`), nil }

// LogValue is masked.
func (k *Keys) LogValue() slog.Value { return slog.StringValue(masked) }
