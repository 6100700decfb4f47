package forge

import (
	"context"
	"net/http"
	"strings"

	"github.com/google/go-github/v93/github"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
)

// MarkReady implements forge.Port. The REST API cannot do it; the client sends the token only to the API's own host.
func (h hub) MarkReady(ctx context.Context, p forge.PullRequest) error {
	return h.ask(ctx, func(ctx context.Context) error {
		now, _, err := h.c.PullRequests.Get(ctx, h.owner, h.name, p.Number)
		if err != nil {
			return err
		}
		in := map[string]any{"query": "mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { clientMutationId } }",
			"variables": map[string]string{"id": now.GetNodeID()}}
		req, err := h.c.NewRequest(ctx, http.MethodPost, strings.TrimSuffix(h.api, "/v3")+"/graphql", in)
		if err != nil {
			return err
		}
		var answer struct {
			Errors []struct {
				Message string `json:"message"`
			} `json:"errors"`
		}
		if _, err := h.c.Do(req, &answer); err != nil {
			return err
		}
		if len(answer.Errors) > 0 {
			return &forge.Refusal{Reason: forge.NotAllowed, Status: http.StatusOK, Text: clean(answer.Errors[0].Message, h.token)}
		}
		return nil
	})
}

// Merge implements forge.Port. It uses the first of merge, squash and rebase that the repository allows.
func (h hub) Merge(ctx context.Context, m forge.MergeRequest) error {
	options := github.PullRequestOptions{SHA: m.Head, CommitTitle: m.Title, MergeMethod: "merge"}
	if err := h.ask(ctx, func(ctx context.Context) error {
		r, _, err := h.c.Repositories.Get(ctx, h.owner, h.name)
		switch {
		case r == nil || r.AllowMergeCommit == nil || r.GetAllowMergeCommit():
		case r.GetAllowSquashMerge():
			options.MergeMethod = "squash"
		case r.GetAllowRebaseMerge():
			options.MergeMethod = "rebase"
		}
		return err
	}); err != nil {
		return err
	}
	return h.f.mergePatiently(ctx, func() error {
		err := h.ask(ctx, func(ctx context.Context) error {
			_, _, err := h.c.PullRequests.Merge(ctx, h.owner, h.name, m.Number, m.Message, &options)
			return err
		})
		return h.mergeRefusal(ctx, m, err)
	})
}

// mergeRefusal reads the pull request to tell the reasons of 405 and 409 apart.
func (h hub) mergeRefusal(ctx context.Context, m forge.MergeRequest, err error) error {
	r, ok := err.(*forge.Refusal)
	if !ok || r.Status != http.StatusMethodNotAllowed && r.Status != http.StatusConflict {
		return err
	}
	p, readErr := h.Read(ctx, m.Number)
	reason := forge.NotAllowed
	switch {
	case readErr != nil:
	case p.State == forge.Merged:
		reason = forge.AlreadyMerged
	case p.State == forge.Closed:
		reason = forge.NotOpen
	case p.Head != m.Head:
		reason = forge.HeadMoved
	case p.Draft:
		reason = forge.IsDraft
	case p.Merging == forge.MergingClash:
		reason = forge.Clash
	case p.Merging == forge.MergingUnknown:
		reason = forge.Later
	case strings.Contains(strings.ToLower(r.Text), "status check"):
		reason = forge.NeedsChecks
	case strings.Contains(strings.ToLower(r.Text), "review"):
		reason = forge.NeedsReviews
	}
	return override(err, reason, r.Status)
}
