package people

import (
	"context"
	"maps"
	"slices"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// admin says whether the groups make the person an admin of the instance.
func (o *OIDC) admin(p user.Proof) bool {
	return o.AdminGroup != "" && slices.Contains(p.Groups, o.AdminGroup)
}

// applyGroups puts u into the teams that the groups give now and takes u out of those they gave before. What people did by hand
// is left alone. Without rules groups say nothing, and memberships they once gave stay until a rule or a person ends them.
func (a *Verbs) applyGroups(ctx context.Context, s *dbkernel.System, o *OIDC, u *user.User, p user.Proof) error {
	if err := a.applyAdmin(ctx, s, o, u, p); err != nil || len(o.Rules) == 0 {
		return err
	}
	g := grouping{a: a, s: s, o: o, u: *u, by: appkernel.WithRequest(ctx, tenant.Actor{User: u.ID, Name: u.Name, Via: string(user.ByProvider)})}
	have, err := dbpeople.Across(s).GroupMembers(ctx, u.ID)
	if err != nil {
		return err
	}
	wanted := user.Roles(o.Rules, p.Groups)
	for _, m := range have {
		role := wanted[m.Slug]
		delete(wanted, m.Slug)
		if err := g.adjust(ctx, m, role); err != nil {
			return err
		}
	}
	for _, slug := range slices.Sorted(maps.Keys(wanted)) {
		if err := g.join(ctx, slug, wanted[slug]); err != nil {
			return err
		}
	}
	return nil
}

// grouping applies one person's groups within one transaction.
type grouping struct {
	a  *Verbs
	s  *dbkernel.System
	o  *OIDC
	u  user.User
	by tenant.Actor
}

// adjust brings a membership to the role that the groups give now; none ends it.
func (g grouping) adjust(ctx context.Context, m dbpeople.GroupMember, role tenant.Role) error {
	if !m.ByGroups || role == m.Role {
		return nil
	}
	if kept, err := g.keepsLead(ctx, m, role); err != nil || kept {
		return err
	}
	if role == "" {
		if err := dbpeople.Across(g.s).LeaveByGroup(ctx, m.Tenant, g.u.ID, g.a.k.Clock.Now()); err != nil {
			return err
		}
		return g.tell(ctx, m.Tenant, m.Slug, "remove_member", string(m.Role), "", audit.OK, "")
	}
	if err := dbpeople.Across(g.s).RoleByGroup(ctx, m.Tenant, g.u.ID, role, g.a.k.Clock.Now()); err != nil {
		return err
	}
	return g.tell(ctx, m.Tenant, m.Slug, "change_role", string(m.Role), string(role), audit.OK, "")
}

// keepsLead leaves a team its last lead, and says so in the logs: who looks after the team is for people to decide.
func (g grouping) keepsLead(ctx context.Context, m dbpeople.GroupMember, role tenant.Role) (bool, error) {
	if m.Role != tenant.Lead {
		return false, nil
	}
	leads, err := dbpeople.Across(g.s).ActiveLeads(ctx, m.Tenant)
	if err != nil || slices.ContainsFunc(leads, func(l tenant.UserID) bool { return l != g.u.ID }) {
		return false, err
	}
	verb := "remove_member"
	if role != "" {
		verb = "change_role"
	}
	return true, g.tell(ctx, m.Tenant, m.Slug, verb, string(m.Role), string(m.Role), audit.Refused, "; not done: this is the team's last lead")
}

func (g grouping) join(ctx context.Context, slug string, role tenant.Role) error {
	t, err := dbpeople.Across(g.s).TenantBySlug(ctx, slug)
	if fault.Is(err, fault.NotFound) {
		g.a.k.Log.Warn("a group is mapped to a team that is not there", "team", slug)
		return nil
	}
	if err != nil {
		return err
	}
	if err := dbpeople.Across(g.s).JoinByGroup(ctx, t.ID, g.u.ID, role, g.a.k.Clock.Now()); err != nil {
		return err
	}
	return g.tell(ctx, t.ID, slug, "add_member", "", string(role), audit.OK, "")
}

// tell writes a change of groups into the team's log and the instance's.
func (g grouping) tell(ctx context.Context, t tenant.ID, slug, verb, before, after string, result audit.Result, more string) error {
	e := g.a.k.Entry(g.by, verb, string(g.u.ID), "by groups of "+g.o.Label+more)
	e.Before, e.After, e.Result = before, after, result
	if err := g.s.WriteAudit(ctx, t, e); err != nil {
		return err
	}
	own := g.a.k.Entry(g.by, verb, string(g.u.ID), "by groups of "+g.o.Label+" in the team "+slug+more)
	own.Before, own.After, own.Result = before, after, result
	return g.s.WriteInstanceAudit(ctx, own)
}

// applyAdmin lets the admin group decide who operates the instance; its last admin stays, and the log says so.
func (a *Verbs) applyAdmin(ctx context.Context, s *dbkernel.System, o *OIDC, u *user.User, p user.Proof) error {
	admin := o.admin(p)
	if o.AdminGroup == "" || admin == u.Admin {
		return nil
	}
	e := a.k.Entry(appkernel.WithRequest(ctx, tenant.Actor{User: u.ID, Name: u.Name, Via: string(user.ByProvider)}), "set_admin", string(u.ID), "by groups of "+o.Label)
	e.Before, e.After = asAdmin(*u), asAdmin(user.User{Admin: admin})
	if !admin {
		admins, err := dbpeople.Across(s).ActiveAdmins(ctx)
		if err != nil {
			return err
		}
		if len(admins) == 1 && admins[0] == u.ID {
			e.After, e.Result, e.Detail = e.Before, audit.Refused, e.Detail+"; not done: this is the last admin"
			return s.WriteInstanceAudit(ctx, e)
		}
	}
	u.Admin = admin
	if err := dbpeople.Across(s).PutAdmin(ctx, u.ID, admin); err != nil {
		return err
	}
	return s.WriteInstanceAudit(ctx, e)
}
