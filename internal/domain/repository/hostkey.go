package repository

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"
)

// HostKey is what a repository's ssh host is known by. The zero HostKey is one that was not seen yet.
type HostKey struct {
	// Key is the one that counts, in the form of authorized_keys: ssh-ed25519 AAAA…
	Key    string
	SeenAt time.Time
	// By names the lead who accepted it; empty for the first, which was pinned when it was seen.
	By string
	// Offered is another key that the host showed since; empty when there is none.
	Offered   string
	OfferedAt time.Time
}

// OverSSH says whether the repository is cloned over ssh, so that its host has a key.
func (r Repository) OverSSH() bool {
	return r.URL != "" && !strings.HasPrefix(r.URL, "https://")
}

// Fingerprint is a host key as ssh-keygen -l shows it, such as SHA256:…; empty for what is no key.
func Fingerprint(key string) string {
	_, blob, _ := strings.Cut(key, " ")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(blob))
	if err != nil || len(raw) == 0 {
		return ""
	}
	sum := sha256.Sum256(raw)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// KeyKind is the algorithm of a host key, such as ssh-ed25519.
func KeyKind(key string) string {
	kind, _, _ := strings.Cut(key, " ")
	return kind
}
