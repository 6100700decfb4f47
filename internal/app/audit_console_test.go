package app_test

import (
	"context"
	"io"
	"maps"

	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

const why = "A session hangs and the team asked for help."

// onTeam is the act of an admin on the team alpha, which is written into its log and the instance's.
func onTeam(verb string, do func(*house, context.Context) error) act {
	return func(h *house) (func(context.Context) error, []string) {
		return func(ctx context.Context) error { return do(h, ctx) }, []string{verb, "instance:" + verb}
	}
}

// operator makes the admin one for good, and signs in.
func (h *house) operator() (u user.User, login string) {
	h.t.Helper()
	dbtest.Exec(h.t, h.d, `UPDATE users SET is_admin = 1 WHERE id = '`+string(h.admin.User)+`'`)
	u = user.User{ID: h.admin.User, Name: h.admin.Name, Email: "boss@example.org", Admin: true, Active: true}
	l, err := h.app.People.NewLogin(h.t.Context(), u, "192.0.2.1", "browser")
	ok(h.t, err)
	return u, l.ID
}

// inside enters team alpha as its admin.
func (h *house) inside() tenant.Actor {
	h.t.Helper()
	u, login := h.operator()
	_, err := h.app.People.EnterTeam(h.t.Context(), h.admin, login, h.alpha.Slug, why)
	ok(h.t, err)
	return h.as(h.alpha.Slug, u)
}

func init() {
	maps.Copy(acts, map[string]act{
		"AddTeam": func(h *house) (func(context.Context) error, []string) {
			return func(ctx context.Context) error {
				_, _, err := h.app.Console.AddTeam(ctx, h.admin, "gamma", "Team gamma", "gabi@example.org")
				return err
			}, []string{"instance:create_tenant", "invite"}
		},
		"RenameTeam": onTeam("rename_tenant", func(h *house, ctx context.Context) error {
			return h.app.Console.RenameTeam(ctx, h.admin, h.alpha.ID, "Another")
		}),
		"DeactivateTeam": onTeam("deactivate_tenant", func(h *house, ctx context.Context) error {
			return h.app.Console.DeactivateTeam(ctx, h.admin, h.alpha.ID)
		}),
		"ActivateTeam": func(h *house) (func(context.Context) error, []string) {
			ok(h.t, h.app.Console.DeactivateTeam(h.t.Context(), h.admin, h.alpha.ID))
			return func(ctx context.Context) error { return h.app.Console.ActivateTeam(ctx, h.admin, h.alpha.ID) }, []string{"instance:reactivate_tenant", "reactivate_tenant"}
		},
		"DeleteTeam": onTeam("delete_tenant", func(h *house, ctx context.Context) error {
			return h.app.Console.DeleteTeam(ctx, h.admin, h.alpha.ID, h.alpha.Slug)
		}),
		"RestoreTeam": func(h *house) (func(context.Context) error, []string) {
			ok(h.t, h.app.Console.DeleteTeam(h.t.Context(), h.admin, h.alpha.ID, h.alpha.Slug))
			return func(ctx context.Context) error { return h.app.Console.RestoreTeam(ctx, h.admin, h.alpha.ID) }, []string{"instance:restore_tenant", "restore_tenant"}
		},
		"PurgeTeam": func(h *house) (func(context.Context) error, []string) {
			made, _, err := h.app.Console.AddTeam(h.t.Context(), h.admin, "gamma", "Team gamma", "gabi@example.org")
			ok(h.t, err)
			ok(h.t, h.app.Console.DeleteTeam(h.t.Context(), h.admin, made.ID, "gamma"))
			return func(ctx context.Context) error { return h.app.Console.PurgeTeam(ctx, made.ID) }, []string{"instance:purge_tenant"}
		},
		"ExportTeam": plainAct("export_team", func(h *house, ctx context.Context) error {
			write, err := h.app.Console.ExportTeam(ctx, h.lead)
			if err != nil {
				return err
			}
			return write(ctx, io.Discard)
		}),
		"EnterTeam": func(h *house) (func(context.Context) error, []string) {
			_, login := h.operator()
			return func(ctx context.Context) error {
				return second(h.app.People.EnterTeam(ctx, h.admin, login, h.alpha.Slug, why))
			}, []string{"enter_team"}
		},
		"LeaveEntered": func(h *house) (func(context.Context) error, []string) {
			by := h.inside()
			return func(ctx context.Context) error { return h.app.People.LeaveEntered(ctx, by) }, []string{"leave_entered_team"}
		},
		"InvitePerson": plainAct("instance:invite_person", func(h *house, ctx context.Context) error {
			_, _, err := h.app.People.InvitePerson(ctx, h.admin, "nina@example.org", "Nina", false)
			return err
		}),
		"SetAdmin": onPerson("make_admin", func(h *house, ctx context.Context, u tenant.UserID) error {
			return h.app.People.SetAdmin(ctx, h.admin, u, true)
		}),
		"SetRoleIn": plainAct("change_role", func(h *house, ctx context.Context) error {
			return h.app.People.SetRoleIn(ctx, h.admin, "alpha", h.second.User, tenant.Viewer)
		}),
		"RemoveFrom": plainAct("remove_member", func(h *house, ctx context.Context) error {
			return h.app.People.RemoveFrom(ctx, h.admin, "alpha", h.second.User)
		}),
		"GrantOther": onRequest("granted_budget", func(a *appconsole.Verbs, ctx context.Context, by tenant.Actor, t tenant.ID, r, note string) (quota.Request, error) {
			more := int64(70_000_000)
			return a.GrantOther(ctx, by, t, r, quota.Limits{Tokens: &more}, note)
		}),
	})
}
