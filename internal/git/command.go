package git

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// command returns the process for c. Every command runs in a sandbox of its own, because git reads what strangers wrote: it can reach only
// the directories of the call, as the user of git, with limits of memory, file size and time. Without a network it has none. Commands
// that are not started by the server's own binary run without a sandbox.
func (g *Git) command(ctx context.Context, c call) (*exec.Cmd, error) {
	env := g.environ(c.env)
	if !sandbox.Ready() {
		return c.asOwner(plain(ctx, g.argv(c), c.dir, env)), nil
	}
	for _, dir := range append(c.ours(), c.writes...) { // an earlier server can have had another user
		if err := sandbox.Hand(dir, g.opt.User); err != nil {
			return nil, err
		}
	}
	spec := sandbox.Spec{
		Argv: g.argv(c), Dir: orElse(c.dir, g.opt.Home), Env: env, ReadOnly: append(append([]string{g.opt.Home, g.opt.Bin}, c.reads...), c.ours()...), ReadWrite: c.writes,
		UID: g.opt.User, ReadAll: c.readAll, Named: c.network, Limits: sandbox.Limits{Memory: orElse(c.memory, g.opt.Memory), FileSize: g.opt.TreeBytes},
		DieWithParent: true, AllowUnsandboxed: true,
	}
	if c.theirs != "" {
		spec.ReadWrite, spec.UID, spec.GID = append(spec.ReadWrite, c.theirs), c.uid, c.gid
	}
	if c.network {
		var err error
		if spec.ConnectTCP, err = proxyPort(c.proxy); err != nil {
			return nil, err
		}
		spec.OpenEgress = c.proxy == ""
	}
	return sandbox.Command(ctx, spec)
}

// asOwner lets a command without a sandbox run as the owner of a person's repository.
func (c call) asOwner(cmd *exec.Cmd) *exec.Cmd {
	if c.theirs != "" && c.uid != os.Geteuid() {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(c.uid), Gid: uint32(c.gid)}
	}
	return cmd
}

// ours are the directories of the server that a command only reads: its git directory, unless it writes there, and those it borrows from.
func (c call) ours() []string {
	dirs := c.borrows
	for _, a := range c.args {
		if dir, ok := strings.CutPrefix(a, "--git-dir="); ok && c.theirs == "" && !slices.Contains(c.writes, dir) {
			dirs = append(dirs[:len(dirs):len(dirs)], dir)
		}
	}
	return dirs
}

// proxyPort returns the port of a proxy's URL; an empty URL has none.
func proxyPort(proxy string) ([]uint16, error) {
	if proxy == "" {
		return nil, nil
	}
	u, err := url.Parse(proxy)
	if err != nil {
		return nil, fmt.Errorf("the proxy's URL is invalid") // without the URL, which contains a secret
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		return nil, fmt.Errorf("the proxy's URL has no port")
	}
	return []uint16{uint16(port)}, nil
}

// give hands files that the server itself wrote to the user of git.
func (g *Git) give(dir string) error {
	if g.opt.User == 0 {
		return nil
	}
	return sandbox.Own(dir, g.opt.User)
}

// exceeded returns the fault of a command that a limit has ended, or nil.
func (g *Git) exceeded(c call, failed *Error) error {
	switch {
	case strings.Contains(failed.Text, "ut of memory"), strings.Contains(failed.Text, "unable to create thread"):
		return fault.New(fault.Exhausted, "git %s was stopped, because it needed more than %s of memory.", c.op(), quota.Bytes(g.opt.Memory)).Because(failed)
	case failed.Exit == 128+25 || strings.Contains(failed.Text, "File too large"): // SIGXFSZ
		return fault.New(fault.Exhausted, "git %s was stopped, because it wrote a file larger than %s.", c.op(), quota.Bytes(g.opt.TreeBytes)).Because(failed)
	case failed.Exit > 129: // 129 is a wrong argument
		return fault.New(fault.Unavailable, "git %s was ended by signal %d. The repository may be damaged, or too deeply nested.", c.op(), failed.Exit-128).Because(failed)
	}
	return nil
}

// tooSlow is the fault of a command that reached its own time limit.
func (g *Git) tooSlow(c call) error {
	return fault.New(fault.Exhausted, "git %s was stopped, because it did not end within %s.", c.op(), text.Duration(orElse(c.timeout, g.opt.Timeout)))
}
