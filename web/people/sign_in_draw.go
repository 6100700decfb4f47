package people

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/views/auth"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// place is what pages before the frame tell about this server.
func (s *Pages) place(c *fiber.Ctx) auth.Place {
	p := auth.Place{Host: c.Hostname(), Version: s.kit.Opts.Version, Demo: s.kit.Opts.Demo, Insecure: s.kit.Opts.InsecureHTTP}
	if u, err := url.Parse(s.kit.Opts.PublicURL); err == nil && u.Host != "" {
		p.Host = u.Host
	}
	return p
}

// elsewhere is the identity provider that these pages offer.
func (s *Pages) elsewhere() auth.Elsewhere {
	return auth.Elsewhere{Label: s.people.ProviderLabel(), Only: s.people.Enforced()}
}

func (s *Pages) drawLogin(c *fiber.Ctx, status int, email, next, fault string) error {
	m := auth.SignIn{Place: s.place(c), Email: email, Next: next, Fault: fault, Elsewhere: s.elsewhere(), Notice: s.kit.Opts.SignInNotice}
	if s.people.HasPasskeys() && !m.Elsewhere.Only {
		var err error
		if m.Passkey, err = s.people.BeginPasskeySignIn(); err != nil {
			return err
		}
	}
	return s.kit.Draw(c, status, auth.SignInPage(m))
}

func (s *Pages) drawSetup(c *fiber.Ctx, status int, f apppeople.SetupForm, faults map[string]string) error {
	return s.kit.Draw(c, status, auth.SetUpPage(auth.SetUp{Place: s.place(c), Token: f.Token, Name: f.Name, Email: f.Email,
		TeamName: f.TeamName, TeamSlug: f.TeamSlug, Faults: faults}))
}

func (s *Pages) drawSetupWaits(c *fiber.Ctx) error {
	return s.kit.Draw(c, fiber.StatusOK, auth.SetUpWaits(s.place(c)))
}

func (s *Pages) drawNoTeam(c *fiber.Ctx) error {
	return s.kit.Draw(c, fiber.StatusOK, auth.NoTeam(s.place(c), webkit.VisitOf(c).User.Email))
}
