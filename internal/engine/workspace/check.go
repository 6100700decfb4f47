package workspace

import (
	"context"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// Check runs one check command in the session's tree and sandbox, with sh -c or without a shell.
func (w *Space) Check(ctx context.Context, s session.Session, command string, inShell bool) (r repository.CheckResult) {
	r = repository.CheckResult{Command: command, Attempt: s.Attempt}
	defer func() { r.FinishedAt = time.Now().UTC() }()
	argv, err := repository.Argv(command, inShell)
	if err != nil {
		return notRun(r, err)
	}
	shell, err := w.opt.Rooms.checkShell(s.Tenant, s.ID, s.RepositoryID)
	if err != nil {
		return notRun(r, err)
	}
	got, err := sandbox.Run(ctx, sandbox.RunSpec{Argv: argv, Dir: w.opt.Rooms.tree(s).Dir, Shell: shell,
		Timeout: w.opt.CheckTimeout, AllowUnsandboxed: w.opt.AllowUnsandboxed})
	if err != nil {
		return notRun(r, err)
	}
	r.ExitCode, r.Output, r.Truncated, r.Duration = got.Exit, text.Clean(string(got.Output)), got.Truncated, got.Duration
	r.Verdict = verdict(got)
	return r
}

func notRun(r repository.CheckResult, err error) repository.CheckResult {
	r.Verdict, r.ExitCode, r.Output = repository.NotRun, -1, "The command could not be started: "+text.Clean(err.Error())
	return r
}

func verdict(got sandbox.Result) repository.Verdict {
	switch {
	case got.TimedOut:
		return repository.TimedOut
	case got.Exit == 0:
		return repository.Passed
	}
	return repository.Broken
}
