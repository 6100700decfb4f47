package agents

import (
	"context"
	"strings"
	"unicode/utf8"

	dbagents "github.com/industrial-orchestrator/orchestrator/db/agents"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// CreateAgent adds an agent with its first version, 0.1.0. It refuses when the team has as many agents as it can have.
func (a *Verbs) CreateAgent(ctx context.Context, by tenant.Actor, name string, spec agent.Spec, changelog string) (v agent.Agent, err error) {
	if err := by.May(tenant.EditAgents); err != nil {
		return v, err
	}
	spec = spec.Clean()
	name, nameErr := agent.CleanName(name)
	version, versionErr := a.newVersion(by, agent.First, spec, changelog)
	if err := appkernel.JoinFields(nameErr, versionErr); err != nil {
		return v, err
	}
	now := a.k.Clock.Now()
	v = agent.Agent{ID: agent.ID(id.New()), Name: name, Current: version, CreatedAt: now, CreatedBy: by.User, CreatedByName: by.Name}
	err = a.k.Write(ctx, by, tenant.EditAgents, func(sc *dbkernel.Scope) error {
		if err := checkRoom(ctx, sc); err != nil {
			return err
		}
		if err := a.checkModel(ctx, sc, spec.Model); err != nil {
			return err
		}
		if err := dbagents.On(sc).CreateAgent(ctx, v); err != nil {
			return err
		}
		if v, err = dbagents.On(sc).Agent(ctx, v.ID); err != nil {
			return err
		}
		return a.k.Audit(ctx, sc, by, "create_agent", string(v.ID), name)
	})
	return v, err
}

// newVersion checks a spec and its changelog.
func (a *Verbs) newVersion(by tenant.Actor, n agent.Number, spec agent.Spec, changelog string) (agent.Version, error) {
	changelog = strings.TrimSpace(text.Clean(changelog))
	var f fault.Fields
	if n := utf8.RuneCountInString(changelog); n > agent.MaxChangelog {
		f.Add("changelog", "Use at most %d characters for the changelog (you entered %d).", agent.MaxChangelog, n)
	}
	err := appkernel.JoinFields(spec.Check(), f.Err())
	return agent.Version{Number: n, Spec: spec, Digest: spec.Digest(), Changelog: changelog, SavedAt: a.k.Clock.Now(), SavedBy: by.User, SavedName: by.Name}, err
}

func checkRoom(ctx context.Context, sc *dbkernel.Scope) error {
	n, limit, err := dbagents.On(sc).CountAgents(ctx)
	if err != nil || n < limit {
		return err
	}
	return &fault.Error{Kind: fault.Exhausted, Limit: &fault.Limit{Name: quota.Agents, Value: limit, Used: n, WhoCan: "admin"},
		Message: "Not created: the team has " + text.Count(n) + " of " + text.Count(limit) + " agents. Delete one that nobody uses, or ask an admin to raise the limit."}
}

// Edit is a change of an agent.
type Edit struct {
	// Name is the new name; nil keeps it. It belongs to the agent and makes no version.
	Name *string
	// Change changes a copy of the newest version; nil changes nothing.
	Change func(*agent.Spec)
	// Base is the version that the change was made from; empty is the newest. Version is the number to give; empty is the smallest that fits.
	Base, Version, Changelog string
}

// EditAgent changes an agent. A change of anything but the name saves a new version; running sessions keep theirs.
func (a *Verbs) EditAgent(ctx context.Context, by tenant.Actor, aid agent.ID, e Edit) (agent.Agent, error) {
	return a.change(ctx, by, aid, "edit_agent", func(sc *dbkernel.Scope, old agent.Agent) error {
		if e.Base != "" && e.Base != old.Current.Number.String() {
			return fault.New(fault.Conflict, "%s saved version %s in the meantime. Your input was not saved: compare it with that version and save again.", old.Current.SavedName, old.Current.Number)
		}
		renamed, nameErr := a.rename(ctx, sc, by, old, e.Name)
		version, versionErr := a.editedVersion(by, old.Current, e)
		if err := appkernel.JoinFields(nameErr, versionErr); err != nil {
			return err
		}
		if version.Digest == old.Current.Digest {
			if renamed {
				return nil
			}
			return fault.New(fault.Invalid, "Nothing differs from version %s, so nothing was saved.", old.Current.Number)
		}
		if err := a.checkModel(ctx, sc, version.Spec.Model); err != nil {
			return err
		}
		a.ringPlaces(sc)
		return dbagents.On(sc).AddVersion(ctx, aid, old.Current.Number, version)
	})
}

func (a *Verbs) rename(ctx context.Context, sc *dbkernel.Scope, by tenant.Actor, v agent.Agent, name *string) (renamed bool, err error) {
	if name == nil {
		return false, nil
	}
	clean, err := agent.CleanName(*name)
	if err != nil || clean == v.Name {
		return false, err
	}
	v.Name = clean
	return true, dbagents.On(sc).UpdateAgent(ctx, v, by.User, a.k.Clock.Now())
}

// editedVersion is the version that an edit makes of another.
func (a *Verbs) editedVersion(by tenant.Actor, old agent.Version, e Edit) (agent.Version, error) {
	spec := old.Spec
	if e.Change != nil {
		e.Change(&spec)
	}
	spec = spec.Clean()
	if spec.Digest() == old.Digest {
		return old, nil
	}
	if err := spec.Check(); err != nil {
		return old, err // an unchecked profile can be too long to compare
	}
	n, numberErr := agent.NextNumber(old.Number, old.Spec, spec, e.Version)
	version, err := a.newVersion(by, n, spec, e.Changelog)
	if err == nil {
		version.Grown = agent.Grown(old.Spec.Permissions, spec.Permissions)
	}
	return version, appkernel.JoinFields(err, numberErr)
}

// checkModel requires that a model belongs to the team; empty is none.
func (a *Verbs) checkModel(ctx context.Context, sc *dbkernel.Scope, model string) error {
	if model == "" {
		return nil
	}
	can, err := a.models.Reach(ctx, sc)
	if err == nil && !can(model) {
		return fault.Field("model_identifier", "This team has no model %q.", text.Cut(model, 200))
	}
	return err
}

// change runs a lead's change of an agent in one transaction with its audit entry, whose detail is the agent's name.
func (a *Verbs) change(ctx context.Context, by tenant.Actor, aid agent.ID, verb string, fn func(*dbkernel.Scope, agent.Agent) error) (v agent.Agent, err error) {
	if err := appkernel.CheckID("agent", string(aid)); err != nil {
		return v, err
	}
	err = a.k.Write(ctx, by, tenant.EditAgents, func(sc *dbkernel.Scope) error {
		if v, err = dbagents.On(sc).Agent(ctx, aid); err != nil {
			return err
		}
		name := v.Name
		if err := fn(sc, v); err != nil {
			return err
		}
		if verb != "delete_agent" {
			if v, err = dbagents.On(sc).Agent(ctx, aid); err != nil {
				return err
			}
		}
		return a.k.Audit(ctx, sc, by, verb, string(aid), name)
	})
	return v, err
}

// ringPlaces wakes the dispatcher: the agent may take sessions that wait for it.
func (a *Verbs) ringPlaces(sc *dbkernel.Scope) {
	sc.AfterCommit(func() { a.k.Hub.RingBell(appkernel.Queue) })
}

// DeleteAgent removes an agent. Its sessions keep the version that they started with, so running ones are not affected.
func (a *Verbs) DeleteAgent(ctx context.Context, by tenant.Actor, aid agent.ID) error {
	_, err := a.change(ctx, by, aid, "delete_agent", func(sc *dbkernel.Scope, _ agent.Agent) error {
		return dbagents.On(sc).DeleteAgent(ctx, aid, a.k.Clock.Now())
	})
	return err
}
