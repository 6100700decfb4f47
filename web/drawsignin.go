package web

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/views/auth"
)

// place is what pages before the frame tell about this server.
func (s *Server) place(c *fiber.Ctx) auth.Place {
	p := auth.Place{Host: c.Hostname(), Version: s.opts.Version, Demo: s.opts.Demo, Insecure: s.opts.InsecureHTTP}
	if u, err := url.Parse(s.opts.PublicURL); err == nil && u.Host != "" {
		p.Host = u.Host
	}
	return p
}

// elsewhere is the identity provider that these pages offer.
func (s *Server) elsewhere() auth.Elsewhere {
	return auth.Elsewhere{Label: s.app.People.ProviderLabel(), Only: s.app.People.Enforced()}
}

func (s *Server) drawLogin(c *fiber.Ctx, status int, email, next, fault string) error {
	m := auth.SignIn{Place: s.place(c), Email: email, Next: next, Fault: fault, Elsewhere: s.elsewhere(), Notice: s.opts.SignInNotice}
	if s.app.People.HasPasskeys() && !m.Elsewhere.Only {
		var err error
		if m.Passkey, err = s.app.People.BeginPasskeySignIn(); err != nil {
			return err
		}
	}
	return s.draw(c, status, auth.SignInPage(m))
}

func (s *Server) drawSetup(c *fiber.Ctx, status int, f apppeople.SetupForm, faults map[string]string) error {
	return s.draw(c, status, auth.SetUpPage(auth.SetUp{Place: s.place(c), Token: f.Token, Name: f.Name, Email: f.Email,
		TeamName: f.TeamName, TeamSlug: f.TeamSlug, Faults: faults}))
}

func (s *Server) drawSetupWaits(c *fiber.Ctx) error {
	return s.draw(c, fiber.StatusOK, auth.SetUpWaits(s.place(c)))
}

func (s *Server) drawNoTeam(c *fiber.Ctx) error {
	return s.draw(c, fiber.StatusOK, auth.NoTeam(s.place(c), visitOf(c).user.Email))
}
