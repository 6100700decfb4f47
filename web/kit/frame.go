package kit

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// NewPage reads the frame around a page: of the team of this address, or of the person's active team elsewhere. Call it before
// reading the content of the page, so that the stream resumes before anything that the page shows.
func (s *Kit) NewPage(c *fiber.Ctx, section, title string) (shell.Page, error) {
	v := VisitOf(c)
	p := shell.Page{Title: title, Section: section, Version: s.Opts.Version, Demo: s.Opts.Demo, Insecure: s.Opts.InsecureHTTP, Banners: s.Opts.Banners, Toast: toastOf(c),
		Month: s.Clock.Now().UTC().Format("Jan"), Person: shell.Person{Name: v.User.Name, Email: v.User.Email, Theme: v.User.Theme, Admin: v.User.Admin}}
	if err := s.countRequests(c, v, &p); err != nil {
		return p, err
	}
	by, err := s.frameActor(c, v)
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

// countRequests counts the requests that wait for an admin.
func (s *Kit) countRequests(c *fiber.Ctx, v *Visit, p *shell.Page) (err error) {
	if v.User.Admin {
		p.Asked, err = s.console.CountBudgetRequests(c.UserContext())
	}
	return err
}

// frameActor is the actor of this address, or the person's actor in the active team. Without a team it is the zero actor.
func (s *Kit) frameActor(c *fiber.Ctx, v *Visit) (tenant.Actor, error) {
	if v.actor.Tenant != "" || !v.IsSignedIn() {
		return v.actor, nil
	}
	teams, err := s.people.Teams(c.UserContext(), v.User.ID)
	if err != nil || len(teams) == 0 {
		return tenant.Actor{}, err
	}
	return s.people.ActorFor(c.UserContext(), v.User, HomeTeam(teams, v.Team))
}

const deactivatedBanner = "This team is deactivated. You can read everything, but nothing can be started or changed. An admin of this instance can activate it."

func fillFrame(p *shell.Page, by tenant.Actor, f appwork.Frame) {
	p.Team = shell.Team{Slug: by.Slug, Role: by.Role, ReadOnly: !by.TenantActive}
	for _, m := range f.Teams {
		if m.Tenant.ID == by.Tenant {
			p.Team.Name = m.Tenant.Name
		}
	}
	p.Entrances, p.Entered = f.Entrances, by.Entered
	p.Teams, p.NeedsYou, p.Asks, p.Budget, p.Sessions = f.Teams, f.NeedsYou, f.Asks, f.Budget, liveSessions(f.Counts)
	if p.Team.ReadOnly {
		p.Banners = slices.Concat(p.Banners, []string{deactivatedBanner})
	}
	if by.Can(tenant.WriteSessions) {
		p.Primary = &shell.Action{Label: "New session", Href: p.Team.Path("sessions", "new"), Icon: "plus", Key: "n"}
	}
}

// liveSessions counts the sessions that run or wait.
func liveSessions(counts map[session.Status]int64) (n int64) {
	for st, c := range counts {
		if !st.Finished() {
			n += c
		}
	}
	return n
}

// HomeTeam is the slug of the active team, or of the first of teams if active is none of them.
func HomeTeam(teams []tenant.Membership, active string) string {
	for _, m := range teams {
		if m.Tenant.Slug == active {
			return active
		}
	}
	return teams[0].Tenant.Slug
}
