package web

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/views/account"
)

// drawAccount shows a person's own page with what the last act has to say.
func (s *Server) drawAccount(c *fiber.Ctx, status int, news accountNews) error {
	p, err := s.frame(c, "account", "Account")
	if err != nil {
		return err
	}
	p.Primary = nil // the profile's own button is the page's one
	a, err := s.accountOf(c.UserContext(), visitOf(c))
	if err != nil {
		return err
	}
	a.Text = news.token
	refuseAccount(c, &a, news)
	return s.show(c, status, account.Page(p, a), nil)
}

func (s *Server) accountOf(ctx context.Context, v *visit) (account.Account, error) {
	a := account.Account{Person: v.user, This: v.login.ID, Profile: account.Profile{Name: v.user.Name, Theme: v.user.Theme, TimeZone: v.user.TimeZone},
		NewToken: account.TokenForm{Team: v.team, Scope: string(apitoken.Run)}}
	var err error
	if a.Logins, err = s.app.People.Logins(ctx, v.user.ID); err != nil {
		return a, err
	}
	if a.Factors, err = s.app.People.Factors(ctx, v.user.ID); err != nil {
		return a, err
	}
	if a.Elsewhere, err = s.identityOf(ctx, v.user); err != nil {
		return a, err
	}
	a.NoPasswords = s.app.People.Enforced()
	teams, err := s.app.People.Teams(ctx, v.user.ID)
	if err != nil {
		return a, err
	}
	for _, m := range teams {
		if err := s.addTokens(ctx, v.user, m, &a); err != nil {
			return a, err
		}
	}
	return a, nil
}

func (s *Server) identityOf(ctx context.Context, u user.User) (e account.Elsewhere, err error) {
	e.Label = s.app.People.ProviderLabel()
	e.Identity, e.Linked, err = s.app.People.IdentityOf(ctx, u.ID)
	if why := s.app.People.MayUnlink(u); why != nil {
		e.Stays = why.Error()
	}
	return e, err
}

// addTokens adds the person's tokens of one team, and the team to the form where tokens may be made for it.
func (s *Server) addTokens(ctx context.Context, u user.User, m tenant.Membership, a *account.Account) error {
	by, err := s.app.People.ActorFor(ctx, u, m.Tenant.Slug)
	if err != nil {
		return err
	}
	may := by.Can(tenant.CreateTokens)
	if may {
		a.TokenTeams = append(a.TokenTeams, m)
	}
	ts, err := s.app.People.Tokens(ctx, by)
	if err != nil {
		return err
	}
	for _, t := range ts {
		if t.RevokedAt == nil {
			a.Tokens = append(a.Tokens, account.Token{Token: t, TeamSlug: m.Tenant.Slug, TeamName: m.Tenant.Name, CanRevoke: may})
		}
	}
	return nil
}

// refuseAccount puts faults beside the inputs of the form they are about and keeps what was typed; passwords are never sent back.
func refuseAccount(c *fiber.Ctx, a *account.Account, news accountNews) {
	if len(news.faults) == 0 {
		return
	}
	switch news.form {
	case "profile":
		a.ProfileFaults = news.faults
		a.Profile = account.Profile{Name: c.FormValue("name"), Theme: c.FormValue("theme"), TimeZone: c.FormValue("time_zone")}
	case "password":
		a.PasswordFaults = news.faults
	case "identity":
		a.Elsewhere.Faults = news.faults
	case "token":
		a.TokenFaults = news.faults
		a.NewToken = account.TokenForm{Team: c.FormValue("slug"), Name: c.FormValue("name"), Scope: c.FormValue("scope"), Expires: c.FormValue("expires")}
	}
}
