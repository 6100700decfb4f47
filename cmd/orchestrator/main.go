// Command orchestrator is the whole product in one binary: the server with its pages and API, and the operator's commands.
// This package wires the others together and holds no rule of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // people's time zones, also where the host has none

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

func main() {
	// Agents' programs and ssh's connections are started through this same binary: that work is done here and never comes back.
	sandbox.Main()
	git.Main()
	os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run does one command and gives its exit code: 0, 1 when it failed, 2 when it was called wrongly.
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

// sentences are what an operator reads about err: each fault of a form on a line of its own, and the cause, which only operators see.
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
