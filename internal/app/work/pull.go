package work

import (
	"context"
	"slices"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbrepos "github.com/industrial-orchestrator/orchestrator/db/repos"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// NewPull is a pull request to open. What is empty, or nil, is as proposed.
type NewPull struct {
	Base, Branch, Title, Body string
	Draft                     *bool
}

// ProposePull returns what a pull request of a session would say, the forge of its repository, and the pull request that is open already.
func (a *Verbs) ProposePull(ctx context.Context, by tenant.Actor, id session.ID) (p session.PullProposal, f forge.Stored, open *session.Pull, err error) {
	err = a.viewSession(ctx, by, id, func(sc *dbkernel.Scope, s session.Session) error {
		if err := by.MayOn(tenant.WriteSessions, s.CreatedBy); err != nil {
			return err
		}
		p, f, open, err = a.proposePull(ctx, sc, s)
		return err
	})
	return p, f, open, err
}

func (a *Verbs) proposePull(ctx context.Context, sc *dbkernel.Scope, s session.Session) (p session.PullProposal, f forge.Stored, open *session.Pull, err error) {
	r, err := dbrepos.On(sc).Repository(ctx, s.RepositoryID)
	if fault.Is(err, fault.NotFound) {
		return p, f, nil, fault.New(fault.Conflict, "The session has no repository, so there is nothing to open a pull request on.")
	}
	if err != nil {
		return p, f, nil, err
	}
	if r.Path != "" {
		return p, f, nil, fault.New(fault.Conflict, "%s is a local repository, so no forge receives its branches. Add the repository by its clone URL.", r.Name)
	}
	if f, err = dbrepos.On(sc).Forge(ctx, r.ID); fault.Is(err, fault.NotFound) {
		return p, f, nil, fault.New(fault.Conflict, "The repository %s has no forge. A lead can set one up on the repository's page.", r.Name)
	}
	if err != nil {
		return p, f, nil, err
	}
	files, err := dbwork.On(sc).Files(ctx, s.ID)
	if err != nil {
		return p, f, nil, err
	}
	said, err := dbwork.On(sc).EventsOfType(ctx, s.ID, event.AgentMessage, 1)
	if err != nil {
		return p, f, nil, err
	}
	checks, err := dbwork.On(sc).Checks(ctx, s.ID, s.Attempt)
	if err != nil {
		return p, f, nil, err
	}
	p = session.ProposePull(s, lastText(said), files)
	if p.Base == "" || !isBranchOf(r, p.Base) {
		p.Base = r.DefaultBranch
	}
	if p.DefaultBranch = r.DefaultBranch; slices.Contains(r.Inspection.Branches, p.Base) && r.Inspection.BranchCount <= len(r.Inspection.Branches) {
		p.Branches = r.Inspection.Branches
	}
	p.Secrets = session.FindSecrets(files)
	for _, c := range checks {
		if c.Verdict != repository.Passed {
			p.FailedChecks = append(p.FailedChecks, c.Command)
		}
	}
	p.Draft = len(p.FailedChecks) > 0
	open, err = openPull(ctx, sc, s.ID)
	return p, f, open, err
}

// PullProtection returns how the forge protects the branch that a session's pull request goes into.
func (a *Verbs) PullProtection(ctx context.Context, by tenant.Actor, id session.ID, base string) (p forge.Protection, err error) {
	s, err := a.Session(ctx, by, id)
	if err != nil {
		return p, err
	}
	if err := by.MayOn(tenant.WriteSessions, s.CreatedBy); err != nil {
		return p, err
	}
	port, f, err := a.repos.ForgePort(ctx, by.Tenant, s.RepositoryID)
	if err != nil {
		return p, err
	}
	p, err = port.Protection(ctx, base)
	if err != nil {
		return p, forge.Fault(err, f.Host())
	}
	return p, nil
}

func lastText(es []event.Event) string {
	if len(es) == 0 {
		return ""
	}
	return event.Decode[event.Text](es[len(es)-1]).Text
}

// isBranchOf reports whether a session's base is a branch of the repository, and not a tag or a commit. Of a repository with more branches
// than are listed it believes so.
func isBranchOf(r repository.Repository, base string) bool {
	for _, b := range r.Inspection.Branches {
		if b == base {
			return true
		}
	}
	return r.Inspection.BranchCount > len(r.Inspection.Branches)
}

// openPull returns the open pull request of a session; nil if there is none.
func openPull(ctx context.Context, sc *dbkernel.Scope, id session.ID) (*session.Pull, error) {
	all, err := dbwork.On(sc).Pulls(ctx, id)
	for _, p := range all {
		if p.State == forge.Open {
			return &p, err
		}
	}
	return nil, err
}

// OpenPull pushes a session's work to a branch and opens a pull request of it. If the session has an open one of that branch, it returns
// that one, also if only the forge has it, because an earlier request got no answer.
func (a *Verbs) OpenPull(ctx context.Context, by tenant.Actor, id session.ID, n NewPull) (session.Pull, error) {
	proposal, f, open, err := a.ProposePull(ctx, by, id)
	if err != nil {
		return session.Pull{}, err
	}
	n = n.or(proposal)
	if open != nil && open.Branch == n.Branch && open.Base == n.Base {
		return *open, nil
	}
	if err := checkPull(n, proposal); err != nil {
		return session.Pull{}, err
	}
	s, err := a.Session(ctx, by, id)
	if err != nil {
		return session.Pull{}, err
	}
	port, _, err := a.repos.ForgePort(ctx, by.Tenant, s.RepositoryID)
	if err != nil {
		return session.Pull{}, err
	}
	if _, err := a.PushSession(ctx, by, id, n.Branch); err != nil {
		return session.Pull{}, err
	}
	opened, err := openOnForge(ctx, port, forge.New{Base: n.Base, Branch: n.Branch, Title: n.Title, Body: n.Body, Draft: *n.Draft, Marker: forge.Marker(string(id), n.Branch)})
	if err != nil {
		return session.Pull{}, forge.Fault(err, f.Host())
	}
	return a.storeOpened(ctx, by, s, opened, f)
}

// or fills what is empty from a proposal.
func (n NewPull) or(p session.PullProposal) NewPull {
	for _, x := range []struct{ typed, proposed *string }{{&n.Base, &p.Base}, {&n.Branch, &p.Branch}, {&n.Title, &p.Title}, {&n.Body, &p.Body}} {
		if *x.typed = strings.TrimSpace(*x.typed); *x.typed == "" {
			*x.typed = *x.proposed
		}
	}
	if n.Draft == nil {
		n.Draft = &p.Draft
	}
	return n
}

func checkPull(n NewPull, p session.PullProposal) error {
	var f fault.Fields
	for _, x := range []struct{ field, value string }{{"base", n.Base}, {"branch", n.Branch}} {
		if err := repository.CheckRef(x.field, x.value); err != nil {
			f.Add(x.field, "%q is not a valid branch. Use a name such as fix/total.", x.value)
		}
	}
	if n.Base == n.Branch {
		f.Add("branch", "The branch must not be the target branch.")
	}
	if len(n.Title) > session.MaxPullTitle || strings.ContainsAny(n.Title, "\r\n\x00") || n.Title == "" {
		f.Add("title", "Enter a title of one line with at most %d characters.", session.MaxPullTitle)
	}
	if len(n.Body) > session.MaxPullBody || strings.ContainsRune(n.Body, 0) {
		f.Add("body", "Enter a description of at most %d characters.", session.MaxPullBody)
	}
	if len(p.Secrets) > 0 {
		f.Add("", "%s line %d contains what looks like %s. Have the agent remove it before the branch is pushed.", p.Secrets[0].Path, p.Secrets[0].Line, p.Secrets[0].Kind)
	}
	return f.Err()
}

// openOnForge opens a pull request. If the forge may have it already, it is searched for: an open is never sent twice.
func openOnForge(ctx context.Context, port forge.Port, n forge.New) (forge.PullRequest, error) {
	p, err := port.Open(ctx, n)
	if err == nil || forge.ReasonOf(err) != forge.Exists && !forge.IsUncertain(err) {
		return p, err
	}
	found, findErr := port.Find(ctx, n)
	if findErr != nil {
		return p, err
	}
	return found, nil
}

// storeOpened stores what was opened. The forge has it, so a caller who left does not prevent this.
func (a *Verbs) storeOpened(ctx context.Context, by tenant.Actor, s session.Session, opened forge.PullRequest, f forge.Stored) (p session.Pull, err error) {
	ctx, now := context.WithoutCancel(ctx), a.k.Clock.Now()
	p = session.Pull{Session: s.ID, Repository: string(s.RepositoryID), Attempt: s.Attempt, PullRequest: opened, Host: f.Host(), OpenedBy: string(by.User), OpenedByName: by.Name,
		OpenedAt: now, ChangedAt: now, ReadAt: now}
	err = a.k.Write(ctx, by, tenant.WriteSessions, func(sc *dbkernel.Scope) error {
		if err := dbwork.On(sc).AddPull(ctx, p, now.Add(session.PullLookedAt)); err != nil {
			return err
		}
		if err := a.notePull(ctx, sc, p, "opened", appkernel.Person(by)); err != nil {
			return err
		}
		return a.k.Audit(ctx, sc, by, "open_pull_request", string(s.ID), pullName(p)+" into "+p.Base)
	})
	return p, err
}

func pullName(p session.Pull) string { return p.Host + " " + p.Line() }

// notePull adds a change of a pull request to the session's events.
func (a *Verbs) notePull(ctx context.Context, sc *dbkernel.Scope, p session.Pull, change string, by event.Actor) error {
	e := event.New(event.SessionPull, by, event.Pull{Number: p.Number, URL: p.URL, Host: p.Host, Change: change, Base: p.Base, Draft: p.Draft, Commit: p.MergeCommit, Failed: p.Checks.Count(forge.CheckFailed)})
	if _, err := dbwork.On(sc).AppendEvents(ctx, p.Session, p.Attempt, []event.Event{e}); err != nil {
		return err
	}
	t := sc.Tenant()
	sc.AfterCommit(func() { a.ringSession(t, p.Session) })
	return nil
}

// MergePull merges a session's open pull request on its forge, if its branch is still at the commit that was read last.
func (a *Verbs) MergePull(ctx context.Context, by tenant.Actor, id session.ID) (session.Pull, error) {
	return a.actOnPull(ctx, by, id, "merge_pull_request", func(port forge.Port, p session.Pull) error {
		err := port.Merge(ctx, forge.MergeRequest{Number: p.Number, Head: p.Head, Title: p.Title})
		if forge.ReasonOf(err) == forge.AlreadyMerged {
			return nil
		}
		return a.judgeLater(ctx, by.Tenant, p, err)
	})
}

// judgeLater finds out whether a forge that has not computed yet if it can merge never will, because the branches conflict: Gitea gives one
// answer for both.
func (a *Verbs) judgeLater(ctx context.Context, t tenant.ID, p session.Pull, err error) error {
	if forge.ReasonOf(err) != forge.Later || a.opts.Conflicts == nil {
		return err
	}
	paths, failed := a.opts.Conflicts(ctx, t, repository.ID(p.Repository), p.Base, p.Head)
	if failed != nil {
		a.k.Log.Warn("look for conflicts of a pull request", "tenant", string(t), "session", string(p.Session), "number", p.Number, "error", failed)
	}
	if len(paths) == 0 {
		return err
	}
	return &forge.Refusal{Reason: forge.Clash, Text: "Conflicts in " + text.Brief(strings.Join(paths, ", "), 200)}
}

// MarkPullReady ends the draft state of a session's open pull request.
func (a *Verbs) MarkPullReady(ctx context.Context, by tenant.Actor, id session.ID) (session.Pull, error) {
	return a.actOnPull(ctx, by, id, "mark_pull_request_ready", func(port forge.Port, p session.Pull) error { return port.MarkReady(ctx, p.PullRequest) })
}

// ClosePull closes a session's open pull request without merging it.
func (a *Verbs) ClosePull(ctx context.Context, by tenant.Actor, id session.ID) (session.Pull, error) {
	return a.actOnPull(ctx, by, id, "close_pull_request", func(port forge.Port, p session.Pull) error { return port.Close(ctx, p.Number) })
}

// actOnPull runs an act on a session's open pull request, writes the audit entry, and reads the state from the forge.
func (a *Verbs) actOnPull(ctx context.Context, by tenant.Actor, id session.ID, verb string, act func(forge.Port, session.Pull) error) (p session.Pull, err error) {
	if p, err = a.openPullOf(ctx, by, id); err != nil {
		return p, err
	}
	port, f, err := a.repos.ForgePort(ctx, by.Tenant, repository.ID(p.Repository))
	if fault.Is(err, fault.NotFound) || err == nil && f.Host() != p.Host {
		return p, fault.New(fault.Conflict, "The repository no longer has the forge of this pull request. Open it on %s.", p.Host)
	}
	if err != nil {
		return p, err
	}
	if err := act(port, p); err != nil {
		return p, forge.Fault(err, p.Host)
	}
	ctx = context.WithoutCancel(ctx) // it is done there
	err = a.k.Write(ctx, by, tenant.WriteSessions, func(sc *dbkernel.Scope) error { return a.k.Audit(ctx, sc, by, verb, string(id), pullName(p)) })
	if err != nil {
		return p, err
	}
	return a.readPull(ctx, p, by.Tenant)
}

// openPullOf returns the open pull request of a session that the actor can change.
func (a *Verbs) openPullOf(ctx context.Context, by tenant.Actor, id session.ID) (p session.Pull, err error) {
	if err := appkernel.CheckID("session", string(id)); err != nil {
		return p, err
	}
	err = a.k.Read(ctx, by, tenant.WriteSessions, func(sc *dbkernel.Scope) error {
		s, err := dbwork.On(sc).Session(ctx, id)
		if err != nil {
			return err
		}
		if err := by.MayOn(tenant.WriteSessions, s.CreatedBy); err != nil {
			return err
		}
		open, err := openPull(ctx, sc, id)
		if err == nil && open == nil {
			return fault.New(fault.Conflict, "The session has no open pull request.")
		}
		if open != nil {
			p = *open
		}
		return err
	})
	return p, err
}
