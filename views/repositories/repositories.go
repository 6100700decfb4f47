// Package repositories renders the git repositories of a team: source, state of the clone, and check commands.
package repositories

import (
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// List is the page of all repositories.
type List struct {
	// Base is the URL of the list and of its form: /t/acme/repositories.
	Base string
	Rows []repository.Repository
	// CanEdit shows the form, with the values Form and the errors Faults.
	CanEdit bool
	Form    repository.Repository
	Faults  ui.Faults
}

// Detail is one repository's page: as stored, or with the values of a form that had errors.
type Detail struct {
	// Base is the URL of the list.
	Base       string
	Repository repository.Repository
	Faults     ui.Faults
	CanEdit    bool
	// HasQueue reports whether the server can merge into the repository.
	HasQueue bool
	// Hosts are the allowed hosts; NewHost is the value of a form that had errors.
	Hosts   []repository.Host
	NewHost string
	// NetworkNote is why the list is not enforced on this host; empty if it is.
	NetworkNote string
	// HostKey is the pinned key of the host of an SSH clone URL.
	HostKey repository.HostKey
	Forge   Forge
}

// RowID is the id of a repository's row.
func RowID(id repository.ID) string { return "repository-" + string(id) }

// StatusID is the id of the part of a repository's page that shows the state of its clone.
func StatusID(id repository.ID) string { return "clone-" + string(id) }

// HostKeyID is the id of the part of a repository's page that shows its SSH host key.
func HostKeyID(id repository.ID) string { return "host-key-" + string(id) }

func (l List) href(id repository.ID) string { return l.Base + "/" + string(id) }

func (d Detail) href(rest ...string) string {
	return strings.Join(append([]string{d.Base, string(d.Repository.ID)}, rest...), "/")
}

// mergeQueue is the address of the repository's merge queue.
func (d Detail) mergeQueue() string {
	return strings.TrimSuffix(d.Base, "/repositories") + "/merge-queue?repository=" + string(d.Repository.ID)
}

// about returns the errors of one of the page's forms.
func (d Detail) about(fields ...string) ui.Faults {
	found := ui.Faults{}
	for _, f := range fields {
		if d.Faults[f] != "" {
			found[f] = d.Faults[f]
		}
	}
	return found
}

// from is the source of a repository: a path or a URL.
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
	case repository.Failed, repository.Unusable:
		return "failed"
	}
	return "running"
}

// cloneMessage is git's last message while it clones, or why it failed; it is empty when the clone is ready.
func cloneMessage(r repository.Repository) string {
	switch {
	case r.Status == repository.Ready:
		return ""
	case r.Progress == "" && r.Status == repository.Cloning:
		return "waiting to start"
	}
	return strings.Join(strings.Fields(r.Progress), " ")
}

// remedy describes what to do about a failed or unusable clone.
func remedy(r repository.Repository) string {
	switch {
	case r.Status == repository.Unusable && r.Inspection.BranchCount > 0:
		return "Set another default branch under Branch and checks, or change the source and fetch again. Sessions that name another base can start."
	case r.Status == repository.Unusable:
		return "Then fetch again. Until then, no session can start from this repository."
	case r.Path != "":
		return "Make sure that the directory exists and that the server can read it, then clone again."
	case r.HasCredential:
		return "If the network or the host caused the failure, clone again. If the URL or the credential is wrong, enter both again under Clone URL."
	}
	return "If the network or the host caused the failure, clone again. No credential is stored. If the repository is private, add it again with a credential."
}

// checks lists the check commands on one line.
func checks(r repository.Repository) string {
	if len(r.CheckCommands) == 0 {
		return "none"
	}
	return strings.Join(r.CheckCommands, " · ")
}

// counted is the number of check commands.
func counted(r repository.Repository) string {
	if len(r.CheckCommands) == 0 {
		return ui.Dash
	}
	return ui.Count(len(r.CheckCommands))
}

func commandLines(r repository.Repository) string { return strings.Join(r.CheckCommands, "\n") }

// fieldRows is the height of the field of check commands.
func fieldRows(r repository.Repository) int { return min(max(len(r.CheckCommands)+1, 4), 12) }
