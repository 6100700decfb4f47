// Package throwaway creates temporary teams for the isolation check, with a user of each role and an object for every route. It works
// directly on the data, like the operator's commands.
package throwaway

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	"github.com/industrial-orchestrator/orchestrator/internal/isolation"
)

// Team is a temporary team for one check. All its texts contain Mark.
type Team struct {
	isolation.Team
	Mark string
	Lead tenant.Actor
	app  *app.App
	// links and keys are the credentials other than logins and API tokens, by kind.
	links    map[string]string
	password string
}

// raiseRateLimit allows as many API requests as a check needs.
func (t *Team) raiseRateLimit(ctx context.Context, a *app.App) error {
	made, err := a.People.TeamBySlug(ctx, t.Slug)
	if err != nil {
		return err
	}
	often := 1_000_000
	return a.Console.SetQuota(ctx, appkernel.Operator(), made.ID, appconsole.Quota{Requests: &often})
}

// Make creates the team and its objects. If an earlier check left the team, Make reuses it.
func Make(ctx context.Context, d *dbkernel.DB, a *app.App, slug, mark string) (*Team, error) {
	t := &Team{Team: isolation.Team{Slug: slug, IDs: map[string]string{}}, Mark: mark, app: a, links: map[string]string{}, password: rand.Text()}
	made := apppeople.NewTenant(slug, "Team "+mark, time.Now().UTC().Truncate(time.Millisecond))
	made.MaxConcurrentSessions = 0 // sessions stay queued, so that no agent runs for a check
	_, err := a.People.CreateTenant(ctx, made)
	if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
		return nil, err
	}
	if err := t.raiseRateLimit(ctx, a); err != nil {
		return nil, err
	}
	t.IDs["teams"], t.IDs["tenants"] = slug, slug
	if err := t.people(ctx); err != nil {
		return nil, err
	}
	return t, errors.Join(t.addObjects(ctx), t.addSession(ctx, d), t.addCredentials(ctx))
}

// email is the address of the user with a role, at a host that does not exist.
func (t *Team) email(role tenant.Role) string {
	return string(role) + "." + t.Slug + "@isolation.invalid"
}

func (t *Team) people(ctx context.Context) (err error) {
	for _, role := range tenant.Roles() {
		u, err := t.app.People.CreateUser(ctx, t.email(role), t.Mark+" "+string(role), t.password, false)
		if err != nil {
			return err
		}
		if err := t.app.People.AddMember(ctx, t.Slug, u.Email, role); err != nil {
			return err
		}
		t.IDs["people"], t.IDs["members"], t.IDs["users"] = string(u.ID), string(u.ID), string(u.ID) // in the end, the viewer's
	}
	t.Lead, err = t.app.People.ActorByEmail(ctx, t.Slug, t.email(tenant.Lead))
	return err
}

// addObjects creates the objects that a lead manages.
func (t *Team) addObjects(ctx context.Context) error {
	p, err := t.app.Models.CreateProvider(ctx, t.Lead, provider.Provider{Name: "scripted", Kind: provider.OpenAICompatible, BaseURL: "https://models.example.org/" + t.Mark,
		Models: []provider.Model{{ID: "small", Context: 100_000, Output: 8_000}}}, "sk-"+t.Mark)
	if err != nil {
		return err
	}
	r, err := t.app.Repos.CreateRepository(ctx, t.Lead, repository.Repository{Name: "site-" + t.Mark, URL: "https://git.example.org/" + t.Mark + ".git", DefaultBranch: "main"}, "")
	if err != nil {
		return err
	}
	v, err := t.app.Agents.CreateAgent(ctx, t.Lead, "Agent "+t.Mark, agent.Spec{Type: "reviewer", Prompt: "Review " + t.Mark}, "")
	if err != nil {
		return err
	}
	t.IDs["agents"] = string(v.ID)
	host := t.Slug + ".example.org:443"
	t.IDs["providers"], t.IDs["model-providers"], t.IDs["repositories"], t.IDs["git"], t.IDs["hosts"] = string(p.ID), string(p.ID), string(r.ID), string(r.ID), host
	return t.app.Repos.AllowHost(ctx, t.Lead, r.ID, host)
}

// addSession creates a session that is not started, with data that an agent would leave in it.
func (t *Team) addSession(ctx context.Context, d *dbkernel.DB) error {
	s, err := t.app.Work.CreateSession(ctx, t.Lead, session.Session{Title: "Port the " + t.Mark, Prompt: "Print " + t.Mark, Model: "scripted/small",
		Priority: session.Medium, RepositoryID: repository.ID(t.IDs["repositories"]), Tags: []string{t.Mark}}, false)
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	text, _ := json.Marshal(t.Mark)
	ask := session.Ask{ID: id.New(), SourceID: "per_" + t.Mark, Kind: session.Approval, Permission: "bash", Patterns: []string{t.Mark}, Always: []string{t.Mark},
		Metadata: json.RawMessage(`{}`), Questions: json.RawMessage(`[]`), AskedAt: now}
	call := usage.Call{ID: id.New(), Session: string(s.ID), Provider: "scripted", Model: "small", Started: now, Counts: usage.Counts{Input: 7919}, Response: text}
	t.IDs["sessions"], t.IDs["asks"], t.IDs["permissions"], t.IDs["calls"] = string(s.ID), ask.ID, ask.ID, call.ID
	entry := merge.Entry{ID: merge.ID(id.New()), Repository: s.RepositoryID, Session: s.ID, Head: t.Mark, AddedBy: t.Lead.User, AddedName: t.Lead.Name, AddedAt: now, Status: merge.Held, Note: t.Mark}
	t.IDs["merge-queue"] = string(entry.ID)
	return d.Update(ctx, t.Lead.Tenant, func(sc *dbkernel.Scope) error {
		_, err := dbwork.On(sc).AddAsk(ctx, s.ID, ask)
		merges := errors.Join(dbwork.On(sc).OpenMergeQueue(ctx, s.RepositoryID), dbwork.On(sc).AddMergeEntry(ctx, entry), dbwork.On(sc).MoveMergeEntry(ctx, entry, merge.Waiting))
		return errors.Join(err, merges, dbwork.On(sc).AddCall(ctx, call, nil), dbwork.On(sc).SetDiff(ctx, s.ID, 1, []session.FileChange{{Path: t.Mark, Status: "added", Additions: 1, Patch: "+" + t.Mark}}, []byte("+"+t.Mark), false, now))
	})
}

// addCredentials creates a credential of every kind.
func (t *Team) addCredentials(ctx context.Context) error {
	link, v, err := t.app.People.Invite(ctx, t.Lead, "guest."+t.Slug+"@isolation.invalid", tenant.Member)
	if err != nil {
		return err
	}
	_, key, err := t.app.People.CreateToken(ctx, t.Lead, "ci "+t.Mark, apitoken.Manage, nil)
	if err != nil {
		return err
	}
	gateway, _, err := t.app.Work.NewGatewayKey(ctx, t.Lead.Tenant, session.ID(t.IDs["sessions"]))
	if err != nil {
		return err
	}
	login, err := t.login(ctx)
	if err != nil {
		return err
	}
	t.links["invitation link"], t.links["gateway key"] = link, gateway
	t.IDs["invitations"], t.IDs["tokens"], t.IDs["logins"] = v.ID, key.ID, login
	t.IDs["setup"], t.IDs["reset"], t.IDs["link"], t.IDs["forge"] = v.ID, v.ID, v.ID, v.ID // not links or webhooks, but IDs that an attacker might try
	return nil
}

func (t *Team) login(ctx context.Context) (string, error) {
	u, err := t.app.People.PersonByEmail(ctx, t.email(tenant.Lead))
	if err != nil {
		return "", err
	}
	l, err := t.app.People.NewLogin(ctx, u, "127.0.0.1", "isolation check "+t.Mark)
	return l.ID, err
}

// Marks returns the texts that no other team may see.
func (t *Team) Marks() []string { return []string{t.Mark, strings.ToUpper(t.Mark)} }
