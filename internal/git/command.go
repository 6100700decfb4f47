package git

import (
	"context"
	"os/exec"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// command returns the process for c. A command that reads an agent's tree runs in a sandbox that allows only what it needs, because
// a running agent could replace a directory by a link between git's check and its access. On hosts without a sandbox, only git's
// own checks apply.
func (g *Git) command(ctx context.Context, c call) (*exec.Cmd, error) {
	env := g.environ(c.env)
	if !c.sandboxed || !sandbox.Ready() {
		return plain(ctx, g.argv(c), c.dir, env), nil
	}
	return sandbox.Command(ctx, sandbox.Spec{
		Argv: g.argv(c), Dir: c.dir, Env: env, ReadOnly: append([]string{g.opt.Home, g.opt.Bin}, c.reads...), ReadWrite: c.writes,
		DieWithParent: true, AllowUnsandboxed: true, ReadAll: true,
	})
}
