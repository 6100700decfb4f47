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
	// shellName is not a name OpenCode knows a shell by, so it runs it plainly as `-c command`.
	shellName  = "orc-shell"
	shellVar   = "ORCHESTRATOR_SHELL"
	sessionVar = "ORCHESTRATOR_SESSION"
	bash       = "/bin/bash"
)

// Shell is the agents' shell: it stands between an agent server and bash and enters the second domain.
type Shell struct {
	// Work holds one directory per session; the session is known by where the shell is started.
	Work string
	// ReadOnly are paths of the operator's every session may read, such as tool chains.
	ReadOnly []string
	// Env is added to what the shell gives its programs.
	Env []string
	// UID is the user its programs run as, where it is not the user of who starts it.
	UID int
	// Limits bound what each of its programs may take.
	Limits Limits
}

// InstallShell makes dir/orc-shell, a link to this binary, and gives its path for the agent server's SHELL.
func InstallShell(dir string) (string, error) {
	exe, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this binary: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the shell's directory: %w", err)
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

// Environ is what an agent server's environment has to hold so that the shell at path (from InstallShell) works.
func (s Shell) Environ(path string) ([]string, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return []string{"SHELL=" + path, shellVar + "=" + string(text)}, nil
}

// HomeOf is the private home of a session: beside its tree, so that caches are neither in the diff nor shared.
func HomeOf(work, session string) string { return filepath.Join(work, session+homeEnd) }

const (
	homeEnd  = ".home"
	grantEnd = ".reads"
)

// Grants are what one session's shell may do beyond its tree and its home.
type Grants struct {
	// ReadOnly are paths it may read: the objects its clone borrows.
	ReadOnly []string
	// Proxy is the egress proxy's address with the session's credential, such as http://user:password@127.0.0.1:4000; its port is
	// the only one the shell may connect to. Empty is none at all.
	Proxy string
}

// Grant gives a session's shell what g names, in place of what it had. It lies beside the tree, where the shell cannot write.
func Grant(work, session string, g Grants) error {
	text, err := json.Marshal(g)
	if err != nil {
		return err
	}
	// The agent server may write beside the trees: what it left at this name is removed, not followed.
	root, err := os.OpenRoot(work)
	if err != nil {
		return fmt.Errorf("grant a shell: %w", err)
	}
	defer root.Close()
	if err := root.RemoveAll(session + grantEnd); err != nil {
		return fmt.Errorf("grant a shell: %w", err)
	}
	err = root.WriteFile(session+grantEnd, text, 0o600)
	if err == nil {
		err = root.Chmod(session+grantEnd, 0o644) // the shell's user may be another
	}
	if err != nil {
		return fmt.Errorf("grant a shell: %w", err)
	}
	return nil
}

func granted(work, session string) (g Grants, err error) {
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

// Ungrant takes back what Grant gave; nothing given is fine.
func Ungrant(work, session string) error {
	return os.RemoveAll(filepath.Join(work, session+grantEnd))
}

// domain is the second domain of the session whose tree dir lies in.
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
		return Spec{}, fmt.Errorf("%s lies in no session's tree", dir)
	}
	home := HomeOf(work, session)
	if err := makeHome(work, filepath.Base(home), s.UID); err != nil {
		return Spec{}, err
	}
	grants, err := granted(work, session)
	if err != nil {
		return Spec{}, err
	}
	return Spec{
		Dir: dir, Env: s.environ(session, home), ReadOnly: slices.Concat(s.ReadOnly, grants.ReadOnly), ReadWrite: []string{filepath.Join(work, session), home},
		Proxy: grants.Proxy, UID: s.UID, Limits: s.Limits, Session: session,
	}, nil
}

// makeHome makes the session's home for its user. Root may be at work here, in a directory an agent server can write.
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
			return fmt.Errorf("hand the session's home over: %w", err)
		}
	}
	return nil
}

var passed = []string{"PATH", "LANG", "LANGUAGE", "TERM", "TZ", "USER", "LOGNAME", "COLUMNS", "LINES", "NO_COLOR", "CI", markerVar}

// environ keeps what a shell needs and nothing that could be a secret, whatever its name.
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
