package people

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// touchTokenAfter is how old a token's time of last use must be before it is updated.
const touchTokenAfter = time.Minute

// ActorForToken returns the actor of an API token: its user in its team, with the lower of the token's scope and the user's current
// role.
func (a *Verbs) ActorForToken(ctx context.Context, text string) (by tenant.Actor, err error) {
	t, by, err := a.findToken(ctx, text)
	if err != nil || t.LastUsedAt != nil && a.k.Clock.Now().Sub(*t.LastUsedAt) < touchTokenAfter {
		return by, err
	}
	return by, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		return dbpeople.Across(s).TouchToken(ctx, t.Tenant, t.ID, a.k.Clock.Now())
	})
}

func (a *Verbs) findToken(ctx context.Context, text string) (t apitoken.Token, by tenant.Actor, err error) {
	if text == "" {
		return t, by, fault.New(fault.Unauthenticated, "Send an API token in the Authorization header, as \"Bearer orc_…\".")
	}
	var u user.User
	var m tenant.Membership
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		t, u, m, err = dbpeople.Across(s).TokenByHash(ctx, apitoken.Hash(text), a.k.Clock.Now())
		return err
	})
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Unauthenticated) {
		a.auditRefusedToken(ctx, text)
		return t, by, fault.New(fault.Unauthenticated, "This API token is unknown, expired or revoked.")
	}
	if err != nil {
		return t, by, err
	}
	by = appkernel.WithRequest(ctx, memberActor(u, m, "token:"+t.ID))
	by.Admin = false // a token is limited to its team and manages no instance
	if ceiling := t.Scope.Role(); by.Role.Rank() > ceiling.Rank() {
		by.Role = ceiling
	}
	return t, by, nil
}

// Tokens returns the actor's own tokens in this team.
func (a *Verbs) Tokens(ctx context.Context, by tenant.Actor) (ts []apitoken.Token, err error) {
	err = a.k.Read(ctx, by, tenant.ReadTeam, func(s *dbkernel.Scope) error { ts, err = dbpeople.On(s).Tokens(ctx, by.User); return err })
	return ts, err
}

// CreateToken creates a token of the actor for this team and returns its text, which is shown once and never stored.
func (a *Verbs) CreateToken(ctx context.Context, by tenant.Actor, name string, scope apitoken.Scope, expires *time.Time) (string, apitoken.Token, error) {
	now := a.k.Clock.Now()
	if err := by.May(tenant.CreateTokens); err != nil {
		return "", apitoken.Token{}, err
	}
	if by.Entered != "" {
		return "", apitoken.Token{}, fault.New(fault.Forbidden, "An admin who has entered a team cannot create tokens in it, because the tokens would still work after the admin left.")
	}
	t := apitoken.Token{ID: id.New(), Tenant: by.Tenant, User: by.User, Name: text.Line(name), Scope: scope, CreatedAt: now, ExpiresAt: expires}
	if err := a.checkToken(t, by, now); err != nil {
		return "", t, err
	}
	text, hash := apitoken.Mint()
	return text, t, a.k.Write(ctx, by, tenant.CreateTokens, func(s *dbkernel.Scope) error {
		if err := dbpeople.On(s).CreateToken(ctx, t, hash); err != nil {
			return err
		}
		return a.k.Audit(ctx, s, by, "create_token", t.ID, string(t.Scope))
	})
}

func (a *Verbs) checkToken(t apitoken.Token, by tenant.Actor, now time.Time) error {
	var f fault.Fields
	if n := utf8.RuneCountInString(t.Name); n < 1 || n > 100 {
		f.Add("name", "Enter a name of 1 to 100 characters (you entered %d).", n)
	}
	if t.Scope.Role() == "" {
		f.Add("scope", "The scope must be \"read\", \"run\" or \"manage\" (you entered %q).", t.Scope)
	} else if t.Scope.Role().Rank() > by.Role.Rank() && strings.HasPrefix(by.Via, "token:") {
		f.Add("scope", "A token cannot create a token with more permissions than its own.")
	}
	if t.ExpiresAt != nil && !t.ExpiresAt.After(now) {
		f.Add("expires_at", "Enter an expiry time in the future.")
	}
	return f.Err()
}

// RevokeToken revokes one of the actor's tokens. It takes effect immediately.
func (a *Verbs) RevokeToken(ctx context.Context, by tenant.Actor, tokenID string) error {
	if err := appkernel.CheckID("token", tokenID); err != nil {
		return err
	}
	return a.k.Write(ctx, by, tenant.CreateTokens, func(s *dbkernel.Scope) error {
		if err := dbpeople.On(s).RevokeToken(ctx, tokenID, by.User, a.k.Clock.Now()); err != nil {
			return err
		}
		s.AfterCommit(func() { a.ringPerson(by.User) })
		return a.k.Audit(ctx, s, by, "revoke_token", tokenID, "")
	})
}
