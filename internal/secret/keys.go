// Package secret encrypts values in the database that must not be readable there: API keys, clone credentials, passwords of processes.
// It does not depend on tables. Callers pass the place of a value, and a value that was moved elsewhere cannot be decrypted.
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

// Keys are the instance's master keys. The last one encrypts, each one decrypts, and the first one determines content addresses, so
// that a rotation does not make data unreadable or change its address. Keys from a file are reread: a key that another program adds
// or removes is used for the next encryption. Safe for concurrent use.
type Keys struct {
	path string // empty if the keys come from the environment
	mu   sync.RWMutex
	held *ring
	seen fs.FileInfo
}

// ring is the content of a key file at one time.
type ring struct {
	ids     []string // of the keys that decrypt; the last one encrypts
	sealers map[string]cipher.AEAD
	checks  map[string]string
	root    []byte
	first   Check
}

func (r *ring) current() string { return r.ids[len(r.ids)-1] }

// key is one line of a key file.
type key struct {
	id    string
	bytes []byte
}

func newRing(list []key) (*ring, error) {
	r := &ring{sealers: make(map[string]cipher.AEAD, len(list)), checks: make(map[string]string, len(list)),
		root: list[0].bytes, first: Check{list[0].id, checkValue(list[0].bytes)}}
	for _, one := range list {
		if one.id == rootID {
			continue
		}
		aead, err := chacha20poly1305.NewX(derive(one.bytes, "seal"))
		if err != nil {
			return nil, fmt.Errorf("prepare key %s: %w", one.id, err)
		}
		r.sealers[one.id], r.checks[one.id] = aead, checkValue(one.bytes)
		r.ids = append(r.ids, one.id)
	}
	return r, nil
}

// ring returns the keys that were read last.
func (k *Keys) ring() *ring {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.held
}

// fresh returns the current keys and rereads the file if it has changed. If it cannot be read, fresh returns the previous keys.
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

// Current returns the ID of the key that encrypts.
func (k *Keys) Current() string { return k.fresh().current() }

// IDs returns the IDs of all keys; the last one encrypts.
func (k *Keys) IDs() []string { return append([]string(nil), k.fresh().ids...) }

// derive returns a separate key for each purpose, so that one use cannot weaken another.
func derive(master []byte, purpose string) []byte {
	out, err := hkdf.Key(sha256.New, master, nil, "orchestrator "+purpose, keySize)
	if err != nil { // only for lengths that no hash supports
		panic(err)
	}
	return out
}

// HMAC authenticates data with a key for purpose, which is the same on every start and different for every purpose.
func (k *Keys) HMAC(purpose string, data []byte) []byte {
	mac := hmac.New(sha256.New, derive(k.ring().root, "hmac "+purpose))
	mac.Write(data)
	return mac.Sum(nil)
}

// masked is printed instead of Keys.
const masked = "secret.Keys(masked)"

// String masks the keys.
func (k *Keys) String() string { return masked }

// GoString masks the keys.
func (k *Keys) GoString() string { return masked }

// Format masks the keys for every verb, including %+v and %x.
func (k *Keys) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, masked) }

// MarshalJSON masks the keys.
func (k *Keys) MarshalJSON() ([]byte, error) { return []byte(`"` + masked + `"`), nil }

// LogValue masks the keys.
func (k *Keys) LogValue() slog.Value { return slog.StringValue(masked) }
