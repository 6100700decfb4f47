package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/alecthomas/kong"

	"github.com/industrial-orchestrator/orchestrator/internal/config"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// cli is the command line: the settings, which every command takes, and the commands.
type cli struct {
	config.Settings `embed:""`

	Serve   serveCmd   `cmd:"" action:"public" default:"withargs" help:"Serve the pages, the API and the agents."`
	Migrate migrateCmd `cmd:"" action:"admin" help:"Bring a database to this version's schema; for PostgreSQL, as its owner."`
	Config  configCmd  `cmd:"" action:"public" help:"Print every setting with its value and where it comes from."`
	Version versionCmd `cmd:"" action:"public" help:"Print the version."`

	Doctor struct {
		Host      doctorCmd    `cmd:"" action:"public" default:"withargs" help:"Say what this host can protect against, and what is missing."`
		Isolation isolationCmd `cmd:"" action:"admin" help:"Ask a running server for everything of one throw-away team as another, and say what leaks."`
	} `cmd:"" help:"Checks of this host and of a running server."`

	User struct {
		Create     userCmd           `cmd:"" action:"admin" help:"Make a person who can sign in."`
		Deactivate userDeactivateCmd `cmd:"" action:"admin" help:"Take a person every right; logins end, API tokens stop."`
		Activate   userActivateCmd   `cmd:"" action:"admin" help:"Give a deactivated person the rights back."`
		SignIn     userSignInCmd     `cmd:"" action:"admin" help:"Print a link that signs a person in once, whatever the identity provider does."`
		Reset      userResetCmd      `cmd:"" action:"admin" help:"End a person's password and logins and print a link that sets a new one, once. Second factors stay on."`
		Factors    struct {
			Clear userFactorsClearCmd `cmd:"" action:"admin" help:"Remove a person's authenticator app, passkeys and recovery codes, for lost phones; logins end, the password stays."`
		} `cmd:"" help:"What people sign in with beside the password."`
		Erase userEraseCmd `cmd:"" action:"admin" help:"Forget who a person is: a pseudonym stands for them in all that stays, audit logs included. There is no way back."`
	} `cmd:"" help:"People."`
	Tenant struct {
		Create tenantCmd `cmd:"" action:"admin" help:"Make a team."`
		Quota  quotaCmd  `cmd:"" action:"admin" help:"Set how much a team may run and use, and print how its month stands."`
	} `cmd:"" help:"Teams."`
	Member struct {
		Add    memberCmd       `cmd:"" action:"admin" help:"Give a person a role in a team."`
		Remove memberRemoveCmd `cmd:"" action:"admin" help:"Take a person out of a team."`
	} `cmd:"" help:"Memberships."`
	Budget struct {
		List   budgetListCmd   `cmd:"" action:"admin" help:"List the requests of teams for higher monthly limits."`
		Grant  budgetGrantCmd  `cmd:"" action:"admin" help:"Raise a team's monthly limits as it asks."`
		Refuse budgetRefuseCmd `cmd:"" action:"admin" help:"Answer a request with no."`
	} `cmd:"" help:"Requests for more budget."`
	Token struct {
		Create tokenCmd `cmd:"" action:"create_tokens" help:"Make an API token of a person in a team and print it, this once."`
	} `cmd:"" help:"API tokens."`

	Audit struct {
		Verify auditCmd `cmd:"" action:"admin" help:"Hold the audit logs against their seals and say what was removed, moved, changed or cut off."`
	} `cmd:"" help:"Audit logs."`

	Texts struct {
		Export textsExportCmd `cmd:"" action:"public" help:"Write the default wordings of e-mails and the sign-in notice into a directory, to begin with."`
	} `cmd:"" help:"What an operator may word."`

	Key keyCmds `cmd:"" help:"The master keys that seal secrets."`

	Scriptmodel scriptmodelCmd `cmd:"" action:"public" hidden:"" help:"Serve a model that plays scripts."`
}

// call is what a command gets: the settings after Check, which of them were flags, and where to read and write.
type call struct {
	ctx      context.Context
	settings config.Settings
	flags    map[string]bool
	io       streams
}

// parse reads the command line. A nil command means that there is nothing to do but to exit with code.
func parse(args []string, io streams) (command func(context.Context) error, code int) {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("orchestrator"), kong.Writers(io.out, io.err), kong.Exit(func(code int) { exited = code }),
		kong.Description("The Industrial Orchestrator: a control plane that teams host themselves to run coding agents on their repositories."),
		kong.Vars{"max_concurrent": strconv.Itoa(tenant.DefaultMaxConcurrentSessions)},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(io.err, err)
		return nil, 2
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 { // --help printed itself; what kong says about the rest of the line does not matter
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

// flagsOf names the flags that were given on the command line.
func flagsOf(parsed *kong.Context) map[string]bool {
	given := map[string]bool{}
	for _, p := range parsed.Path {
		if p.Flag != nil && !p.Resolved {
			given[p.Flag.Name] = true
		}
	}
	return given
}
