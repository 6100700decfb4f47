package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const (
	// TenantColumns are the columns of a team that TenantDest reads. They need the tables of TenantFrom.
	TenantColumns = `t.id, t.slug, t.name, t.is_active, l.max_concurrent_sessions, l.max_queued_sessions, l.max_requests_per_minute, t.created_at`
	// TenantFrom joins the team t with its limits l.
	TenantFrom        = ` FROM tenants t JOIN lanes l ON l.tenant_id = t.id`
	reasonMemberships = "a person's teams are read before one of them is chosen"
)

var (
	qCreateTenant = area.CrossTenant(dbkernel.ReasonOperator, `INSERT INTO main.tenants (id, slug, name, is_active, created_at) VALUES ($1, $2, $3, $4, $5)`)
	qTenant       = area.CrossTenant(dbkernel.ReasonOperator, `SELECT `+TenantColumns+TenantFrom+` WHERE t.id = $1`)
	qTenantBySlug = area.CrossTenant(dbkernel.ReasonOperator, `SELECT `+TenantColumns+TenantFrom+` WHERE t.slug = $1 AND t.deleted_at IS NULL`)
	qAnyTenant    = area.CrossTenant(dbkernel.ReasonOperator, `SELECT `+TenantColumns+TenantFrom+` WHERE t.slug = $1`)
	qTenants      = area.CrossTenant(dbkernel.ReasonOperator, `SELECT `+TenantColumns+TenantFrom+` ORDER BY t.name, t.id`)
	qPutMember    = area.CrossTenant("the operator and the set-up add people to teams from outside", `INSERT INTO main.memberships (tenant_id, user_id, role, joined_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant_id, user_id) DO UPDATE SET role = excluded.role`)
	qMembershipsOf = area.CrossTenant(reasonMemberships, `SELECT `+TenantColumns+`, m.user_id, m.role, m.joined_at`+TenantFrom+` JOIN memberships m ON m.tenant_id = t.id
		WHERE m.user_id = $1 AND t.deleted_at IS NULL ORDER BY t.name, t.id`)
	qMembership = area.CrossTenant(reasonMemberships, `SELECT `+TenantColumns+`, m.user_id, m.role, m.joined_at`+TenantFrom+` JOIN memberships m ON m.tenant_id = t.id
		WHERE m.user_id = $1 AND t.slug = $2 AND t.deleted_at IS NULL`)
	qTeamMembers = area.CrossTenant("people belong to the instance, and a team's page names its members", `SELECT u.id, u.name, u.email, m.role, u.is_active, m.joined_at, coalesce(u.seen_at, 0), CASE WHEN m.origin = 'groups' THEN 1 ELSE 0 END
		FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.tenant_id = $1 ORDER BY u.name, u.id`)
)

// CreateTenant stores a team with what each area needs for it; Conflict if a team, even a deleted one, has the slug.
func (s System) CreateTenant(ctx context.Context, t tenant.Tenant) error {
	if _, err := s.System.Exec(ctx, qCreateTenant, t.ID, t.Slug, t.Name, dbkernel.Bit(t.Active), dbkernel.Millis(t.CreatedAt)); err != nil {
		return dbkernel.Wrap("create team", dbkernel.Taken(err, "slug", "The slug %q is already in use by another team.", t.Slug))
	}
	return s.System.NewTeam(ctx, t)
}

// Tenant reads a team, deleted or not.
func (s System) Tenant(ctx context.Context, id tenant.ID) (tenant.Tenant, error) {
	return dbkernel.First("team", scanTenant)(s.System.Query(ctx, qTenant, id))
}

// AnyTenantBySlug reads a team by its slug, deleted or not.
func (s System) AnyTenantBySlug(ctx context.Context, slug string) (tenant.Tenant, error) {
	return dbkernel.First("team", scanTenant)(s.System.Query(ctx, qAnyTenant, slug))
}

// TenantBySlug reads a team by its slug; Missing if it is deleted.
func (s System) TenantBySlug(ctx context.Context, slug string) (tenant.Tenant, error) {
	return dbkernel.First("team", scanTenant)(s.System.Query(ctx, qTenantBySlug, slug))
}

// Tenants lists every team by name, deleted ones too.
func (s System) Tenants(ctx context.Context) ([]tenant.Tenant, error) {
	return dbkernel.Collect(scanTenant)(s.System.Query(ctx, qTenants))
}

// PutMember adds a person to a team with a role, or changes the role of a member, who keeps the day of joining.
func (s System) PutMember(ctx context.Context, t tenant.ID, u tenant.UserID, role tenant.Role, now time.Time) error {
	if role.Rank() == 0 {
		return fault.Field("role", "%q is not a role. Use lead, member or viewer.", role)
	}
	_, err := s.System.Exec(ctx, qPutMember, t, u, role, dbkernel.Millis(now))
	return dbkernel.Wrap("put member", err)
}

// MembershipsOf lists the memberships of a person in teams that are not deleted, by the team's name.
func (s System) MembershipsOf(ctx context.Context, u tenant.UserID) ([]tenant.Membership, error) {
	return dbkernel.Collect(scanMembership)(s.System.Query(ctx, qMembershipsOf, u))
}

// Membership reads a person's membership in the team with a slug; Missing if there is none, whether or not the team exists.
func (s System) Membership(ctx context.Context, u tenant.UserID, slug string) (tenant.Membership, error) {
	return dbkernel.First("team", scanMembership)(s.System.Query(ctx, qMembership, u, slug))
}

// TeamMembers lists the people of a team by name.
func (s System) TeamMembers(ctx context.Context, t tenant.ID) ([]tenant.TeamMember, error) {
	return dbkernel.Collect(func(r dbkernel.Scanner) (m tenant.TeamMember, err error) {
		err = r.Scan(&m.User, &m.Name, &m.Email, &m.Role, &m.Active, dbkernel.TimeDest(&m.JoinedAt), dbkernel.TimeDest(&m.SeenAt), &m.ByGroups)
		return m, err
	})(s.System.Query(ctx, qTeamMembers, t))
}

// TenantDest lists the destinations of TenantColumns for Scan.
func TenantDest(t *tenant.Tenant) []any {
	return []any{&t.ID, &t.Slug, &t.Name, &t.Active, &t.MaxConcurrentSessions, &t.MaxQueuedSessions, &t.MaxRequests, dbkernel.TimeDest(&t.CreatedAt)}
}

func membershipDest(m *tenant.Membership) []any {
	return append(TenantDest(&m.Tenant), &m.User, &m.Role, dbkernel.TimeDest(&m.JoinedAt))
}

func scanTenant(r dbkernel.Scanner) (t tenant.Tenant, err error) {
	err = r.Scan(TenantDest(&t)...)
	return t, err
}

func scanMembership(r dbkernel.Scanner) (m tenant.Membership, err error) {
	err = r.Scan(membershipDest(&m)...)
	return m, err
}
