package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

func (s *Server) showAccount(c *fiber.Ctx) error {
	return s.drawAccount(c, fiber.StatusOK, accountNews{})
}

// accountNews is what an act on the account page has to say: faults beside inputs, a token's text to be shown once.
type accountNews struct {
	form   string
	faults map[string]string
	token  string
}

// answerAccount shows the account page after an act: the faults of its form with status 422, or the page again, which says what was done.
func (s *Server) answerAccount(c *fiber.Ctx, form string, err error) error {
	if faults := faultsOf(err); faults != nil {
		return s.drawAccount(c, fiber.StatusUnprocessableEntity, accountNews{form: form, faults: faults})
	}
	if err != nil {
		return err
	}
	return moveTo(c, "/account?done="+form)
}

func (s *Server) saveProfile(c *fiber.Ctx) error {
	err := s.app.People.SetProfile(c.UserContext(), visitOf(c).user, c.FormValue("name"), c.FormValue("theme"), c.FormValue("time_zone"))
	return s.answerAccount(c, "profile", err)
}

// changePassword ends every other login of the person and renames this one's cookie.
func (s *Server) changePassword(c *fiber.Ctx) error {
	v := visitOf(c)
	err := s.app.People.ChangePassword(c.UserContext(), v.user, v.login.ID, c.FormValue("old_password"), c.FormValue("password"))
	if err == nil {
		err = s.renew(c.UserContext())
	}
	return s.answerAccount(c, "password", err)
}

// revokeLogin ends one of the person's own logins; ending this one signs out.
func (s *Server) revokeLogin(c *fiber.Ctx) error {
	v := visitOf(c)
	if c.Params("id") == v.login.ID {
		return s.logout(c)
	}
	return s.answerAccount(c, "logins", s.app.People.RevokeLogin(c.UserContext(), v.user.ID, c.Params("id")))
}

// createToken makes an API token for the team the form chooses and shows its text this once.
func (s *Server) createToken(c *fiber.Ctx) error {
	expires, err := expiry(c.FormValue("expires"), s.clock.Now())
	if err != nil {
		return s.answerAccount(c, "token", err)
	}
	by, err := s.app.People.ActorFor(c.UserContext(), visitOf(c).user, c.FormValue("slug"))
	if err != nil {
		return err
	}
	text, _, err := s.app.People.CreateToken(c.UserContext(), by, c.FormValue("name"), apitoken.Scope(c.FormValue("scope")), expires)
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

func (s *Server) revokeToken(c *fiber.Ctx) error {
	by, err := s.app.People.ActorFor(c.UserContext(), visitOf(c).user, c.FormValue("slug"))
	if err != nil {
		return err
	}
	return s.answerAccount(c, "token", s.app.People.RevokeToken(c.UserContext(), by, c.Params("id")))
}
