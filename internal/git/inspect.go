package git

import (
	"bytes"
	"context"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

// Inspect looks at a bare clone after a fetch: the branches there are, whether sessions can start from branch, and what they will miss.
func (g *Git) Inspect(ctx context.Context, bare, branch string) (repository.Inspection, error) {
	found := repository.Inspection{Default: branch}
	_, found.Shallow = g.shallow.Load(bare)
	var err error
	if found.Branches, found.BranchCount, err = g.listBranches(ctx, bare, repository.MaxNamed); err != nil {
		return found, err
	}
	commit, err := g.Resolve(ctx, bare, branch)
	if fault.Is(err, fault.Invalid) {
		return found, nil
	}
	if err == nil {
		found.HasDefault = true
		found.Gaps, err = g.Gaps(ctx, bare, commit)
	}
	return found, err
}

// listBranches returns the most recent branches of origin, at most most, and how many there are.
func (g *Git) listBranches(ctx context.Context, bare string, most int) (names []string, n int, err error) {
	out := records{end: '\n', each: func(name []byte) error {
		if n++; len(names) < most {
			names = append(names, strings.ToValidUTF8(string(name), "�"))
		}
		return nil
	}}
	_, err = g.run(ctx, call{stdout: &out, args: []string{
		"--git-dir=" + bare, "for-each-ref", "--sort=-committerdate", "--format=%(refname:lstrip=3)", "refs/remotes/origin/",
	}})
	return names, n, err
}

// shallowSign is in git's warning about a branch that it does not fetch because its source has only a part of the history.
const shallowSign = "shallow roots are not allowed"

// noteShallow remembers whether the last fetch left out branches of a shallow source.
func (g *Git) noteShallow(bare string, was bool) {
	bare = strings.TrimSuffix(bare, Begun)
	if g.shallow.Delete(bare); was {
		g.shallow.Store(bare, true)
	}
}

// records splits an output into records.
type records struct {
	end  byte
	each func([]byte) error
	rest []byte
	err  error // the first error of each
}

// maxRecord is the maximum length of one record. The kernel allows no longer path than 4096 bytes.
const maxRecord = 16 << 10

// Write passes each complete record on. After the first error it accepts nothing, which ends git.
func (r *records) Write(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	rest := append(r.rest, p...)
	for {
		i := bytes.IndexByte(rest, r.end)
		if i > maxRecord || i < 0 && len(rest) > maxRecord {
			r.err = fault.New(fault.Exhausted, "The repository has a path or a name that is longer than %d bytes, which no file system allows.", maxRecord)
			return 0, r.err
		}
		if i < 0 {
			break
		}
		if r.err = r.each(rest[:i]); r.err != nil {
			return 0, r.err
		}
		rest = rest[i+1:]
	}
	r.rest = bytes.Clone(rest)
	return len(p), nil
}
