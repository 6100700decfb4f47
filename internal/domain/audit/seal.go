package audit

import (
	"crypto/hmac"
	"encoding/hex"
	"strconv"
	"strings"
)

// Instance is the chain of entries without a team. The name of every other chain is its team's ID.
const Instance = "instance"

// Head is the length of a chain and its last seal. The zero Head is the head of an empty chain.
type Head struct {
	N   int64  `json:"n"`
	Mac string `json:"mac"`
}

// MAC authenticates data with a key that is not in the database.
type MAC func(data []byte) []byte

// Seal returns the head of a chain after e is appended to head.
func Seal(mac MAC, chain string, head Head, e Entry) Head {
	n := head.N + 1
	return Head{N: n, Mac: hex.EncodeToString(mac(e.bytes(chain, head.Mac, n)))}
}

// bytes returns everything a seal covers. Each field has a length prefix, so that no two entries have the same bytes.
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

func hasSeal(mac MAC, chain, before string, n int64, e Entry) bool {
	want := Seal(mac, chain, Head{N: n - 1, Mac: before}, e).Mac
	return hmac.Equal([]byte(want), []byte(e.Mac))
}
