package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/admin"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// newTeam is the form of a new team.
func (s *Server) newTeam(c *fiber.Ctx) error {
	return s.drawNewTeam(c, fiber.StatusOK, admin.NewTeam{})
}

// createTeam makes a team and shows the link that lets its first lead in, this once.
func (s *Server) createTeam(c *fiber.Ctx) error {
	form := admin.NewTeam{Name: c.FormValue("name"), Slug: strings.TrimSpace(c.FormValue("slug")), Email: strings.TrimSpace(c.FormValue("email"))}
	t, token, err := s.app.Console.AddTeam(c.UserContext(), adminActor(c), form.Slug, form.Name, form.Email)
	if form.Faults = faultsOf(err); form.Faults != nil {
		return s.drawNewTeam(c, fiber.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return s.drawTeam(c, fiber.StatusCreated, t.Slug, admin.Team{Link: s.address(c, "/invitations/"+token), LinkFor: form.Email})
}

func (s *Server) drawNewTeam(c *fiber.Ctx, status int, form admin.NewTeam) error {
	p, err := s.adminFrame(c, "admin", "New tenant")
	if err != nil {
		return err
	}
	p.Crumbs = tenantsCrumb
	return s.draw(c, status, admin.NewTeamPage(p, form))
}

var tenantsCrumb = []shell.Crumb{{Label: "Tenants", Href: "/admin"}}

// showTeam is a team's page in the console.
func (s *Server) showTeam(c *fiber.Ctx) error {
	return s.drawTeam(c, fiber.StatusOK, c.Params("slug"), admin.Team{})
}

// drawTeam shows a team's page with what the last act has to say: a form as it was refused, or a link that is shown once.
func (s *Server) drawTeam(c *fiber.Ctx, status int, slug string, t admin.Team) error {
	read, err := s.app.Console.ConsoleTeam(c.UserContext(), adminActor(c), slug)
	if err != nil {
		return err
	}
	p, err := s.adminFrame(c, "admin", read.Name)
	if err != nil {
		return err
	}
	p.Crumbs = tenantsCrumb
	t.Team, t.Members, t.Entrances, t.Now = read.Team, read.Members, read.Entrances, s.clock.Now()
	t.Me = visitOf(c).user.ID
	return s.draw(c, status, admin.TeamPage(p, t.Filled()))
}

// onTeam does an act on the team of the address and shows its page again: what was done, or what is wrong with the form.
func (s *Server) onTeam(c *fiber.Ctx, form, done string, act func(by tenant.Actor, t appconsole.TeamPage) error) error {
	by := adminActor(c)
	t, err := s.app.Console.ConsoleTeam(c.UserContext(), by, c.Params("slug"))
	if err != nil {
		return err
	}
	err = act(by, t)
	if faults := faultsOf(err); faults != nil {
		return s.drawTeam(c, fiber.StatusUnprocessableEntity, t.Slug, admin.Team{Form: form, Faults: faults, Typed: typed(c)})
	}
	if err != nil {
		return err
	}
	return moveTo(c, admin.TeamPath(t.Slug)+"?done="+done)
}

// typed is what a refused form held; no form of the console has a secret.
func typed(c *fiber.Ctx) map[string]string {
	all := map[string]string{}
	for _, name := range []string{"name", "slug", "reason", "max_concurrent_sessions", "max_queued_sessions", "storage", "requests", "refuse", "tokens", "cost", "note", "request"} {
		all[name] = c.FormValue(name)
	}
	return all
}

func (s *Server) renameTeam(c *fiber.Ctx) error {
	return s.onTeam(c, "name", "renamed", func(by tenant.Actor, t appconsole.TeamPage) error {
		return s.app.Console.RenameTeam(c.UserContext(), by, t.ID, c.FormValue("name"))
	})
}

func (s *Server) deactivateTeam(c *fiber.Ctx) error {
	return s.onTeam(c, "", "deactivated", func(by tenant.Actor, t appconsole.TeamPage) error {
		return s.app.Console.DeactivateTeam(c.UserContext(), by, t.ID)
	})
}

func (s *Server) reactivateTeam(c *fiber.Ctx) error {
	return s.onTeam(c, "", "reactivated", func(by tenant.Actor, t appconsole.TeamPage) error {
		return s.app.Console.ReactivateTeam(c.UserContext(), by, t.ID)
	})
}

func (s *Server) deleteTeam(c *fiber.Ctx) error {
	return s.onTeam(c, "delete", "deleted", func(by tenant.Actor, t appconsole.TeamPage) error {
		return s.app.Console.DeleteTeam(c.UserContext(), by, t.ID, c.FormValue("slug"))
	})
}

func (s *Server) restoreTeam(c *fiber.Ctx) error {
	return s.onTeam(c, "", "restored", func(by tenant.Actor, t appconsole.TeamPage) error {
		return s.app.Console.RestoreTeam(c.UserContext(), by, t.ID)
	})
}

// enterTeam lets the admin into the team and lands there; the reason is asked again where it says too little.
func (s *Server) enterTeam(c *fiber.Ctx) error {
	v, slug := visitOf(c), c.Params("slug")
	_, err := s.app.People.EnterTeam(c.UserContext(), adminActor(c), v.login.ID, slug, c.FormValue("reason"))
	if faults := faultsOf(err); faults != nil {
		return s.drawTeam(c, fiber.StatusUnprocessableEntity, slug, admin.Team{Form: "enter", Faults: faults, Typed: typed(c)})
	}
	if err != nil {
		return err
	}
	return moveTo(c, "/t/"+slug)
}

// leaveEntered ends the entering and leads back to the console.
func (s *Server) leaveEntered(c *fiber.Ctx) error {
	by, err := s.app.People.ActorFor(c.UserContext(), visitOf(c).user, c.Params("slug"))
	if err != nil {
		return err
	}
	if err := s.app.People.LeaveEntered(c.UserContext(), by); err != nil {
		return err
	}
	return moveTo(c, admin.TeamPath(by.Slug)+"?done=left")
}
