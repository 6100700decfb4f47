package secret

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// Place is where a sealed value lives. It is bound into the value: copied to another row, column or tenant it does not open.
// Tenant is empty for what belongs to the instance.
type Place struct{ Tenant, Table, Row, Column string }

// bytes joins the place unambiguously: a bar inside a part cannot pass for a border.
func (p Place) bytes() []byte {
	parts := []string{p.Tenant, p.Table, p.Row, p.Column}
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return []byte(strings.Join(parts, "|"))
}

// ErrUnreadable says that a sealed value was changed, moved, or sealed with a key that is not in the key file.
var ErrUnreadable = errors.New("the sealed value does not open: it was changed or moved, or its key is not in the key file")

const version = "v1"

// text is strict: a value has one spelling.
var text = base64.RawURLEncoding.Strict()

// Seal encrypts plain for one place as "v1:keyid:nonce:ciphertext". Sealing twice gives two different texts.
func (k *Keys) Seal(at Place, plain string) string {
	nonce := make([]byte, chacha20poly1305.NonceSizeX)
	_, _ = rand.Read(nonce) // never fails: crypto/rand ends the program instead
	r := k.fresh()
	sealed := r.sealers[r.current()].Seal(nil, nonce, []byte(plain), at.bytes())
	return strings.Join([]string{version, r.current(), text.EncodeToString(nonce), text.EncodeToString(sealed)}, ":")
}

// Open decrypts what Seal gave for the same place; anything else is ErrUnreadable.
func (k *Keys) Open(at Place, sealed string) (string, error) {
	parts := strings.Split(sealed, ":")
	if len(parts) != 4 || parts[0] != version {
		return "", ErrUnreadable
	}
	aead := k.ring().sealers[parts[1]]
	if aead == nil { // perhaps another program has added it
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

// Sealed says whether s has the form of a sealed value.
func Sealed(s string) bool { return strings.HasPrefix(s, version+":") && strings.Count(s, ":") == 3 }

// KeyOf is the id of the key that a value was sealed with; empty when it is no sealed value.
func KeyOf(sealed string) string {
	if !Sealed(sealed) {
		return ""
	}
	return strings.Split(sealed, ":")[1]
}
