// Package audit holds what is written down about who did what: its words, its chain of seals, its CSV.
// Entries are only ever added. A seal is an HMAC over the entry and the seal before it, so that a changed, moved, removed or
// cut-off entry is found.
package audit

import (
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Entry is one line of an audit log: who did what to which object, by which credential, from where, and whether it was done.
type Entry struct {
	ID     string
	At     time.Time
	By     tenant.UserID
	ByName string
	// Via names the credential: "login", "token:<id>", "entered:<id>", "command" or "system".
	Via string
	// Verb is the method of internal/app in snake case.
	Verb   string
	Object string
	Detail string
	// Peer is the address it came from, Request the id of the request in the server's log.
	Peer, Request string
	// Result is OK where it is left empty.
	Result Result
	// Before and After are what changed, where that is small; never a secret.
	Before, After string
	// N is the entry's place in its chain and Mac its seal; zero until it is sealed.
	N   int64
	Mac string
}

// Result says whether what was asked was done.
type Result string

// The results.
const (
	OK      Result = "ok"
	Refused Result = "refused"
)

// Filter says which entries are shown, newest first. Before and After are keyset cursors (ids); Limit 0 is 50.
type Filter struct {
	By     tenant.UserID
	Verb   string
	Object string
	Result Result
	// Since and Until bound the time; zero is open. Until is not in it.
	Since, Until  time.Time
	Before, After string
	Limit         int
}

// Page is one page of entries.
type Page struct {
	Items []Entry
	More  bool
}

// Word is how people read a verb: create_session is "create session".
func Word(verb string) string { return strings.ReplaceAll(verb, "_", " ") }

// Rows is how many entries a page has.
func (f Filter) Rows() int {
	if f.Limit <= 0 {
		return 50
	}
	return f.Limit
}

// String tells which entries a filter chooses, for the log of an export.
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

// Person is somebody who stands in a log, by the name they had last.
type Person struct {
	ID   tenant.UserID
	Name string
}
