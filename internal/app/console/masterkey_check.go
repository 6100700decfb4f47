package console

import (
	"crypto/hmac"
	"fmt"
	"maps"
	"slices"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// mismatch returns what is wrong with keys for this database, to follow the name of their source, or "" if nothing is.
func (st keyState) mismatch(keys *secret.Keys) string {
	root, decrypting := keys.Checks()
	if k, known := st.root(); known && k.Check != root.Value || !known && !st.firstFits(keys) {
		return " starts with key " + root.ID + " instead"
	}
	for _, id := range slices.Sorted(maps.Keys(st.secrets)) {
		at := slices.IndexFunc(decrypting, func(c secret.Check) bool { return c.ID == id })
		if at < 0 {
			return " does not contain key " + id
		}
		if !st.fits(keys, decrypting[at]) {
			return " has another key under the ID " + id
		}
	}
	return ""
}

// fits compares a key with its check value, or if none was noted, decrypts one of its secrets.
func (st keyState) fits(keys *secret.Keys, c secret.Check) bool {
	for _, k := range st.known {
		if !k.Root && k.ID == c.ID {
			return k.Check == c.Value
		}
	}
	v := st.sample[c.ID]
	_, err := keys.Open(placeOf(v), v.Value)
	return err == nil
}

// firstFits reports whether the oldest seal was made with keys; without a seal every key fits.
func (st keyState) firstFits(keys *secret.Keys) bool {
	if st.first == nil {
		return true
	}
	want := audit.Seal(auditMAC(keys, audit.Instance), audit.Instance, audit.Head{}, *st.first).Mac
	return hmac.Equal([]byte(want), []byte(st.first.Mac))
}

// auditMAC returns the function that authenticates the entries of a chain.
func auditMAC(keys *secret.Keys, chain string) audit.MAC {
	return func(data []byte) []byte { return keys.HMAC("audit|"+chain, data) }
}

func placeOf(v dbkernel.SealedValue) secret.Place {
	return secret.Place{Tenant: v.Tenant, Table: v.Table, Row: v.Row, Column: v.Column}
}

// refuse is the fault of a database whose key is missing; found says what was found in its place.
func (st keyState) refuse(found string) error {
	return fault.New(fault.Conflict, "This database requires %s, which sealed %s, but %s. Put the key back in that place. A key that was replaced, and that only audit logs still require, can stay there as a first line \"root KEY\". "+
		"If it is lost for good, start the server once with --accept-lost-key: secrets that no key decrypts are then removed, and older audit entries can no longer be verified.",
		st.wanted(), st.sealedThings(), found)
}

// ids are the keys that the database requires, the root first.
func (st keyState) ids() (ids []string) {
	if k, known := st.root(); known {
		ids = append(ids, k.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(st.secrets)) {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// wanted names the keys that the database requires.
func (st keyState) wanted() string {
	ids := st.ids()
	switch len(ids) {
	case 0:
		return "the master key that it was written with"
	case 1:
		return "master key " + ids[0]
	}
	return "master keys " + strings.Join(ids[:len(ids)-1], ", ") + " and " + ids[len(ids)-1]
}

// sealedThings counts what depends on the keys.
func (st keyState) sealedThings() string {
	n := 0
	for _, of := range st.secrets {
		n += of
	}
	return counted(int64(n), "secret", "secrets") + " and " + counted(st.seals, "audit entry", "audit entries")
}

func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
