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

// gitea speaks the API of Gitea and Forgejo.
type gitea struct {
	rest
	project string // path of the project below the base
}

// draftMark begins the title of a draft. Gitea recognizes "WIP:" and "[WIP]" unless its operator changes it.
const draftMark = "WIP: "

func (f *Forges) newGitea(s forge.Settings, token string) gitea {
	owner, name := s.Split()
	return gitea{rest{f: f, client: f.client(passOn), base: s.API, header: "Authorization", value: "token " + token, token: token},
		"/repos/" + url.PathEscape(owner) + "/" + url.PathEscape(name)}
}

func passOn(next http.RoundTripper) http.RoundTripper { return next }

type giteaRepository struct {
	HasPulls     *bool  `json:"has_pull_requests"`
	MergeCommits *bool  `json:"allow_merge_commits"`
	MergeStyle   string `json:"default_merge_style"`
	Permissions  struct {
		Admin bool `json:"admin"`
		Push  bool `json:"push"`
		Pull  bool `json:"pull"`
	} `json:"permissions"`
}

type giteaPull struct {
	Number  int    `json:"number"`
	URL     string `json:"html_url"`
	Title   string `json:"title"`
	Body    string `json:"body"`
	State   string `json:"state"`
	Draft   bool   `json:"draft"`
	Merged  bool   `json:"merged"`
	Merging *bool  `json:"mergeable"`
	Commit  string `json:"merge_commit_sha"`
	Base    ref    `json:"base"`
	Head    ref    `json:"head"`
	Asked   []struct {
		Login string `json:"login"`
	} `json:"requested_reviewers"`
}

type ref struct {
	Ref string `json:"ref"`
	SHA string `json:"sha"`
}

func (p giteaPull) pull(marker string) forge.PullRequest {
	out := forge.PullRequest{Number: p.Number, URL: link(p.URL), Title: clean(strings.TrimPrefix(p.Title, draftMark), ""), State: forge.Open, Draft: p.Draft || isWIP(p.Title),
		Base: clean(p.Base.Ref, ""), Branch: clean(p.Head.Ref, ""), Head: commit(p.Head.SHA), Ours: forge.HasMarker(p.Body, marker)}
	switch {
	case p.Merged:
		out.State, out.MergeCommit = forge.Merged, commit(p.Commit)
	case p.State == "closed":
		out.State = forge.Closed
	case p.Merging != nil && *p.Merging:
		out.Merging = forge.MergingClean // false is also the answer while it computes
	}
	for _, a := range p.Asked {
		out.Reviewers = append(out.Reviewers, a.Login)
	}
	out.Reviewers = names(out.Reviewers)
	return out
}

func isWIP(title string) bool {
	upper := strings.ToUpper(title)
	return strings.HasPrefix(upper, "WIP:") || strings.HasPrefix(upper, "[WIP]")
}

// Access implements forge.Port. A token without read:user cannot name its account.
func (g gitea) Access(ctx context.Context) (forge.Access, error) {
	var r giteaRepository
	if err := g.call(ctx, http.MethodGet, g.project, nil, &r); err != nil {
		return forge.Access{}, err
	}
	a := forge.Access{CanRead: r.Permissions.Pull, CanPush: r.Permissions.Push, CanAdmin: r.Permissions.Admin, TakesPulls: r.HasPulls == nil || *r.HasPulls}
	var who struct {
		Login string `json:"login"`
	}
	err := g.call(ctx, http.MethodGet, "/user", nil, &who)
	if forge.ReasonOf(err) == forge.Forbidden {
		return a, nil
	}
	a.Account = clean(who.Login, g.token)
	return a, err
}

// Protection implements forge.Port.
func (g gitea) Protection(ctx context.Context, branch string) (forge.Protection, error) {
	var b struct {
		Protected bool     `json:"protected"`
		CanPush   bool     `json:"user_can_push"`
		CanMerge  bool     `json:"user_can_merge"`
		Contexts  []string `json:"status_check_contexts"`
	}
	err := g.call(ctx, http.MethodGet, g.project+"/branches/"+url.PathEscape(branch), nil, &b)
	return forge.Protection{IsProtected: b.Protected, CanPush: b.CanPush, CanMerge: b.CanMerge, Checks: names(b.Contexts)}, err
}

// Open implements forge.Port.
func (g gitea) Open(ctx context.Context, n forge.New) (forge.PullRequest, error) {
	title := n.Title
	if n.Draft {
		title = draftMark + title
	}
	var p giteaPull
	err := g.call(ctx, http.MethodPost, g.project+"/pulls", map[string]string{"head": n.Branch, "base": n.Base, "title": title, "body": n.Description()}, &p)
	return numbered(p.pull(n.Marker), openRefusal(err))
}

// nothingNew are the words of forges for a branch without a commit of its own.
var nothingNew = []string{"no changes between", "no commits between", "there are no changes"}

// openRefusal tells apart what forges answer 422 to.
func openRefusal(err error) error {
	r, ok := err.(*forge.Refusal)
	if !ok || r.Status != http.StatusUnprocessableEntity && r.Status != http.StatusBadRequest {
		return err
	}
	said := strings.ToLower(r.Text)
	if strings.Contains(said, "already exists") {
		return override(err, forge.Exists, r.Status)
	}
	for _, s := range nothingNew {
		if strings.Contains(said, s) {
			return override(err, forge.NothingNew, r.Status)
		}
	}
	return err
}

// Find implements forge.Port. Gitea has one address for a pair of branches; its answer can be a closed one, so the open ones are
// searched then.
func (g gitea) Find(ctx context.Context, n forge.New) (forge.PullRequest, error) {
	var p giteaPull
	err := g.call(ctx, http.MethodGet, g.project+"/pulls/"+url.PathEscape(n.Base)+"/"+url.PathEscape(n.Branch), nil, &p)
	if err == nil && p.State == "open" || err != nil && forge.ReasonOf(err) != forge.Missing {
		return p.pull(n.Marker), err
	}
	for page := 1; page <= 4; page++ {
		var all []giteaPull
		if err := g.call(ctx, http.MethodGet, g.project+"/pulls?state=open&sort=recentupdate&limit=50&page="+strconv.Itoa(page), nil, &all); err != nil {
			return forge.PullRequest{}, err
		}
		for _, p := range all {
			if p.State == "open" && p.Head.Ref == n.Branch && p.Base.Ref == n.Base {
				return p.pull(n.Marker), nil
			}
		}
		if len(all) < 50 {
			break
		}
	}
	return forge.PullRequest{}, &forge.Refusal{Reason: forge.Missing, Status: http.StatusNotFound}
}

func (g gitea) pullPath(number int) string { return g.project + "/pulls/" + strconv.Itoa(number) }

// Read implements forge.Port.
func (g gitea) Read(ctx context.Context, number int) (forge.PullRequest, error) {
	var p giteaPull
	err := g.call(ctx, http.MethodGet, g.pullPath(number), nil, &p)
	return numbered(p.pull(""), err)
}

// Checks implements forge.Port.
func (g gitea) Checks(ctx context.Context, p forge.PullRequest) (forge.Checks, error) {
	var combined struct {
		Statuses []struct {
			Context string     `json:"context"`
			Status  string     `json:"status"`
			Text    string     `json:"description"`
			URL     string     `json:"target_url"`
			Created *time.Time `json:"created_at"`
			Updated *time.Time `json:"updated_at"`
		} `json:"statuses"`
	}
	if p.Head == "" {
		return nil, nil
	}
	err := g.call(ctx, http.MethodGet, g.project+"/commits/"+p.Head+"/status?limit=50", nil, &combined)
	var all forge.Checks
	for _, s := range combined.Statuses[:min(len(combined.Statuses), forge.MaxChecks)] {
		all = append(all, forge.Check{Name: clean(s.Context, g.token), Status: statusOf(s.Status), Text: clean(s.Text, g.token), URL: link(s.URL), Duration: between(s.Created, s.Updated)})
	}
	return all, err
}

// statusOf reads the words of all three forges for the result of a check.
func statusOf(s string) forge.CheckStatus {
	switch s {
	case "success":
		return forge.CheckPassed
	case "failure", "error", "failed", "timed_out", "action_required", "canceled", "cancelled", "startup_failure", "stale":
		return forge.CheckFailed
	case "skipped", "neutral", "warning", "manual":
		return forge.CheckSkipped
	}
	return forge.CheckRunning
}

// MarkReady implements forge.Port.
func (g gitea) MarkReady(ctx context.Context, p forge.PullRequest) error {
	var now giteaPull
	if err := g.call(ctx, http.MethodGet, g.pullPath(p.Number), nil, &now); err != nil {
		return err
	}
	title := now.Title
	for isWIP(title) {
		title = strings.TrimSpace(title[strings.IndexAny(title, ":]")+1:])
	}
	return g.call(ctx, http.MethodPatch, g.pullPath(p.Number), map[string]string{"title": title}, nil)
}

// Merge implements forge.Port.
func (g gitea) Merge(ctx context.Context, m forge.MergeRequest) error {
	var r giteaRepository
	if err := g.call(ctx, http.MethodGet, g.project, nil, &r); err != nil {
		return err
	}
	style := "merge"
	if r.MergeCommits != nil && !*r.MergeCommits && r.MergeStyle != "" {
		style = r.MergeStyle
	}
	in := map[string]string{"Do": style, "head_commit_id": m.Head, "MergeTitleField": m.Title, "MergeMessageField": m.Message}
	err := g.f.mergePatiently(ctx, func() error {
		return giteaMergeRefusal(g.call(ctx, http.MethodPost, g.pullPath(m.Number)+"/merge", in, nil))
	})
	if forge.ReasonOf(err) == forge.Missing { // its answer for a closed one
		if now, readErr := g.Read(ctx, m.Number); readErr == nil && now.State == forge.Closed {
			return override(err, forge.NotOpen, http.StatusNotFound)
		}
	}
	return err
}

// giteaMerges are the messages that tell the reasons of a 405 or a 409 apart.
var giteaMerges = []struct {
	words  string
	reason forge.Reason
}{
	{"try again later", forge.Later},
	{"already merged", forge.AlreadyMerged},
	{"not allowed to merge", forge.Forbidden},
	{"status check", forge.NeedsChecks},
	{"approval", forge.NeedsReviews},
	{"review", forge.NeedsReviews},
	{"requested changes", forge.NeedsReviews},
	{"work in progress", forge.IsDraft},
	{"is closed", forge.NotOpen},
	{"head out of date", forge.HeadMoved},
	{"push out of date", forge.Later},
}

func giteaMergeRefusal(err error) error {
	r, ok := err.(*forge.Refusal)
	if !ok {
		return err
	}
	for _, m := range giteaMerges {
		if strings.Contains(strings.ToLower(r.Text), m.words) {
			return override(err, m.reason, http.StatusConflict, http.StatusMethodNotAllowed)
		}
	}
	if r.Text == "" { // a conflict has git's output in place of a message
		return override(err, forge.Clash, http.StatusConflict)
	}
	return override(err, forge.NotAllowed, http.StatusConflict)
}

// Close implements forge.Port.
func (g gitea) Close(ctx context.Context, number int) error {
	return g.call(ctx, http.MethodPatch, g.pullPath(number), map[string]string{"state": "closed"}, nil)
}
