package main

import (
	"fmt"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// A server that runs on the same data applies these changes within two seconds, because it rechecks all permissions.

type memberRemoveCmd struct {
	Tenant string `required:"" placeholder:"SLUG" help:"The team's slug."`
	Email  string `required:"" placeholder:"EMAIL" help:"The user's e-mail address."`
}

// Run removes the user from the team.
func (m memberRemoveCmd) Run(c call) error {
	return withApp(c, func(a *app.App) error {
		if err := a.People.DropMember(c.ctx, m.Tenant, m.Email); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.io.out, "Removed %s from %s. Their open pages and API tokens for the team no longer work.\n", m.Email, m.Tenant)
		return err
	})
}

// personFlag names the user that a command acts on.
type personFlag struct {
	Email string `required:"" placeholder:"EMAIL" help:"The user's e-mail address."`
}

// apply runs do for the user and prints its message.
func (p personFlag) apply(c call, do func(*app.App, user.User) (message string, err error)) error {
	return withApp(c, func(a *app.App) error {
		u, err := a.People.PersonByEmail(c.ctx, p.Email)
		if err != nil {
			return err
		}
		message, err := do(a, u)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.io.out, message)
		return err
	})
}

type userDeactivateCmd struct{ personFlag }

// Run revokes the user's access.
func (u userDeactivateCmd) Run(c call) error {
	return u.apply(c, func(a *app.App, p user.User) (string, error) {
		return "Deactivated " + p.Email + ". Their logins and API tokens no longer work.", a.People.DeactivatePerson(c.ctx, appkernel.Operator(), p.ID)
	})
}

type userActivateCmd struct{ personFlag }

// Run restores the user's access.
func (u userActivateCmd) Run(c call) error {
	return u.apply(c, func(a *app.App, p user.User) (string, error) {
		return "Activated " + p.Email + ". Their memberships and API tokens work again.", a.People.ActivatePerson(c.ctx, appkernel.Operator(), p.ID)
	})
}

type userSignInCmd struct{ personFlag }

// Run prints only the sign-in link, so that scripts can capture it.
func (u userSignInCmd) Run(c call) error {
	return u.apply(c, func(a *app.App, p user.User) (string, error) {
		token, err := a.People.LinkLogin(c.ctx, appkernel.Operator(), p.ID)
		return strings.TrimSuffix(c.settings.PublicURL, "/") + "/login/link/" + token, err
	})
}

type userResetCmd struct{ personFlag }

// Run prints only the link that sets a new password, so that scripts can capture it.
func (u userResetCmd) Run(c call) error {
	return u.apply(c, func(a *app.App, p user.User) (string, error) {
		token, err := a.People.ResetPerson(c.ctx, appkernel.Operator(), p.ID)
		return strings.TrimSuffix(c.settings.PublicURL, "/") + "/reset/" + token, err
	})
}

type userFactorsClearCmd struct{ personFlag }

// Run removes all second factors of the user.
func (u userFactorsClearCmd) Run(c call) error {
	return u.apply(c, func(a *app.App, p user.User) (string, error) {
		return "Removed the second factors of " + p.Email + " and signed them out everywhere. They can now sign in with only a password.", a.People.ClearFactors(c.ctx, appkernel.Operator(), p.ID)
	})
}

type userEraseCmd struct {
	personFlag
	Confirm bool `required:"" help:"Confirm that you want to erase the user. This cannot be undone."`
}

// Run erases the user's personal data.
func (u userEraseCmd) Run(c call) error {
	return u.apply(c, func(a *app.App, p user.User) (string, error) {
		as, err := a.People.ErasePerson(c.ctx, appkernel.Operator(), p.ID)
		return "Erased " + p.Email + ". Their records remain under the name " + as.Name + ". Earlier backups and exports still contain the old name.", err
	})
}
