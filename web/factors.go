package web

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/views/account"
)

// showFactors is the page of what proves a person beside the password.
func (s *Server) showFactors(c *fiber.Ctx) error {
	return s.drawFactors(c, fiber.StatusOK, factorNews{})
}

// factorNews is what an act on the page has to say: faults beside inputs, recovery codes to be shown once.
type factorNews struct {
	form     string
	faults   map[string]string
	recovery []string
}

// answerFactors shows the page after an act: its faults with status 422, new recovery codes this once, or what was done.
func (s *Server) answerFactors(c *fiber.Ctx, form, done string, recovery []string, err error) error {
	if faults := faultsOf(err); faults != nil {
		return s.drawFactors(c, fiber.StatusUnprocessableEntity, factorNews{form: form, faults: faults})
	}
	if err != nil {
		return err
	}
	if len(recovery) > 0 {
		return s.drawFactors(c, fiber.StatusCreated, factorNews{recovery: recovery})
	}
	return moveTo(c, setUpPath+"?done="+url.QueryEscape(done))
}

// beginApp makes the secret of an authenticator app; the page shows it until a code has confirmed it.
func (s *Server) beginApp(c *fiber.Ctx) error {
	v := visitOf(c)
	return s.answerFactors(c, "app", "", nil, s.app.People.BeginAuthenticator(c.UserContext(), v.user, v.login, c.FormValue("password")))
}

// confirmApp turns the app on.
func (s *Server) confirmApp(c *fiber.Ctx) error {
	recovery, err := s.app.People.ConfirmAuthenticator(c.UserContext(), visitOf(c).user, c.FormValue("code"))
	return s.answerFactors(c, "confirm", "app-on", recovery, err)
}

// dropApp turns the app off.
func (s *Server) dropApp(c *fiber.Ctx) error {
	v := visitOf(c)
	return s.answerFactors(c, "off", "app-off", nil, s.app.People.DropAuthenticator(c.UserContext(), v.user, v.login, c.FormValue("password"), c.FormValue("code")))
}

// addPasskey registers the passkey a browser made.
func (s *Server) addPasskey(c *fiber.Ctx) error {
	v := visitOf(c)
	f := apppeople.NewPasskey{Name: c.FormValue("name"), Password: c.FormValue("password"), Ticket: c.FormValue("ticket"), Answer: c.FormValue("answer")}
	recovery, err := s.app.People.AddPasskey(c.UserContext(), v.user, v.login, f)
	return s.answerFactors(c, "passkey", "passkey", recovery, err)
}

// removePasskey forgets the passkey that the form chooses.
func (s *Server) removePasskey(c *fiber.Ctx) error {
	v := visitOf(c)
	err := s.app.People.RemovePasskey(c.UserContext(), v.user, v.login, c.FormValue("password"), c.FormValue("passkey"))
	return s.answerFactors(c, "remove", "passkey-off", nil, err)
}

// renewRecovery makes new recovery codes and shows them this once.
func (s *Server) renewRecovery(c *fiber.Ctx) error {
	v := visitOf(c)
	codes, err := s.app.People.RenewRecoveryCodes(c.UserContext(), v.user, v.login, c.FormValue("password"))
	return s.answerFactors(c, "recovery", "", codes, err)
}

func (s *Server) drawFactors(c *fiber.Ctx, status int, news factorNews) error {
	v := visitOf(c)
	p, err := s.frame(c, "account", "Sign-in factors")
	if err != nil {
		return err
	}
	p.Primary = nil
	f := account.Factors{Person: v.user, Form: news.form, Faults: news.faults, Recovery: news.recovery}
	if news.form == "passkey" {
		f.PasskeyName = c.FormValue("name")
	}
	if err := s.fillFactors(c, &f); err != nil {
		return err
	}
	return s.show(c, status, account.FactorsPage(p, f), nil)
}

// fillFactors reads what the person has, and what it takes to add to it.
func (s *Server) fillFactors(c *fiber.Ctx, f *account.Factors) (err error) {
	ctx, u := c.UserContext(), f.Person
	if s.app.People.Enforced() { // nobody is asked for a password that signs nobody in
		f.Person.PasswordHash = ""
	}
	if f.State, err = s.app.People.Factors(ctx, u.ID); err != nil {
		return err
	}
	f.First = s.opts.SecondFactor.Needs(u.Admin) && !f.State.On()
	if s.app.People.HasPasskeys() {
		if f.NewPasskey, err = s.app.People.BeginPasskey(ctx, u); err != nil {
			return err
		}
	}
	if f.Secret, err = s.app.People.NewAuthenticator(ctx, u.ID); err == nil && f.Secret != "" {
		f.QR, err = factor.NewQR(factor.Address(f.Secret, s.place(c).Host, u.Email))
	}
	return err
}
