// Package remote holds the commands that work on a server over its API, with an API token, from any machine. They open no database. A
// command is one small file: a struct with its flags and a Run method, and a field in the struct of its noun.
package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/alecthomas/kong"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

// Exit codes, as docs/cli.md promises them.
const (
	exitOK          = 0
	exitFailed      = 1 // the server refused, or something here failed
	exitUsage       = 2 // the command line is wrong
	exitNotDone     = 3 // session run --wait: the session ended and is not completed; session take --merge --wait: the work is not merged
	exitChecks      = 4 // session run --wait: the session is completed and a check did not pass
	exitNoServer    = 5 // no server answered
	exitNoLogin     = 6 // there is no token, or the server does not accept it
	exitInterrupted = 130
)

// commands is the command line of this package.
type commands struct {
	Address string `env:"ORCHESTRATOR_ADDRESS" placeholder:"URL" help:"The server's URL. The default is that of orchestrator login."`
	JSON    bool   `name:"json" help:"Print what the API returns, as JSON."`

	Login      loginCmd       `cmd:"" help:"Store a server's address and an API token for the commands below. The token is read from standard input."`
	Logout     logoutCmd      `cmd:"" help:"Delete the stored address and token from this machine. The token stays valid: revoke it on the account page."`
	Session    sessionCmds    `cmd:"" help:"Sessions: list, run, follow, answer, take their work, go back."`
	Repo       repoCmds       `cmd:"" help:"Repositories of the team, their forges and merge queues."`
	MergeQueue mergeQueueCmds `cmd:"" help:"Entries of merge queues: hold, release, remove, retry, move."`
	Agent      agentCmds      `cmd:"" help:"Agents of the team's registry: versions, figures, routing."`
	Provider   providerCmds   `cmd:"" help:"Model providers of the team."`
	Team       teamCmds       `cmd:"" help:"The team of the token: limits, people, budget."`
	Completion completionCmd  `cmd:"" help:"Print a completion script for bash, zsh or fish."`
}

// names are the words that this package's command lines begin with.
var names = []string{"login", "logout", "session", "repo", "merge-queue", "agent", "provider", "team", "completion"}

// Owns reports whether a command line belongs to this package.
func Owns(args []string) bool { return len(args) > 0 && slices.Contains(names, args[0]) }

// Streams are the standard streams of a command.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Options are what the commands receive from the program.
type Options struct {
	Streams
	// Getenv reads the environment.
	Getenv func(string) string
	// Dir is the current directory; empty is the process's own.
	Dir string
	// Pause waits before something is read again; nil waits for 2 seconds.
	Pause func(context.Context) error
	// Operator is the model of the operator's commands, for the completion scripts.
	Operator func() *kong.Application
}

// shell is what a command works with.
type shell struct {
	Options
	ctx     context.Context
	address string
	json    bool
	model   *kong.Application
}

// Run executes one command line and returns its exit code.
func Run(ctx context.Context, args []string, o Options) int {
	var c commands
	exited := -1
	parser, err := kong.New(&c, kong.Name("orchestrator"), kong.Writers(o.Out, o.Err), kong.Exit(func(code int) { exited = code }),
		kong.Description("Commands for a server anywhere, over its API. `orchestrator --help` also lists the operator's commands, which work on the host of the server."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(o.Err, err)
		return exitUsage
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 { // kong has printed the help
		return exited
	}
	if err != nil {
		fmt.Fprintf(o.Err, "%s. `orchestrator %s --help` lists the commands and flags.\n", safe(err.Error()), args[0])
		return exitUsage
	}
	if o.Pause == nil {
		o.Pause = pause
	}
	s := &shell{Options: o, ctx: ctx, address: c.Address, json: c.JSON, model: parser.Model}
	return s.exit(parsed.Run(s))
}

// pause waits as long as it makes sense between two requests for the same thing.
func pause(ctx context.Context) error {
	select {
	case <-time.After(2 * time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// exitError is the end of a command whose exit code says more than its text. The text can be empty.
type exitError struct {
	code int
	text string
}

// Error is the text.
func (e exitError) Error() string { return e.text }

// exit prints an error and returns the exit code.
func (s *shell) exit(err error) int {
	var e exitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &e):
		if e.text != "" {
			fmt.Fprintln(s.Err, e.text)
		}
		return e.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	fmt.Fprintln(s.Err, safeLines(err.Error()))
	var p *client.Problem
	switch {
	case errors.As(err, &p) && p.Status == 401:
		return exitNoLogin
	case errors.Is(err, client.ErrUnreachable):
		return exitNoServer
	}
	return exitFailed
}
