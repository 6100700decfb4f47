package throwaway

import (
	"context"
	"encoding/json"
	"errors"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// State returns the team's data as its lead sees it. Nothing that another team does may change it. It excludes the progress of clones,
// which the server changes.
func (t *Team) State(ctx context.Context) (map[string]string, error) {
	a, by, work := t.app, t.Lead, session.ID(t.IDs["sessions"])
	out, errs := map[string]string{}, []error{}
	note := func(noun string, v any, err error) {
		text, _ := json.Marshal(v)
		out[noun] = string(text)
		errs = append(errs, err)
	}
	s, err := a.Work.Session(ctx, by, work)
	note("session", s, err)
	events, err := a.Work.Events(ctx, by, work, 0, appkernel.MaxPage)
	note("events", events, err)
	asks, err := a.Work.Asks(ctx, by, work)
	note("asks", asks, err)
	members, err := a.People.Members(ctx, by)
	note("members", members, err)
	invitations, err := a.People.Invitations(ctx, by)
	note("invitations", invitations, err)
	tokens, err := a.People.Tokens(ctx, by)
	note("tokens", tokens, err)
	providers, err := a.Models.Providers(ctx, by)
	note("providers", providers, err)
	limits, err := a.People.Limits(ctx, by)
	note("limits", limits, err)
	last, err := a.Work.LastChange(ctx, by)
	note("changes", last, err)
	log, err := a.Console.AuditLog(ctx, by, audit.Filter{Limit: appkernel.MaxPage})
	for i := range log.Items { // the server seals entries in the meantime
		log.Items[i].N, log.Items[i].Mac = 0, ""
	}
	note("audit log", log, err)
	return out, errors.Join(errs...)
}

// Remove deletes the team's data and erases its users. The audit log and an empty team remain, which the next check reuses.
func (t *Team) Remove(ctx context.Context) error {
	var errs []error
	drop := func(err error) {
		if !fault.Is(err, fault.NotFound) {
			errs = append(errs, err)
		}
	}
	if t.Lead.Tenant != "" {
		drop(t.clear(ctx))
	}
	for _, email := range append([]string{"reset." + t.Slug + "@isolation.invalid"}, emails(t)...) {
		u, err := t.app.People.PersonByEmail(ctx, email)
		if err == nil {
			_, err = t.app.People.ErasePerson(ctx, appkernel.Operator(), u.ID)
		}
		drop(err)
	}
	return errors.Join(errs...)
}

func emails(t *Team) (out []string) {
	for _, role := range tenant.Roles() {
		out = append(out, t.email(role))
	}
	return out
}

// clear deletes the team's objects. Some may have been deleted during the check.
func (t *Team) clear(ctx context.Context) error {
	repositories, err := t.app.Repos.Repositories(ctx, t.Lead)
	errs := []error{err}
	for _, r := range repositories {
		errs = append(errs, t.emptyQueue(ctx, r.ID))
	}
	all, err := t.app.Work.Sessions(ctx, t.Lead, session.Filter{Limit: appkernel.MaxPage})
	errs = append(errs, err)
	for _, s := range all.Items {
		_, _ = t.app.Work.CancelSession(ctx, t.Lead, s.ID) // fails if the session has ended
		errs = append(errs, t.app.Work.DeleteSession(ctx, t.Lead, s.ID))
	}
	for _, r := range repositories {
		errs = append(errs, t.app.Repos.DeleteRepository(ctx, t.Lead, repository.ID(r.ID)))
	}
	agents, _, err := t.app.Agents.Agents(ctx, t.Lead, agent.Filter{})
	errs = append(errs, err)
	for _, a := range agents {
		errs = append(errs, t.app.Agents.DeleteAgent(ctx, t.Lead, a.ID))
	}
	providers, err := t.app.Models.Providers(ctx, t.Lead)
	errs = append(errs, err)
	for _, p := range providers {
		errs = append(errs, t.app.Models.DeleteProvider(ctx, t.Lead, provider.ID(p.ID)))
	}
	return errors.Join(errs...)
}

// emptyQueue takes everything out of a merge queue, because work that waits in one is not deleted.
func (t *Team) emptyQueue(ctx context.Context, id repository.ID) error {
	q, err := t.app.Work.MergeQueue(ctx, t.Lead, id)
	errs := []error{err}
	for _, e := range q.Entries {
		_, err := t.app.Work.RemoveMerge(ctx, t.Lead, e.ID)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
