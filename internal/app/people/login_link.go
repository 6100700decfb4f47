package people

import (
	"context"
	"time"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// How long a login link works, and how long its login lasts. It is for emergencies.
const (
	LoginLinkLifetime = 15 * time.Minute
	linkedLoginFor    = time.Hour
)

// LinkLogin returns the token of a link that signs a person in once, without the identity provider. Only a command on the host can
// create one. It is written to the audit log of the instance and of each of the person's teams.
func (a *Verbs) LinkLogin(ctx context.Context, by tenant.Actor, u tenant.UserID) (token string, err error) {
	if by.Via != appkernel.Operator().Via {
		return "", fault.New(fault.Forbidden, "Sign-in links can be created only from the command line on the server's host.")
	}
	token, hash := NewLinkToken()
	return token, a.onPerson(ctx, by, u, "link_login", func(s *dbkernel.System) error {
		who, err := dbpeople.Across(s).User(ctx, u)
		if err != nil {
			return err
		}
		if !who.Active {
			return fault.New(fault.Conflict, "%s is deactivated. Activate the user first.", who.Email)
		}
		return dbpeople.Across(s).PutLoginLink(ctx, u, hash, a.k.Clock.Now().Add(LoginLinkLifetime))
	})
}

// LoginLinkPerson returns the person whom a login link signs in. Used, expired and unknown links return the same fault.
func (a *Verbs) LoginLinkPerson(ctx context.Context, token string) (u user.User, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		u, err = dbpeople.Across(s).LoginLinkUser(ctx, hashToken(token), a.k.Clock.Now())
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return u, errLoginLinkExpired()
	}
	return u, err
}

func errLoginLinkExpired() error {
	return fault.New(fault.Forbidden, "This link has been used or is older than 15 minutes. The operator can create a new one on the server's host.")
}

// SignInByLink signs a person in with a login link. The login lasts an hour, and the link stops working.
func (a *Verbs) SignInByLink(ctx context.Context, token, peer, userAgent string) (l user.Login, err error) {
	u, err := a.LoginLinkPerson(ctx, token)
	if err != nil {
		return l, err
	}
	l = a.makeLogin(u, user.ByLink, linkedLoginFor, peer, userAgent)
	return l, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		ok, err := dbpeople.Across(s).UseLoginLink(ctx, hashToken(token), a.k.Clock.Now())
		if err != nil {
			return err
		}
		if !ok {
			return errLoginLinkExpired()
		}
		from, _ := tenant.OriginOf(ctx)
		from.User, from.Name, from.Via = u.ID, u.Name, string(user.ByLink)
		return a.createLogin(tenant.WithOrigin(ctx, from), s, u, l)
	})
}
