package people

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/views/auth"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// placeOf is what pages without a frame show about this server.
func (s *Pages) placeOf(c *fiber.Ctx) auth.Place {
	p := auth.Place{Host: c.Hostname(), Version: s.kit.Opts.Version, Demo: s.kit.Opts.Demo, Insecure: s.kit.Opts.InsecureHTTP}
	if u, err := url.Parse(s.kit.Opts.PublicURL); err == nil && u.Host != "" {
		p.Host = u.Host
	}
	return p
}

// identityProvider is the identity provider that these pages offer.
func (s *Pages) identityProvider() auth.Elsewhere {
	return auth.Elsewhere{Label: s.people.ProviderLabel(), Only: s.people.Enforced()}
}

// drawSignIn draws the sign-in page, with fault above the form if there is one.
func (s *Pages) drawSignIn(c *fiber.Ctx, status int, email, next, fault string) error {
	m := auth.SignIn{Place: s.placeOf(c), Email: email, Next: next, Fault: fault, Elsewhere: s.identityProvider(), Notice: s.kit.Opts.SignInNotice}
	if s.people.HasPasskeys() && !m.Elsewhere.Only {
		var err error
		if m.Passkey, err = s.people.BeginPasskeySignIn(); err != nil {
			return err
		}
	}
	return s.kit.DrawPage(c, status, auth.SignInPage(m))
}

// drawSetup draws the form of the first set-up.
func (s *Pages) drawSetup(c *fiber.Ctx, status int, f apppeople.SetupForm, faults map[string]string) error {
	return s.kit.DrawPage(c, status, auth.SetUpPage(auth.SetUp{Place: s.placeOf(c), Token: f.Token, Name: f.Name, Email: f.Email,
		TeamName: f.TeamName, TeamSlug: f.TeamSlug, Faults: faults}))
}

// drawSetupWaits explains where the set-up link is.
func (s *Pages) drawSetupWaits(c *fiber.Ctx) error {
	return s.kit.DrawPage(c, fiber.StatusOK, auth.SetUpWaits(s.placeOf(c)))
}

// drawNoTeam explains that the person is in no team.
func (s *Pages) drawNoTeam(c *fiber.Ctx) error {
	return s.kit.DrawPage(c, fiber.StatusOK, auth.NoTeam(s.placeOf(c), webkit.VisitOf(c).User.Email))
}
