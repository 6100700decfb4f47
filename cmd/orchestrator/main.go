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
// with its cause, which only operators see.
func sentences(err error) []string {
	var fields fault.Fields
	if errors.As(err, &fields) {
		lines := make([]string, len(fields))
		for i, f := range fields {
			lines[i] = f.Message
		}
		return lines
	}
	line := err.Error()
	var f *fault.Error
	if errors.As(err, &f) && f.Unwrap() != nil {
		line += " (" + f.Unwrap().Error() + ")"
	}
	return []string{line}
}
