package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox/shim"
)

const (
	shellName  = shim.Shell
	shellVar   = "ORCHESTRATOR_SHELL"
	sessionVar = "ORCHESTRATOR_SESSION"
	bash       = "/bin/bash"
)

// Shell is the shell of one session's agent, with the other programs that the agent server starts. Its broker starts them in the inner
// domain.
type Shell struct {
	// Session names the session, Tree is its working tree and Home the private home directory of its programs.
	Session, Tree, Home string
	// Git is the git directory of Tree, if it lies outside of it; Tree/.git is a file then, which no program can change.
	Git string
	// ReadOnly are paths that the programs may also read, such as the objects that the tree borrows.
	ReadOnly []string
	// Proxy is the egress proxy's URL with the session's credential, such as http://user:password@127.0.0.1:4000. Its port is the
	// only one that the programs may connect to; empty means none.
	Proxy string
	// Socket is where the broker listens. Its directory is made, and belongs to the server: the agent server can only read it.
	Socket string
	// Programs are the commands that the agent server can start besides bash, git and rg, by the names that InstallShell was given.
	Programs map[string][]string
	// Env is added to the environment of the shell's programs.
	Env []string
	// Caches are the programs' tool caches. The agent server's sandbox must have them as well.
	Caches Caches
	// UID is the user of its programs, if it differs from the user who starts the shell.
	UID int
	// Limits are the resource limits for each of its programs.
	Limits Limits
	// Group is where the control groups of programs are made that do not run in the agent server's.
	Group Group `json:"-"`
}

// InstallShell creates links to this binary in dir under the names of a shell, git, rg and others, and returns the path of the shell, for
// Environ. There is no link for a git or rg that this host does not have.
func InstallShell(dir string, others ...string) (string, error) {
	exe, err := Self()
	if err != nil {
		return "", fmt.Errorf("find this binary: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("create the directory for the shell: %w", err)
	}
	for _, name := range append(slices.Clone(shim.Names), others...) {
		path := filepath.Join(dir, name)
		if _, err := exec.LookPath(name); err != nil && !strings.HasPrefix(name, shim.Prefix) {
			_ = os.Remove(path) // it may not exist
			continue
		}
		fresh := path + ".new"
		_ = os.Remove(fresh)
		if err := os.Symlink(exe, fresh); err != nil {
			return "", fmt.Errorf("link the shell: %w", err)
		}
		if err := os.Rename(fresh, path); err != nil {
			return "", fmt.Errorf("link the shell: %w", err)
		}
	}
	return filepath.Join(dir, shellName), nil
}

// Environ returns the environment variables that an agent server needs so that the shell at path (from InstallShell) works, and the
// programs beside it are the first in PATH.
func (s Shell) Environ(path string) ([]string, error) {
	own, err := s.variable()
	if err != nil {
		return nil, err
	}
	return []string{"SHELL=" + path, own, "PATH=" + filepath.Dir(path) + string(filepath.ListSeparator) + os.Getenv("PATH")}, nil
}

// program returns the command that a name stands for, or nil.
func (s Shell) program(name string) []string {
	switch name {
	case shellName:
		return []string{bash}
	case "git", "rg":
		return []string{name}
	}
	return s.Programs[name]
}

// domain returns the inner domain for a program in dir, which must be in the working tree, with what it may know of an environment.
func (s Shell) domain(dir string, env []string) (Spec, error) {
	tree, err := filepath.EvalSymlinks(s.Tree)
	if err != nil {
		return Spec{}, fmt.Errorf("find the working tree: %w", err)
	}
	below, err := filepath.Rel(tree, dir)
	if err != nil {
		return Spec{}, err
	}
	if !filepath.IsLocal(below) {
		return Spec{}, fmt.Errorf("%s is not in the session's working tree", dir)
	}
	return Spec{
		Dir: dir, Env: s.environ(env), ReadOnly: s.ReadOnly, ReadWrite: s.ReadWrite(), Pinned: s.Pinned(), Proxy: s.Proxy, UID: s.UID, Limits: s.Limits, Session: s.Session, Group: s.Group,
		Caches: s.Caches,
	}, nil
}

// ReadWrite are the paths that the shell's programs may change.
func (s Shell) ReadWrite() []string {
	if s.Git == "" {
		return []string{s.Tree, s.Home}
	}
	return []string{s.Tree, s.Home, s.Git}
}

// Pinned are the files in them that they may not change.
func (s Shell) Pinned() []string {
	if s.Git == "" {
		return nil
	}
	return []string{filepath.Join(s.Tree, ".git")}
}

// MakeHome creates the home directory of a session's programs for its user. The directory above belongs to the server.
func (s Shell) MakeHome() error {
	if err := os.MkdirAll(filepath.Join(s.Home, "tmp"), 0o700); err != nil {
		return fmt.Errorf("make the session's home: %w", err)
	}
	if Owns(s.Home, s.UID) {
		return nil
	}
	return Own(s.Home, s.UID)
}

// asked are the variables that the agent server may set for one program; passed are those that come from the server's environment.
var (
	asked  = []string{"LANG", "LANGUAGE", "TERM", "TZ", "COLUMNS", "LINES", "NO_COLOR", "CI"}
	passed = append([]string{"USER", "LOGNAME", markerVar}, asked...)
)

func isAsked(name string) bool { return slices.Contains(asked, name) || strings.HasPrefix(name, "LC_") }

// environ keeps only variables that a shell needs, so that no secret is passed on, whatever its name.
func (s Shell) environ(of []string) []string {
	env := []string{}
	for _, e := range of {
		name, value, _ := strings.Cut(e, "=")
		switch {
		case name == "PATH":
			env = append(env, "PATH="+withoutShell(value, of))
		case slices.Contains(passed, name) || isAsked(name):
			env = append(env, e)
		}
	}
	env = append(env, "HOME="+s.Home, "TMPDIR="+filepath.Join(s.Home, "tmp"), "SHELL="+bash, "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_NOSYSTEM=1", sessionVar+"="+s.Session)
	env = append(env, s.Caches.environ()...)
	return append(env, s.Env...)
}

// withoutShell removes the directory of the agent server's shell and git from a PATH: the shell's own programs use the real git.
func withoutShell(path string, env []string) string {
	own := ""
	for _, e := range env {
		if shell, ok := strings.CutPrefix(e, "SHELL="); ok {
			own = shell
		}
	}
	if filepath.Base(own) != shellName {
		return path
	}
	dirs := slices.DeleteFunc(filepath.SplitList(path), func(dir string) bool { return dir == filepath.Dir(own) })
	return strings.Join(dirs, string(filepath.ListSeparator))
}
