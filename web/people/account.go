package people

import (
	"time"

	"github.com/gofiber/fiber/v2"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// ShowAccount shows the person's own page.
func (s *Pages) ShowAccount(c *fiber.Ctx) error {
	return s.drawAccount(c, fiber.StatusOK, accountResult{})
}

// accountResult is what a form of the account page led to: faults next to its inputs, or an API token that is shown once.
type accountResult struct {
	form     string
	faults   map[string]string
	newToken string
}

// answerAccount shows the account page after a form: its faults with status 422, or the page again with a confirmation.
func (s *Pages) answerAccount(c *fiber.Ctx, form string, err error) error {
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawAccount(c, webkit.FormStatus(err), accountResult{form: form, faults: faults})
	}
	if err != nil {
		return err
	}
	return webkit.Redirect(c, "/account?done="+form)
}

// SaveProfile saves name, theme and time zone.
func (s *Pages) SaveProfile(c *fiber.Ctx) error {
	err := s.people.SetProfile(c.UserContext(), webkit.VisitOf(c).User, c.FormValue("name"), c.FormValue("theme"), c.FormValue("time_zone"))
	return s.answerAccount(c, "profile", err)
}

// ChangePassword changes the password, ends every other login of the person and renews this browser's cookie.
func (s *Pages) ChangePassword(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	form := apppeople.NewPassword{Current: c.FormValue("old_password"), New: c.FormValue("password"), RevokeTokens: c.FormValue("revoke_tokens") != ""}
	err := s.people.ChangePassword(c.UserContext(), v.User, v.Login.ID, form)
	if err == nil {
		err = s.kit.RenewCookie(c.UserContext())
	}
	if err == nil && form.RevokeTokens {
		return webkit.Redirect(c, "/account?done=password-tokens")
	}
	return s.answerAccount(c, "password", err)
}

// RevokeLogin ends one of the person's logins. Ending the current one signs out.
func (s *Pages) RevokeLogin(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	if c.Params("id") == v.Login.ID {
		return s.SignOut(c)
	}
	return s.answerAccount(c, "logins", s.people.RevokeLogin(c.UserContext(), v.User.ID, c.Params("id")))
}

// CreateToken creates an API token for the team in the form and shows its text once.
func (s *Pages) CreateToken(c *fiber.Ctx) error {
	expires, err := parseExpiry(c.FormValue("expires"), s.kit.Clock.Now())
	if err != nil {
		return s.answerAccount(c, "token", err)
	}
	by, err := s.people.ActorFor(c.UserContext(), webkit.VisitOf(c).User, c.FormValue("slug"))
	if err != nil {
		return err
	}
	text, _, err := s.people.CreateToken(c.UserContext(), by, c.FormValue("name"), apitoken.Scope(c.FormValue("scope")), expires)
	if err != nil {
		return s.answerAccount(c, "token", err)
	}
	return s.drawAccount(c, fiber.StatusCreated, accountResult{form: "token", newToken: text})
}

// parseExpiry reads the last day on which a token works; empty means that it never expires.
func parseExpiry(day string, now time.Time) (*time.Time, error) {
	if day == "" {
		return nil, nil
	}
	t, err := time.Parse(time.DateOnly, day)
	if err != nil || t.Before(now.Truncate(24*time.Hour)) {
		return nil, fault.Field("expires", "Enter a future date, such as %s (you entered %q).", now.AddDate(0, 3, 0).Format(time.DateOnly), day)
	}
	end := t.Add(24 * time.Hour)
	return &end, nil
}

// RevokeToken revokes one of the person's API tokens.
func (s *Pages) RevokeToken(c *fiber.Ctx) error {
	by, err := s.people.ActorFor(c.UserContext(), webkit.VisitOf(c).User, c.FormValue("slug"))
	if err != nil {
		return err
	}
	return s.answerAccount(c, "token", s.people.RevokeToken(c.UserContext(), by, c.Params("id")))
}
