package web

import (
	"context"
	"io"
	"slices"
	"strconv"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// frame is what stands around a page of the team of this address; outside a team's addresses, of the person's active team.
// It is asked before the page's own content, so that the stream resumes before anything the page shows.
func (s *Server) frame(c *fiber.Ctx, section, title string) (shell.Page, error) {
	v := visitOf(c)
	p := shell.Page{Title: title, Section: section, Version: s.opts.Version, Demo: s.opts.Demo, Insecure: s.opts.InsecureHTTP, Banners: s.opts.Banners, Toast: toast(c),
		Month: s.clock.Now().UTC().Format("Jan"), Person: shell.Person{Name: v.user.Name, Email: v.user.Email, Theme: v.user.Theme, Admin: v.user.Admin}}
	if err := s.countAsked(c, v, &p); err != nil {
		return p, err
	}
	by, err := s.framedTeam(c, v)
	if err != nil || by.Tenant == "" {
		return p, err
	}
	last, err := s.app.Work.LastChange(c.UserContext(), by)
	if err != nil {
		return p, err
	}
	f, err := s.app.Work.Frame(c.UserContext(), by)
	if err != nil {
		return p, err
	}
	fillFrame(&p, by, f)
	p.Stream = p.Team.Path("stream") + "?view=" + section + "&after=" + strconv.FormatInt(last, 10)
	return p, nil
}

// countAsked counts what waits for an admin.
func (s *Server) countAsked(c *fiber.Ctx, v *visit, p *shell.Page) (err error) {
	if v.user.Admin {
		p.Asked, err = s.app.Console.AskedFor(c.UserContext())
	}
	return err
}

// framedTeam is the actor of this address, or who the person is in the team that is active; the zero actor in no team.
func (s *Server) framedTeam(c *fiber.Ctx, v *visit) (tenant.Actor, error) {
	if v.actor.Tenant != "" || !v.known() {
		return v.actor, nil
	}
	teams, err := s.app.People.Teams(c.UserContext(), v.user.ID)
	if err != nil || len(teams) == 0 {
		return tenant.Actor{}, err
	}
	return s.app.People.ActorFor(c.UserContext(), v.user, homeTeam(teams, v.team))
}

func fillFrame(p *shell.Page, by tenant.Actor, f appwork.Frame) {
	p.Team = shell.Team{Slug: by.Slug, Role: by.Role, ReadOnly: !by.TenantActive}
	for _, m := range f.Teams {
		if m.Tenant.ID == by.Tenant {
			p.Team.Name = m.Tenant.Name
		}
	}
	p.Entrances, p.Entered = f.Entrances, by.Entered
	p.Teams, p.NeedsYou, p.Budget, p.Sessions = f.Teams, f.NeedsYou, f.Budget, liveSessions(f.Counts)
	if p.Team.ReadOnly {
		p.Banners = slices.Concat(p.Banners, []string{"This team is deactivated: it can be read, and nothing in it starts or changes. An admin of this instance can reactivate it."})
	}
	if by.Can(tenant.WriteSessions) {
		p.Primary = &shell.Action{Label: "New session", Href: p.Team.Path("sessions", "new"), Icon: "plus", Key: "n"}
	}
}

// liveSessions counts what is active or waits.
func liveSessions(counts map[session.Status]int64) (n int64) {
	for st, c := range counts {
		if !st.Finished() {
			n += c
		}
	}
	return n
}

// parts is the markup of regions, for the answer to a form that stays on its page.
func parts(rs ...region) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		markup, err := render(ctx, rs...)
		if err == nil {
			_, err = w.Write(markup)
		}
		return err
	})
}
