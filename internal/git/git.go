// Package git runs the server's own git commands: for the bare clones of registered repositories, the working trees of agents, and
// their changes. It never trusts a directory that an agent can write to: it uses its own git directory, index and settings, and
// reads such trees in a sandbox.
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

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Options are the settings of Git.
type Options struct {
	// Bin is the path of git; if it is empty, PATH is searched.
	Bin string
	// Home is a directory for git's settings that belongs to the server.
	Home string
	// Timeout is the limit for a local command (default 2 minutes), TransferTimeout for a clone or fetch (default 1 hour).
	Timeout, TransferTimeout time.Duration
	// Way returns access to a host for one command. If it is nil, git and ssh connect directly.
	Way func(host string, port uint16) Way
	// LargeFile and LargePatch are the sizes above which a file or a patch is only listed, not shown (default 5 and 64 MiB).
	LargeFile, LargePatch int64
	// CheckpointFile is the size above which a file is not part of a checkpoint (default 100 MiB).
	CheckpointFile int64
	// CheckoutTimeout is the limit for reading and writing a whole tree (default 10 minutes).
	CheckoutTimeout time.Duration
	// CAFile has certificates of authorities that https connections accept in addition to the host's; empty for none.
	CAFile string
	// User is the system user of git if the server runs as root; 0 means the server's own user.
	User int
	// Memory limits the memory that one git process writes to, in bytes (default 2 GiB).
	Memory int64
	// TreeFiles and TreeBytes limit the files of a commit that becomes a working tree (default 1,000,000 and 20 GiB).
	TreeFiles, TreeBytes int64
}

// Git runs git commands. It is safe for concurrent use.
type Git struct {
	opt   Options
	locks sync.Map // git directory → *sync.Mutex, because refs and an index must have only one writer
	// shallow has the bare clones whose last fetch left out branches of a shallow source; measured has the last commit of each one.
	shallow, measured sync.Map
}

// New finds git and prepares its home directory.
func New(o Options) (*Git, error) {
	if o.Bin == "" {
		bin, err := exec.LookPath("git")
		if err != nil {
			return nil, fmt.Errorf("find git: %w", err)
		}
		o.Bin = bin
	}
	if !filepath.IsAbs(o.Home) {
		return nil, errors.New("git's home must be an absolute path")
	}
	o.Timeout, o.TransferTimeout = orElse(o.Timeout, 2*time.Minute), orElse(o.TransferTimeout, time.Hour)
	o.CheckoutTimeout = orElse(o.CheckoutTimeout, 10*time.Minute)
	o.Memory = orElse(o.Memory, 2<<30)
	o.TreeFiles, o.TreeBytes = orElse(o.TreeFiles, 1_000_000), orElse(o.TreeBytes, 20<<30)
	o.CheckpointFile = orElse(o.CheckpointFile, 100<<20)
	o.LargeFile, o.LargePatch = orElse(o.LargeFile, session.LargeFile), orElse(o.LargePatch, session.LargePatch)
	if err := os.MkdirAll(o.Home, 0o755); err != nil {
		return nil, fmt.Errorf("create git's home: %w", err)
	}
	// Every repository that git reads belongs to the server or was allowed by the operator, but its owner may be a different user.
	if err := os.WriteFile(filepath.Join(o.Home, "gitconfig"), []byte("[safe]\n\tdirectory = *\n"), 0o644); err != nil {
		return nil, fmt.Errorf("write git's settings: %w", err)
	}
	for name, mode := range map[string]os.FileMode{"": 0o755, "gitconfig": 0o644} { // git's user reads them, and they have no secrets
		if err := os.Chmod(filepath.Join(o.Home, name), mode); err != nil {
			return nil, fmt.Errorf("write git's settings: %w", err)
		}
	}
	g := &Git{opt: o}
	return g, g.writeAuthorities()
}

func orElse[T comparable](v, instead T) T {
	var none T
	if v == none {
		return instead
	}
	return v
}

// lock locks a git directory for writing and returns the function that unlocks it.
func (g *Git) lock(dir string) func() {
	mu, _ := g.locks.LoadOrStore(filepath.Clean(dir), &sync.Mutex{})
	mu.(*sync.Mutex).Lock()
	return mu.(*sync.Mutex).Unlock
}

// Error is a failed git command. Text is git's message, without secrets.
type Error struct {
	Op, Text string
	Exit     int
}

func (e *Error) Error() string { return fmt.Sprintf("git %s: %s", e.Op, e.Text) }

// call is one git command.
type call struct {
	args    []string
	config  []string // settings in addition to those of every command
	dir     string
	env     []string
	stdin   io.Reader
	stdout  io.Writer // nil collects the output
	stderr  io.Writer // receives progress immediately
	secrets []string
	timeout time.Duration
	// reads and writes are the directories that the command can reach in addition to its git directory, which it can read.
	reads, writes []string
	// borrows are directories of the server whose objects the git directory uses.
	borrows []string
	// readAll lets it read files of other users in them.
	readAll bool
	// theirs is a person's repository, which the command writes to as the user uid and the group gid; empty for every other command.
	theirs   string
	uid, gid int
	// network lets it connect to proxy, or anywhere if there is none.
	network bool
	proxy   string
	// memory is a limit below that of every command; 0 is none.
	memory int64
}

const maxOutput = 256 << 20

// settings override the configuration of a repository.
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
	return append(append(env, g.trusts()...), extra...)
}

// run executes one command and returns its output, even if it fails. When ctx ends, git and all its child processes are killed.
func (g *Git) run(ctx context.Context, c call) ([]byte, error) {
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, orElse(c.timeout, g.opt.Timeout))
	defer cancel()
	cmd, err := g.command(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("git %s: %w", c.op(), err)
	}
	var out limited
	var output tail
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.stdin, &out, &output
	if c.stdout != nil {
		cmd.Stdout = c.stdout
	}
	if c.stderr != nil {
		cmd.Stderr = io.MultiWriter(&output, c.stderr)
	}
	err = cmd.Run()
	if caller.Err() != nil {
		return nil, fmt.Errorf("git %s: %w", c.op(), context.Cause(caller))
	}
	if ctx.Err() != nil {
		return nil, g.tooSlow(c)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		failed := &Error{Op: c.op(), Text: c.redact(output.message()), Exit: exit.ExitCode()}
		if w, ok := exit.Sys().(syscall.WaitStatus); ok && w.Signaled() { // as the sandbox and shells report it
			failed.Exit = 128 + int(w.Signal())
		}
		if err := g.exceeded(c, failed); err != nil {
			return nil, err
		}
		return out.Bytes(), failed
	}
	if err != nil {
		return nil, fmt.Errorf("git %s: %w", c.op(), err)
	}
	return out.Bytes(), nil
}

// op returns the command's name: the first argument that is not an option.
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
	for _, s := range append(settings[:len(settings):len(settings)], c.config...) {
		argv = append(argv, "-c", s)
	}
	return append(argv, c.args...)
}

// plain returns a command that leads its own process group.
func plain(ctx context.Context, argv []string, dir string, env []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, env, 5*time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

// limited collects an output of limited size.
type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxOutput {
		return 0, fmt.Errorf("the output is larger than %d MiB", maxOutput>>20)
	}
	return l.Buffer.Write(p)
}

// tail collects the end of git's messages.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if n := len(t.kept) - 8<<10; n > 0 {
		t.kept = t.kept[n:]
	}
	return len(p), nil
}

// maxMessage is the maximum length of an error message. Git's can contain a path of any length.
const maxMessage = 1000

// message returns git's error messages, or its last line.
func (t *tail) message() string {
	var reasons []string
	last := "no error message"
	for line := range strings.FieldsFuncSeq(strings.ToValidUTF8(string(t.kept), "�"), func(c rune) bool { return c == '\n' || c == '\r' }) {
		last = line
		if _, denied, ok := strings.Cut(line, ": Permission denied ("); ok { // ssh's message, which precedes git's
			reasons = append(reasons, "permission denied ("+denied)
		}
		for _, sign := range []string{"fatal: ", "error: ", "ssh: ", "remote: "} {
			if after, ok := strings.CutPrefix(line, sign); ok {
				reasons = append(reasons, after)
			}
		}
	}
	if len(reasons) > 0 {
		last = strings.Join(reasons, "; ")
	}
	return text.Brief(last, maxMessage)
}
