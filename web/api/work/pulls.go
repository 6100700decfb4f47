package work

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// PullRequest is a pull request with a session's work, as its forge reported it at read_at.
type PullRequest struct {
	Number      int         `json:"number"`
	URL         string      `json:"url"`
	State       string      `json:"state" enum:"open,merged,closed,reverted" doc:"reverted means merged and then undone on the base."`
	Draft       bool        `json:"draft"`
	Host        string      `json:"host"`
	Title       string      `json:"title"`
	Base        string      `json:"base"`
	Branch      string      `json:"branch"`
	Head        string      `json:"head" doc:"The commit of the branch on the forge."`
	MergeCommit string      `json:"merge_commit" doc:"Empty until it is merged."`
	Mergeable   string      `json:"mergeable" enum:",clean,conflict,blocked" doc:"Empty while the forge has not computed it."`
	Checks      []PullCheck `json:"checks"`
	OpenedBy    string      `json:"opened_by"`
	OpenedAt    apikit.Time `json:"opened_at"`
	ReadAt      apikit.Time `json:"read_at"`
	Trouble     string      `json:"trouble" doc:"Why the last reading failed; empty if it did not."`
}

// PullCheck is a check of a pull request on its forge.
type PullCheck struct {
	Name       string `json:"name"`
	Status     string `json:"status" enum:"running,passed,failed,skipped"`
	URL        string `json:"url"`
	Text       string `json:"text"`
	DurationMS int64  `json:"duration_ms"`
}

// NewPullRequest is the input for a pull request. What is omitted is proposed from the session.
type NewPullRequest struct {
	Title  string `json:"title,omitempty" doc:"The default is the session's title."`
	Body   string `json:"body,omitempty" doc:"The default is the agent's last message and the changed files."`
	Base   string `json:"base,omitempty" doc:"The target branch. The default is the branch that the session started from."`
	Branch string `json:"branch,omitempty" doc:"The branch to push to. The default is the session's branch."`
	Draft  *bool  `json:"draft,omitempty" doc:"The default is true if a check failed in the session."`
}

func (a *Operations) pullRoutes() {
	tags := []string{"Sessions"}
	const path = "/sessions/{id}/pull-request"
	apikit.Add(a.kit, tenant.ReadSessions, huma.Operation{OperationID: "get-pull-request", Method: http.MethodGet, Path: path, Tags: tags,
		Summary: "Get a session's pull request", Description: "The session's newest pull request, as it was read last. One that is open is read again within a minute, if it was not read within the last."}, a.getPull)
	apikit.Add(a.kit, tenant.WriteSessions, huma.Operation{OperationID: "open-pull-request", Method: http.MethodPost, Path: path, Tags: tags,
		Summary: "Open a pull request", Description: "Pushes the session's work to a branch and opens a pull request on the repository's forge. Returns the one that exists if the session has an open one of this branch. " +
			"Members can do this for their own sessions and leads for all sessions. Returns 409 if the repository has no forge or the session's state does not allow it."}, a.openPull)
	for _, x := range []struct {
		name, summary, description string
		verb                       func(context.Context, tenant.Actor, session.ID) (session.Pull, error)
	}{
		{"merge", "Merge a pull request", "Merges the session's open pull request on its forge if its branch is still at the commit in `head`. Returns 409 with the forge's reason if that is not possible.", a.work.MergePull},
		{"ready", "Mark a pull request as ready", "Ends the draft state of the session's open pull request.", a.work.MarkPullReady},
		{"close", "Close a pull request", "Closes the session's open pull request without merging it.", a.work.ClosePull},
	} {
		apikit.Add(a.kit, tenant.WriteSessions, huma.Operation{OperationID: x.name + "-pull-request", Method: http.MethodPost, Path: path + "/" + x.name, Tags: tags, Summary: x.summary, Description: x.description},
			func(ctx context.Context, by tenant.Actor, in *struct {
				apikit.ByID
				Body *apikit.NoFields
			}) (*apikit.Answer[PullRequest], error) {
				p, err := x.verb(ctx, by, session.ID(in.ID))
				return apikit.NewAnswer(pullBody(p)), err
			})
	}
}

func (a *Operations) getPull(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[PullRequest], error) {
	all, err := a.work.Pulls(ctx, by, session.ID(in.ID))
	if err == nil && len(all) == 0 {
		err = fault.Missing("pull request")
	}
	if err != nil {
		return nil, err
	}
	return apikit.NewAnswer(pullBody(all[0])), nil
}

func (a *Operations) openPull(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body *NewPullRequest
}) (*apikit.Answer[PullRequest], error) {
	var n appwork.NewPull
	if b := in.Body; b != nil {
		n = appwork.NewPull{Base: b.Base, Branch: b.Branch, Title: b.Title, Body: b.Body, Draft: b.Draft}
	}
	p, err := a.work.OpenPull(ctx, by, session.ID(in.ID), n)
	return apikit.NewAnswer(pullBody(p)), err
}

func pullBody(p session.Pull) PullRequest {
	checks := apikit.MapItems(p.Checks, func(c forge.Check) PullCheck {
		return PullCheck{Name: c.Name, Status: string(c.Status), URL: c.URL, Text: c.Text, DurationMS: c.Duration.Milliseconds()}
	})
	return PullRequest{Number: p.Number, URL: p.URL, State: string(p.State), Draft: p.Draft, Host: p.Host, Title: p.Title, Base: p.Base, Branch: p.Branch, Head: p.Head, MergeCommit: p.MergeCommit,
		Mergeable: string(p.Merging), Checks: checks, OpenedBy: p.OpenedByName, OpenedAt: apikit.NewTime(p.OpenedAt), ReadAt: apikit.NewTime(p.ReadAt), Trouble: p.Trouble}
}
