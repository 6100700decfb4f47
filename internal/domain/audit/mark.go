package audit

import (
	"crypto/hmac"
	"encoding/hex"
	"strconv"
	"strings"
)

// Mark is the head of a chain as the server stores it. Proof authenticates it, so that nobody without the key can set the head back
// to another entry. Entries up to Lost were sealed with LostKey, which the operator gave up: their seals cannot be verified.
type Mark struct {
	Head
	Lost    Head   `json:"lost,omitzero"`
	LostKey string `json:"lost_key,omitempty"`
	Proof   string `json:"proof,omitempty"`
}

// Prove returns the mark with its proof, for one chain.
func (m Mark) Prove(mac MAC, chain string) Mark {
	m.Proof = m.proof(mac, chain)
	return m
}

// Proven reports whether the mark was stored by a server with the key, for this chain. The zero Mark of an empty chain is proven.
func (m Mark) Proven(mac MAC, chain string) bool {
	return m == Mark{} || hmac.Equal([]byte(m.Proof), []byte(m.proof(mac, chain)))
}

func (m Mark) proof(mac MAC, chain string) string {
	var b strings.Builder
	for _, f := range []string{"head v1", chain, strconv.FormatInt(m.N, 10), m.Mac, strconv.FormatInt(m.Lost.N, 10), m.Lost.Mac, m.LostKey} {
		b.WriteString(strconv.Itoa(len(f)))
		b.WriteByte(':')
		b.WriteString(f)
	}
	return hex.EncodeToString(mac([]byte(b.String())))
}
