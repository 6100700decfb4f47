package forge

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
)

// gitlab speaks the API of GitLab. Its merge requests are our pull requests.
type gitlab struct {
	rest
	project string // path of the project below the base
}

func (f *Forges) newGitLab(s forge.Settings, token string) gitlab {
	return gitlab{rest{f: f, client: f.client(passOn), base: s.API, header: "PRIVATE-TOKEN", value: token, token: token}, "/projects/" + url.PathEscape(s.Project)}
}

type gitlabPull struct {
	Number    int    `json:"iid"`
	URL       string `json:"web_url"`
	Title     string `json:"title"`
	Body      string `json:"description"`
	State     string `json:"state"`
	Draft     bool   `json:"draft"`
	Base      string `json:"target_branch"`
	Branch    string `json:"source_branch"`
	SHA       string `json:"sha"`
	Commit    string `json:"merge_commit_sha"`
	Squash    string `json:"squash_commit_sha"`
	Merging   string `json:"detailed_merge_status"`
	Conflicts bool   `json:"has_conflicts"`
	Reviewers []struct {
		Login string `json:"username"`
	} `json:"reviewers"`
}

func (p gitlabPull) pull(marker string) forge.PullRequest {
	out := forge.PullRequest{Number: p.Number, URL: link(p.URL), Title: clean(withoutDraft(p.Title), ""), State: forge.Open, Draft: p.Draft, Base: clean(p.Base, ""),
		Branch: clean(p.Branch, ""), Head: commit(p.SHA), Ours: forge.HasMarker(p.Body, marker)}
	switch p.State {
	case "merged":
		out.State = forge.Merged
		if out.MergeCommit = commit(p.Commit); out.MergeCommit == "" {
			out.MergeCommit = commit(p.Squash)
		}
		if out.MergeCommit == "" {
			out.MergeCommit = out.Head // a fast-forward has no commit of its own
		}
	case "closed", "locked":
		out.State = forge.Closed
	default:
		out.Merging = p.merging()
	}
	for _, r := range p.Reviewers {
		out.Reviewers = append(out.Reviewers, r.Login)
	}
	out.Reviewers = names(out.Reviewers)
	return out
}

func (p gitlabPull) merging() forge.Merging {
	switch p.Merging {
	case "mergeable":
		return forge.MergingClean
	case "conflict", "broken_status":
		return forge.MergingClash
	case "", "checking", "unchecked", "preparing", "approvals_syncing":
		if p.Conflicts {
			return forge.MergingClash
		}
		return forge.MergingUnknown
	}
	return forge.MergingBlocked
}

// Access implements forge.Port. Developers (30) can push branches, maintainers (40) change the project.
func (g gitlab) Access(ctx context.Context) (forge.Access, error) {
	type level struct {
		Level int `json:"access_level"`
	}
	var p struct {
		Pulls       *bool  `json:"merge_requests_enabled"`
		PullsAccess string `json:"merge_requests_access_level"`
		Permissions struct {
			Project *level `json:"project_access"`
			Group   *level `json:"group_access"`
		} `json:"permissions"`
	}
	if err := g.call(ctx, http.MethodGet, g.project, nil, &p); err != nil {
		return forge.Access{}, err
	}
	highest := 0
	for _, l := range []*level{p.Permissions.Project, p.Permissions.Group} {
		if l != nil {
			highest = max(highest, l.Level)
		}
	}
	a := forge.Access{CanRead: true, CanPush: highest >= 30, CanAdmin: highest >= 40, TakesPulls: (p.Pulls == nil || *p.Pulls) && p.PullsAccess != "disabled"}
	var who struct {
		Login string `json:"username"`
	}
	err := g.call(ctx, http.MethodGet, "/user", nil, &who)
	if forge.ReasonOf(err) == forge.Forbidden {
		return a, nil
	}
	a.Account = clean(who.Login, g.token)
	return a, err
}

// Protection implements forge.Port.
func (g gitlab) Protection(ctx context.Context, branch string) (forge.Protection, error) {
	var b struct {
		Protected bool `json:"protected"`
		CanPush   bool `json:"can_push"`
	}
	err := g.call(ctx, http.MethodGet, g.project+"/repository/branches/"+url.PathEscape(branch), nil, &b)
	return forge.Protection{IsProtected: b.Protected, CanPush: b.CanPush, CanMerge: true}, err
}

// Open implements forge.Port.
func (g gitlab) Open(ctx context.Context, n forge.New) (forge.PullRequest, error) {
	title := n.Title
	if n.Draft {
		title = "Draft: " + title
	}
	in := map[string]string{"source_branch": n.Branch, "target_branch": n.Base, "title": title, "description": n.Description()}
	var p gitlabPull
	err := g.call(ctx, http.MethodPost, g.project+"/merge_requests", in, &p)
	return numbered(p.pull(n.Marker), openRefusal(err))
}

// Find implements forge.Port.
func (g gitlab) Find(ctx context.Context, n forge.New) (forge.PullRequest, error) {
	q := url.Values{"source_branch": {n.Branch}, "target_branch": {n.Base}, "state": {"opened"}, "order_by": {"created_at"}, "sort": {"desc"}, "per_page": {"20"}}
	var all []gitlabPull
	if err := g.call(ctx, http.MethodGet, g.project+"/merge_requests?"+q.Encode(), nil, &all); err != nil {
		return forge.PullRequest{}, err
	}
	for _, p := range all {
		if p.State == "opened" && p.Branch == n.Branch && p.Base == n.Base {
			return p.pull(n.Marker), nil
		}
	}
	return forge.PullRequest{}, &forge.Refusal{Reason: forge.Missing, Status: http.StatusNotFound}
}

func (g gitlab) pullPath(number int) string {
	return g.project + "/merge_requests/" + strconv.Itoa(number)
}

func (g gitlab) read(ctx context.Context, number int) (p gitlabPull, err error) {
	err = g.call(ctx, http.MethodGet, g.pullPath(number), nil, &p)
	return p, err
}

// Read implements forge.Port.
func (g gitlab) Read(ctx context.Context, number int) (forge.PullRequest, error) {
	p, err := g.read(ctx, number)
	return numbered(p.pull(""), err)
}

// Checks implements forge.Port. The statuses of a commit are its jobs and what other programs reported.
func (g gitlab) Checks(ctx context.Context, p forge.PullRequest) (forge.Checks, error) {
	var statuses []struct {
		Name     string     `json:"name"`
		Status   string     `json:"status"`
		Text     string     `json:"description"`
		URL      string     `json:"target_url"`
		CanFail  bool       `json:"allow_failure"`
		Started  *time.Time `json:"started_at"`
		Finished *time.Time `json:"finished_at"`
	}
	if p.Head == "" {
		return nil, nil
	}
	err := g.call(ctx, http.MethodGet, g.project+"/repository/commits/"+p.Head+"/statuses?per_page=100", nil, &statuses)
	var all forge.Checks
	for _, s := range statuses[:min(len(statuses), forge.MaxChecks)] {
		status := statusOf(s.Status)
		if status == forge.CheckFailed && s.CanFail {
			status = forge.CheckSkipped
		}
		all = append(all, forge.Check{Name: clean(s.Name, g.token), Status: status, Text: clean(s.Text, g.token), URL: link(s.URL), Duration: between(s.Started, s.Finished)})
	}
	return all, err
}

// withoutDraft removes GitLab's marks of a draft from a title.
func withoutDraft(title string) string {
	for _, mark := range []string{"Draft:", "[Draft]", "(Draft)"} {
		if len(title) >= len(mark) && strings.EqualFold(title[:len(mark)], mark) {
			return withoutDraft(strings.TrimSpace(title[len(mark):]))
		}
	}
	return title
}

// MarkReady implements forge.Port.
func (g gitlab) MarkReady(ctx context.Context, p forge.PullRequest) error {
	now, err := g.read(ctx, p.Number)
	if err != nil {
		return err
	}
	return g.call(ctx, http.MethodPut, g.pullPath(p.Number), map[string]string{"title": withoutDraft(now.Title)}, nil)
}

// Merge implements forge.Port. GitLab answers 405 to most reasons, so the merge request is read to tell them apart.
func (g gitlab) Merge(ctx context.Context, m forge.MergeRequest) error {
	in := map[string]string{"sha": m.Head}
	if m.Title != "" {
		in["merge_commit_message"] = strings.TrimSpace(m.Title + "\n\n" + m.Message)
	}
	return g.f.mergePatiently(ctx, func() error {
		return g.mergeRefusal(ctx, m, g.call(ctx, http.MethodPut, g.pullPath(m.Number)+"/merge", in, nil))
	})
}

func (g gitlab) mergeRefusal(ctx context.Context, m forge.MergeRequest, err error) error {
	r, ok := err.(*forge.Refusal)
	if !ok || r.Status != http.StatusMethodNotAllowed && r.Status != http.StatusNotAcceptable && r.Status != http.StatusConflict && r.Status != http.StatusUnprocessableEntity {
		return err
	}
	p, readErr := g.read(ctx, m.Number)
	if readErr != nil {
		return override(err, forge.NotAllowed, r.Status)
	}
	return override(err, p.unmergeable(m.Head), r.Status)
}

// unmergeable is why a merge request could not be merged.
func (p gitlabPull) unmergeable(head string) forge.Reason {
	switch {
	case p.State == "merged":
		return forge.AlreadyMerged
	case p.State == "closed", p.State == "locked":
		return forge.NotOpen
	case p.SHA != head:
		return forge.HeadMoved
	case p.Draft:
		return forge.IsDraft
	}
	switch p.Merging {
	case "checking", "unchecked", "preparing", "approvals_syncing":
		return forge.Later
	case "conflict", "broken_status":
		return forge.Clash
	case "ci_must_pass", "ci_still_running", "external_status_checks", "status_checks_must_pass":
		return forge.NeedsChecks
	case "not_approved", "requested_changes", "discussions_not_resolved":
		return forge.NeedsReviews
	}
	if p.Conflicts {
		return forge.Clash
	}
	return forge.NotAllowed
}

// Close implements forge.Port.
func (g gitlab) Close(ctx context.Context, number int) error {
	return g.call(ctx, http.MethodPut, g.pullPath(number), map[string]string{"state_event": "close"}, nil)
}
