package git

import (
	"context"
	"os/exec"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// command makes the process of c. What looks at an agent's tree is held to what it has to read: a running agent could
// swap a directory for a link between git's look and git's step. Where the host has no sandbox, git's own checks remain.
func (g *Git) command(ctx context.Context, c call) (*exec.Cmd, error) {
	env := g.environ(c.env)
	if !c.held || !sandbox.Ready() {
		return plain(ctx, g.argv(c), c.dir, env), nil
	}
	return sandbox.Command(ctx, sandbox.Spec{
		Argv: g.argv(c), Dir: c.dir, Env: env, ReadOnly: append([]string{g.opt.Home, g.opt.Bin}, c.reads...), ReadWrite: c.writes,
		DieWithParent: true, AllowUnsandboxed: true, ReadAll: true,
	})
}
