package people

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/factor"
	"github.com/industrial-orchestrator/orchestrator/views/account"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowFactors shows the person's second factors.
func (s *Pages) ShowFactors(c *fiber.Ctx) error {
	return s.drawFactors(c, fiber.StatusOK, factorResult{})
}

// factorResult is what a form of the page led to: faults next to its inputs, or recovery codes that are shown once.
type factorResult struct {
	form     string
	faults   map[string]string
	recovery []string
}

// answerFactors shows the page after a form: its faults with status 422, new recovery codes once, or a confirmation.
func (s *Pages) answerFactors(c *fiber.Ctx, form, done string, recovery []string, err error) error {
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawFactors(c, webkit.FormStatus(err), factorResult{form: form, faults: faults})
	}
	if err != nil {
		return err
	}
	if len(recovery) > 0 {
		return s.drawFactors(c, fiber.StatusCreated, factorResult{recovery: recovery})
	}
	return webkit.Redirect(c, webkit.SetUpPath+"?done="+url.QueryEscape(done))
}

// BeginAuthenticator creates the secret of an authenticator app. The page shows it until a code confirms it.
func (s *Pages) BeginAuthenticator(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	return s.answerFactors(c, "app", "", nil, s.people.BeginAuthenticator(c.UserContext(), v.User, v.Login, c.FormValue("password")))
}

// ConfirmAuthenticator adds the app if the code is right.
func (s *Pages) ConfirmAuthenticator(c *fiber.Ctx) error {
	recovery, err := s.people.ConfirmAuthenticator(c.UserContext(), webkit.VisitOf(c).User, c.FormValue("code"))
	return s.answerFactors(c, "confirm", "app-on", recovery, err)
}

// RemoveAuthenticator removes the app.
func (s *Pages) RemoveAuthenticator(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	return s.answerFactors(c, "off", "app-off", nil, s.people.DropAuthenticator(c.UserContext(), v.User, v.Login, c.FormValue("password"), c.FormValue("code")))
}

// AddPasskey adds a passkey that the browser created.
func (s *Pages) AddPasskey(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	f := apppeople.NewPasskey{Name: c.FormValue("name"), Password: c.FormValue("password"), Ticket: c.FormValue("ticket"), Answer: c.FormValue("answer")}
	recovery, err := s.people.AddPasskey(c.UserContext(), v.User, v.Login, f)
	return s.answerFactors(c, "passkey", "passkey", recovery, err)
}

// RemovePasskey removes the passkey in the form.
func (s *Pages) RemovePasskey(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	err := s.people.RemovePasskey(c.UserContext(), v.User, v.Login, c.FormValue("password"), c.FormValue("passkey"))
	return s.answerFactors(c, "remove", "passkey-off", nil, err)
}

// RenewRecoveryCodes replaces the recovery codes and shows them once.
func (s *Pages) RenewRecoveryCodes(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	codes, err := s.people.RenewRecoveryCodes(c.UserContext(), v.User, v.Login, c.FormValue("password"))
	return s.answerFactors(c, "recovery", "", codes, err)
}

// drawFactors draws the page with the result of the last form.
func (s *Pages) drawFactors(c *fiber.Ctx, status int, news factorResult) error {
	v := webkit.VisitOf(c)
	p, err := s.kit.NewPage(c, "account", "Second factors")
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
	return s.kit.DrawPageOrPart(c, status, account.FactorsPage(p, f), nil)
}

// fillFactors reads the person's factors, and what is needed to add one.
func (s *Pages) fillFactors(c *fiber.Ctx, f *account.Factors) (err error) {
	ctx, u := c.UserContext(), f.Person
	if s.people.Enforced() { // a password that cannot sign in is not requested
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
		f.QR, err = factor.NewQR(factor.Address(f.Secret, s.placeOf(c).Host, u.Email))
	}
	return err
}
