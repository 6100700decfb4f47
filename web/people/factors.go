package people

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/views/account"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowFactors is the page of what proves a person beside the password.
func (s *Pages) ShowFactors(c *fiber.Ctx) error {
	return s.drawFactors(c, fiber.StatusOK, factorNews{})
}

// factorNews is what an act on the page has to say: faults beside inputs, recovery codes to be shown once.
type factorNews struct {
	form     string
	faults   map[string]string
	recovery []string
}

// answerFactors shows the page after an act: its faults with status 422, new recovery codes this once, or what was done.
func (s *Pages) answerFactors(c *fiber.Ctx, form, done string, recovery []string, err error) error {
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawFactors(c, fiber.StatusUnprocessableEntity, factorNews{form: form, faults: faults})
	}
	if err != nil {
		return err
	}
	if len(recovery) > 0 {
		return s.drawFactors(c, fiber.StatusCreated, factorNews{recovery: recovery})
	}
	return webkit.MoveTo(c, webkit.SetUpPath+"?done="+url.QueryEscape(done))
}

// BeginApp makes the secret of an authenticator app; the page shows it until a code has confirmed it.
func (s *Pages) BeginApp(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	return s.answerFactors(c, "app", "", nil, s.people.BeginAuthenticator(c.UserContext(), v.User, v.Login, c.FormValue("password")))
}

// ConfirmApp turns the app on.
func (s *Pages) ConfirmApp(c *fiber.Ctx) error {
	recovery, err := s.people.ConfirmAuthenticator(c.UserContext(), webkit.VisitOf(c).User, c.FormValue("code"))
	return s.answerFactors(c, "confirm", "app-on", recovery, err)
}

// DropApp turns the app off.
func (s *Pages) DropApp(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	return s.answerFactors(c, "off", "app-off", nil, s.people.DropAuthenticator(c.UserContext(), v.User, v.Login, c.FormValue("password"), c.FormValue("code")))
}

// AddPasskey registers the passkey a browser made.
func (s *Pages) AddPasskey(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	f := apppeople.NewPasskey{Name: c.FormValue("name"), Password: c.FormValue("password"), Ticket: c.FormValue("ticket"), Answer: c.FormValue("answer")}
	recovery, err := s.people.AddPasskey(c.UserContext(), v.User, v.Login, f)
	return s.answerFactors(c, "passkey", "passkey", recovery, err)
}

// RemovePasskey forgets the passkey that the form chooses.
func (s *Pages) RemovePasskey(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	err := s.people.RemovePasskey(c.UserContext(), v.User, v.Login, c.FormValue("password"), c.FormValue("passkey"))
	return s.answerFactors(c, "remove", "passkey-off", nil, err)
}

// RenewRecovery makes new recovery codes and shows them this once.
func (s *Pages) RenewRecovery(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	codes, err := s.people.RenewRecoveryCodes(c.UserContext(), v.User, v.Login, c.FormValue("password"))
	return s.answerFactors(c, "recovery", "", codes, err)
}

func (s *Pages) drawFactors(c *fiber.Ctx, status int, news factorNews) error {
	v := webkit.VisitOf(c)
	p, err := s.kit.Frame(c, "account", "Sign-in factors")
	if err != nil {
		return err
	}
	p.Primary = nil
	f := account.Factors{Person: v.User, Form: news.form, Faults: news.faults, Recovery: news.recovery}
	if news.form == "passkey" {
		f.PasskeyName = c.FormValue("name")
	}
	if err := s.fillFactors(c, &f); err != nil {
		return err
	}
	return s.kit.Show(c, status, account.FactorsPage(p, f), nil)
}

// fillFactors reads what the person has, and what it takes to add to it.
func (s *Pages) fillFactors(c *fiber.Ctx, f *account.Factors) (err error) {
	ctx, u := c.UserContext(), f.Person
	if s.people.Enforced() { // nobody is asked for a password that signs nobody in
		f.Person.PasswordHash = ""
	}
	if f.State, err = s.people.Factors(ctx, u.ID); err != nil {
		return err
	}
	f.First = s.kit.Opts.SecondFactor.Needs(u.Admin) && !f.State.On()
	if s.people.HasPasskeys() {
		if f.NewPasskey, err = s.people.BeginPasskey(ctx, u); err != nil {
			return err
		}
	}
	if f.Secret, err = s.people.NewAuthenticator(ctx, u.ID); err == nil && f.Secret != "" {
		f.QR, err = factor.NewQR(factor.Address(f.Secret, s.place(c).Host, u.Email))
	}
	return err
}
