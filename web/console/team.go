package console

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/admin"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowTeamForm shows the form of a new team.
func (s *Pages) ShowTeamForm(c *fiber.Ctx) error {
	return s.drawNewTeam(c, fiber.StatusOK, admin.NewTeam{})
}

// CreateTeam creates a team and shows the invitation link of its first lead once.
func (s *Pages) CreateTeam(c *fiber.Ctx) error {
	form := admin.NewTeam{Name: c.FormValue("name"), Slug: strings.TrimSpace(c.FormValue("slug")), Email: strings.TrimSpace(c.FormValue("email"))}
	t, token, err := s.console.AddTeam(c.UserContext(), adminActor(c), form.Slug, form.Name, form.Email)
	if form.Faults = webkit.FaultsOf(err); form.Faults != nil {
		return s.drawNewTeam(c, fiber.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return s.drawTeam(c, fiber.StatusCreated, t.Slug, admin.Team{Link: s.kit.AbsoluteURL(c, "/invitations/"+token), LinkFor: form.Email})
}

// drawNewTeam draws the form of a new team.
func (s *Pages) drawNewTeam(c *fiber.Ctx, status int, form admin.NewTeam) error {
	p, err := s.adminFrame(c, "admin", "New team")
	if err != nil {
		return err
	}
	p.Crumbs = teamsCrumb
	return s.kit.DrawPage(c, status, admin.NewTeamPage(p, form))
}

var teamsCrumb = []shell.Crumb{{Label: "Teams", Href: "/admin"}}

// ShowTeam shows a team's page in the console.
func (s *Pages) ShowTeam(c *fiber.Ctx) error {
	return s.drawTeam(c, fiber.StatusOK, c.Params("slug"), admin.Team{})
}

// drawTeam draws a team's page with the result of the last form: its faults, or a link that is shown once.
func (s *Pages) drawTeam(c *fiber.Ctx, status int, slug string, t admin.Team) error {
	read, err := s.console.ConsoleTeam(c.UserContext(), adminActor(c), slug)
	if err != nil {
		return err
	}
	p, err := s.adminFrame(c, "admin", read.Name)
	if err != nil {
		return err
	}
	p.Crumbs = teamsCrumb
	t.Team, t.Members, t.Entrances, t.Limits, t.Now = read.Team, read.Members, read.Entrances, read.Limits, s.kit.Clock.Now()
	t.Me = webkit.VisitOf(c).User.ID
	return s.kit.DrawPage(c, status, admin.TeamPage(p, t.Filled()))
}

// actOnTeam calls act for the team of the address and shows its page again, with a confirmation or with the form's faults.
func (s *Pages) actOnTeam(c *fiber.Ctx, form, done string, act func(by tenant.Actor, t appconsole.TeamPage) error) error {
	by := adminActor(c)
	t, err := s.console.ConsoleTeam(c.UserContext(), by, c.Params("slug"))
	if err != nil {
		return err
	}
	err = act(by, t)
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawTeam(c, fiber.StatusUnprocessableEntity, t.Slug, admin.Team{Form: form, Faults: faults, Typed: formValues(c)})
	}
	if err != nil {
		return err
	}
	return webkit.Redirect(c, admin.TeamPath(t.Slug)+"?done="+done)
}

// formValues are the values of a form with faults. No form of the console has a secret.
func formValues(c *fiber.Ctx) map[string]string {
	all := map[string]string{}
	for name, value := range c.Request().PostArgs().All() {
		all[string(name)] = string(value)
	}
	return all
}

// RenameTeam changes a team's name.
func (s *Pages) RenameTeam(c *fiber.Ctx) error {
	return s.actOnTeam(c, "name", "renamed", func(by tenant.Actor, t appconsole.TeamPage) error {
		return s.console.RenameTeam(c.UserContext(), by, t.ID, c.FormValue("name"))
	})
}

// DeactivateTeam deactivates a team and pauses its sessions.
func (s *Pages) DeactivateTeam(c *fiber.Ctx) error {
	return s.actOnTeam(c, "", "deactivated", func(by tenant.Actor, t appconsole.TeamPage) error {
		return s.console.DeactivateTeam(c.UserContext(), by, t.ID)
	})
}

// ActivateTeam activates a team.
func (s *Pages) ActivateTeam(c *fiber.Ctx) error {
	return s.actOnTeam(c, "", "activated", func(by tenant.Actor, t appconsole.TeamPage) error {
		return s.console.ActivateTeam(c.UserContext(), by, t.ID)
	})
}

// DeleteTeam deletes a team. It can be restored for 30 days.
func (s *Pages) DeleteTeam(c *fiber.Ctx) error {
	return s.actOnTeam(c, "delete", "deleted", func(by tenant.Actor, t appconsole.TeamPage) error {
		return s.console.DeleteTeam(c.UserContext(), by, t.ID, c.FormValue("slug"))
	})
}

// RestoreTeam restores a deleted team.
func (s *Pages) RestoreTeam(c *fiber.Ctx) error {
	return s.actOnTeam(c, "", "restored", func(by tenant.Actor, t appconsole.TeamPage) error {
		return s.console.RestoreTeam(c.UserContext(), by, t.ID)
	})
}

// EnterTeam lets the admin enter the team for the reason in the form, and opens the team.
func (s *Pages) EnterTeam(c *fiber.Ctx) error {
	v, slug := webkit.VisitOf(c), c.Params("slug")
	_, err := s.people.EnterTeam(c.UserContext(), adminActor(c), v.Login.ID, slug, c.FormValue("reason"))
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawTeam(c, fiber.StatusUnprocessableEntity, slug, admin.Team{Form: "enter", Faults: faults, Typed: formValues(c)})
	}
	if err != nil {
		return err
	}
	return webkit.Redirect(c, "/t/"+slug)
}

// LeaveTeam ends the visit of an admin to a team and opens the team's page in the console.
func (s *Pages) LeaveTeam(c *fiber.Ctx) error {
	by, err := s.people.ActorFor(c.UserContext(), webkit.VisitOf(c).User, c.Params("slug"))
	if err != nil {
		return err
	}
	if err := s.people.LeaveEntered(c.UserContext(), by); err != nil {
		return err
	}
	return webkit.Redirect(c, admin.TeamPath(by.Slug)+"?done=left")
}
