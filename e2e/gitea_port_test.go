package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	adapters "github.com/industrial-orchestrator/orchestrator/internal/forge"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
)

// port connects the server's adapter to a repository of bot.
func (g *giteaHost) port(name, token string) forge.Port {
	g.t.Helper()
	p, err := adapters.New(adapters.Options{Client: g.client, Patience: 5 * time.Second}).Connect(forge.Settings{Kind: forge.Gitea, API: "https://" + g.web + "/api/v1", Project: "bot/" + name}, token)
	g.must(err)
	return p
}

// branch makes a branch of bot/site with a file.
func (g *giteaHost) branch(name, file, text string) {
	g.t.Helper()
	g.call(http.MethodPost, "/repos/bot/site/contents/"+file, map[string]any{"branch": "main", "new_branch": name, "message": "add " + file, "content": base64.StdEncoding.EncodeToString([]byte(text))}, nil)
}

// opened makes a branch and a pull request of it.
func (g *giteaHost) opened(p forge.Port, branch, file string) forge.PullRequest {
	g.t.Helper()
	g.branch(branch, file, branch+"\n")
	got, err := p.Open(g.t.Context(), forge.New{Base: "main", Branch: branch, Title: "Add " + branch})
	g.must(err)
	return got
}

// refused checks why the forge refuses something.
func (g *giteaHost) refused(what string, err error, want forge.Reason) {
	g.t.Helper()
	if forge.ReasonOf(err) != want || want != "" && err == nil {
		g.t.Errorf("%s: %v, not %s", what, err, want)
	}
}

// protect protects main, in place of how it was protected before.
func (g *giteaHost) protect(rule map[string]any) {
	g.t.Helper()
	var before []struct {
		Rule string `json:"rule_name"`
	}
	g.call(http.MethodGet, "/repos/bot/site/branch_protections", nil, &before)
	for _, b := range before {
		g.call(http.MethodDelete, "/repos/bot/site/branch_protections/"+b.Rule, nil, nil)
	}
	if rule != nil {
		rule["rule_name"] = "main"
		g.call(http.MethodPost, "/repos/bot/site/branch_protections", rule, nil)
	}
}

// The adapter understands every answer of a real Gitea that it makes a difference for.
func TestEveryAnswerOfGitea(t *testing.T) {
	t.Parallel()
	g := newGitea(t)
	g.fill("site", map[string]string{"greeting.txt": "goodbye\n"})
	p := g.port("site", g.token)
	t.Run("access", func(t *testing.T) { g.on(t).access(p) })
	t.Run("open", func(t *testing.T) { g.on(t).opens(p) })
	t.Run("checks", func(t *testing.T) { g.on(t).checks(p) })
	t.Run("merge", func(t *testing.T) { g.on(t).mergesAndCloses(p) })
	t.Run("rules", func(t *testing.T) { g.on(t).rules(p) })
}

// on is the same Gitea for a part of a test.
func (g *giteaHost) on(t *testing.T) *giteaHost { c := *g; c.t = t; return &c }

func (g *giteaHost) access(p forge.Port) {
	if a, err := p.Access(g.t.Context()); err != nil || a != (forge.Access{Account: "bot", CanRead: true, CanPush: true, CanAdmin: true, TakesPulls: true}) {
		g.t.Errorf("%+v, %v", a, err)
	}
	_, err := g.port("site", strings.Repeat("0", 40)).Access(g.t.Context())
	g.refused("a token of nobody", err, forge.BadToken)
	_, err = g.port("nope", g.token).Access(g.t.Context())
	g.refused("no repository", err, forge.Missing)
	if got, err := p.Protection(g.t.Context(), "main"); err != nil || got.IsProtected || !got.CanPush {
		g.t.Errorf("an open branch: %+v, %v", got, err)
	}
	g.protect(map[string]any{"enable_push": false, "enable_status_check": true, "status_check_contexts": []string{"ci/build"}})
	if got, err := p.Protection(g.t.Context(), "main"); err != nil || !got.IsProtected || got.CanPush || !slices.Equal(got.Checks, []string{"ci/build"}) {
		g.t.Errorf("a protected branch: %+v, %v", got, err)
	}
	g.protect(nil)
	_, err = p.Protection(g.t.Context(), "nope")
	g.refused("no branch", err, forge.Missing)
}

func (g *giteaHost) opens(p forge.Port) {
	ctx := g.t.Context()
	g.branch("fix/one", "one.txt", "1\n")
	n := forge.New{Base: "main", Branch: "fix/one", Title: "Add one", Body: "Because.", Draft: true, Marker: "m1"}
	first, err := p.Open(ctx, n)
	if err != nil || first.Number != 1 || !first.Draft || !first.Ours || first.Title != "Add one" || first.State != forge.Open || first.Base != "main" || first.Branch != "fix/one" || len(first.Head) != 40 {
		g.t.Fatalf("%+v, %v", first, err)
	}
	_, err = p.Open(ctx, n)
	g.refused("again", err, forge.Exists)
	if found, err := p.Find(ctx, n); err != nil || found.Number != 1 || !found.Ours {
		g.t.Errorf("found %+v, %v", found, err)
	}
	_, err = p.Open(ctx, forge.New{Base: "main", Branch: "nope", Title: "x"})
	g.refused("no branch", err, forge.Missing)
	g.refused("merge of a draft", p.Merge(ctx, forge.MergeRequest{Number: 1, Head: first.Head}), forge.IsDraft)
	g.refused("ready", p.MarkReady(ctx, first), "")
	if now, err := p.Read(ctx, 1); err != nil || now.Draft || now.Title != "Add one" {
		g.t.Errorf("when it is ready: %+v, %v", now, err)
	}
	g.refused("closed", p.Close(ctx, 1), "")
	if now, err := p.Read(ctx, 1); err != nil || now.State != forge.Closed {
		g.t.Errorf("when it is closed: %+v, %v", now, err)
	}
	_, err = p.Find(ctx, n)
	g.refused("a closed one", err, forge.Missing)
	again, err := p.Open(ctx, n)
	if found, findErr := p.Find(ctx, n); err != nil || findErr != nil || found.Number != again.Number || found.State != forge.Open {
		g.t.Errorf("the second of a branch: %+v, %v, found %+v, %v", again, err, found, findErr)
	}
	_, err = p.Read(ctx, 99)
	g.refused("no number", err, forge.Missing)
}

func (g *giteaHost) checks(p forge.Port) {
	pull := g.opened(p, "fix/checks", "checks.txt")
	if got, err := p.Checks(g.t.Context(), pull); err != nil || len(got) != 0 {
		g.t.Errorf("without any: %+v, %v", got, err)
	}
	want := map[string]forge.CheckStatus{"pending": forge.CheckRunning, "success": forge.CheckPassed, "error": forge.CheckFailed, "failure": forge.CheckFailed, "warning": forge.CheckSkipped, "skipped": forge.CheckSkipped}
	for state := range want {
		g.call(http.MethodPost, "/repos/bot/site/statuses/"+pull.Head, map[string]any{"state": state, "context": state, "description": "it is " + state, "target_url": "https://ci.example/" + state}, nil)
	}
	got, err := p.Checks(g.t.Context(), pull)
	states := map[string]forge.CheckStatus{}
	for _, c := range got {
		if states[c.Name] = c.Status; c.Text != "it is "+c.Name || c.URL != "https://ci.example/"+c.Name {
			g.t.Errorf("%+v", c)
		}
	}
	if err != nil || !reflect.DeepEqual(states, want) {
		g.t.Errorf("%+v, %v", states, err)
	}
}

func (g *giteaHost) mergesAndCloses(p forge.Port) {
	ctx := g.t.Context()
	one, clash := g.opened(p, "fix/merge", "merge.txt"), g.opened(p, "fix/clash", "merge.txt")
	g.refused("an old head", p.Merge(ctx, forge.MergeRequest{Number: one.Number, Head: clash.Head}), forge.HeadMoved)
	g.refused("a merge", p.Merge(ctx, forge.MergeRequest{Number: one.Number, Head: one.Head, Title: "Add it"}), "")
	if now, err := p.Read(ctx, one.Number); err != nil || now.State != forge.Merged || len(now.MergeCommit) != 40 {
		g.t.Errorf("when it is merged: %+v, %v", now, err)
	}
	g.refused("a merge again", p.Merge(ctx, forge.MergeRequest{Number: one.Number, Head: one.Head}), forge.AlreadyMerged)
	g.seesConflict(clash.Number)
	g.refused("a conflict", p.Merge(ctx, forge.MergeRequest{Number: clash.Number, Head: clash.Head}), forge.Later)
	g.refused("closed", p.Close(ctx, clash.Number), "")
	g.refused("a merge of a closed one", p.Merge(ctx, forge.MergeRequest{Number: clash.Number, Head: clash.Head}), forge.NotOpen)
}

func (g *giteaHost) rules(p forge.Port) {
	ctx := g.t.Context()
	pull := g.opened(p, "fix/rules", "rules.txt")
	merge := func() error { return p.Merge(ctx, forge.MergeRequest{Number: pull.Number, Head: pull.Head}) }
	g.protect(map[string]any{"enable_status_check": true, "status_check_contexts": []string{"ci/build"}})
	g.refused("without its check", merge(), forge.NeedsChecks)
	g.protect(map[string]any{"required_approvals": 1})
	g.refused("without a review", merge(), forge.NeedsReviews)
	g.protect(map[string]any{"enable_merge_whitelist": true, "merge_whitelist_usernames": []string{}})
	g.refused("without the right", merge(), forge.Forbidden)
	g.protect(nil)
	g.styles(p)
	g.call(http.MethodPatch, "/repos/bot/site", map[string]any{"has_pull_requests": false}, nil)
	if a, err := p.Access(ctx); err != nil || a.TakesPulls {
		g.t.Errorf("without pull requests: %+v, %v", a, err)
	}
}

// styles merges where the repository allows only one other style than a merge commit.
func (g *giteaHost) styles(p forge.Port) {
	ctx := g.t.Context()
	for _, style := range []string{"squash", "rebase", "rebase-merge"} {
		g.only(style)
		one := g.opened(p, "fix/"+style, style+".txt")
		g.refused(style, p.Merge(ctx, forge.MergeRequest{Number: one.Number, Head: one.Head}), "")
		if now, err := p.Read(ctx, one.Number); err != nil || now.State != forge.Merged || len(now.MergeCommit) != 40 {
			g.t.Errorf("%s: %+v, %v", style, now, err)
		}
	}
	g.only("rebase")
	clash := g.opened(p, "fix/there-and-back", "back.txt") // a rebase conflicts in its first commit, a merge would not
	g.commit("fix/there-and-back", "greeting.txt", "hello\n")
	g.commit("fix/there-and-back", "greeting.txt", "goodbye\n")
	g.commit("main", "greeting.txt", "good evening\n")
	now, err := p.Read(ctx, clash.Number)
	g.must(err)
	g.refused("a conflict of a rebase", p.Merge(ctx, forge.MergeRequest{Number: clash.Number, Head: now.Head}), forge.Clash)
}

// only lets bot/site be merged in one style.
func (g *giteaHost) only(style string) {
	g.t.Helper()
	g.call(http.MethodPatch, "/repos/bot/site", map[string]any{"has_pull_requests": true, "allow_merge_commits": false, "allow_rebase": style == "rebase", "allow_rebase_explicit": style == "rebase-merge",
		"allow_squash_merge": style == "squash", "default_merge_style": style}, nil)
}

// commit changes a file on a branch of bot/site, or adds it.
func (g *giteaHost) commit(branch, file, text string) {
	g.t.Helper()
	change := map[string]any{"branch": branch, "message": "change " + file, "content": base64.StdEncoding.EncodeToString([]byte(text))}
	var now struct{ SHA string }
	method := http.MethodPost
	if g.tries("/repos/bot/site/contents/"+file+"?ref="+url.QueryEscape(branch), &now); now.SHA != "" {
		method, change["sha"] = http.MethodPut, now.SHA
	}
	g.call(method, "/repos/bot/site/contents/"+file, change, nil)
}

// tries reads what may not exist.
func (g *giteaHost) tries(path string, out any) {
	g.t.Helper()
	r, err := http.NewRequest(http.MethodGet, "https://"+g.web+"/api/v1"+path, nil)
	g.must(err)
	r.Header.Set("Authorization", "token "+g.token)
	res, err := g.client.Do(r)
	g.must(err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusNotFound {
		g.must(json.NewDecoder(res.Body).Decode(out))
	}
}

// seesConflict waits until Gitea has found out that it cannot merge a pull request of bot/site.
func (g *giteaHost) seesConflict(number int) {
	g.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		var p struct{ Mergeable bool }
		if g.call(http.MethodGet, fmt.Sprintf("/repos/bot/site/pulls/%d", number), nil, &p); !p.Mergeable {
			return
		}
		if time.Now().After(deadline) {
			g.t.Fatalf("Gitea merges #%d", number)
		}
		<-tick.C
	}
}
