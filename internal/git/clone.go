package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

// refspecs list all refs that a fetch may change. Branches of sessions (refs/heads/orchestrator/…) and refs/orchestrator/… are not
// among them, so that a prune never deletes them.
var refspecs = []string{"+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"}

// Clone creates a complete bare clone of a source at bare, or none; it fetches an existing one. progress, which may be nil,
// receives git's output line by line.
func (g *Git) Clone(ctx context.Context, src Source, bare string, progress func(string)) error {
	defer g.lock(bare)()
	if _, err := os.Stat(bare); err == nil {
		return g.fetch(ctx, src, bare, progress)
	}
	part := bare + Begun
	if err := os.RemoveAll(part); err != nil {
		return fmt.Errorf("remove an incomplete clone: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(bare), 0o700); err != nil {
		return fmt.Errorf("create the directory for the clone: %w", err)
	}
	if err := os.Mkdir(part, 0o700); err != nil {
		return fmt.Errorf("create the directory for the clone: %w", err)
	}
	if _, err := g.run(ctx, call{args: []string{"init", "--quiet", "--bare", "--template=", "--", part}, writes: []string{part}}); err != nil {
		return err
	}
	if err := g.fetch(ctx, src, part, progress); err != nil {
		return errors.Join(err, os.RemoveAll(part))
	}
	if err := os.Rename(part, bare); err != nil {
		return fmt.Errorf("finish the clone: %w", err)
	}
	return nil
}

// Fetch updates a bare clone from its source. Branches and tags that the source no longer has are deleted from origin's branches and
// the tags, and nowhere else.
func (g *Git) Fetch(ctx context.Context, src Source, bare string, progress func(string)) error {
	defer g.lock(bare)()
	return g.fetch(ctx, src, bare, progress)
}

func (g *Git) fetch(ctx context.Context, src Source, bare string, progress func(string)) error {
	way, err := g.reach(ctx, src)
	defer way.close()
	if err != nil {
		return err
	}
	args := append([]string{
		"--git-dir=" + bare, "fetch", "--progress", "--prune", "--no-recurse-submodules", "--no-write-fetch-head",
		"--no-auto-maintenance", "--no-tags", "--", way.address,
	}, refspecs...)
	isShallow := false
	say := &lines{clean: call{secrets: way.secrets}.redact, to: func(line string) {
		isShallow = isShallow || strings.Contains(line, shallowSign)
		if progress != nil && isProgress(src, line) {
			progress(line)
		}
	}}
	c := call{args: args, env: way.env, secrets: way.secrets, stderr: say, timeout: g.opt.TransferTimeout, dir: bare, writes: []string{bare},
		reads: way.reads, readAll: src.Path != "", network: src.Path == "", proxy: way.way.Proxy}
	if strings.HasSuffix(bare, Begun) {
		c.config = []string{"fetch.unpackLimit=1"} // a pack is far faster to read than the same objects as files
	}
	_, err = g.run(ctx, c)
	g.noteShallow(bare, isShallow)
	if why := way.way.refusal(); err != nil && why != nil {
		return why // git's own error only says that the connection was refused
	}
	return fetchFault(src, err)
}

// lines splits git's progress output, which uses carriage returns, into lines.
type lines struct {
	to    func(string)
	clean func(string) string
	rest  []byte
}

func (l *lines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		i := bytes.IndexAny(l.rest, "\r\n")
		if i < 0 {
			break
		}
		if line := strings.TrimSpace(strings.ToValidUTF8(string(l.rest[:i]), "�")); line != "" && l.to != nil {
			l.to(l.clean(line))
		}
		l.rest = l.rest[i+1:]
	}
	l.rest = l.rest[:min(len(l.rest), 4<<10)]
	return len(p), nil
}

var commitPattern = regexp.MustCompile(`^[0-9a-f]{7,64}$`)

// Resolve returns the commit of a branch of origin, a tag or a commit ID.
func (g *Git) Resolve(ctx context.Context, bare, ref string) (string, error) {
	if err := repository.CheckRef("base_ref", ref); err != nil {
		return "", err
	}
	names := []string{"refs/remotes/origin/" + ref, "refs/tags/" + ref}
	if commitPattern.MatchString(ref) {
		names = append(names, ref)
	}
	for _, name := range names {
		out, err := g.run(ctx, call{args: []string{"--git-dir=" + bare, "rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}"}})
		if err == nil {
			return strings.TrimSpace(string(out)), nil
		}
		if failed := (*Error)(nil); !errors.As(err, &failed) {
			return "", err
		}
	}
	names, n, err := g.listBranches(ctx, bare, repository.MaxNamed)
	if err != nil {
		return "", err
	}
	return "", fault.Field("base_ref", "The repository has no branch, tag or commit %q. %s", ref, repository.Inspection{Branches: names, BranchCount: n}.Existing())
}
