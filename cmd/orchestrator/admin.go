package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// The operator's commands work on the data directory whether or not the server runs.

type userCmd struct {
	Email         string `required:"" placeholder:"E" help:"E-mail address to sign in with."`
	Name          string `required:"" placeholder:"N" help:"The person's name."`
	Admin         bool   `help:"Make them an operator of this instance."`
	PasswordStdin bool   `help:"Read the password from standard input, so that it is in no history and no process list. Left out only where people sign in through a provider alone."`
}

// Run makes the person.
func (u userCmd) Run(c call) error {
	password, err := u.password(c)
	if err != nil {
		return err
	}
	return withApp(c, func(a *app.App) error {
		made, err := a.CreateUser(c.ctx, u.Email, u.Name, password, u.Admin)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.io.out, "Made %s <%s>.\n", made.Name, made.Email)
		return err
	})
}

// password is read from standard input; while passwords are closed there is none.
func (u userCmd) password(c call) (string, error) {
	switch {
	case !u.PasswordStdin && c.settings.OIDCEnforced:
		return "", nil
	case !u.PasswordStdin:
		return "", errors.New("a person needs a password: give it with --password-stdin, on standard input")
	}
	line, err := bufio.NewReader(c.io.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

type tenantCmd struct {
	Slug                  string `required:"" placeholder:"S" help:"The team's name in addresses, such as payments."`
	Name                  string `required:"" placeholder:"N" help:"The team's name."`
	MaxConcurrentSessions int    `default:"${max_concurrent}" placeholder:"N" help:"How many sessions the team may run at once (default ${default})."`
}

// Run makes the team.
func (t tenantCmd) Run(c call) error {
	return withApp(c, func(a *app.App) error {
		made := app.NewTenant(t.Slug, t.Name, time.Now().UTC().Truncate(time.Millisecond))
		made.MaxConcurrentSessions = t.MaxConcurrentSessions
		made, err := a.CreateTenant(c.ctx, made)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.io.out, "Made the team %s (%s), which may run %d sessions at once.\n", made.Name, made.Slug, made.MaxConcurrentSessions)
		return err
	})
}

type memberCmd struct {
	Tenant string `required:"" placeholder:"S" help:"The team's slug."`
	Email  string `required:"" placeholder:"E" help:"The person's e-mail address."`
	Role   string `required:"" placeholder:"R" help:"lead, member or viewer."`
}

// Run gives the role, or changes it.
func (m memberCmd) Run(c call) error {
	role, err := tenant.ParseRole(m.Role)
	if err != nil {
		return err
	}
	return withApp(c, func(a *app.App) error {
		if err := a.AddMember(c.ctx, m.Tenant, m.Email, role); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.io.out, "%s is %s of %s now.\n", m.Email, role, m.Tenant)
		return err
	})
}

type tokenCmd struct {
	Email  string `required:"" placeholder:"E" help:"Whose token it is."`
	Tenant string `required:"" placeholder:"S" help:"The one team it is for."`
	Name   string `required:"" placeholder:"N" help:"What it is for."`
	Scope  string `default:"manage" placeholder:"S" help:"read, run or manage (default ${default}); never more than the person's role."`
}

// Run makes the token and prints nothing else, so that a script can take it.
func (t tokenCmd) Run(c call) error {
	return withApp(c, func(a *app.App) error {
		by, err := a.ActorByEmail(c.ctx, t.Tenant, t.Email)
		if err != nil {
			return err
		}
		text, _, err := a.CreateToken(c.ctx, by, t.Name, apitoken.Scope(t.Scope), nil)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.io.out, text)
		return err
	})
}
