package main

import (
	"fmt"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// A server that runs on the same data sees what these change within two seconds: it looks at everybody's rights again.

type memberRemoveCmd struct {
	Tenant string `required:"" placeholder:"S" help:"The team's slug."`
	Email  string `required:"" placeholder:"E" help:"The person's e-mail address."`
}

// Run takes the person out of the team.
func (m memberRemoveCmd) Run(c call) error {
	return withApp(c, func(a *app.App) error {
		if err := a.DropMember(c.ctx, m.Tenant, m.Email); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.io.out, "%s is out of %s: open pages end, API tokens of the team stop.\n", m.Email, m.Tenant)
		return err
	})
}

// personFlag names the person that a command is about.
type personFlag struct {
	Email string `required:"" placeholder:"E" help:"The person's e-mail address."`
}

// on runs do with the person and says what was done.
func (p personFlag) on(c call, do func(*app.App, user.User) (said string, err error)) error {
	return withApp(c, func(a *app.App) error {
		u, err := a.PersonByEmail(c.ctx, p.Email)
		if err != nil {
			return err
		}
		said, err := do(a, u)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.io.out, said)
		return err
	})
}

type userDeactivateCmd struct{ personFlag }

// Run takes the person every right.
func (u userDeactivateCmd) Run(c call) error {
	return u.on(c, func(a *app.App, p user.User) (string, error) {
		return p.Email + " is deactivated: logins and API tokens do not work any more.", a.DeactivatePerson(c.ctx, app.Operator(), p.ID)
	})
}

type userActivateCmd struct{ personFlag }

// Run gives the person the rights back.
func (u userActivateCmd) Run(c call) error {
	return u.on(c, func(a *app.App, p user.User) (string, error) {
		return p.Email + " is active: memberships and API tokens work again.", a.ActivatePerson(c.ctx, app.Operator(), p.ID)
	})
}

type userSignInCmd struct{ personFlag }

// Run prints the link that signs the person in and nothing else, so that a script can take it.
func (u userSignInCmd) Run(c call) error {
	return u.on(c, func(a *app.App, p user.User) (string, error) {
		token, err := a.LinkLogin(c.ctx, app.Operator(), p.ID)
		return strings.TrimSuffix(c.settings.PublicURL, "/") + "/login/link/" + token, err
	})
}

type userResetCmd struct{ personFlag }

// Run prints the link that sets a new password and nothing else, so that a script can take it.
func (u userResetCmd) Run(c call) error {
	return u.on(c, func(a *app.App, p user.User) (string, error) {
		token, err := a.ResetPerson(c.ctx, app.Operator(), p.ID)
		return strings.TrimSuffix(c.settings.PublicURL, "/") + "/reset/" + token, err
	})
}

type userFactorsClearCmd struct{ personFlag }

// Run removes every second factor of the person.
func (u userFactorsClearCmd) Run(c call) error {
	return u.on(c, func(a *app.App, p user.User) (string, error) {
		return p.Email + " has no second factor any more: logins are ended, the password alone signs in.", a.ClearFactors(c.ctx, app.Operator(), p.ID)
	})
}

type userEraseCmd struct {
	personFlag
	Confirm bool `required:"" help:"Say that it is meant: there is no way back."`
}

// Run forgets who the person is.
func (u userEraseCmd) Run(c call) error {
	return u.on(c, func(a *app.App, p user.User) (string, error) {
		as, err := a.ErasePerson(c.ctx, app.Operator(), p.ID)
		return p.Email + " is erased: what was done stays, told of " + as.Name + ". Backups and exports made before still hold the name.", err
	})
}
