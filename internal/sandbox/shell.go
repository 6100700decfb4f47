package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	// shellName is not the name of a shell that OpenCode knows, so that OpenCode runs it simply as `-c command`.
	shellName  = "orc-shell"
	shellVar   = "ORCHESTRATOR_SHELL"
	sessionVar = "ORCHESTRATOR_SESSION"
	bash       = "/bin/bash"
)

// Shell is the agents' shell. The agent server starts it instead of bash, and it enters the inner domain before it executes bash.
type Shell struct {
	// Work contains one directory per session. The working directory of the shell determines its session.
	Work string
	// ReadOnly are the operator's paths that every session may read, such as tool chains.
	ReadOnly []string
	// Env is added to the environment of the shell's programs.
	Env []string
	// UID is the user of its programs, if it differs from the user who starts the shell.
	UID int
	// Limits are the resource limits for each of its programs.
	Limits Limits
}

// InstallShell creates dir/orc-shell as a link to this binary and returns its path, for SHELL in the agent server's environment.
func InstallShell(dir string) (string, error) {
	exe, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this binary: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("create the directory for the shell: %w", err)
	}
	path := filepath.Join(dir, shellName)
	fresh := path + ".new"
	_ = os.Remove(fresh)
	if err := os.Symlink(exe, fresh); err != nil {
		return "", fmt.Errorf("link the shell: %w", err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return "", fmt.Errorf("link the shell: %w", err)
	}
	return path, nil
}

// Environ returns the environment variables that an agent server needs so that the shell at path (from InstallShell) works.
func (s Shell) Environ(path string) ([]string, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return []string{"SHELL=" + path, shellVar + "=" + string(text)}, nil
}

// HomeOf returns the private home directory of a session. It is next to the working tree, so that caches are neither in the diff nor shared.
func HomeOf(work, session string) string { return filepath.Join(work, session+homeEnd) }

const (
	homeEnd  = ".home"
	grantEnd = ".reads"
)

// Grants are additional permissions of one session's shell.
type Grants struct {
	// ReadOnly are paths that it may read, such as the objects that its clone borrows.
	ReadOnly []string
	// Proxy is the egress proxy's URL with the session's credential, such as http://user:password@127.0.0.1:4000. Its port is the
	// only one that the shell may connect to; empty means none.
	Proxy string
}

// Grant replaces the grants of a session's shell. They are stored next to the working tree, where the shell cannot write.
func Grant(work, session string, g Grants) error {
	text, err := json.Marshal(g)
	if err != nil {
		return err
	}
	// The agent server can write next to the working trees, so an existing file or link with this name is removed, not followed.
	root, err := os.OpenRoot(work)
	if err != nil {
		return fmt.Errorf("write the session's grants: %w", err)
	}
	defer root.Close()
	if err := root.RemoveAll(session + grantEnd); err != nil {
		return fmt.Errorf("write the session's grants: %w", err)
	}
	err = root.WriteFile(session+grantEnd, text, 0o600)
	if err == nil {
		err = root.Chmod(session+grantEnd, 0o644) // the shell may run as a different user
	}
	if err != nil {
		return fmt.Errorf("write the session's grants: %w", err)
	}
	return nil
}

func readGrants(work, session string) (g Grants, err error) {
	text, err := os.ReadFile(filepath.Join(work, session+grantEnd))
	if errors.Is(err, fs.ErrNotExist) {
		return g, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &g)
	}
	if err != nil {
		err = fmt.Errorf("read the session's grants: %w", err)
	}
	return g, err
}

// Ungrant removes the grants of a session's shell, if there are any.
func Ungrant(work, session string) error {
	return os.RemoveAll(filepath.Join(work, session+grantEnd))
}

// domain returns the inner domain of the session whose working tree contains dir.
func (s Shell) domain(dir string) (Spec, error) {
	work, err := filepath.EvalSymlinks(s.Work)
	if err != nil {
		return Spec{}, fmt.Errorf("find the work directory: %w", err)
	}
	below, err := filepath.Rel(work, dir)
	if err != nil {
		return Spec{}, err
	}
	session, _, _ := strings.Cut(below, string(filepath.Separator))
	if session == "." || session == ".." || strings.HasSuffix(session, homeEnd) {
		return Spec{}, fmt.Errorf("%s is not in any session's working tree", dir)
	}
	home := HomeOf(work, session)
	if err := makeHome(work, filepath.Base(home), s.UID); err != nil {
		return Spec{}, err
	}
	grants, err := readGrants(work, session)
	if err != nil {
		return Spec{}, err
	}
	return Spec{
		Dir: dir, Env: s.environ(session, home), ReadOnly: slices.Concat(s.ReadOnly, grants.ReadOnly), ReadWrite: []string{filepath.Join(work, session), home},
		Proxy: grants.Proxy, UID: s.UID, Limits: s.Limits, Session: session,
	}, nil
}

// makeHome creates the session's home directory for its user. It may run as root in a directory that an agent server can write to.
func makeHome(work, home string, uid int) error {
	root, err := os.OpenRoot(work)
	if err != nil {
		return fmt.Errorf("make the session's home: %w", err)
	}
	defer root.Close()
	if err := root.MkdirAll(filepath.Join(home, "tmp"), 0o700); err != nil {
		return fmt.Errorf("make the session's home: %w", err)
	}
	for _, dir := range []string{home, filepath.Join(home, "tmp")} {
		if info, err := root.Lstat(dir); err != nil || !info.IsDir() {
			return fmt.Errorf("the session's home %s is not a directory", home)
		}
		if uid == 0 || os.Geteuid() != 0 {
			continue
		}
		if err := root.Lchown(dir, uid, uid); err != nil {
			return fmt.Errorf("change the owner of the session's home: %w", err)
		}
	}
	return nil
}

var passed = []string{"PATH", "LANG", "LANGUAGE", "TERM", "TZ", "USER", "LOGNAME", "COLUMNS", "LINES", "NO_COLOR", "CI", markerVar}

// environ keeps only variables that a shell needs, so that no secret is passed on, whatever its name.
func (s Shell) environ(session, home string) []string {
	env := []string{}
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		if slices.Contains(passed, name) || strings.HasPrefix(name, "LC_") {
			env = append(env, e)
		}
	}
	env = append(env, "HOME="+home, "TMPDIR="+filepath.Join(home, "tmp"), "SHELL="+bash, "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_NOSYSTEM=1", sessionVar+"="+session)
	return append(env, s.Env...)
}
