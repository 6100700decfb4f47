package work

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Outcome is what came of one attempt of a session.
type Outcome struct {
	Attempt        int          `json:"attempt"`
	Status         string       `json:"status" doc:"The status at the attempt's end. completed says only that the agent stopped by itself: see checks."`
	ReasonCode     string       `json:"reason_code" doc:"The code of the reason; empty for none."`
	Checks         CheckCounts  `json:"checks"`
	FilesChanged   int          `json:"files_changed"`
	Additions      int          `json:"additions"`
	Deletions      int          `json:"deletions"`
	Asked          int          `json:"asked" doc:"The number of approvals that the agent asked for."`
	Denied         int          `json:"denied" doc:"How many of them a person denied."`
	ElapsedSeconds int64        `json:"elapsed_seconds" doc:"The running time, excluding time queued, paused or waiting for a person."`
	Tokens         int64        `json:"tokens" doc:"The tokens of all five kinds together."`
	CostMicroUSD   int64        `json:"cost_microusd" doc:"Micro-dollars."`
	EndedAt        apikit.Time  `json:"ended_at"`
	Commit         string       `json:"commit" doc:"The newest commit with the attempt's work; empty if it has not been saved as commits."`
	Commits        int          `json:"commits" doc:"The number of commits since the base commit."`
	PushedAt       *apikit.Time `json:"pushed_at" nullable:"true"`
	PushedBranch   string       `json:"pushed_branch"`
	PushedCommit   string       `json:"pushed_commit"`
	MergedAt       *apikit.Time `json:"merged_at" nullable:"true"`
	MergedCommit   string       `json:"merged_commit" doc:"The commit of the default branch as which the work was merged."`
	RevertedAt     *apikit.Time `json:"reverted_at" nullable:"true"`
	AbandonedAt    *apikit.Time `json:"abandoned_at" nullable:"true"`
}

// CheckCounts counts the results of the check commands.
type CheckCounts struct {
	Passed         int      `json:"passed"`
	Failed         int      `json:"failed"`
	FailedCommands []string `json:"failed_commands" doc:"At most 20, each cut to 200 bytes."`
}

// Push is the input of a push.
type Push struct {
	Branch string `json:"branch,omitempty" doc:"The branch to create; by default the session's own. A branch that this attempt has pushed before moves forward."`
}

// Pushed is where the work of a session went.
type Pushed struct {
	Branch  string         `json:"branch" doc:"The branch that has the work. It differs from the requested one if in_use is true."`
	Commit  string         `json:"commit"`
	Commits int            `json:"commits" doc:"The number of commits since the base commit."`
	InUse   bool           `json:"in_use" doc:"The requested branch is checked out, being rebased or being bisected in the local repository. It was not moved, and branch has a free name."`
	Command string         `json:"command" doc:"What to run in a local repository to get to the work; empty for any other repository."`
	Omitted []OmittedInTip `json:"omitted" doc:"Changes that are in no commit."`
}

// OmittedInTip is a changed file that no commit contains.
type OmittedInTip struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

func (a *Operations) takeRoutes() {
	tags := []string{"Sessions"}
	apikit.Add(a.kit, tenant.ReadSessions, huma.Operation{OperationID: "list-outcomes", Method: http.MethodGet, Path: "/sessions/{id}/outcomes", Tags: tags,
		Summary: "List the outcomes", Description: "What came of each attempt of the session and what became of its work, newest first. An attempt that has not ended has none."}, a.listOutcomes)
	apikit.Add(a.kit, tenant.WriteSessions, huma.Operation{OperationID: "push-session", Method: http.MethodPost, Path: "/sessions/{id}/push", Tags: tags, Errors: []int{http.StatusServiceUnavailable},
		Summary: "Push the work", Description: "Sends the work of a finished session to a branch of its repository, never with force: the agent's commits, and one more with everything that it did not commit. " +
			"In a local repository, which the operator must have opened with `--repo-root SLUG=DIR:rw`, it writes the branch. Returns 409 and changes nothing if the branch exists with other commits, if the remote refuses it, or if there is nothing to push. " +
			"Members can do this for their own sessions and leads for all sessions."}, a.pushSession)
}

func (a *Operations) listOutcomes(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[apikit.List[Outcome]], error) {
	all, err := a.work.Outcomes(ctx, by, session.ID(in.ID))
	return apikit.NewAnswer(apikit.NewList(apikit.MapItems(all, outcomeBody))), err
}

func (a *Operations) pushSession(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body *Push
}) (*apikit.Answer[Pushed], error) {
	branch := ""
	if in.Body != nil {
		branch = in.Body.Branch
	}
	p, err := a.work.PushSession(ctx, by, session.ID(in.ID), branch)
	if err != nil {
		return nil, err
	}
	return apikit.NewAnswer(Pushed{Branch: p.Branch, Commit: p.Commit, Commits: p.Commits, InUse: p.InUse, Command: p.Command(),
		Omitted: apikit.MapItems(p.Omitted, func(f session.FileChange) OmittedInTip { return OmittedInTip{f.Path, f.Omitted.Cause()} })}), nil
}

func outcomeBody(o session.Outcome) Outcome {
	b := Outcome{Attempt: o.Attempt, Status: string(o.Status), ReasonCode: string(o.Reason), Checks: checkCounts(o.Checks), FilesChanged: o.Files, Additions: o.Additions,
		Deletions: o.Deletions, Asked: o.Asked, Denied: o.Denied, ElapsedSeconds: int64(o.Ran / time.Second), Tokens: o.Tokens, CostMicroUSD: o.CostMicroUSD,
		EndedAt: apikit.NewTime(o.EndedAt), Commit: o.SavedCommit, Commits: o.SavedCommits, MergedAt: apikit.OptionalTime(o.MergedAt), MergedCommit: o.MergedCommit,
		RevertedAt: apikit.OptionalTime(o.RevertedAt), AbandonedAt: apikit.OptionalTime(o.AbandonedAt)}
	if p := o.Pushed; p != nil {
		b.PushedAt, b.PushedBranch, b.PushedCommit = apikit.OptionalTime(&p.At), p.Branch, p.Commit
	}
	return b
}

func checkCounts(c session.Checks) CheckCounts {
	return CheckCounts{c.Passed, c.Failed, apikit.Texts(c.FailedCommands)}
}
