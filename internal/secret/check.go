package secret

import "encoding/hex"

// Check identifies a master key without revealing it: Value is the same for the same key under any ID, and different for any other.
type Check struct{ ID, Value string }

// Checks identifies the keys: root is the first one, which content addresses and HMAC derive from (its ID is "root" after the key was
// dropped), and decrypting are those that decrypt, the current one last.
func (k *Keys) Checks() (root Check, decrypting []Check) {
	r := k.fresh()
	for _, id := range r.ids {
		decrypting = append(decrypting, Check{id, r.checks[id]})
	}
	return r.first, decrypting
}

// checkValue cannot be turned back into the key, because it is derived like a key of its own purpose.
func checkValue(master []byte) string { return hex.EncodeToString(derive(master, "check value")[:16]) }
