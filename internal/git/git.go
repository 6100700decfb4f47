// Package git is the server's own git: bare clones of registered repositories, the trees agents work in, and their
// changes. It never runs in a directory an agent can write as if it were the server's: it brings its own git
// directory, index and settings, and reads such trees from inside a sandbox.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options are the operator's choices.
type Options struct {
	// Bin is git's path; empty looks it up.
	Bin string
	// Home is a directory of the server's own for git's home: its settings.
	Home string
	// Timeout bounds a local command, TransferTimeout a clone or fetch; zero is two minutes and one hour.
	Timeout, TransferTimeout time.Duration
	// Way makes a way to a host for one command; nil leaves connecting to git and ssh.
	Way func(host string, port uint16) Way
	// LargeFile and LargePatch are the sizes from which a file or a patch is named rather than shown; zero is 5 and 64 MiB.
	LargeFile, LargePatch int64
}

// Git runs git commands. It is safe for concurrent use.
type Git struct {
	opt   Options
	locks sync.Map // git directory → *sync.Mutex: refs and an index have one writer
}

// New finds git and prepares its home.
func New(o Options) (*Git, error) {
	if o.Bin == "" {
		bin, err := exec.LookPath("git")
		if err != nil {
			return nil, fmt.Errorf("find git: %w", err)
		}
		o.Bin = bin
	}
	if !filepath.IsAbs(o.Home) {
		return nil, errors.New("git's home has to be an absolute path")
	}
	o.Timeout, o.TransferTimeout = orElse(o.Timeout, 2*time.Minute), orElse(o.TransferTimeout, time.Hour)
	o.LargeFile, o.LargePatch = orElse(o.LargeFile, 5<<20), orElse(o.LargePatch, 64<<20)
	if err := os.MkdirAll(o.Home, 0o700); err != nil {
		return nil, fmt.Errorf("make git's home: %w", err)
	}
	// Every repository git is shown is ours or one the operator allowed; its owner may be another user.
	if err := os.WriteFile(filepath.Join(o.Home, "gitconfig"), []byte("[safe]\n\tdirectory = *\n"), 0o600); err != nil {
		return nil, fmt.Errorf("write git's settings: %w", err)
	}
	return &Git{opt: o}, nil
}

func orElse[T comparable](v, instead T) T {
	var none T
	if v == none {
		return instead
	}
	return v
}

// lock waits for the only writer's place in a git directory and gives what frees it.
func (g *Git) lock(dir string) func() {
	mu, _ := g.locks.LoadOrStore(filepath.Clean(dir), &sync.Mutex{})
	mu.(*sync.Mutex).Lock()
	return mu.(*sync.Mutex).Unlock
}

// Error is a git command that failed. Text is what git said, without secrets.
type Error struct {
	Op, Text string
	Exit     int
}

func (e *Error) Error() string { return fmt.Sprintf("git %s: %s", e.Op, e.Text) }

// call is one git command.
type call struct {
	args    []string
	dir     string
	env     []string
	stdin   io.Reader
	stdout  io.Writer // nil keeps the output
	stderr  io.Writer // sees progress as it comes
	secrets []string
	timeout time.Duration
	// reads and writes are set for commands that look at an agent's tree: they run held.
	reads, writes []string
	held          bool
}

const maxOutput = 256 << 20

// settings hold whatever a repository says otherwise.
var settings = []string{
	"core.fsmonitor=false", "core.hooksPath=/dev/null", "core.attributesFile=/dev/null", "core.excludesFile=/dev/null",
	"core.untrackedCache=false", "core.quotePath=false", "core.safecrlf=false", "core.autocrlf=false", "core.fileMode=true",
	"core.symlinks=true", "core.precomposeUnicode=false", "core.pager=cat", "credential.helper=", "diff.external=", "submodule.recurse=false",
	"fetch.recurseSubmodules=false", "gc.auto=0", "maintenance.auto=false", "http.followRedirects=false",
	"protocol.version=2", "advice.detachedHead=false", "transfer.bundleURI=false", "core.looseCompression=1", "commit.gpgSign=false",
}

func (g *Git) environ(extra []string) []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + g.opt.Home, "XDG_CONFIG_HOME=" + g.opt.Home, "LC_ALL=C.UTF-8", "TMPDIR=" + os.TempDir(),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_ATTR_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + filepath.Join(g.opt.Home, "gitconfig"),
		"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_REPLACE_OBJECTS=1",
		"GIT_PROTOCOL_FROM_USER=0", "GIT_ALLOW_PROTOCOL=none", "GIT_LITERAL_PATHSPECS=1", "GIT_PAGER=cat", "GIT_EDITOR=false",
	}
	return append(env, extra...)
}

// run runs one command and gives its output, also that of a command that failed. The end of ctx ends git and all it started.
func (g *Git) run(ctx context.Context, c call) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, orElse(c.timeout, g.opt.Timeout))
	defer cancel()
	cmd, err := g.command(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("git %s: %w", c.op(), err)
	}
	var out limited
	var said tail
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.stdin, &out, &said
	if c.stdout != nil {
		cmd.Stdout = c.stdout
	}
	if c.stderr != nil {
		cmd.Stderr = io.MultiWriter(&said, c.stderr)
	}
	err = cmd.Run()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("git %s: %w", c.op(), context.Cause(ctx))
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return out.Bytes(), &Error{Op: c.op(), Text: c.redact(said.words()), Exit: exit.ExitCode()}
	}
	if err != nil {
		return nil, fmt.Errorf("git %s: %w", c.op(), err)
	}
	return out.Bytes(), nil
}

// op is the command's name, the first argument that is no option.
func (c call) op() string {
	for _, a := range c.args {
		if !strings.HasPrefix(a, "-") {
			return a
		}
	}
	return ""
}

func (c call) redact(s string) string {
	for _, secret := range c.secrets {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "***")
		}
	}
	return s
}

func (g *Git) argv(c call) []string {
	argv := []string{g.opt.Bin}
	for _, s := range settings {
		argv = append(argv, "-c", s)
	}
	return append(argv, c.args...)
}

// plain is a command as leader of its own process group.
func plain(ctx context.Context, argv []string, dir string, env []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, env, 5*time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

// limited keeps an output that stays within reason.
type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxOutput {
		return 0, fmt.Errorf("the output is larger than %d MiB", maxOutput>>20)
	}
	return l.Buffer.Write(p)
}

// tail keeps the end of what git says to people.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	if n := len(t.text) - 8<<10; n > 0 {
		t.text = t.text[n:]
	}
	return len(p), nil
}

// words are git's reasons, or the last it said.
func (t *tail) words() string {
	var reasons []string
	last := "it gave no reason"
	for line := range strings.FieldsFuncSeq(strings.ToValidUTF8(string(t.text), "�"), func(c rune) bool { return c == '\n' || c == '\r' }) {
		last = line
		if _, denied, ok := strings.Cut(line, ": Permission denied ("); ok { // ssh's, before git's that it cannot read
			reasons = append(reasons, "permission denied ("+denied)
		}
		for _, sign := range []string{"fatal: ", "error: ", "ssh: ", "remote: "} {
			if after, ok := strings.CutPrefix(line, sign); ok {
				reasons = append(reasons, after)
			}
		}
	}
	if len(reasons) == 0 {
		return last
	}
	return strings.Join(reasons, "; ")
}
