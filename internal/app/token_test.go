package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

func TestATokenIsTheWeakerOfScopeAndRole(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		setRole := func(r tenant.Role) {
			ok(t, h.d.System(ctx, func(s *dbkernel.System) error {
				return dbpeople.Across(s).PutMember(ctx, h.alpha.ID, h.second.User, r, dbtest.Now)
			}))
		}
		for _, scope := range []apitoken.Scope{apitoken.Read, apitoken.Run, apitoken.Manage} {
			setRole(tenant.Member)
			text, made, err := h.app.People.CreateToken(ctx, h.second, " ci ", scope, nil)
			if ok(t, err); made.Name != "ci" {
				t.Errorf("name %q", made.Name)
			}
			for _, role := range tenant.Roles() {
				setRole(role)
				by, err := h.app.People.ActorForToken(ctx, text)
				want := role
				if scope.Role().Rank() < role.Rank() {
					want = scope.Role()
				}
				if ok(t, err); by.Role != want || by.Tenant != h.alpha.ID || by.User != h.second.User || by.Via != "token:"+made.ID {
					t.Errorf("%s of a %s: %+v", scope, role, by)
				}
			}
			dbtest.Exec(t, h.d, `DELETE FROM memberships WHERE user_id = $1`, string(h.second.User))
			_, err = h.app.People.ActorForToken(ctx, text)
			refused(t, "after leaving the team", err, fault.Unauthenticated)
		}
	})
}

func TestATokenOperatesNoInstance(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		u, err := h.app.People.CreateUser(ctx, "root@example.org", "Root", password, true)
		ok(t, err)
		ok(t, h.app.People.AddMember(ctx, "alpha", u.Email, tenant.Lead))
		text, _, err := h.app.People.CreateToken(ctx, h.as("alpha", u), "ci", apitoken.Manage, nil)
		ok(t, err)
		if by, err := h.app.People.ActorForToken(ctx, text); err != nil || by.Admin || by.Role != tenant.Lead {
			t.Errorf("%+v, %v", by, err)
		}
	})
}

func TestTokensEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		end := h.clock.Now().Add(time.Hour)
		short, _, err := h.app.People.CreateToken(ctx, h.viewer, "short", apitoken.Manage, &end)
		ok(t, err)
		long, kept, err := h.app.People.CreateToken(ctx, h.viewer, "long", apitoken.Read, nil)
		ok(t, err)
		for _, text := range []string{"", "orc_", long + "x", strings.ToUpper(long), "orc_\x00"} {
			_, err := h.app.People.ActorForToken(ctx, text)
			refused(t, text, err, fault.Unauthenticated)
		}
		_, err = h.app.People.ActorForToken(ctx, short)
		ok(t, err)
		h.clock.Advance(time.Hour)
		_, err = h.app.People.ActorForToken(ctx, short)
		refused(t, "after its time", err, fault.Unauthenticated)
		refused(t, "revoking another's", h.app.People.RevokeToken(ctx, h.lead, kept.ID), fault.NotFound)
		refused(t, "revoking from another team", h.app.People.RevokeToken(ctx, h.stranger, kept.ID), fault.NotFound)
		ok(t, h.app.People.RevokeToken(ctx, h.viewer, kept.ID))
		_, err = h.app.People.ActorForToken(ctx, long)
		refused(t, "revoked", err, fault.Unauthenticated)
		ts, err := h.app.People.Tokens(ctx, h.viewer)
		if ok(t, err); len(ts) != 2 || ts[0].RevokedAt == nil || ts[1].LastUsedAt == nil {
			t.Errorf("tokens: %+v", ts)
		}
	})
}

func TestTokensAreChecked(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		past := h.clock.Now()
		script := h.lead
		script.Role, script.Via = tenant.Member, "token:x"
		for name, c := range map[string]struct {
			by      tenant.Actor
			name    string
			scope   apitoken.Scope
			expires *time.Time
			want    fault.Kind
		}{
			"no name":            {h.lead, " ", apitoken.Read, nil, fault.Invalid},
			"name too long":      {h.lead, strings.Repeat("é", 101), apitoken.Read, nil, fault.Invalid},
			"no scope":           {h.lead, "ci", "", nil, fault.Invalid},
			"another scope":      {h.lead, "ci", "admin", nil, fault.Invalid},
			"expired at birth":   {h.lead, "ci", apitoken.Read, &past, fault.Invalid},
			"stronger than it":   {script, "ci", apitoken.Manage, nil, fault.Invalid},
			"nobody":             {h.nobody, "ci", apitoken.Read, nil, fault.Forbidden},
			"admin without team": {h.admin, "", "", nil, fault.Forbidden},
		} {
			_, _, err := h.app.People.CreateToken(t.Context(), c.by, c.name, c.scope, c.expires)
			refused(t, name, err, c.want)
		}
		_, _, err := h.app.People.CreateToken(t.Context(), script, strings.Repeat("é", 100), apitoken.Run, nil)
		ok(t, err)
	})
}

// A new password revokes a person's tokens of all teams if the person says so, and nobody else's.
func TestANewPasswordRevokesTokensOfAllTeams(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		u, err := h.app.People.CreateUser(ctx, "ann@example.org", "Ann", password, false)
		ok(t, err)
		var mine []string
		for _, slug := range []string{"alpha", "beta"} {
			ok(t, h.app.People.AddMember(ctx, slug, u.Email, tenant.Member))
			text, _, err := h.app.People.CreateToken(ctx, h.as(slug, u), "ci", "run", nil)
			ok(t, err)
			mine = append(mine, text)
		}
		other, _, err := h.app.People.CreateToken(ctx, h.lead, "ci", "run", nil)
		ok(t, err)
		ok(t, h.app.People.ChangePassword(ctx, u, "", apppeople.NewPassword{Current: password, New: "a wholly new secret", RevokeTokens: true}))
		for _, text := range mine {
			_, err := h.app.People.ActorForToken(ctx, text)
			refused(t, "a revoked token", err, fault.Unauthenticated)
		}
		_, err = h.app.People.ActorForToken(ctx, other)
		ok(t, err)
		if got := dbtest.Rows(t, h.d, `SELECT tenant_id FROM audit WHERE verb = 'revoke_token' AND actor_id = '`+string(u.ID)+`'`); len(got) != 2 || got[0] == got[1] {
			t.Errorf("the teams' audit logs have %q", got)
		}
	})
}
