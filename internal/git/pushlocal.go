package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// Place is one commit and the branch that it becomes in a person's repository on this host.
type Place struct {
	// Path is the repository, which AllowedPath has approved.
	Path string
	// Bare is the bare clone that has Commit; Base is a commit that the repository probably has.
	Bare, Commit, Base string
	// Branch is the name without refs/heads/.
	Branch string
	// Expect is the commit that the branch must have, which Commit must descend from; empty for a branch that must not exist.
	Expect string
	// OnlyThis allows no other name: a branch that is in use is then a conflict.
	OnlyThis bool
}

// Placed is the branch that Place wrote.
type Placed struct {
	Branch string
	// InUse is true if the wanted branch is checked out, or being rebased or bisected, so that another name was used.
	InUse bool
}

// mostNames is how many names are tried while the wanted one is in use.
const mostNames = 20

// Place writes a commit to a branch of a local repository as the repository's owner, without running any hook of it. A branch that is
// checked out there or in one of its working trees, or is being rebased or bisected, is never moved: the next free name with a number is
// used, unless OnlyThis forbids it. If Place fails, no ref has changed, and the fault says why.
func (g *Git) Place(ctx context.Context, p Place) (placed Placed, err error) {
	if err := repository.CheckRef("branch", p.Branch); err != nil {
		return placed, err
	}
	if err := checkLocal(p.Path); err != nil {
		return placed, err
	}
	if err := g.checkConfig(ctx, p.Path); err != nil {
		return placed, err
	}
	if err := g.movesForward(ctx, p.Bare, p.Branch, p.Expect, p.Commit); err != nil {
		return placed, err
	}
	t, err := g.openTheirs(p.Path)
	if err != nil {
		return placed, err
	}
	defer g.lock(t.dir)()
	if placed, p.Expect, err = g.freeName(ctx, t, p); err != nil {
		return placed, err
	}
	if err := g.sendTheirs(ctx, t, p); err != nil {
		return placed, err
	}
	return placed, g.writeTheirs(ctx, t, placed.Branch, p)
}

// theirs is a person's repository with the user who owns it.
type theirs struct {
	path, dir string
	isBare    bool
	uid, gid  int
	// shared is the setting with which new files get the permissions of the existing ones.
	shared string
}

// openTheirs finds the git directory and its owner. Only the owner or root, who can become the owner, can write to it.
func (g *Git) openTheirs(path string) (theirs, error) {
	t := theirs{path: path, dir: filepath.Join(path, ".git")}
	if !exists(t.dir) {
		t.dir, t.isBare = path, true
	}
	info, err := os.Lstat(filepath.Join(t.dir, "objects"))
	if err != nil {
		return t, fmt.Errorf("read the local repository: %w", err)
	}
	t.uid, t.gid = sandbox.OwnerOf(info)
	t.shared = fmt.Sprintf("core.sharedRepository=0%o", info.Mode().Perm()&0o666|0o600)
	if me := os.Geteuid(); me != t.uid && (me != 0 || sandbox.Ready() && !sandbox.Probe().Users) {
		return t, fault.New(fault.Conflict, "The branch was not written, because the local repository belongs to another user of the host and the server cannot act as that user. Start the server as the owner, or as root.")
	}
	return t, nil
}

// call is a command on a person's repository as its owner.
func (t theirs) call(args ...string) call {
	return call{args: append([]string{"--git-dir=" + t.dir}, args...), theirs: t.path, uid: t.uid, gid: t.gid, config: []string{t.shared}}
}

// at returns the commit of a branch, or "" if there is none.
func (g *Git) at(ctx context.Context, t theirs, branch string) (string, error) {
	out, err := g.run(ctx, t.call("rev-parse", "--verify", "--quiet", "--end-of-options", "refs/heads/"+branch))
	if failed := (*Error)(nil); errors.As(err, &failed) && failed.Exit == 1 {
		return "", nil
	}
	return strings.TrimSpace(string(out)), placeFault(branch, err)
}

// freeName returns the branch to write and the commit that it has now.
func (g *Git) freeName(ctx context.Context, t theirs, p Place) (Placed, string, error) {
	inUse, err := t.branchesInUse()
	if err != nil {
		return Placed{}, "", err
	}
	name := p.Branch
	if p.OnlyThis && slices.Contains(inUse, name) {
		return Placed{}, "", fault.New(fault.Conflict, "Branch %s is checked out in the local repository, or is being rebased or bisected there, so the server does not move it. Check out another branch there.", name)
	}
	for n := 2; slices.Contains(inUse, name) && n < mostNames; {
		name = p.Branch + "-" + strconv.Itoa(n)
		now, err := g.at(ctx, t, name)
		if err != nil {
			return Placed{}, "", err
		}
		if now == "" || now == p.Commit {
			return Placed{Branch: name, InUse: true}, now, nil
		}
		n++
		inUse = append(inUse, name)
	}
	now, err := g.at(ctx, t, name)
	switch {
	case err != nil:
		return Placed{}, "", err
	case name != p.Branch:
		return Placed{}, "", fault.New(fault.Conflict, "Branch %s is checked out in the repository, and so many branches begin with this name that no free one was found. Choose another name.", p.Branch)
	case now != "" && now != p.Commit && now != p.Expect:
		return Placed{}, "", takenName(p)
	}
	return Placed{Branch: name}, now, nil
}

func takenName(p Place) *fault.Error {
	if p.Expect == "" {
		return fault.New(fault.Conflict, "Branch %s was not written, because the repository already has a branch with this name and other commits. Choose another name.", p.Branch)
	}
	return fault.New(fault.Conflict, "Branch %s was not written, because it has changed in the repository since the last push. Choose another name.", p.Branch)
}

// sendTheirs copies the objects of the commit.
func (g *Git) sendTheirs(ctx context.Context, t theirs, p Place) error {
	var except []string
	if p.Base != "" {
		if _, err := g.run(ctx, t.call("rev-parse", "--verify", "--quiet", p.Base+"^{commit}")); err == nil {
			except = append(except, p.Base)
		}
	}
	return placeFault(p.Branch, g.copyObjects(ctx, call{args: []string{"--git-dir=" + p.Bare}}, t.call(), p.Commit, except...))
}

// writeTheirs creates the branch, or moves it from the commit p.Expect.
func (g *Git) writeTheirs(ctx context.Context, t theirs, branch string, p Place) error {
	if p.Expect == p.Commit {
		return nil
	}
	c := t.call("update-ref", "--no-deref", "--stdin")
	change := fmt.Sprintf("create refs/heads/%s %s\n", branch, p.Commit)
	if p.Expect != "" {
		change = fmt.Sprintf("update refs/heads/%s %s %s\n", branch, p.Commit, p.Expect)
	}
	c.stdin = strings.NewReader(change)
	_, err := g.run(ctx, c)
	return placeFault(branch, err)
}

// placeFault words a failed write to a person's repository in our own words, which name no file of the host.
func placeFault(branch string, err error) error {
	var failed *Error
	if !errors.As(err, &failed) || fault.KindOf(err) != fault.Internal {
		return err
	}
	why := fault.New(fault.Unavailable, "Branch %s was not written: git cannot write to the local repository. Check its owner and the free disk space; the details are in the server log.", branch)
	switch {
	case strings.Contains(failed.Text, "reference already exists"), strings.Contains(failed.Text, "but expected"):
		why = fault.New(fault.Conflict, "Branch %s was not written, because somebody changed it at the same time. Choose another name.", branch)
	case strings.Contains(failed.Text, "cannot create"):
		why = fault.New(fault.Conflict, "Branch %s was not written, because the name of another branch is a part of it, or it is a part of another name. Choose another name.", branch)
	case strings.Contains(failed.Text, ".lock"):
		why = fault.New(fault.Conflict, "Branch %s was not written, because another git process is changing it, or has left its lock file. Try again, or remove the lock file when no git process is running.", branch)
	}
	return why.Because(err)
}
