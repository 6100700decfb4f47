package forge

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-github/v93/github"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
)

// hub speaks the API of GitHub through its Go client.
type hub struct {
	f           *Forges
	c           *github.Client
	owner, name string
	token       string
	api         string
}

func (f *Forges) newGitHub(s forge.Settings, token string) (forge.Port, error) {
	base := s.API + "/"
	options := []github.ClientOptionsFunc{github.WithHTTPClient(f.client(f.cache.through)), github.WithUserAgent(userAgent), github.WithURLs(&base, &base)}
	if token != "" {
		options = append(options, github.WithAuthToken(token))
	}
	c, err := github.NewClient(options...)
	if err != nil {
		return nil, err
	}
	owner, name := s.Split()
	return hub{f: f, c: c, owner: owner, name: name, token: token, api: s.API}, nil
}

// ask runs one request within the time limit.
func (h hub) ask(ctx context.Context, send func(context.Context) error) error {
	within, cancel := h.f.within(ctx)
	defer cancel()
	return h.refusal(ctx, send(within))
}

// refusal translates the client's errors.
func (h hub) refusal(ctx context.Context, err error) error {
	var limited *github.RateLimitError
	var abuse *github.AbuseRateLimitError
	var accepted *github.AcceptedError
	var redirected *github.RedirectionError
	var answered *github.ErrorResponse
	var ours *forge.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ours):
		return ours
	case errors.As(err, &redirected):
		r := &forge.Refusal{Reason: forge.Redirected, Status: redirected.StatusCode}
		if redirected.Location != nil {
			r.Text = clean(redirected.Location.String(), h.token)
		}
		return r
	case errors.As(err, &limited):
		return &forge.Refusal{Reason: forge.Limited, Status: http.StatusForbidden, Text: clean(limited.Message, h.token), RetryAfter: min(max(time.Until(limited.Rate.Reset.Time), 0), time.Hour)}
	case errors.As(err, &abuse):
		r := &forge.Refusal{Reason: forge.Limited, Status: http.StatusForbidden, Text: clean(abuse.Message, h.token), RetryAfter: time.Minute}
		if abuse.RetryAfter != nil {
			r.RetryAfter = min(max(*abuse.RetryAfter, 0), time.Hour)
		}
		return r
	case errors.As(err, &accepted):
		return &forge.Refusal{Reason: forge.Later, Status: http.StatusAccepted}
	case errors.As(err, &answered) && answered.Response != nil:
		return h.answered(answered)
	}
	if isDecoding(err) {
		return (&forge.Refusal{Reason: forge.Broken, Text: "the answer is not the JSON of this API"}).Because(err)
	}
	return connectionRefusal(ctx, err, h.token)
}

func (h hub) answered(e *github.ErrorResponse) error {
	said := []string{e.Message}
	for _, one := range e.Errors {
		if one.Message != "" {
			said = append(said, one.Message)
		} else if one.Field != "" {
			said = append(said, one.Field+": "+one.Code)
		}
	}
	return &forge.Refusal{Reason: reasonOf(e.Response.StatusCode, e.Response.Header), Status: e.Response.StatusCode, Text: clean(strings.Join(said, "; "), h.token),
		RetryAfter: retryAfter(e.Response.Header, time.Now())}
}

// isDecoding reports whether an answer was not the expected JSON.
func isDecoding(err error) bool {
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	var parse *time.ParseError
	return errors.As(err, &syntax) || errors.As(err, &shape) || errors.As(err, &parse)
}

func (h hub) pull(p *github.PullRequest, marker string) forge.PullRequest {
	if p == nil { // also the answer null
		return forge.PullRequest{}
	}
	out := forge.PullRequest{Number: p.GetNumber(), URL: link(p.GetHTMLURL()), Title: clean(p.GetTitle(), h.token), State: forge.Open, Draft: p.GetDraft(),
		Base: clean(p.GetBase().GetRef(), ""), Branch: clean(p.GetHead().GetRef(), ""), Head: commit(p.GetHead().GetSHA()), Ours: forge.HasMarker(p.GetBody(), marker)}
	switch {
	case p.GetMerged() || p.MergedAt != nil:
		out.State, out.MergeCommit = forge.Merged, commit(p.GetMergeCommitSHA())
	case p.GetState() == "closed":
		out.State = forge.Closed
	default:
		out.Merging = githubMerging(p)
	}
	for _, u := range p.RequestedReviewers {
		out.Reviewers = append(out.Reviewers, u.GetLogin())
	}
	out.Reviewers = names(out.Reviewers)
	return out
}

func githubMerging(p *github.PullRequest) forge.Merging {
	switch {
	case p.Mergeable == nil:
		return forge.MergingUnknown
	case !p.GetMergeable(), p.GetMergeableState() == "dirty":
		return forge.MergingClash
	case p.GetMergeableState() == "blocked", p.GetMergeableState() == "draft", p.GetMergeableState() == "behind":
		return forge.MergingBlocked
	}
	return forge.MergingClean
}

// Access implements forge.Port. The rights are those of the account: GitHub does not report the scopes of a fine-grained token. A token
// of an app has no account.
func (h hub) Access(ctx context.Context) (forge.Access, error) {
	var a forge.Access
	err := h.ask(ctx, func(ctx context.Context) error {
		r, _, err := h.c.Repositories.Get(ctx, h.owner, h.name)
		if err == nil && r != nil {
			p := r.GetPermissions()
			a = forge.Access{CanRead: true, CanPush: p.GetPush(), CanAdmin: p.GetAdmin(), TakesPulls: r.HasPullRequests == nil || r.GetHasPullRequests()}
		}
		return err
	})
	if err != nil {
		return a, err
	}
	err = h.ask(ctx, func(ctx context.Context) error {
		u, _, err := h.c.Users.Get(ctx, "")
		a.Account = clean(u.GetLogin(), h.token)
		return err
	})
	if forge.ReasonOf(err) == forge.Forbidden {
		return a, nil
	}
	return a, err
}

// Protection implements forge.Port.
func (h hub) Protection(ctx context.Context, branch string) (forge.Protection, error) {
	out := forge.Protection{CanPush: true, CanMerge: true}
	err := h.ask(ctx, func(ctx context.Context) error {
		req, err := h.c.NewRequest(ctx, http.MethodGet, "repos/"+h.owner+"/"+h.name+"/branches/"+url.PathEscape(branch), nil)
		if err != nil {
			return err
		}
		var b github.Branch
		if _, err := h.c.Do(req, &b); err != nil {
			return err
		}
		out.IsProtected = b.GetProtected()
		if checks := b.GetProtection().GetRequiredStatusChecks(); checks != nil && checks.Contexts != nil {
			out.Checks = names(*checks.Contexts)
		}
		return nil
	})
	return out, err
}

// Open implements forge.Port.
func (h hub) Open(ctx context.Context, n forge.New) (out forge.PullRequest, err error) {
	in := github.CreatePullRequest{Title: &n.Title, Head: n.Branch, Base: n.Base, Body: new(n.Description()), Draft: &n.Draft}
	err = h.ask(ctx, func(ctx context.Context) error {
		p, _, err := h.c.PullRequests.Create(ctx, h.owner, h.name, in)
		out = h.pull(p, n.Marker)
		return err
	})
	return numbered(out, openRefusal(err))
}

// Find implements forge.Port.
func (h hub) Find(ctx context.Context, n forge.New) (out forge.PullRequest, err error) {
	err = h.ask(ctx, func(ctx context.Context) error {
		all, _, err := h.c.PullRequests.List(ctx, h.owner, h.name, &github.PullRequestListOptions{State: "open", Head: h.owner + ":" + n.Branch, Base: n.Base})
		if err != nil {
			return err
		}
		for _, p := range all {
			if p.GetHead().GetRef() == n.Branch && p.GetBase().GetRef() == n.Base {
				out = h.pull(p, n.Marker)
				return nil
			}
		}
		return &forge.Refusal{Reason: forge.Missing, Status: http.StatusNotFound}
	})
	return out, err
}

// Read implements forge.Port.
func (h hub) Read(ctx context.Context, number int) (out forge.PullRequest, err error) {
	err = h.ask(ctx, func(ctx context.Context) error {
		p, _, err := h.c.PullRequests.Get(ctx, h.owner, h.name, number)
		out = h.pull(p, "")
		return err
	})
	return numbered(out, err)
}

// Checks implements forge.Port. GitHub has results in two places: statuses and check runs.
func (h hub) Checks(ctx context.Context, p forge.PullRequest) (all forge.Checks, err error) {
	if p.Head == "" {
		return nil, nil
	}
	page := github.ListOptions{PerPage: 100}
	err = h.ask(ctx, func(ctx context.Context) error {
		runs, _, err := h.c.Checks.ListCheckRunsForRef(ctx, h.owner, h.name, p.Head, &github.ListCheckRunsOptions{ListOptions: page})
		if err == nil && runs != nil {
			all = append(all, h.runs(runs.CheckRuns)...)
		}
		return err
	})
	if err != nil && forge.ReasonOf(err) != forge.Forbidden { // an old token can lack the scope
		return all, err
	}
	err = h.ask(ctx, func(ctx context.Context) error {
		combined, _, err := h.c.Repositories.GetCombinedStatus(ctx, h.owner, h.name, p.Head, &page)
		if err == nil && combined != nil {
			all = append(all, h.statuses(combined.Statuses)...)
		}
		return err
	})
	return all[:min(len(all), forge.MaxChecks)], err
}

func (h hub) runs(runs []*github.CheckRun) (all forge.Checks) {
	for _, r := range runs {
		if r == nil {
			continue
		}
		c := forge.Check{Name: clean(r.GetName(), h.token), URL: link(r.GetHTMLURL()), Text: clean(r.GetOutput().GetTitle(), h.token), Status: forge.CheckRunning}
		if r.GetStatus() == "completed" {
			c.Status, c.Duration = statusOf(r.GetConclusion()), between(at(r.StartedAt), at(r.CompletedAt))
		}
		all = append(all, c)
	}
	return all
}

func (h hub) statuses(statuses []*github.RepoStatus) (all forge.Checks) {
	for _, s := range statuses {
		all = append(all, forge.Check{Name: clean(s.GetContext(), h.token), URL: link(s.GetTargetURL()), Text: clean(s.GetDescription(), h.token), Status: statusOf(s.GetState())})
	}
	return all
}

func at(t *github.Timestamp) *time.Time { return t.GetTime() }

// Close implements forge.Port.
func (h hub) Close(ctx context.Context, number int) error {
	return h.ask(ctx, func(ctx context.Context) error {
		_, _, err := h.c.PullRequests.Edit(ctx, h.owner, h.name, number, &github.PullRequest{State: new("closed")})
		return err
	})
}
