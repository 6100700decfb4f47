package people

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

func (s *Pages) ShowAccount(c *fiber.Ctx) error {
	return s.drawAccount(c, fiber.StatusOK, accountNews{})
}

// accountNews is what an act on the account page has to say: faults beside inputs, a token's text to be shown once.
type accountNews struct {
	form   string
	faults map[string]string
	token  string
}

// answerAccount shows the account page after an act: the faults of its form with status 422, or the page again, which says what was done.
func (s *Pages) answerAccount(c *fiber.Ctx, form string, err error) error {
	if faults := webkit.FaultsOf(err); faults != nil {
		return s.drawAccount(c, fiber.StatusUnprocessableEntity, accountNews{form: form, faults: faults})
	}
	if err != nil {
		return err
	}
	return webkit.MoveTo(c, "/account?done="+form)
}

func (s *Pages) SaveProfile(c *fiber.Ctx) error {
	err := s.people.SetProfile(c.UserContext(), webkit.VisitOf(c).User, c.FormValue("name"), c.FormValue("theme"), c.FormValue("time_zone"))
	return s.answerAccount(c, "profile", err)
}

// ChangePassword ends every other login of the person and renames this one's cookie.
func (s *Pages) ChangePassword(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	err := s.people.ChangePassword(c.UserContext(), v.User, v.Login.ID, c.FormValue("old_password"), c.FormValue("password"))
	if err == nil {
		err = s.kit.Renew(c.UserContext())
	}
	return s.answerAccount(c, "password", err)
}

// RevokeLogin ends one of the person's own logins; ending this one signs out.
func (s *Pages) RevokeLogin(c *fiber.Ctx) error {
	v := webkit.VisitOf(c)
	if c.Params("id") == v.Login.ID {
		return s.Logout(c)
	}
	return s.answerAccount(c, "logins", s.people.RevokeLogin(c.UserContext(), v.User.ID, c.Params("id")))
}

// CreateToken makes an API token for the team the form chooses and shows its text this once.
func (s *Pages) CreateToken(c *fiber.Ctx) error {
	expires, err := expiry(c.FormValue("expires"), s.kit.Clock.Now())
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
	return s.drawAccount(c, fiber.StatusCreated, accountNews{form: "token", token: text})
}

// expiry reads the last day a token works; empty is for ever.
func expiry(day string, now time.Time) (*time.Time, error) {
	if day == "" {
		return nil, nil
	}
	t, err := time.Parse(time.DateOnly, day)
	if err != nil || t.Before(now.Truncate(24*time.Hour)) {
		return nil, fault.Field("expires", "%q is not a day to come such as %s.", day, now.AddDate(0, 3, 0).Format(time.DateOnly))
	}
	end := t.Add(24 * time.Hour)
	return &end, nil
}

func (s *Pages) RevokeToken(c *fiber.Ctx) error {
	by, err := s.people.ActorFor(c.UserContext(), webkit.VisitOf(c).User, c.FormValue("slug"))
	if err != nil {
		return err
	}
	return s.answerAccount(c, "token", s.people.RevokeToken(c.UserContext(), by, c.Params("id")))
}
