package git

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Push is one commit and the branch that it becomes at a source.
type Push struct {
	Source Source
	// Bare is the bare clone that has Commit.
	Bare, Commit string
	// Branch is the name without refs/heads/.
	Branch string
	// Expect is the commit that the branch must have there, which Commit must descend from; empty for a branch that must not exist.
	Expect string
}

// pushSettings keep a push to the one ref that it names: no hooks, submodules, tags, options or signatures.
var pushSettings = []string{"push.recurseSubmodules=no", "push.followTags=false", "push.gpgSign=false", "push.pushOption=", "push.useForceIfIncludes=false"}

// Push sends a commit to a branch of a source, never with force: a new branch must not exist there, and an existing one must be at Expect
// and only moves forward. A branch that is already at Commit is no error. If a push fails, the branch is as it was, and the fault says why.
func (g *Git) Push(ctx context.Context, p Push) error {
	if err := repository.CheckRef("branch", p.Branch); err != nil {
		return err
	}
	if p.Source.Path != "" {
		return errors.New("a local repository has no remote to push to: use Place")
	}
	if err := g.movesForward(ctx, p.Bare, p.Branch, p.Expect, p.Commit); err != nil {
		return err
	}
	way, err := g.reach(ctx, p.Source)
	defer way.close()
	if err != nil {
		return err
	}
	said := &remoteLines{clean: call{secrets: way.secrets}.redact}
	ref := "refs/heads/" + p.Branch
	out, err := g.run(ctx, call{config: pushSettings, env: way.env, secrets: way.secrets, stderr: said, timeout: g.opt.TransferTimeout,
		reads: way.reads, network: true, proxy: way.way.Proxy, args: []string{"--git-dir=" + p.Bare, "push", "--porcelain", "--no-verify", "--no-progress",
			"--recurse-submodules=no", "--force-with-lease=" + ref + ":" + p.Expect, "--", way.address, p.Commit + ":" + ref}})
	if why := way.way.refusal(); err != nil && why != nil {
		return why
	}
	return pushFault(p, string(out), said.text(), err)
}

// movesForward refuses a push that would rewrite a branch.
func (g *Git) movesForward(ctx context.Context, bare, branch, from, to string) error {
	if from == "" || from == to {
		return nil
	}
	_, err := g.run(ctx, call{args: []string{"--git-dir=" + bare, "merge-base", "--is-ancestor", "--end-of-options", from, to}})
	if failed := (*Error)(nil); errors.As(err, &failed) {
		return fault.New(fault.Conflict, "Branch %s has commits that this work does not contain, so it is not moved. Choose another name.", branch).Because(err)
	}
	return err
}

// maxRemote is the maximum length of a remote's sentence in a fault.
const maxRemote = 300

// pushFault words a failed push by the line that git writes for the ref in the porcelain format: a flag, the refs and a summary,
// separated by tabs.
func pushFault(p Push, out, remote string, err error) error {
	var failed *Error
	if err == nil || !errors.As(err, &failed) {
		return err
	}
	for line := range strings.Lines(out) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) < 3 || fields[0] != "!" {
			continue
		}
		return refusedRef(p, fields[2], remote).Because(err)
	}
	return fault.New(fault.Unavailable, "Branch %s was not pushed: %s.", p.Branch, strings.TrimSuffix(text.Brief(failed.Text, maxRemote), ".")).Because(err)
}

// refusedRef is the fault of a ref that was not updated, for the reason in summary.
func refusedRef(p Push, summary, remote string) *fault.Error {
	switch {
	case strings.HasPrefix(summary, "[remote rejected]"):
		if remote == "" {
			remote = strings.Trim(strings.TrimPrefix(summary, "[remote rejected]"), " ()")
		}
		return fault.New(fault.Conflict, "Branch %s was not pushed. The remote rejected it: %s", p.Branch, text.Brief(text.Line(remote), maxRemote))
	case p.Expect == "":
		return fault.New(fault.Conflict, "Branch %s was not pushed, because the remote already has a branch with this name and other commits. Choose another name.", p.Branch)
	}
	return fault.New(fault.Conflict, "Branch %s was not pushed, because it has changed at the remote since the last push. Choose another name.", p.Branch)
}

// remoteLines collects what a remote says during a push.
type remoteLines struct {
	clean func(string) string
	kept  bytes.Buffer
}

// Write keeps a bounded start of the output.
func (r *remoteLines) Write(p []byte) (int, error) {
	if left := 16<<10 - r.kept.Len(); left > 0 {
		r.kept.Write(p[:min(left, len(p))])
	}
	return len(p), nil
}

// text is what the remote said, as one line without git's prefixes.
func (r *remoteLines) text() string {
	var said []string
	for line := range strings.FieldsFuncSeq(strings.ToValidUTF8(r.kept.String(), "�"), func(c rune) bool { return c == '\n' || c == '\r' }) {
		if after, ok := strings.CutPrefix(line, "remote:"); ok && strings.TrimSpace(after) != "" {
			said = append(said, strings.TrimPrefix(strings.TrimSpace(after), "error: "))
		}
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return -1
		}
		return c
	}, r.clean(strings.Join(said, " ")))
}
