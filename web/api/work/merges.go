package work

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// MergeEntry is a session's work in the merge queue of its repository.
type MergeEntry struct {
	ID           string       `json:"id"`
	SessionID    string       `json:"session_id"`
	SessionTitle string       `json:"session_title"`
	RepositoryID string       `json:"repository_id"`
	Branch       string       `json:"branch"`
	HeadCommit   string       `json:"head_commit" doc:"The commit that is merged: the session's work when it was put into the queue."`
	Place        int          `json:"place" doc:"The place in the queue, counted from 1; 0 for an entry that left the queue."`
	Status       string       `json:"status" enum:"waiting,held,checking,merged,removed,taken_out"`
	Note         string       `json:"note" doc:"Why it is held, or why and how it left the queue."`
	NotedBy      string       `json:"noted_by" doc:"The name of the person who held or removed it; empty for the server."`
	Conflicts    []string     `json:"conflicts" doc:"The paths that conflict, at most 100."`
	MergedCommit string       `json:"merged_commit"`
	PullRequest  int          `json:"pull_request" doc:"The number of the pull request that lands it, where the forge protects the base; 0 for none."`
	PullURL      string       `json:"pull_request_url"`
	AddedBy      string       `json:"added_by"`
	AddedAt      apikit.Time  `json:"added_at"`
	EndedAt      *apikit.Time `json:"ended_at" nullable:"true"`
}

// MergeRun is one run of the checks on the tree of several entries, merged in order.
type MergeRun struct {
	Tree       string      `json:"tree" doc:"The exact tree that was checked."`
	BaseCommit string      `json:"base_commit"`
	EntryIDs   []string    `json:"entry_ids" doc:"The entries in the tree; empty for the base alone."`
	Verdict    string      `json:"verdict" enum:"passed,failed"`
	Tries      int         `json:"tries" doc:"How often the checks ran on this tree."`
	Failed     string      `json:"failed" doc:"The command that failed."`
	Output     string      `json:"output" doc:"The end of its output."`
	RanAt      apikit.Time `json:"ran_at"`
	DurationMS int64       `json:"duration_ms"`
}

// MergeQueue is the merge queue of a repository.
type MergeQueue struct {
	RepositoryID string       `json:"repository_id"`
	Base         string       `json:"base" doc:"The branch that sessions are merged into."`
	BaseCommit   string       `json:"base_commit" doc:"The commit that the last batch was built on; empty before the first one."`
	Held         string       `json:"held" doc:"Why a lead holds the queue; empty if nobody does."`
	HeldBy       string       `json:"held_by"`
	Stopped      string       `json:"stopped" doc:"Why the queue stopped by itself; empty while it runs. It continues on another base commit, or when a lead releases it."`
	Note         string       `json:"note" doc:"What happened last, such as that the base was moved by somebody else."`
	Waits        string       `json:"waits" doc:"What the queue waits for on the forge, such as required reviews; empty for nothing."`
	Checks       []string     `json:"check_commands"`
	Items        []MergeEntry `json:"items" doc:"The entries in the queue, in order."`
	Left         []MergeEntry `json:"left" doc:"The last 50 entries that left the queue, newest first."`
	Runs         []MergeRun   `json:"runs" doc:"The last 20 runs of the checks, newest first."`
}

func mergeEntryOf(e merge.Entry, place int) MergeEntry {
	return MergeEntry{ID: string(e.ID), SessionID: string(e.Session), SessionTitle: e.SessionTitle, RepositoryID: string(e.Repository), Branch: e.Branch, HeadCommit: e.Head, Place: place,
		Status: string(e.Status), Note: e.Note, NotedBy: e.NotedName, Conflicts: append([]string{}, e.Conflicts...), MergedCommit: e.Commit, PullRequest: e.Pull, PullURL: e.PullURL, AddedBy: e.AddedName,
		AddedAt: apikit.NewTime(e.AddedAt), EndedAt: endOf(e)}
}

func endOf(e merge.Entry) *apikit.Time {
	if e.EndedAt == nil {
		return nil
	}
	return apikit.TimeOrNull(*e.EndedAt)
}

func mergeQueueOf(q merge.Queue) MergeQueue {
	out := MergeQueue{RepositoryID: string(q.Repository), Base: q.Base, BaseCommit: q.BaseCommit, Held: q.Held, HeldBy: q.HeldBy, Stopped: q.Stopped, Note: q.Note, Waits: q.Waits,
		Checks: append([]string{}, q.Checks...), Items: []MergeEntry{}, Left: []MergeEntry{}, Runs: []MergeRun{}}
	for i, e := range q.Entries {
		out.Items = append(out.Items, mergeEntryOf(e, i+1))
	}
	for _, e := range q.Left {
		out.Left = append(out.Left, mergeEntryOf(e, 0))
	}
	for _, r := range q.Runs {
		entries := []string{}
		for _, e := range r.Entries {
			entries = append(entries, string(e))
		}
		out.Runs = append(out.Runs, MergeRun{Tree: r.Tree, BaseCommit: r.Base, EntryIDs: entries, Verdict: string(r.Verdict), Tries: r.Tries, Failed: r.Failed, Output: r.Output,
			RanAt: apikit.NewTime(r.At), DurationMS: r.Took.Milliseconds()})
	}
	return out
}

func (a *Operations) mergeRoutes() {
	apikit.Add(a.kit, tenant.WriteSessions, huma.Operation{OperationID: "merge-session", Method: http.MethodPost, Path: "/sessions/{id}/merge", Tags: []string{"Sessions"},
		Summary: "Merge a session",
		Description: "Puts the session's work at the end of its repository's merge queue. It is merged into the default branch when the repository's checks pass on exactly the merged tree. " +
			"Members can do this for their own sessions and leads for all sessions. Returns 409 if the session is running, changed nothing, or is in the queue already."}, a.mergeSession)
	apikit.Add(a.kit, tenant.ReadSessions, huma.Operation{OperationID: "get-merge-queue", Method: http.MethodGet, Path: "/repositories/{id}/merge-queue", Tags: []string{"Repositories"},
		Summary: "Read a merge queue", Description: "Returns the entries in order, those that left the queue, and the newest runs of the checks."}, a.readMergeQueue)
	apikit.Add(a.kit, tenant.EditRepositories, huma.Operation{OperationID: "hold-merge-queue", Method: http.MethodPost, Path: "/repositories/{id}/merge-queue/hold", Tags: []string{"Repositories"},
		Summary: "Hold or release a merge queue", Description: "Holds the whole queue for a reason. An empty reason releases it, also after it stopped by itself; failed checks run again."}, a.holdQueue)
	a.addEntryMove(tenant.WriteSessions, "hold", "Hold", "Keeps the entry in its place without merging it. The reason is required.", func(ctx context.Context, by tenant.Actor, id merge.ID, in MergeMove) (merge.Entry, error) {
		return a.work.HoldMerge(ctx, by, id, in.Reason)
	})
	a.addEntryMove(tenant.WriteSessions, "release", "Release", "Lets a held entry be merged.", func(ctx context.Context, by tenant.Actor, id merge.ID, _ MergeMove) (merge.Entry, error) {
		return a.work.ReleaseMerge(ctx, by, id)
	})
	a.addEntryMove(tenant.WriteSessions, "remove", "Take out", "Takes the entry out of the queue. If its batch is being checked, the others are checked without it.", func(ctx context.Context, by tenant.Actor, id merge.ID, _ MergeMove) (merge.Entry, error) {
		return a.work.RemoveMerge(ctx, by, id)
	})
	a.addEntryMove(tenant.WriteSessions, "retry", "Put back", "Puts an entry that left the queue without being merged back at the end, with its session's current work.", func(ctx context.Context, by tenant.Actor, id merge.ID, _ MergeMove) (merge.Entry, error) {
		return a.work.RetryMerge(ctx, by, id)
	})
	a.addEntryMove(tenant.WriteSessions, "send", "Send to its agent", "Sends the session of an entry that was taken out a message that says why, with the paths that conflict or the output of the check, and with the base commit to merge. When the agent is done, put the entry back.", func(ctx context.Context, by tenant.Actor, id merge.ID, _ MergeMove) (merge.Entry, error) {
		_, e, err := a.work.SendMergeToAgent(ctx, by, id)
		return e, err
	})
	a.addEntryMove(tenant.EditRepositories, "move", "Move", "Moves the entry up or down by one place, or to the first one. Requires a lead.", func(ctx context.Context, by tenant.Actor, id merge.ID, in MergeMove) (merge.Entry, error) {
		return a.work.PlaceMerge(ctx, by, id, in.To)
	})
}

// MergeMove is the input of an act on an entry of a merge queue.
type MergeMove struct {
	Reason string `json:"reason,omitempty" doc:"Why it is held; everybody in the team can read it."`
	To     string `json:"to,omitempty" enum:"up,down,first" doc:"Where it is moved."`
}

func (a *Operations) addEntryMove(action tenant.Action, name, summary, what string, verb func(context.Context, tenant.Actor, merge.ID, MergeMove) (merge.Entry, error)) {
	apikit.Add(a.kit, action, huma.Operation{OperationID: name + "-merge-queue-entry", Method: http.MethodPost, Path: "/merge-queue/{id}/" + name, Tags: []string{"Repositories"},
		Summary: summary + " an entry of a merge queue", Description: what + " Returns 409 and changes nothing if the entry's status does not allow it."}, func(ctx context.Context, by tenant.Actor, in *struct {
		apikit.ByID
		Body *MergeMove
	}) (*apikit.Answer[MergeEntry], error) {
		var move MergeMove
		if in.Body != nil {
			move = *in.Body
		}
		e, err := verb(ctx, by, merge.ID(in.ID), move)
		if err != nil {
			return nil, err
		}
		return a.answerEntry(ctx, by, e)
	})
}

// answerEntry answers with an entry and its place.
func (a *Operations) answerEntry(ctx context.Context, by tenant.Actor, e merge.Entry) (*apikit.Answer[MergeEntry], error) {
	q, err := a.work.MergeQueue(ctx, by, e.Repository)
	if err != nil {
		return nil, err
	}
	for i, one := range q.Entries {
		if one.ID == e.ID {
			return &apikit.Answer[MergeEntry]{Body: mergeEntryOf(one, i+1)}, nil
		}
	}
	return &apikit.Answer[MergeEntry]{Body: mergeEntryOf(e, 0)}, nil
}

func (a *Operations) mergeSession(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body *apikit.NoFields
}) (*apikit.Answer[MergeEntry], error) {
	e, err := a.work.MergeSession(ctx, by, session.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return a.answerEntry(ctx, by, e)
}

func (a *Operations) readMergeQueue(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[MergeQueue], error) {
	q, err := a.work.MergeQueue(ctx, by, repository.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return &apikit.Answer[MergeQueue]{Body: mergeQueueOf(q)}, nil
}

// Hold is the input for a queue's hold.
type Hold struct {
	Reason string `json:"reason" doc:"Why the queue is held; empty to release it."`
}

func (a *Operations) holdQueue(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body Hold
}) (*apikit.Answer[MergeQueue], error) {
	if err := a.work.HoldMergeQueue(ctx, by, repository.ID(in.ID), in.Body.Reason); err != nil {
		return nil, err
	}
	return a.readMergeQueue(ctx, by, &in.ByID)
}
