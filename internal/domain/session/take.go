package session

import (
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Saved is a session's work as commits in the server's clone of its repository.
type Saved struct {
	// Commit is the newest commit, and Commits counts those since the base commit; 0 means that there is nothing to take.
	Commit  string
	Commits int
	// Omitted are changes that no commit contains.
	Omitted []FileChange
}

// Publication is a commit of the server's clone and the branch of the repository that it becomes.
type Publication struct {
	Commit, Branch string
	// Expect is the commit that the branch must have; empty for a new branch.
	Expect string
}

// Published is where a publication went.
type Published struct {
	Saved
	// Branch is the branch that has the commit. It differs from the wanted one if InUse is true: somebody works on that one in a local
	// repository, so that it was not moved.
	Branch string
	InUse  bool
	// Local is true for a repository on the server's host.
	Local bool
}

// Command is what a person runs in a local repository to get to the work; empty for a repository elsewhere, which has it already.
func (p Published) Command() string {
	switch {
	case !p.Local:
		return ""
	case p.InUse:
		return "git merge " + shellWord(p.Branch)
	}
	return "git switch " + shellWord(p.Branch)
}

// shellWord quotes a branch name for a shell where that is needed.
func shellWord(s string) string {
	for _, c := range s {
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '/' || c == '-' || c == '_' || c == '.'
		if !plain {
			return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
		}
	}
	return s
}

// CheckTakeable refuses to take the work of a session that may still change, or that has none.
func (s Session) CheckTakeable() error {
	switch {
	case s.RepositoryID == "":
		return fault.New(fault.Conflict, "This session has no repository, so there is no branch to push. Download the patch instead.")
	case s.Status == Cancelled || s.Attempt == 0:
		return fault.New(fault.Conflict, "This session has not run, so there is nothing to take.")
	case !s.Status.Finished():
		return fault.New(fault.Conflict, "A session that is %s may still change its work. Stop it, or wait until it ends.", s.Status.Word())
	}
	return nil
}
