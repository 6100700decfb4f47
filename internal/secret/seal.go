package secret

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// Place is the location of an encrypted value. It is authenticated with the value, so that a value that was copied to another row,
// column or tenant cannot be decrypted. Tenant is empty for values of the instance.
type Place struct{ Tenant, Table, Row, Column string }

// bytes encodes the place unambiguously, even if a part contains a bar.
func (p Place) bytes() []byte {
	parts := []string{p.Tenant, p.Table, p.Row, p.Column}
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return []byte(strings.Join(parts, "|"))
}

// ErrUnreadable means that an encrypted value was changed or moved, or encrypted with a key that is not in the key file.
var ErrUnreadable = errors.New("the value cannot be decrypted: it was changed or moved, or its key is not in the key file")

const version = "v1"

// text is strict, so that a value has only one encoding.
var text = base64.RawURLEncoding.Strict()

// Seal encrypts plain for one place as "v1:keyid:nonce:ciphertext". Two calls return different texts.
func (k *Keys) Seal(at Place, plain string) string {
	nonce := make([]byte, chacha20poly1305.NonceSizeX)
	_, _ = rand.Read(nonce) // never fails, because crypto/rand ends the program instead
	r := k.fresh()
	sealed := r.sealers[r.current()].Seal(nil, nonce, []byte(plain), at.bytes())
	return strings.Join([]string{version, r.current(), text.EncodeToString(nonce), text.EncodeToString(sealed)}, ":")
}

// Open decrypts the result of Seal for the same place. For anything else it returns ErrUnreadable.
func (k *Keys) Open(at Place, sealed string) (string, error) {
	parts := strings.Split(sealed, ":")
	if len(parts) != 4 || parts[0] != version {
		return "", ErrUnreadable
	}
	aead := k.ring().sealers[parts[1]]
	if aead == nil { // another program may have added it
		aead = k.fresh().sealers[parts[1]]
	}
	nonce, errN := text.DecodeString(parts[2])
	body, errB := text.DecodeString(parts[3])
	if aead == nil || errN != nil || errB != nil || len(nonce) != chacha20poly1305.NonceSizeX {
		return "", ErrUnreadable
	}
	plain, err := aead.Open(nil, nonce, body, at.bytes())
	if err != nil {
		return "", ErrUnreadable
	}
	return string(plain), nil
}

// Sealed reports whether s has the format of an encrypted value.
func Sealed(s string) bool { return strings.HasPrefix(s, version+":") && strings.Count(s, ":") == 3 }

// KeyOf returns the ID of the key of an encrypted value, or "" if the value is not encrypted.
func KeyOf(sealed string) string {
	if !Sealed(sealed) {
		return ""
	}
	return strings.Split(sealed, ":")[1]
}
