// Package factortest has what tests of passkeys share.
package factortest

import vw "github.com/descope/virtualwebauthn"

// coseLength is the length of a P-256 key in COSE when both coordinates have their 32 bytes (RFC 9053, section 7.1.1).
const coseLength = 77

// NewKey returns a new P-256 key of an authenticator. The library drops leading zeros of coordinates, which one key in
// 128 has, and a server that keeps to the RFC refuses signatures of such a key. NewKey tries until it has none.
func NewKey() vw.Credential {
	for {
		if c := vw.NewCredential(vw.KeyTypeEC2); len(c.Key.AttestationData()) == coseLength {
			return c
		}
	}
}
