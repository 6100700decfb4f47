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

// How long a login link works, and the login it makes: it is for the hour in which something else is broken.
const (
	LoginLinkLifetime = 15 * time.Minute
	linkedLoginFor    = time.Hour
)

// LinkLogin answers the text of a link that signs a person in once, whatever the identity provider does. Only a command on the
// host makes one; it is written into the log of the instance and of each of the person's teams.
func (a *Verbs) LinkLogin(ctx context.Context, by tenant.Actor, u tenant.UserID) (token string, err error) {
	if by.Via != appkernel.Operator().Via {
		return "", fault.New(fault.Forbidden, "Only a command on this server's host makes such a link.")
	}
	token, hash := MintLink()
	return token, a.onPerson(ctx, by, u, "link_login", func(s *dbkernel.System) error {
		who, err := dbpeople.Across(s).User(ctx, u)
		if err != nil {
			return err
		}
		if !who.Active {
			return fault.New(fault.Conflict, "%s is deactivated. Activate the person first.", who.Email)
		}
		return dbpeople.Across(s).PutLoginLink(ctx, u, hash, a.k.Clock.Now().Add(LoginLinkLifetime))
	})
}

// LoginLinkPerson is whom a login link signs in; used, expired and unknown links answer the same.
func (a *Verbs) LoginLinkPerson(ctx context.Context, token string) (u user.User, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		u, err = dbpeople.Across(s).LoginLinkUser(ctx, hashed(token), a.k.Clock.Now())
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return u, loginLinkOver()
	}
	return u, err
}

func loginLinkOver() error {
	return fault.New(fault.Forbidden, "This link was used or is older than 15 minutes. The operator can make a new one on the server's host.")
}

// SignInByLink uses a login link up and makes a login that lasts an hour.
func (a *Verbs) SignInByLink(ctx context.Context, token, peer, userAgent string) (l user.Login, err error) {
	u, err := a.LoginLinkPerson(ctx, token)
	if err != nil {
		return l, err
	}
	l = a.loginOf(u, user.ByLink, linkedLoginFor, peer, userAgent)
	return l, a.k.DB.System(ctx, func(s *dbkernel.System) error {
		ok, err := dbpeople.Across(s).UseLoginLink(ctx, hashed(token), a.k.Clock.Now())
		if err != nil {
			return err
		}
		if !ok {
			return loginLinkOver()
		}
		from, _ := tenant.OriginOf(ctx)
		from.User, from.Name, from.Via = u.ID, u.Name, string(user.ByLink)
		return a.createLogin(tenant.WithOrigin(ctx, from), s, u, l)
	})
}
