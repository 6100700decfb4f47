package workspace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// CacheKind is how sessions share the tool caches of their repository.
type CacheKind string

// The kinds of tool caches.
const (
	// NoCaches leaves each session with the caches in the home of its commands.
	NoCaches CacheKind = ""
	// LayeredCaches gives each session a layer of its own over the repository's base.
	LayeredCaches CacheKind = "layers"
	// GoCaches lets only Go read the repository's base, through a program, where the host cannot layer directories.
	GoCaches CacheKind = "go"
)

// A repository's tool caches have numbered bases. A base is complete once it has its name and never changes. Sessions start with the
// newest one. Nothing that a session wrote ever gets into a base.
const (
	basesDir  = "bases"
	layersDir = "layers"
)

func (r Rooms) allCaches(t tenant.ID) string { return filepath.Join(r.Team(t), "caches") }

func (r Rooms) caches(t tenant.ID, id repository.ID) string {
	return filepath.Join(r.allCaches(t), string(id))
}

func (r Rooms) bases(t tenant.ID, id repository.ID) string {
	return filepath.Join(r.caches(t, id), basesDir)
}

func (r Rooms) base(t tenant.ID, id repository.ID, n int) string {
	return filepath.Join(r.bases(t, id), strconv.Itoa(n))
}

// baseNumbers lists the bases of a repository's caches, newest first.
func (r Rooms) baseNumbers(t tenant.ID, id repository.ID) (all []int, err error) {
	entries, err := os.ReadDir(r.bases(t, id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil && n > 0 {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	slices.Reverse(all)
	return all, err
}

// ShellWithCaches is Shell with the tool caches of the agent's commands.
func (r Rooms) ShellWithCaches(t tenant.ID, s session.ID, repo repository.ID) (sandbox.Shell, error) {
	sh, err := r.Shell(t, s, repo)
	if err != nil || repo == "" || r.Caches == NoCaches {
		return sh, err
	}
	if r.Caches == GoCaches {
		return r.withGoCache(sh, t, repo)
	}
	sh.Caches.Own = r.layer(t, s, "shell")
	sh.Caches.Below, err = r.newest(t, repo)
	return sh, errors.Join(err, sandbox.MakeCaches(sh.Caches.Own, sh.UID))
}

// checkShell is Shell with the tool caches of check commands, which see what the agent's commands cached, but cannot write to its layer:
// the agent server may still have it mounted. A session whose agent server has no caches, because an earlier version started it, has none.
func (r Rooms) checkShell(t tenant.ID, s session.ID, repo repository.ID) (sandbox.Shell, error) {
	if r.Caches == GoCaches {
		return r.ShellWithCaches(t, s, repo)
	}
	sh, err := r.Shell(t, s, repo)
	agents := sandbox.Caches{Own: r.layer(t, s, "shell")}
	if _, none := os.Stat(agents.Files()); err != nil || none != nil || repo == "" || r.Caches == NoCaches {
		return sh, err
	}
	sh.Caches = agents
	below, err := r.newest(t, repo)
	if err != nil || len(below) == 0 {
		return sh, err
	}
	sh.Caches = sandbox.Caches{Below: append([]string{agents.Files()}, below...), Own: r.layer(t, s, "check")}
	return sh, sandbox.MakeCaches(sh.Caches.Own, sh.UID)
}

func (r Rooms) layer(t tenant.ID, s session.ID, of string) string {
	return filepath.Join(r.Session(t, s), layersDir, of)
}

// newest is the newest base of a repository's caches, or nothing.
func (r Rooms) newest(t tenant.ID, repo repository.ID) ([]string, error) {
	all, err := r.baseNumbers(t, repo)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return []string{r.base(t, repo, all[0])}, nil
}

// withGoCache lets the shell's programs read all bases, of which Go uses the newest.
func (r Rooms) withGoCache(sh sandbox.Shell, t tenant.ID, repo repository.ID) (sandbox.Shell, error) {
	bases := r.bases(t, repo)
	if err := os.MkdirAll(bases, 0o700); err != nil {
		return sh, fmt.Errorf("create the directory of the tool caches: %w", err)
	}
	if err := sandbox.Lend(bases, sh.UID, false); err != nil {
		return sh, err
	}
	variable, err := sandbox.GoCacheProgram(bases, filepath.Join("go", "build"), filepath.Join(sh.Home, goCache))
	sh.ReadOnly, sh.Env = append(sh.ReadOnly, bases), append(sh.Env, variable)
	return sh, err
}

// goCache is the cache of Go in a home.
const goCache = ".cache/go-build"
