// Package audit defines audit log entries, their chain of seals and their CSV form. Entries are only appended. A seal is an HMAC
// over an entry and the previous seal, so that changed, moved, removed and cut-off entries are detected.
package audit

import (
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Entry is one entry in an audit log: who did what to which object, with which credential, from where and with which result.
type Entry struct {
	ID     string
	At     time.Time
	By     tenant.UserID
	ByName string
	// Via identifies the credential: "login", "token:<id>", "entered:<id>", "command" or "system".
	Via string
	// Verb is the name of the method of internal/app in snake case.
	Verb   string
	Object string
	Detail string
	// Peer is the network address, Request the ID of the request in the server log.
	Peer, Request string
	// Result is OK if it is empty.
	Result Result
	// Before and After are the changed values if they are small; never a secret.
	Before, After string
	// N is the entry's position in its chain and Mac its seal; zero until it is sealed.
	N   int64
	Mac string
}

// Result says whether an operation was executed or refused.
type Result string

// The results.
const (
	OK      Result = "ok"
	Refused Result = "refused"
)

// Filter selects entries, newest first. Before and After are keyset cursors (IDs); Limit 0 means 50.
type Filter struct {
	By     tenant.UserID
	Verb   string
	Object string
	Result Result
	// Since (inclusive) and Until (exclusive) bound the time; zero means no bound.
	Since, Until  time.Time
	Before, After string
	Limit         int
}

// Page is one page of entries.
type Page struct {
	Items []Entry
	More  bool
}

// Word is the readable form of a verb: create_session becomes "create session".
func Word(verb string) string { return strings.ReplaceAll(verb, "_", " ") }

// Rows is the number of entries on a page.
func (f Filter) Rows() int {
	if f.Limit <= 0 {
		return 50
	}
	return f.Limit
}

// String describes the filter, for the audit entry about an export.
func (f Filter) String() string {
	var parts []string
	for _, p := range [][2]string{{"person", string(f.By)}, {"verb", f.Verb}, {"object", f.Object}, {"result", string(f.Result)}, {"from", day(f.Since)}, {"until", day(f.Until)}} {
		if p[1] != "" {
			parts = append(parts, p[0]+" "+p[1])
		}
	}
	if len(parts) == 0 {
		return "everything"
	}
	return strings.Join(parts, ", ")
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04")
}

// Person is somebody with entries in a log, with their most recent name.
type Person struct {
	ID   tenant.UserID
	Name string
}
