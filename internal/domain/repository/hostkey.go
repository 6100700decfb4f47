package repository

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"
)

// HostKey is the pinned key of a repository's SSH host. The zero HostKey means that no key has been seen yet.
type HostKey struct {
	// Key is the accepted key, in the format of authorized_keys: ssh-ed25519 AAAA…
	Key    string
	SeenAt time.Time
	// By is the name of the lead who accepted it; empty for the first key, which was pinned automatically.
	By string
	// Offered is a different key that the host presented later; empty if there is none.
	Offered   string
	OfferedAt time.Time
}

// OverSSH reports whether the repository is cloned over SSH, so that its host has a key.
func (r Repository) OverSSH() bool {
	return r.URL != "" && !strings.HasPrefix(r.URL, "https://")
}

// Fingerprint returns the fingerprint of a host key as ssh-keygen -l prints it, such as SHA256:…; empty if key is invalid.
func Fingerprint(key string) string {
	_, blob, _ := strings.Cut(key, " ")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(blob))
	if err != nil || len(raw) == 0 {
		return ""
	}
	sum := sha256.Sum256(raw)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// KeyKind returns the algorithm of a host key, such as ssh-ed25519.
func KeyKind(key string) string {
	kind, _, _ := strings.Cut(key, " ")
	return kind
}
