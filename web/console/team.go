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

// NewTeam is the form of a new team.
func (s *Pages) NewTeam(c *fiber.Ctx) error {
	return s.drawNewTeam(c, fiber.StatusOK, admin.NewTeam{})
}

// CreateTeam makes a team and shows the link that lets its first lead in, this once.
func (s *Pages) CreateTeam(c *fiber.Ctx) error {
	form := admin.NewTeam{Name: c.FormValue("name"), Slug: strings.TrimSpace(c.FormValue("slug")), Email: strings.TrimSpace(c.FormValue("email"))}
	t, token, err := s.console.AddTeam(c.UserContext(), adminActor(c), form.Slug, form.Name, form.Email)
	if form.Faults = webkit.FaultsOf(err); form.Faults != nil {
		return s.drawNewTeam(c, fiber.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	return s.drawTeam(c, fiber.StatusCreated, t.Slug, admin.Team{Link: s.kit.Address(c, "/invitations/"+token), LinkFor: form.Email})
}

func (s *Pages) drawNewTeam(c *fiber.Ctx, status int, form admin.NewTeam) error {
	p, err := s.adminFrame(c, "admin", "New tenant")
	if err != nil {
		return err
	}
	p.Crumbs = tenantsCrumb
	return s.kit.Draw(c, status, admin.NewTeamPage(p, form))
}

var tenantsCrumb = []shell.Crumb{{Label: "Tenants", Href: "/admin"}}

// ShowTeam is a team's page in the console.
func (s *Pages) ShowTeam(c *fiber.Ctx) error {
	return s.drawTeam(c, fiber.StatusOK, c.Params("slug"), admin.Team{})
}

// drawTeam shows a team's page with what the last act has to say: a form as it was refused, or a link that is shown once.
func (s *Pages) drawTeam(c *fiber.Ctx, status int, slug string, t admin.Team) error {
	read, err := s.console.ConsoleTeam(c.UserContext(), adminActor(c), slug)
	if err != nil {
		return err
	}
	p, err := s.adminFrame(c, "admin", read.Name)
	if err != nil {
		return err
	}
	p.Crumbs = tenantsCrumb
	t.Team, t.Members, t.Entrances, t.Now = read.Team, read.Members, read.Entrances, s.kit.Clock.Now()
	t.Me = webkit.VisitOf(c).User.ID
	return s.kit.Draw(c, status, admin.TeamPage(p, t.Filled()))
}

// onTeam does an act on the team of the address and shows its page again: what was done, or what is wrong with the form.
func (s *Pages) onTeam(c *fiber.Ctx, form, done string, act func(by tenant.Actor, t appconsole.TeamPage) error) error {
	by := adminActor(c)
	t, err := s.console.ConsoleTeam(c.UserContext(), by, c.Params("slug"))
	if err != nil {
		return err
	}
	err = act(by, t)
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawTeam(c, fiber.StatusUnprocessableEntity, t.Slug, admin.Team{Form: form, Faults: faults, Typed: typed(c)})
	}
	if err != nil {
		return err
	}
	return webkit.MoveTo(c, admin.TeamPath(t.Slug)+"?done="+done)
}

// typed is what a refused form held; no form of the console has a secret.
func typed(c *fiber.Ctx) map[string]string {
	all := map[string]string{}
	for _, name := range []string{"name", "slug", "reason", "max_concurrent_sessions", "max_queued_sessions", "storage", "requests", "refuse", "tokens", "cost", "note", "request"} {
		all[name] = c.FormValue(name)
	}
	return all
}

func (s *Pages) RenameTeam(c *fiber.Ctx) error {
	return s.onTeam(c, "name", "renamed", func(by tenant.Actor, t appconsole.TeamPage) error {
		return s.console.RenameTeam(c.UserContext(), by, t.ID, c.FormValue("name"))
	})
}

func (s *Pages) DeactivateTeam(c *fiber.Ctx) error {
	return s.onTeam(c, "", "deactivated", func(by tenant.Actor, t appconsole.TeamPage) error {
		return s.console.DeactivateTeam(c.UserContext(), by, t.ID)
	})
}

func (s *Pages) ReactivateTeam(c *fiber.Ctx) error {
	return s.onTeam(c, "", "reactivated", func(by tenant.Actor, t appconsole.TeamPage) error {
		return s.console.ReactivateTeam(c.UserContext(), by, t.ID)
	})
}

func (s *Pages) DeleteTeam(c *fiber.Ctx) error {
	return s.onTeam(c, "delete", "deleted", func(by tenant.Actor, t appconsole.TeamPage) error {
		return s.console.DeleteTeam(c.UserContext(), by, t.ID, c.FormValue("slug"))
	})
}

func (s *Pages) RestoreTeam(c *fiber.Ctx) error {
	return s.onTeam(c, "", "restored", func(by tenant.Actor, t appconsole.TeamPage) error {
		return s.console.RestoreTeam(c.UserContext(), by, t.ID)
	})
}

// EnterTeam lets the admin into the team and lands there; the reason is asked again where it says too little.
func (s *Pages) EnterTeam(c *fiber.Ctx) error {
	v, slug := webkit.VisitOf(c), c.Params("slug")
	_, err := s.people.EnterTeam(c.UserContext(), adminActor(c), v.Login.ID, slug, c.FormValue("reason"))
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawTeam(c, fiber.StatusUnprocessableEntity, slug, admin.Team{Form: "enter", Faults: faults, Typed: typed(c)})
	}
	if err != nil {
		return err
	}
	return webkit.MoveTo(c, "/t/"+slug)
}

// LeaveEntered ends the entering and leads back to the console.
func (s *Pages) LeaveEntered(c *fiber.Ctx) error {
	by, err := s.people.ActorFor(c.UserContext(), webkit.VisitOf(c).User, c.Params("slug"))
	if err != nil {
		return err
	}
	if err := s.people.LeaveEntered(c.UserContext(), by); err != nil {
		return err
	}
	return webkit.MoveTo(c, admin.TeamPath(by.Slug)+"?done=left")
}
