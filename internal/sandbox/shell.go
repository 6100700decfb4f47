package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	// shellName is not the name of a shell that OpenCode knows, so that OpenCode runs it simply as `-c command`.
	shellName  = "orc-shell"
	gitName    = "git"
	shellVar   = "ORCHESTRATOR_SHELL"
	sessionVar = "ORCHESTRATOR_SESSION"
	bash       = "/bin/bash"
)

// Shell is the shell of one session's agent. The agent server starts it instead of bash, and it enters the inner domain before it executes
// bash.
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
	// Env is added to the environment of the shell's programs.
	Env []string
	// Caches are the programs' tool caches. Every sandbox around the shell must have them as well.
	Caches Caches
	// UID is the user of its programs, if it differs from the user who starts the shell.
	UID int
	// Limits are the resource limits for each of its programs.
	Limits Limits
	// Group is where the control groups of programs are made that do not run in the agent server's.
	Group Group `json:"-"`
}

// InstallShell creates dir/orc-shell and dir/git as links to this binary and returns the path of the first, for Environ.
func InstallShell(dir string) (string, error) {
	exe, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this binary: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("create the directory for the shell: %w", err)
	}
	for _, name := range []string{shellName, gitName} {
		path := filepath.Join(dir, name)
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

// Environ returns the environment variables that an agent server needs so that the shell at path (from InstallShell) works, and the git
// beside it is the first in PATH.
func (s Shell) Environ(path string) ([]string, error) {
	if s.Caches.Own != "" {
		s.Caches = Caches{Own: CachesPath} // the agent server has mounted them
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return []string{"SHELL=" + path, shellVar + "=" + string(text), "PATH=" + filepath.Dir(path) + string(filepath.ListSeparator) + os.Getenv("PATH")}, nil
}

// domain returns the inner domain for a program in dir, which must be in the working tree.
func (s Shell) domain(dir string) (Spec, error) {
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
		Dir: dir, Env: s.environ(), ReadOnly: s.ReadOnly, ReadWrite: s.ReadWrite(), Pinned: s.Pinned(), Proxy: s.Proxy, UID: s.UID, Limits: s.Limits, Session: s.Session, Group: s.Group,
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

var passed = []string{"LANG", "LANGUAGE", "TERM", "TZ", "USER", "LOGNAME", "COLUMNS", "LINES", "NO_COLOR", "CI", markerVar}

// environ keeps only variables that a shell needs, so that no secret is passed on, whatever its name.
func (s Shell) environ() []string {
	env := []string{}
	for _, e := range os.Environ() {
		name, value, _ := strings.Cut(e, "=")
		switch {
		case name == "PATH":
			env = append(env, "PATH="+withoutShell(value))
		case slices.Contains(passed, name) || strings.HasPrefix(name, "LC_"):
			env = append(env, e)
		}
	}
	env = append(env, "HOME="+s.Home, "TMPDIR="+filepath.Join(s.Home, "tmp"), "SHELL="+bash, "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_NOSYSTEM=1", sessionVar+"="+s.Session)
	env = append(env, s.Caches.environ()...)
	return append(env, s.Env...)
}

// withoutShell removes the directory of the agent server's shell and git from a PATH: the shell's own programs use the real git.
func withoutShell(path string) string {
	own := os.Getenv("SHELL")
	if filepath.Base(own) != shellName {
		return path
	}
	dirs := slices.DeleteFunc(filepath.SplitList(path), func(dir string) bool { return dir == filepath.Dir(own) })
	return strings.Join(dirs, string(filepath.ListSeparator))
}
