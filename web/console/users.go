package console

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/views/admin"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ListUsers shows all users of the instance.
func (s *Pages) ListUsers(c *fiber.Ctx) error {
	return s.drawUsers(c, fiber.StatusOK, admin.InviteForm{})
}

// drawUsers draws a page of users, with the values and faults of the form.
func (s *Pages) drawUsers(c *fiber.Ctx, status int, form admin.InviteForm) error {
	p, err := s.adminFrame(c, "admin-users", "Users")
	if err != nil {
		return err
	}
	f := user.Filter{Query: c.Query("q"), After: tenant.UserID(c.Query("after")), Before: tenant.UserID(c.Query("before")), Limit: adminRows}
	rows, more, err := s.people.People(c.UserContext(), adminActor(c), f)
	if err != nil {
		return err
	}
	u := admin.Users{Rows: rows, Filter: f, Invite: form}
	if n := len(rows); n > 0 {
		if f.After != "" || f.Before != "" && more {
			u.Newer = admin.UsersQuery(f.Query, "before", string(rows[0].ID))
		}
		if f.Before != "" || more {
			u.Older = admin.UsersQuery(f.Query, "after", string(rows[n-1].ID))
		}
	}
	return s.kit.DrawPage(c, status, admin.UsersPage(p, u))
}

// InvitePerson creates a user and shows the link that sets their first password, once.
func (s *Pages) InvitePerson(c *fiber.Ctx) error {
	form := admin.InviteForm{Name: c.FormValue("name"), Email: c.FormValue("email"), Admin: c.FormValue("admin") != ""}
	u, token, err := s.people.InvitePerson(c.UserContext(), adminActor(c), form.Email, form.Name, form.Admin)
	if form.Faults = webkit.FaultsOf(err); form.Faults != nil {
		return s.drawUsers(c, fiber.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return s.drawUser(c, fiber.StatusCreated, u.ID, admin.User{Link: s.kit.AbsoluteURL(c, "/reset/"+token), New: true})
}

// ShowUser shows a user with their teams.
func (s *Pages) ShowUser(c *fiber.Ctx) error {
	return s.drawUser(c, fiber.StatusOK, webkit.MemberID(c), admin.User{})
}

// drawUser draws a user's page, with a link that is shown once if there is one.
func (s *Pages) drawUser(c *fiber.Ctx, status int, id tenant.UserID, u admin.User) (err error) {
	if u.User, u.Teams, err = s.people.Person(c.UserContext(), adminActor(c), id); err != nil {
		return err
	}
	p, err := s.adminFrame(c, "admin-users", u.Name)
	if err != nil {
		return err
	}
	p.Crumbs = []shell.Crumb{{Label: "Users", Href: "/admin/users"}}
	u.Me = id == webkit.VisitOf(c).User.ID
	return s.kit.DrawPage(c, status, admin.UserPage(p, u))
}

// ResetUser removes a user's password, ends their logins and shows the link that sets a new password, once.
func (s *Pages) ResetUser(c *fiber.Ctx) error {
	token, err := s.people.ResetPerson(c.UserContext(), adminActor(c), webkit.MemberID(c))
	if err != nil {
		return err
	}
	if webkit.MemberID(c) == webkit.VisitOf(c).User.ID {
		return webkit.Redirect(c, "/reset/"+token) // the admin's own login has ended too
	}
	return s.drawUser(c, fiber.StatusOK, webkit.MemberID(c), admin.User{Link: s.kit.AbsoluteURL(c, "/reset/"+token)})
}

// answerUser shows the user's page again with a confirmation.
func (s *Pages) answerUser(c *fiber.Ctx, what string, err error) error {
	if err != nil {
		return err
	}
	return webkit.Redirect(c, admin.UserPath(webkit.MemberID(c))+"?done="+what)
}

// DeactivateUser deactivates a user: access is revoked and logins end.
func (s *Pages) DeactivateUser(c *fiber.Ctx) error {
	return s.answerUser(c, "person-off", s.people.DeactivatePerson(c.UserContext(), adminActor(c), webkit.MemberID(c)))
}

// ActivateUser activates a user.
func (s *Pages) ActivateUser(c *fiber.Ctx) error {
	return s.answerUser(c, "person-on", s.people.ActivatePerson(c.UserContext(), adminActor(c), webkit.MemberID(c)))
}

// SetAdmin returns the handler that makes a user an admin, or no longer one.
func (s *Pages) SetAdmin(admin bool) fiber.Handler {
	done := "unmade-admin"
	if admin {
		done = "made-admin"
	}
	return func(c *fiber.Ctx) error {
		return s.answerUser(c, done, s.people.SetAdmin(c.UserContext(), adminActor(c), webkit.MemberID(c), admin))
	}
}

// SetUserRole changes a user's role in a team.
func (s *Pages) SetUserRole(c *fiber.Ctx) error {
	err := s.people.SetRoleIn(c.UserContext(), adminActor(c), c.Params("slug"), webkit.MemberID(c), tenant.Role(c.FormValue("role")))
	return s.answerUser(c, "role", err)
}

// RemoveUserFromTeam removes a user from a team.
func (s *Pages) RemoveUserFromTeam(c *fiber.Ctx) error {
	return s.answerUser(c, "removed", s.people.RemoveFrom(c.UserContext(), adminActor(c), c.Params("slug"), webkit.MemberID(c)))
}
