package people

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/views/account"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// drawAccount draws the account page with the result of the last form.
func (s *Pages) drawAccount(c *fiber.Ctx, status int, news accountResult) error {
	p, err := s.kit.NewPage(c, "account", "Account")
	if err != nil {
		return err
	}
	p.Primary = nil // the profile's own button is the page's one
	a, err := s.readAccount(c.UserContext(), webkit.VisitOf(c))
	if err != nil {
		return err
	}
	a.Text = news.newToken
	addAccountFaults(c, &a, news)
	return s.kit.DrawPageOrPart(c, status, account.Page(p, a), nil)
}

// readAccount reads what the account page shows of its person.
func (s *Pages) readAccount(ctx context.Context, v *webkit.Visit) (account.Account, error) {
	a := account.Account{Person: v.User, This: v.Login.ID, Profile: account.Profile{Name: v.User.Name, Theme: v.User.Theme, TimeZone: v.User.TimeZone},
		NewToken: account.TokenForm{Team: v.Team, Scope: string(apitoken.Run)}}
	var err error
	if a.Logins, err = s.people.Logins(ctx, v.User.ID); err != nil {
		return a, err
	}
	if a.Factors, err = s.people.Factors(ctx, v.User.ID); err != nil {
		return a, err
	}
	if a.Elsewhere, err = s.readIdentity(ctx, v.User); err != nil {
		return a, err
	}
	a.NoPasswords = s.people.Enforced()
	teams, err := s.people.Teams(ctx, v.User.ID)
	if err != nil {
		return a, err
	}
	for _, m := range teams {
		if err := s.addTokens(ctx, v.User, m, &a); err != nil {
			return a, err
		}
	}
	return a, nil
}

// readIdentity reads the person's account at the identity provider, and why it cannot be unlinked.
func (s *Pages) readIdentity(ctx context.Context, u user.User) (e account.Elsewhere, err error) {
	e.Label = s.people.ProviderLabel()
	e.Identity, e.Linked, err = s.people.IdentityOf(ctx, u.ID)
	if why := s.people.MayUnlink(u); why != nil {
		e.Stays = why.Error()
	}
	return e, err
}

// addTokens adds the person's tokens of one team, and the team to the form if they can create tokens for it.
func (s *Pages) addTokens(ctx context.Context, u user.User, m tenant.Membership, a *account.Account) error {
	by, err := s.people.ActorFor(ctx, u, m.Tenant.Slug)
	if err != nil {
		return err
	}
	may := by.Can(tenant.CreateTokens)
	if may {
		a.TokenTeams = append(a.TokenTeams, m)
	}
	ts, err := s.people.Tokens(ctx, by)
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

// addAccountFaults puts faults next to the inputs of their form and keeps the values. Passwords are never sent back.
func addAccountFaults(c *fiber.Ctx, a *account.Account, news accountResult) {
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
