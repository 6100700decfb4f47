package audit

import (
	"crypto/hmac"
	"encoding/hex"
	"strconv"
	"strings"
)

// Instance names the chain of what has no team; every other chain is named by its team's id.
const Instance = "instance"

// Head is how long a chain is and its last seal. The zero Head is that of a chain without entries.
type Head struct {
	N   int64  `json:"n"`
	Mac string `json:"mac"`
}

// MAC authenticates data with a key that the database does not hold.
type MAC func(data []byte) []byte

// Seal gives the seal of e as the entry after head in a chain.
func Seal(mac MAC, chain string, head Head, e Entry) Head {
	n := head.N + 1
	return Head{N: n, Mac: hex.EncodeToString(mac(e.bytes(chain, head.Mac, n)))}
}

// bytes is everything a seal covers, each field with its length before it, so that no two entries read the same.
func (e Entry) bytes(chain, before string, n int64) []byte {
	var b strings.Builder
	for _, f := range []string{"v1", chain, before, strconv.FormatInt(n, 10), e.ID, strconv.FormatInt(e.At.UnixMilli(), 10), string(e.By), e.ByName, e.Via,
		e.Verb, e.Object, e.Detail, e.Peer, e.Request, string(e.Result), e.Before, e.After} {
		b.WriteString(strconv.Itoa(len(f)))
		b.WriteByte(':')
		b.WriteString(f)
	}
	return []byte(b.String())
}

func sealed(mac MAC, chain, before string, n int64, e Entry) bool {
	want := Seal(mac, chain, Head{N: n - 1, Mac: before}, e).Mac
	return hmac.Equal([]byte(want), []byte(e.Mac))
}
