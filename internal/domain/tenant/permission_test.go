package tenant_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// nobody is the role of who has none.
const nobody tenant.Role = ""

func actor(role tenant.Role, active bool) tenant.Actor {
	return tenant.Actor{Tenant: "t", User: "me", Role: role, TenantActive: active}
}

// right says in a word what a role may do: everybody's things, only one's own, or nothing.
func right(by tenant.Actor, a tenant.Action) string {
	switch own, others := by.CanOn(a, "me"), by.CanOn(a, "somebody"); {
	case own && others:
		return "all"
	case own:
		return "own"
	case others:
		return "others only?"
	}
	return "-"
}

func TestRoleByAction(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	fmt.Fprintf(&b, "%-20s %-8s %-8s %-8s %-8s\n", "", "lead", "member", "viewer", "nobody")
	for _, active := range []bool{true, false} {
		fmt.Fprintf(&b, "-- team active: %v\n", active)
		for _, a := range tenant.Actions() {
			fmt.Fprintf(&b, "%-20s", a)
			for _, role := range append(tenant.Roles(), nobody) {
				fmt.Fprintf(&b, " %-8s", right(actor(role, active), a))
			}
			b.WriteString("\n")
		}
	}
	golden(t, "rights.txt", b.String())
}

func TestErrorsAgreeWithRights(t *testing.T) {
	t.Parallel()
	for _, a := range tenant.Actions() {
		for _, role := range append(tenant.Roles(), nobody) {
			for _, active := range []bool{true, false} {
				by := actor(role, active)
				if err := by.May(a); (err == nil) != by.Can(a) || err != nil && !fault.Is(err, fault.Forbidden) {
					t.Errorf("%s as %q: %v", a, role, err)
				}
				for _, owner := range []tenant.UserID{"me", "somebody"} {
					if err := by.MayOn(a, owner); (err == nil) != by.CanOn(a, owner) || err != nil && !fault.Is(err, fault.Forbidden) {
						t.Errorf("%s as %q on %s's: %v", a, role, owner, err)
					}
				}
			}
		}
	}
}

func TestRefusalsNameTheRoleNeeded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a viewer writes":                {actor(tenant.Viewer, true).May(tenant.WriteSessions), "Only a member or a lead"},
		"a member edits":                 {actor(tenant.Member, true).May(tenant.EditProviders), "Only a lead"},
		"a member on another's":          {actor(tenant.Member, true).MayOn(tenant.WriteSessions, "somebody"), "its owner or a lead"},
		"a lead in a deactivated team":   {actor(tenant.Lead, false).May(tenant.WriteSessions), "deactivated"},
		"a viewer in a deactivated team": {actor(tenant.Viewer, false).May(tenant.WriteSessions), "deactivated"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
}

func TestNoTeamNoRight(t *testing.T) {
	t.Parallel()
	admin := tenant.Actor{User: "me", Role: tenant.Lead, TenantActive: true, Admin: true}
	outside := tenant.Actor{Tenant: "t", User: "me", TenantActive: true, Admin: true}
	for _, a := range append(tenant.Actions(), tenant.Public, tenant.SignedIn, tenant.AdminOnly, "unheard_of") {
		if admin.Can(a) || outside.Can(a) {
			t.Errorf("an admin outside of the team may %s", a)
		}
	}
	for _, a := range []tenant.Action{tenant.Public, tenant.SignedIn, tenant.AdminOnly, "unheard_of"} {
		if actor(tenant.Lead, true).Can(a) {
			t.Errorf("a lead's role gives %s", a)
		}
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	last := 4
	for _, r := range tenant.Roles() {
		if got, err := tenant.ParseRole(string(r)); got != r || err != nil || r.Rank() != last-1 {
			t.Errorf("%s: parsed %q, %v, rank %d", r, got, err, r.Rank())
		}
		last = r.Rank()
	}
	for _, s := range []string{"", "admin", "Lead", "lead "} {
		if got, err := tenant.ParseRole(s); !fault.Is(err, fault.Invalid) || got != "" {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
}
