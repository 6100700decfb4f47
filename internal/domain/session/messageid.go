package session

import (
	"crypto/rand"
	"fmt"
	"sync"
	"time"
)

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

var messageIDs struct {
	sync.Mutex
	last int64
}

// NewMessageID returns IDs for a message and its only text part in OpenCode's format: prefix, 12 hex digits of
// (unix ms · 4096 + counter) mod 2⁴⁸, 14 random base62 digits. IDs from one process sort by creation time, which the agent's
// loop relies on.
func NewMessageID(now time.Time) (message, part string) {
	messageIDs.Lock()
	defer messageIDs.Unlock()
	n := max(now.UnixMilli()*4096, messageIDs.last+1)
	messageIDs.last = n
	stamp := fmt.Sprintf("%012x", n&(1<<48-1))
	return "msg_" + stamp + random14(), "prt_" + stamp + random14()
}

func random14() string {
	var b [14]byte
	_, _ = rand.Read(b[:])
	for i := range b {
		b[i] = base62[int(b[i])%len(base62)]
	}
	return string(b[:])
}
