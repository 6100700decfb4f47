package db

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

const (
	tenantColumns = `t.id, t.slug, t.name, t.is_active, l.max_concurrent_sessions, l.max_queued_sessions, l.max_requests_per_minute, t.created_at`
	tenantFrom    = ` FROM tenants t JOIN lanes l ON l.tenant_id = t.id`
	operator      = "the operator makes and lists teams from outside of them"
	signingIn     = "a person's teams are not known before the person is"
)

var (
	qCreateTenant = across(operator, `INSERT INTO main.tenants (id, slug, name, is_active, created_at) VALUES ($1, $2, $3, $4, $5)`)
	qCreateLane   = across(operator, `INSERT INTO main.lanes (tenant_id, max_concurrent_sessions, max_queued_sessions) VALUES ($1, $2, $3)`)
	qCreateCount  = across(operator, `INSERT INTO main.session_counts (tenant_id, status, n) VALUES ($1, $2, 0)`)
	qTenant       = across(operator, `SELECT `+tenantColumns+tenantFrom+` WHERE t.id = $1`)
	qTenantBySlug = across(operator, `SELECT `+tenantColumns+tenantFrom+` WHERE t.slug = $1 AND t.deleted_at IS NULL`)
	qAnyTenant    = across(operator, `SELECT `+tenantColumns+tenantFrom+` WHERE t.slug = $1`)
	qTenants      = across(operator, `SELECT `+tenantColumns+tenantFrom+` ORDER BY t.name, t.id`)
	qPutMember    = across("the operator and the set-up put people into teams", `INSERT INTO main.memberships (tenant_id, user_id, role, joined_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant_id, user_id) DO UPDATE SET role = excluded.role`)
	qMembershipsOf = across(signingIn, `SELECT `+tenantColumns+`, m.user_id, m.role, m.joined_at`+tenantFrom+` JOIN memberships m ON m.tenant_id = t.id
		WHERE m.user_id = $1 AND t.deleted_at IS NULL ORDER BY t.name, t.id`)
	qMembership = across(signingIn, `SELECT `+tenantColumns+`, m.user_id, m.role, m.joined_at`+tenantFrom+` JOIN memberships m ON m.tenant_id = t.id
		WHERE m.user_id = $1 AND t.slug = $2 AND t.deleted_at IS NULL`)
	qTeamMembers = across("people live outside of teams, and a team's page names its own", `SELECT u.id, u.name, u.email, m.role, u.is_active, m.joined_at, coalesce(u.seen_at, 0), CASE WHEN m.origin = 'groups' THEN 1 ELSE 0 END
		FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.tenant_id = $1 ORDER BY u.name, u.id`)
)

// CreateTenant stores a team with its quotas and counters; Conflict when the slug is taken.
func (s *System) CreateTenant(ctx context.Context, t tenant.Tenant) error {
	if _, err := s.exec(ctx, qCreateTenant, t.ID, t.Slug, t.Name, bit(t.Active), ms(t.CreatedAt)); err != nil {
		return wrap("create team", taken(err, "slug", "There is a team with the slug %q already.", t.Slug))
	}
	return s.NewTeam(ctx, t)
}

// openQueue stores a new team's quotas and counters.
func openQueue(ctx context.Context, s *System, t tenant.Tenant) error {
	if _, err := s.exec(ctx, qCreateLane, t.ID, t.MaxConcurrentSessions, t.MaxQueuedSessions); err != nil {
		return wrap("create team's quotas", err)
	}
	for _, st := range session.Statuses() {
		if _, err := s.exec(ctx, qCreateCount, t.ID, st); err != nil {
			return wrap("create team's counters", err)
		}
	}
	return nil
}

// Tenant reads a team.
func (s *System) Tenant(ctx context.Context, id tenant.ID) (tenant.Tenant, error) {
	return first("team", scanTenant)(s.query(ctx, qTenant, id))
}

// AnyTenantBySlug reads a team by its slug, deleted or not.
func (s *System) AnyTenantBySlug(ctx context.Context, slug string) (tenant.Tenant, error) {
	return first("team", scanTenant)(s.query(ctx, qAnyTenant, slug))
}

// TenantBySlug reads a team by its slug; one that is deleted is missing.
func (s *System) TenantBySlug(ctx context.Context, slug string) (tenant.Tenant, error) {
	return first("team", scanTenant)(s.query(ctx, qTenantBySlug, slug))
}

// Tenants lists every team by name.
func (s *System) Tenants(ctx context.Context) ([]tenant.Tenant, error) {
	return collect(scanTenant)(s.query(ctx, qTenants))
}

// PutMember gives a person a role in a team, or changes it; who was in it keeps the day of joining.
func (s *System) PutMember(ctx context.Context, t tenant.ID, u tenant.UserID, role tenant.Role, now time.Time) error {
	if role.Rank() == 0 {
		return fault.Field("role", "%q is not a role. Use lead, member or viewer.", role)
	}
	_, err := s.exec(ctx, qPutMember, t, u, role, ms(now))
	return wrap("put member", err)
}

// MembershipsOf lists the teams a person is in, by name.
func (s *System) MembershipsOf(ctx context.Context, u tenant.UserID) ([]tenant.Membership, error) {
	return collect(scanMembership)(s.query(ctx, qMembershipsOf, u))
}

// Membership reads a person's role in the team of a slug; Missing when there is none, whether or not the team exists.
func (s *System) Membership(ctx context.Context, u tenant.UserID, slug string) (tenant.Membership, error) {
	return first("team", scanMembership)(s.query(ctx, qMembership, u, slug))
}

// TeamMembers lists the people of a team by name.
func (s *System) TeamMembers(ctx context.Context, t tenant.ID) ([]tenant.TeamMember, error) {
	return collect(func(r scanner) (m tenant.TeamMember, err error) {
		err = r.Scan(&m.User, &m.Name, &m.Email, &m.Role, &m.Active, stamp(&m.JoinedAt), stamp(&m.SeenAt), &m.ByGroups)
		return m, err
	})(s.query(ctx, qTeamMembers, t))
}

func tenantDest(t *tenant.Tenant) []any {
	return []any{&t.ID, &t.Slug, &t.Name, &t.Active, &t.MaxConcurrentSessions, &t.MaxQueuedSessions, &t.MaxRequests, stamp(&t.CreatedAt)}
}

func membershipDest(m *tenant.Membership) []any {
	return append(tenantDest(&m.Tenant), &m.User, &m.Role, stamp(&m.JoinedAt))
}

func scanTenant(r scanner) (t tenant.Tenant, err error) {
	err = r.Scan(tenantDest(&t)...)
	return t, err
}

func scanMembership(r scanner) (m tenant.Membership, err error) {
	err = r.Scan(membershipDest(&m)...)
	return m, err
}
