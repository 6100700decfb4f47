package web

import (
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/views/admin"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// listUsers is every person of the instance.
func (s *Server) listUsers(c *fiber.Ctx) error {
	return s.drawUsers(c, fiber.StatusOK, admin.InviteForm{})
}

func (s *Server) drawUsers(c *fiber.Ctx, status int, form admin.InviteForm) error {
	p, err := s.adminFrame(c, "admin-users", "Users")
	if err != nil {
		return err
	}
	f := user.Filter{Query: c.Query("q"), After: tenant.UserID(c.Query("after")), Before: tenant.UserID(c.Query("before")), Limit: adminRows}
	rows, more, err := s.app.People.People(c.UserContext(), adminActor(c), f)
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
	return s.draw(c, status, admin.UsersPage(p, u))
}

// invitePerson makes a person and shows the link that sets the first password, this once.
func (s *Server) invitePerson(c *fiber.Ctx) error {
	form := admin.InviteForm{Name: c.FormValue("name"), Email: c.FormValue("email"), Admin: c.FormValue("admin") != ""}
	u, token, err := s.app.People.InvitePerson(c.UserContext(), adminActor(c), form.Email, form.Name, form.Admin)
	if form.Faults = faultsOf(err); form.Faults != nil {
		return s.drawUsers(c, fiber.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return s.drawUser(c, fiber.StatusCreated, u.ID, admin.User{Link: s.address(c, "/reset/"+token), New: true})
}

func (s *Server) showUser(c *fiber.Ctx) error {
	return s.drawUser(c, fiber.StatusOK, memberID(c), admin.User{})
}

func (s *Server) drawUser(c *fiber.Ctx, status int, id tenant.UserID, u admin.User) (err error) {
	if u.User, u.Teams, err = s.app.People.Person(c.UserContext(), adminActor(c), id); err != nil {
		return err
	}
	p, err := s.adminFrame(c, "admin-users", u.Name)
	if err != nil {
		return err
	}
	p.Crumbs = []shell.Crumb{{Label: "Users", Href: "/admin/users"}}
	u.Me = id == visitOf(c).user.ID
	return s.draw(c, status, admin.UserPage(p, u))
}

// resetUser ends a person's password and logins and shows the link that sets a new one, this once.
func (s *Server) resetUser(c *fiber.Ctx) error {
	token, err := s.app.People.ResetPerson(c.UserContext(), adminActor(c), memberID(c))
	if err != nil {
		return err
	}
	if memberID(c) == visitOf(c).user.ID {
		return moveTo(c, "/reset/"+token) // one's own login is gone as well
	}
	return s.drawUser(c, fiber.StatusOK, memberID(c), admin.User{Link: s.address(c, "/reset/"+token)})
}

// userDone shows the person's page again, which says what was done.
func (s *Server) userDone(c *fiber.Ctx, what string, err error) error {
	if err != nil {
		return err
	}
	return moveTo(c, admin.UserPath(memberID(c))+"?done="+what)
}

func (s *Server) deactivateUser(c *fiber.Ctx) error {
	return s.userDone(c, "person-off", s.app.People.DeactivatePerson(c.UserContext(), adminActor(c), memberID(c)))
}

func (s *Server) activateUser(c *fiber.Ctx) error {
	return s.userDone(c, "person-on", s.app.People.ActivatePerson(c.UserContext(), adminActor(c), memberID(c)))
}

// setAdmin makes a handler that gives or takes the admin's flag.
func (s *Server) setAdmin(admin bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		return s.userDone(c, "flag", s.app.People.SetAdmin(c.UserContext(), adminActor(c), memberID(c), admin))
	}
}

func (s *Server) setRoleIn(c *fiber.Ctx) error {
	err := s.app.People.SetRoleIn(c.UserContext(), adminActor(c), c.Params("slug"), memberID(c), tenant.Role(c.FormValue("role")))
	return s.userDone(c, "role", err)
}

func (s *Server) removeFrom(c *fiber.Ctx) error {
	return s.userDone(c, "removed", s.app.People.RemoveFrom(c.UserContext(), adminActor(c), c.Params("slug"), memberID(c)))
}
