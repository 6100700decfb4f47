package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// The operator's commands work on the data directory, whether or not the server is running.

type userCmd struct {
	Email         string `required:"" placeholder:"EMAIL" help:"E-mail address to sign in with."`
	Name          string `required:"" placeholder:"NAME" help:"The user's name."`
	Admin         bool   `help:"Make the user an admin of this instance."`
	PasswordStdin bool   `help:"Read the password from standard input, which keeps it out of the shell history and the process list. Required unless users sign in only through an identity provider."`
}

// Run creates the user.
func (u userCmd) Run(c call) error {
	password, err := u.password(c)
	if err != nil {
		return err
	}
	return withApp(c, func(a *app.App) error {
		made, err := a.People.CreateUser(c.ctx, u.Email, u.Name, password, u.Admin)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.io.out, "Created user %s <%s>.\n", made.Name, made.Email)
		return err
	})
}

// password reads the password from standard input. It returns none where passwords are disabled and none was offered.
func (u userCmd) password(c call) (string, error) {
	switch {
	case !u.PasswordStdin && c.settings.OIDCEnforced:
		return "", nil
	case !u.PasswordStdin:
		return "", fault.New(fault.Invalid, "A user needs a password. Provide it through standard input with --password-stdin.")
	}
	line, err := bufio.NewReader(c.io.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

type tenantCmd struct {
	Slug                  string `required:"" placeholder:"SLUG" help:"The team's slug, which is its name in URLs, for example 'payments'."`
	Name                  string `required:"" placeholder:"NAME" help:"The team's name."`
	MaxConcurrentSessions int    `default:"${max_concurrent}" placeholder:"N" help:"Maximum number of sessions the team can run at once (default ${default})."`
}

// Run creates the team.
func (t tenantCmd) Run(c call) error {
	return withApp(c, func(a *app.App) error {
		made := apppeople.NewTenant(t.Slug, t.Name, time.Now().UTC().Truncate(time.Millisecond))
		made.MaxConcurrentSessions = t.MaxConcurrentSessions
		made, err := a.People.CreateTenant(c.ctx, made)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.io.out, "Created team %s (%s). It can run up to %s at once.\n", made.Name, made.Slug, countOf(made.MaxConcurrentSessions, "session"))
		return err
	})
}

type memberCmd struct {
	Tenant string `required:"" placeholder:"SLUG" help:"The team's slug."`
	Email  string `required:"" placeholder:"EMAIL" help:"The user's e-mail address."`
	Role   string `required:"" placeholder:"ROLE" help:"The user's role in the team: lead, member or viewer."`
}

// Run adds the user to the team, or changes the role of an existing member.
func (m memberCmd) Run(c call) error {
	role, err := tenant.ParseRole(m.Role)
	if err != nil {
		return err
	}
	return withApp(c, func(a *app.App) error {
		if err := a.People.AddMember(c.ctx, m.Tenant, m.Email, role); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.io.out, "%s now has the role %s in %s.\n", m.Email, role, m.Tenant)
		return err
	})
}

type tokenCmd struct {
	Email  string `required:"" placeholder:"EMAIL" help:"E-mail address of the user who owns the token."`
	Tenant string `required:"" placeholder:"SLUG" help:"Slug of the team the token gives access to."`
	Name   string `required:"" placeholder:"NAME" help:"A name that describes what the token is used for."`
	Scope  string `default:"manage" placeholder:"SCOPE" help:"read, run or manage (default ${default}). A token never has more permissions than its owner's role allows."`
}

// Run creates the token and prints only the token, so that scripts can capture it.
func (t tokenCmd) Run(c call) error {
	return withApp(c, func(a *app.App) error {
		by, err := a.People.ActorByEmail(c.ctx, t.Tenant, t.Email)
		if err != nil {
			return err
		}
		text, _, err := a.People.CreateToken(c.ctx, by, t.Name, apitoken.Scope(t.Scope), nil)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.io.out, text)
		return err
	})
}
