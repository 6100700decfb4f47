package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/alecthomas/kong"

	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// cli is the command line: the commands, and the settings that every command accepts.
type cli struct {
	config.Settings `embed:""`

	Serve   serveCmd   `cmd:"" action:"public" default:"withargs" help:"Run the server: web pages, API and agents."`
	Migrate migrateCmd `cmd:"" action:"admin" help:"Migrate the database to this version's schema. For PostgreSQL, connect as the owner of the database."`
	Config  configCmd  `cmd:"" action:"public" help:"Print every setting with its value and its source."`
	Version versionCmd `cmd:"" action:"public" help:"Print the version."`

	Doctor struct {
		Host      doctorCmd    `cmd:"" action:"public" default:"withargs" help:"Show which attacks by agents this host can block and which of the required features it lacks."`
		Isolation isolationCmd `cmd:"" action:"admin" help:"Test tenant isolation on a running server: create two temporary teams, request one team's data as members of the other, and report leaks."`
	} `cmd:"" help:"Check this host or a running server."`

	User struct {
		Create     userCmd           `cmd:"" action:"admin" help:"Create a user."`
		Deactivate userDeactivateCmd `cmd:"" action:"admin" help:"Deactivate a user: revoke the user's access, sign the user out and disable the user's API tokens."`
		Activate   userActivateCmd   `cmd:"" action:"admin" help:"Activate a deactivated user."`
		SignIn     userSignInCmd     `cmd:"" action:"admin" help:"Print a one-time sign-in link for a user, for example while the identity provider is down."`
		Reset      userResetCmd      `cmd:"" action:"admin" help:"Print a one-time link for setting a new password, invalidate the old password and sign the user out everywhere. Second factors stay enabled."`
		Factors    struct {
			Clear userFactorsClearCmd `cmd:"" action:"admin" help:"Remove a user's authenticator app, passkeys and recovery codes, for example after the user loses a phone, and sign the user out everywhere. The password stays valid."`
		} `cmd:"" help:"Second factors."`
		Erase userEraseCmd `cmd:"" action:"admin" help:"Erase a user's personal data. Remaining records, including audit logs, show a pseudonym. This cannot be undone."`
	} `cmd:"" help:"Users."`
	Tenant struct {
		Create tenantCmd `cmd:"" action:"admin" help:"Create a team."`
		Quota  quotaCmd  `cmd:"" action:"admin" help:"Set a team's limits, and print its limits and this month's usage."`
	} `cmd:"" help:"Teams."`
	Member struct {
		Add    memberCmd       `cmd:"" action:"admin" help:"Add a user to a team, or change their role."`
		Remove memberRemoveCmd `cmd:"" action:"admin" help:"Remove a user from a team."`
	} `cmd:"" help:"Memberships."`
	Budget struct {
		List   budgetListCmd   `cmd:"" action:"admin" help:"List open requests for more budget."`
		Grant  budgetGrantCmd  `cmd:"" action:"admin" help:"Grant a request and raise the team's monthly limits."`
		Refuse budgetRefuseCmd `cmd:"" action:"admin" help:"Refuse a request."`
	} `cmd:"" help:"Budget requests."`
	Token struct {
		Create tokenCmd `cmd:"" action:"create_tokens" help:"Create an API token for a user in a team and print it. It is shown only once."`
	} `cmd:"" help:"API tokens."`

	Audit struct {
		Verify auditCmd `cmd:"" action:"admin" help:"Verify the seals of the audit logs and report entries that were removed, moved or changed."`
	} `cmd:"" help:"Audit logs."`

	Texts struct {
		Export textsExportCmd `cmd:"" action:"public" help:"Write the default texts to a directory as a starting point for your own."`
	} `cmd:"" help:"Customizable texts (e-mails, sign-in notice)."`

	Key keyCmds `cmd:"" help:"Master keys, which encrypt stored secrets."`

	// The remote commands have a command line of their own, without the server's settings: main passes them on before this one is parsed.
	Login      remoteCmd `cmd:"" passthrough:"" action:"public" group:"Commands for a server anywhere, over its API (docs/cli.md):" help:"Store a server's address and an API token for the commands below."`
	Logout     remoteCmd `cmd:"" passthrough:"" action:"public" group:"Commands for a server anywhere, over its API (docs/cli.md):" help:"Delete the stored address and token from this machine."`
	Session    remoteCmd `cmd:"" passthrough:"" action:"public" group:"Commands for a server anywhere, over its API (docs/cli.md):" help:"Sessions: list, run, follow, answer, take their work, go back."`
	Repo       remoteCmd `cmd:"" passthrough:"" action:"public" group:"Commands for a server anywhere, over its API (docs/cli.md):" help:"Repositories of the team, their forges and merge queues."`
	MergeQueue remoteCmd `cmd:"" passthrough:"" action:"public" group:"Commands for a server anywhere, over its API (docs/cli.md):" help:"Entries of merge queues: hold, release, remove, retry, move."`
	Provider   remoteCmd `cmd:"" passthrough:"" action:"public" group:"Commands for a server anywhere, over its API (docs/cli.md):" help:"Model providers of the team."`
	Team       remoteCmd `cmd:"" passthrough:"" action:"public" group:"Commands for a server anywhere, over its API (docs/cli.md):" help:"The team of the token: limits, people, budget."`
	Completion remoteCmd `cmd:"" passthrough:"" action:"public" group:"Commands for a server anywhere, over its API (docs/cli.md):" help:"Print a completion script for bash, zsh or fish."`

	Scriptmodel scriptmodelCmd `cmd:"" action:"public" hidden:"" help:"Serve a scripted model."`
}

// remoteCmd stands for a command of package remote in the help.
type remoteCmd struct {
	Args []string `arg:"" optional:""`
}

// Run is never called: main passes a command line that begins with such a command on, and flags before it are not accepted.
func (*remoteCmd) Run(call) error {
	return fault.New(fault.Invalid, "Flags of the server do not fit this command. Write the command first: orchestrator session list.")
}

// operatorModel is the model of the operator's commands, for the completion scripts.
func operatorModel() *kong.Application {
	parser, err := kong.New(&cli{}, kong.Vars{"max_concurrent": strconv.Itoa(tenant.DefaultMaxConcurrentSessions)})
	if err != nil {
		panic(err) // the struct is our own
	}
	return parser.Model
}

// call is the input of a command: the checked settings, the names of the flags that were set, and the standard streams.
type call struct {
	ctx      context.Context
	settings config.Settings
	flags    map[string]bool
	io       streams
}

// parse reads the command line. If command is nil, the caller only has to exit with code.
func parse(args []string, io streams) (command func(context.Context) error, code int) {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("orchestrator"), kong.Writers(io.out, io.err), kong.Exit(func(code int) { exited = code }),
		kong.Description("Industrial Orchestrator is a self-hosted control plane that runs coding agents on your teams' repositories."),
		kong.Vars{"max_concurrent": strconv.Itoa(tenant.DefaultMaxConcurrentSessions)},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(io.err, err)
		return nil, 2
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		err = fmt.Errorf("%w. `orchestrator --help` lists the commands and flags", err)
	}
	if exited >= 0 { // kong has printed the help; errors in the rest of the line do not matter
		return nil, exited
	}
	if err == nil {
		c.Settings.MasterKey = config.Secret(os.Getenv(config.MasterKeyEnv))
		c.Settings.OIDCSecret = config.Secret(os.Getenv(config.OIDCSecretEnv))
		err = c.Settings.Check()
	}
	if err != nil {
		fmt.Fprintf(io.err, "%s\n", err)
		return nil, 2
	}
	c.Settings.FindOpencode()
	return func(ctx context.Context) error {
		ctx = tenant.WithOrigin(ctx, tenant.Origin{Name: "operator", Via: "command", Peer: "command"})
		return parsed.Run(call{ctx: ctx, settings: c.Settings, flags: flagsOf(parsed), io: io})
	}, 0
}

// flagsOf returns the names of the flags that were set on the command line.
func flagsOf(parsed *kong.Context) map[string]bool {
	flags := map[string]bool{}
	for _, p := range parsed.Path {
		if p.Flag != nil && !p.Resolved {
			flags[p.Flag.Name] = true
		}
	}
	return flags
}
