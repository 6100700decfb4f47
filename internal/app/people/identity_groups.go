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

// isAdmin reports whether the person's groups make them an admin of the instance.
func (o *OIDC) isAdmin(p user.Proof) bool {
	return o.AdminGroup != "" && slices.Contains(p.Groups, o.AdminGroup)
}

// applyGroups adds u to the teams of u's groups and removes u from teams that groups gave before. It does not change memberships that
// people made. Without rules it changes nothing, and earlier memberships remain until a rule or a person ends them.
func (a *Verbs) applyGroups(ctx context.Context, s *dbkernel.System, o *OIDC, u *user.User, p user.Proof) error {
	if err := a.applyAdmin(ctx, s, o, u, p); err != nil || len(o.Rules) == 0 {
		return err
	}
	g := grouping{a: a, s: s, o: o, u: *u, by: appkernel.WithRequest(ctx, tenant.Actor{User: u.ID, Name: u.Name, Via: string(user.ByProvider)})}
	have, err := dbpeople.Across(s).GroupMembers(ctx, u.ID)
	if err != nil {
		return err
	}
	roles := user.Roles(o.Rules, p.Groups)
	for _, m := range have {
		role := roles[m.Slug]
		delete(roles, m.Slug)
		if err := g.adjustMember(ctx, m, role); err != nil {
			return err
		}
	}
	for _, slug := range slices.Sorted(maps.Keys(roles)) {
		if err := g.joinTeam(ctx, slug, roles[slug]); err != nil {
			return err
		}
	}
	return nil
}

// grouping applies one person's groups in one transaction.
type grouping struct {
	a  *Verbs
	s  *dbkernel.System
	o  *OIDC
	u  user.User
	by tenant.Actor
}

// adjustMember sets the role that the groups give now; an empty role ends the membership.
func (g grouping) adjustMember(ctx context.Context, m dbpeople.GroupMember, role tenant.Role) error {
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
		return g.audit(ctx, m.Tenant, m.Slug, "remove_member", string(m.Role), "", audit.OK, "")
	}
	if err := dbpeople.Across(g.s).SetRoleByGroup(ctx, m.Tenant, g.u.ID, role, g.a.k.Clock.Now()); err != nil {
		return err
	}
	return g.audit(ctx, m.Tenant, m.Slug, "change_role", string(m.Role), string(role), audit.OK, "")
}

// keepsLead reports whether the change would remove the team's last lead, and writes that to the audit logs. People must appoint
// another lead first.
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
	return true, g.audit(ctx, m.Tenant, m.Slug, verb, string(m.Role), string(m.Role), audit.Refused, "; refused: this is the last lead of the team")
}

func (g grouping) joinTeam(ctx context.Context, slug string, role tenant.Role) error {
	t, err := dbpeople.Across(g.s).TenantBySlug(ctx, slug)
	if fault.Is(err, fault.NotFound) {
		g.a.k.Log.Warn("a group is mapped to a team that does not exist", "team", slug)
		return nil
	}
	if err != nil {
		return err
	}
	if err := dbpeople.Across(g.s).JoinByGroup(ctx, t.ID, g.u.ID, role, g.a.k.Clock.Now()); err != nil {
		return err
	}
	return g.audit(ctx, t.ID, slug, "add_member", "", string(role), audit.OK, "")
}

// audit writes a change by groups to the audit logs of the team and the instance.
func (g grouping) audit(ctx context.Context, t tenant.ID, slug, verb, before, after string, result audit.Result, more string) error {
	e := g.a.k.Entry(g.by, verb, string(g.u.ID), "by groups of "+g.o.Label+more)
	e.Before, e.After, e.Result = before, after, result
	if err := g.s.WriteAudit(ctx, t, e); err != nil {
		return err
	}
	own := g.a.k.Entry(g.by, verb, string(g.u.ID), "by groups of "+g.o.Label+" in the team "+slug+more)
	own.Before, own.After, own.Result = before, after, result
	return g.s.WriteInstanceAudit(ctx, own)
}

// applyAdmin makes u an admin or not according to the admin group. The last admin remains one, and the audit log says so.
func (a *Verbs) applyAdmin(ctx context.Context, s *dbkernel.System, o *OIDC, u *user.User, p user.Proof) error {
	admin := o.isAdmin(p)
	if o.AdminGroup == "" || admin == u.Admin {
		return nil
	}
	e := a.k.Entry(appkernel.WithRequest(ctx, tenant.Actor{User: u.ID, Name: u.Name, Via: string(user.ByProvider)}), "set_admin", string(u.ID), "by groups of "+o.Label)
	e.Before, e.After = adminDetail(*u), adminDetail(user.User{Admin: admin})
	if !admin {
		admins, err := dbpeople.Across(s).ActiveAdmins(ctx)
		if err != nil {
			return err
		}
		if len(admins) == 1 && admins[0] == u.ID {
			e.After, e.Result, e.Detail = e.Before, audit.Refused, e.Detail+"; refused: this is the last admin"
			return s.WriteInstanceAudit(ctx, e)
		}
	}
	u.Admin = admin
	if err := dbpeople.Across(s).PutAdmin(ctx, u.ID, admin); err != nil {
		return err
	}
	return s.WriteInstanceAudit(ctx, e)
}
