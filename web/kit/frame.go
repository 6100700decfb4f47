package kit

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

// Frame is what stands around a page of the team of this address; outside a team's addresses, of the person's active team.
// It is asked before the page's own content, so that the stream resumes before anything the page shows.
func (s *Kit) Frame(c *fiber.Ctx, section, title string) (shell.Page, error) {
	v := VisitOf(c)
	p := shell.Page{Title: title, Section: section, Version: s.Opts.Version, Demo: s.Opts.Demo, Insecure: s.Opts.InsecureHTTP, Banners: s.Opts.Banners, Toast: toast(c),
		Month: s.Clock.Now().UTC().Format("Jan"), Person: shell.Person{Name: v.User.Name, Email: v.User.Email, Theme: v.User.Theme, Admin: v.User.Admin}}
	if err := s.countAsked(c, v, &p); err != nil {
		return p, err
	}
	by, err := s.framedTeam(c, v)
	if err != nil || by.Tenant == "" {
		return p, err
	}
	last, err := s.work.LastChange(c.UserContext(), by)
	if err != nil {
		return p, err
	}
	f, err := s.work.Frame(c.UserContext(), by)
	if err != nil {
		return p, err
	}
	fillFrame(&p, by, f)
	p.Stream = p.Team.Path("stream") + "?view=" + section + "&after=" + strconv.FormatInt(last, 10)
	return p, nil
}

// countAsked counts what waits for an admin.
func (s *Kit) countAsked(c *fiber.Ctx, v *Visit, p *shell.Page) (err error) {
	if v.User.Admin {
		p.Asked, err = s.console.AskedFor(c.UserContext())
	}
	return err
}

// framedTeam is the actor of this address, or who the person is in the team that is active; the zero actor in no team.
func (s *Kit) framedTeam(c *fiber.Ctx, v *Visit) (tenant.Actor, error) {
	if v.actor.Tenant != "" || !v.Known() {
		return v.actor, nil
	}
	teams, err := s.people.Teams(c.UserContext(), v.User.ID)
	if err != nil || len(teams) == 0 {
		return tenant.Actor{}, err
	}
	return s.people.ActorFor(c.UserContext(), v.User, HomeTeam(teams, v.Team))
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

// Parts is the markup of regions, for the answer to a form that stays on its page.
func Parts(rs ...Region) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		markup, err := Render(ctx, rs...)
		if err == nil {
			_, err = w.Write(markup)
		}
		return err
	})
}

func HomeTeam(teams []tenant.Membership, active string) string {
	for _, m := range teams {
		if m.Tenant.Slug == active {
			return active
		}
	}
	return teams[0].Tenant.Slug
}
