// Package repositories draws the git repositories of a team: where each comes from, how its clone stands and what checks it.
package repositories

import (
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// List is what the page of all repositories shows.
type List struct {
	// Base is the list's address, where the form goes too: /t/acme/repositories.
	Base string
	Rows []repository.Repository
	// CanEdit draws the form, which holds Form and its Faults.
	CanEdit bool
	Form    repository.Repository
	Faults  ui.Faults
}

// Detail is what one repository's page shows: as stored, or with what a refused form changed.
type Detail struct {
	// Base is the address of the list.
	Base       string
	Repository repository.Repository
	Faults     ui.Faults
	CanEdit    bool
	// Hosts is the network list; NewHost is what a refused form wanted to add to it.
	Hosts   []repository.Host
	NewHost string
	// NetworkNote is why sessions are not held to the list here; empty where they are.
	NetworkNote string
	// HostKey is what the host of an ssh clone URL is known by.
	HostKey repository.HostKey
}

// RowID is the id of a repository's row; StatusID that of the state on its own page.
func RowID(id repository.ID) string { return "repository-" + string(id) }

// StatusID is the id of the part of a repository's page that says how its clone stands.
func StatusID(id repository.ID) string { return "clone-" + string(id) }

// HostKeyID is the id of the part of a repository's page that says what its ssh host is known by.
func HostKeyID(id repository.ID) string { return "host-key-" + string(id) }

func (l List) href(id repository.ID) string { return l.Base + "/" + string(id) }

func (d Detail) href(rest ...string) string {
	return strings.Join(append([]string{d.Base, string(d.Repository.ID)}, rest...), "/")
}

// about are the faults of one of the page's forms.
func (d Detail) about(fields ...string) ui.Faults {
	found := ui.Faults{}
	for _, f := range fields {
		if d.Faults[f] != "" {
			found[f] = d.Faults[f]
		}
	}
	return found
}

// from is where a repository is cloned from.
func from(r repository.Repository) string {
	if r.Path != "" {
		return r.Path
	}
	return r.URL
}

// mark is the shape of a clone's state.
func mark(s repository.Status) string {
	switch s {
	case repository.Ready:
		return "ok"
	case repository.Failed:
		return "failed"
	}
	return "running"
}

// said is what git said last while it clones, or why it failed; a clone that is ready has nothing to say.
func said(r repository.Repository) string {
	switch {
	case r.Status == repository.Ready:
		return ""
	case r.Progress == "" && r.Status == repository.Cloning:
		return "waits for its turn"
	}
	return strings.Join(strings.Fields(r.Progress), " ")
}

// remedy is what to do about a failed clone.
func remedy(r repository.Repository) string {
	switch {
	case r.Path != "":
		return "See that the directory is still there and may be read by the server, then clone again."
	case r.HasCredential:
		return "If the network or the host was the cause, clone again. If the address or the credential is wrong, give both anew under Clone URL."
	}
	return "If the network or the host was the cause, clone again. No credential is stored: if the repository is private, register it anew with one."
}

// checks is how many commands check a session's work.
func checks(r repository.Repository) string {
	if len(r.CheckCommands) == 0 {
		return "none"
	}
	return strings.Join(r.CheckCommands, " · ")
}

// counted is how many check commands there are, in words.
func counted(r repository.Repository) string {
	if len(r.CheckCommands) == 0 {
		return ui.Dash
	}
	return ui.Count(len(r.CheckCommands))
}

func commandLines(r repository.Repository) string { return strings.Join(r.CheckCommands, "\n") }

// fieldRows is how high the field of the check commands is.
func fieldRows(r repository.Repository) int { return min(max(len(r.CheckCommands)+1, 4), 12) }
