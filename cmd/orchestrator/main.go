// Command orchestrator is the whole product in one binary: the server with its pages and API, and the operator's commands.
// This package only connects the other packages; it contains no rules of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // users' time zones, also on hosts without a time zone database

	"github.com/industrial-orchestrator/orchestrator/cmd/orchestrator/remote"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

func main() {
	// This binary is also the launcher of agents' programs and the connection helper of ssh. In these roles the calls do not return.
	sandbox.Main()
	git.Main()
	os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// streams are the standard streams of a command.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run executes one command and returns its exit code: 0 for success, 1 for a failure, 2 for a wrong command line.
func run(args []string, io streams) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if remote.Owns(args) {
		return remote.Run(ctx, args, remote.Options{Streams: remote.Streams{In: io.in, Out: io.out, Err: io.err}, Getenv: os.Getenv, Operator: operatorModel})
	}
	command, code := parse(args, io)
	if command == nil {
		return code
	}
	if err := command(ctx); err != nil {
		for _, line := range sentences(err) {
			fmt.Fprintln(io.err, line)
		}
		return 1
	}
	return 0
}

// sentences returns the lines that an operator reads about err: one line per field for validation errors, else the message
// with its cause, which only operators see, unless it is SQL.
func sentences(err error) []string {
	var fields fault.Fields
	if errors.As(err, &fields) {
		lines := make([]string, len(fields))
		for i, f := range fields {
			lines[i] = f.Message
		}
		return lines
	}
	var f *fault.Error
	switch isFault := errors.As(err, &f); {
	case isFault && f.Unwrap() != nil && !dbkernel.Rejected(f.Unwrap()):
		return []string{err.Error() + " (" + f.Unwrap().Error() + ")"}
	case !isFault && dbkernel.Rejected(err):
		return []string{"The database rejected what this command wrote. Check that the database belongs to this version: run `orchestrator migrate`."}
	}
	return []string{err.Error()}
}
