package forge_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	adapters "github.com/industrial-orchestrator/orchestrator/internal/forge"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
)

// The answers are those of the forges' documentation and, for Gitea, of a real one; fields that nothing reads are left out.
const (
	hubPull = `{"number":7,"node_id":"PR_x","html_url":"https://github.example/acme/billing/pull/7","state":%q,"title":"Fix the total","body":"It was off by one.\n\n<!-- orchestrator:m1 -->",
		"draft":%t,"merged":%t,"mergeable":%s,"mergeable_state":%q,"merge_commit_sha":"` + merge + `","requested_reviewers":[{"login":"lena"}],
		"head":{"ref":"fix/total","sha":"` + head + `","repo":{"full_name":"acme/billing"}},"base":{"ref":"main","sha":"` + merge + `"}}`
	labPull = `{"id":900,"iid":7,"web_url":"https://gitlab.example/acme/billing/-/merge_requests/7","state":%q,"title":"Fix the total","description":"x\n\n<!-- orchestrator:m1 -->",
		"draft":%t,"source_branch":"fix/total","target_branch":"main","sha":"` + head + `","merge_commit_sha":%s,"squash_commit_sha":null,"detailed_merge_status":%q,"has_conflicts":false,
		"reviewers":[{"username":"lena"}]}`
	teaPull = `{"number":7,"html_url":"https://gitea.example/acme/billing/pulls/7","state":%q,"title":%q,"body":"x\n\n<!-- orchestrator:m1 -->","draft":false,"merged":%t,"mergeable":%t,
		"merge_commit_sha":%s,"requested_reviewers":[{"login":"lena"}],"base":{"ref":"main","sha":"` + merge + `"},"head":{"ref":"fix/total","sha":"` + head + `"}}`
)

const hub, lab, tea = "/api/v3/repos/acme/billing", "/api/v3/projects/acme%2Fbilling", "/api/v3/repos/acme/billing"

func ok(body string) []answer { return []answer{{status: 200, body: body}} }

func want(url string, change func(*forge.PullRequest)) forge.PullRequest {
	p := forge.PullRequest{Number: 7, URL: url, Title: "Fix the total", State: forge.Open, Base: "main", Branch: "fix/total", Head: head, Reviewers: []string{"lena"}}
	change(&p)
	return p
}

func TestOpenSendsWhatEachForgeExpects(t *testing.T) {
	t.Parallel()
	draft := wanted
	draft.Draft = true
	const body = "It was off by one.\n\n<!-- orchestrator:m1 -->"
	for k, c := range map[forge.Kind]struct {
		answer string
		auth   string
		body   map[string]any
		url    string
	}{
		forge.GitHub: {fmt.Sprintf(hubPull, "open", true, false, "null", "unknown"), "Bearer " + token,
			map[string]any{"head": "fix/total", "base": "main", "title": "Fix the total", "body": body, "draft": true}, "https://github.example/acme/billing/pull/7"},
		forge.GitLab: {fmt.Sprintf(labPull, "opened", true, "null", "draft_status"), token,
			map[string]any{"source_branch": "fix/total", "target_branch": "main", "title": "Draft: Fix the total", "description": body}, "https://gitlab.example/acme/billing/-/merge_requests/7"},
		forge.Gitea: {fmt.Sprintf(teaPull, "open", "WIP: Fix the total", false, false, "null"), "token " + token,
			map[string]any{"head": "fix/total", "base": "main", "title": "WIP: Fix the total", "body": body}, "https://gitea.example/acme/billing/pulls/7"},
	} {
		s := serve(t, map[string][]answer{openLine[k]: {{status: 201, body: c.answer}}})
		p, err := connect(t, settings(k, s.URL), adapters.Options{}).Open(t.Context(), draft)
		if err != nil || p.Number != 7 || p.URL != c.url || !p.Draft || !p.Ours || p.State != forge.Open || p.Title != "Fix the total" || p.Head != head {
			t.Errorf("%s: %+v, %v", k, p, err)
		}
		if got := s.last(); got.auth != c.auth || !reflect.DeepEqual(got.body, c.body) {
			t.Errorf("%s: sent %+v", k, got)
		}
	}
}

func TestRefusalsOfOpen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind   forge.Kind
		status int
		body   string
		reason forge.Reason
	}{
		{forge.GitHub, 401, `{"message":"Bad credentials","documentation_url":"https://docs.example"}`, forge.BadToken},
		{forge.GitHub, 403, `{"message":"Resource not accessible by personal access token"}`, forge.Forbidden},
		{forge.GitHub, 404, `{"message":"Not Found"}`, forge.Missing},
		{forge.GitHub, 422, `{"message":"Validation Failed","errors":[{"resource":"PullRequest","code":"custom","message":"A pull request already exists for acme:fix/total."}]}`, forge.Exists},
		{forge.GitHub, 422, `{"message":"Validation Failed","errors":[{"resource":"PullRequest","code":"custom","message":"No commits between main and fix/total"}]}`, forge.NothingNew},
		{forge.GitHub, 422, `{"message":"Validation Failed","errors":[{"resource":"PullRequest","field":"head","code":"invalid"}]}`, forge.Invalid},
		{forge.GitLab, 401, `{"message":"401 Unauthorized"}`, forge.BadToken},
		{forge.GitLab, 403, `{"error":"insufficient_scope","error_description":"The request requires higher privileges than provided by the access token."}`, forge.Forbidden},
		{forge.GitLab, 404, `{"message":"404 Project Not Found"}`, forge.Missing},
		{forge.GitLab, 409, `{"message":["Another open merge request already exists for this source branch: !5"]}`, forge.Exists},
		{forge.GitLab, 422, `{"message":{"base":["is invalid"]}}`, forge.Invalid},
		{forge.Gitea, 401, `{"message":"invalid username, password or token","url":"https://gitea.example/api/swagger"}`, forge.BadToken},
		{forge.Gitea, 403, `{"message":"token does not have at least one of required scope(s), required=[write:issue], token scope=write:repository"}`, forge.Forbidden},
		{forge.Gitea, 404, `{"errors":[],"message":"ref \"nope\" does not exist"}`, forge.Missing},
		{forge.Gitea, 409, `{"message":"pull request already exists for these targets [id: 3, issue_id: 3]"}`, forge.Exists},
		{forge.Gitea, 422, `{"message":"[Base]: Required"}`, forge.Invalid},
		{forge.Gitea, 422, `{"message":"no changes between the head and the base"}`, forge.NothingNew},
	} {
		s := serve(t, map[string][]answer{openLine[c.kind]: {{status: c.status, body: c.body}}})
		_, err := connect(t, settings(c.kind, s.URL), adapters.Options{}).Open(t.Context(), wanted)
		var r *forge.Refusal
		if !errors.As(err, &r) || r.Reason != c.reason || r.Status != c.status || r.Text == "" {
			t.Errorf("%s %d %s: %#v", c.kind, c.status, c.body, err)
		}
	}
}

func TestFindReturnsTheOpenOneOfTheseBranches(t *testing.T) {
	t.Parallel()
	other := `{"number":3,"iid":3,"state":"open","head":{"ref":"other"},"base":{"ref":"main"},"source_branch":"other","target_branch":"main"}`
	for k, script := range map[forge.Kind]map[string][]answer{
		forge.GitHub: {"GET " + hub + "/pulls?base=main&head=acme%3Afix%2Ftotal&state=open": ok("[" + other + "," + fmt.Sprintf(hubPull, "open", false, false, "null", "") + "]")},
		forge.GitLab: {"GET " + lab + "/merge_requests?order_by=created_at&per_page=20&sort=desc&source_branch=fix%2Ftotal&state=opened&target_branch=main": ok("[" + other + "," + fmt.Sprintf(labPull, "opened", false, "null", "") + "]")},
		forge.Gitea: {"GET " + tea + "/pulls/main/fix%2Ftotal": ok(fmt.Sprintf(teaPull, "closed", "old", false, false, "null")),
			"GET " + tea + "/pulls?state=open&sort=recentupdate&limit=50&page=1": ok("[" + other + "," + fmt.Sprintf(teaPull, "open", "Fix the total", false, false, "null") + "]")},
	} {
		s := serve(t, script)
		p, err := connect(t, settings(k, s.URL), adapters.Options{}).Find(t.Context(), wanted)
		if err != nil || p.Number != 7 || !p.Ours || p.State != forge.Open {
			t.Errorf("%s: %+v, %v, %v", k, p, err, s.lines())
		}
		if _, err := connect(t, settings(k, serve(t, nil).URL), adapters.Options{}).Find(t.Context(), wanted); forge.ReasonOf(err) != forge.Missing {
			t.Errorf("%s: %v", k, err)
		}
	}
}

func TestReadUnderstandsEveryState(t *testing.T) {
	t.Parallel()
	const hubURL, labURL, teaURL = "https://github.example/acme/billing/pull/7", "https://gitlab.example/acme/billing/-/merge_requests/7", "https://gitea.example/acme/billing/pulls/7"
	for _, c := range []struct {
		kind forge.Kind
		body string
		want forge.PullRequest
	}{
		{forge.GitHub, fmt.Sprintf(hubPull, "open", false, false, "null", "unknown"), want(hubURL, func(*forge.PullRequest) {})},
		{forge.GitHub, fmt.Sprintf(hubPull, "open", false, false, "true", "clean"), want(hubURL, func(p *forge.PullRequest) { p.Merging = forge.MergingClean })},
		{forge.GitHub, fmt.Sprintf(hubPull, "open", true, false, "true", "draft"), want(hubURL, func(p *forge.PullRequest) { p.Draft, p.Merging = true, forge.MergingBlocked })},
		{forge.GitHub, fmt.Sprintf(hubPull, "open", false, false, "false", "dirty"), want(hubURL, func(p *forge.PullRequest) { p.Merging = forge.MergingClash })},
		{forge.GitHub, fmt.Sprintf(hubPull, "closed", false, false, "true", "clean"), want(hubURL, func(p *forge.PullRequest) { p.State = forge.Closed })},
		{forge.GitHub, fmt.Sprintf(hubPull, "closed", false, true, "null", "unknown"), want(hubURL, func(p *forge.PullRequest) { p.State, p.MergeCommit = forge.Merged, merge })},
		{forge.GitLab, fmt.Sprintf(labPull, "opened", false, "null", "mergeable"), want(labURL, func(p *forge.PullRequest) { p.Merging = forge.MergingClean })},
		{forge.GitLab, fmt.Sprintf(labPull, "opened", false, "null", "checking"), want(labURL, func(*forge.PullRequest) {})},
		{forge.GitLab, fmt.Sprintf(labPull, "opened", false, "null", "conflict"), want(labURL, func(p *forge.PullRequest) { p.Merging = forge.MergingClash })},
		{forge.GitLab, fmt.Sprintf(labPull, "opened", true, "null", "draft_status"), want(labURL, func(p *forge.PullRequest) { p.Draft, p.Merging = true, forge.MergingBlocked })},
		{forge.GitLab, fmt.Sprintf(labPull, "closed", false, "null", "not_open"), want(labURL, func(p *forge.PullRequest) { p.State = forge.Closed })},
		{forge.GitLab, fmt.Sprintf(labPull, "merged", false, `"`+merge+`"`, "not_open"), want(labURL, func(p *forge.PullRequest) { p.State, p.MergeCommit = forge.Merged, merge })},
		{forge.GitLab, fmt.Sprintf(labPull, "merged", false, "null", "not_open"), want(labURL, func(p *forge.PullRequest) { p.State, p.MergeCommit = forge.Merged, head })},
		{forge.Gitea, fmt.Sprintf(teaPull, "open", "Fix the total", false, false, "null"), want(teaURL, func(*forge.PullRequest) {})},
		{forge.Gitea, fmt.Sprintf(teaPull, "open", "WIP: Fix the total", false, true, "null"), want(teaURL, func(p *forge.PullRequest) { p.Draft, p.Merging = true, forge.MergingClean })},
		{forge.Gitea, fmt.Sprintf(teaPull, "closed", "Fix the total", false, false, "null"), want(teaURL, func(p *forge.PullRequest) { p.State = forge.Closed })},
		{forge.Gitea, fmt.Sprintf(teaPull, "closed", "Fix the total", true, false, `"`+merge+`"`), want(teaURL, func(p *forge.PullRequest) { p.State, p.MergeCommit = forge.Merged, merge })},
	} {
		line := map[forge.Kind]string{forge.GitHub: "GET " + hub + "/pulls/7", forge.GitLab: "GET " + lab + "/merge_requests/7", forge.Gitea: "GET " + tea + "/pulls/7"}[c.kind]
		s := serve(t, map[string][]answer{line: ok(c.body)})
		p, err := connect(t, settings(c.kind, s.URL), adapters.Options{}).Read(t.Context(), 7)
		if err != nil || !reflect.DeepEqual(p, c.want) {
			t.Errorf("%s\n got %+v, %v\nwant %+v", c.body, p, err, c.want)
		}
	}
}

func TestALinkIsOfTheWebOrNone(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"javascript:alert(1)", "https://u:p@x.example/", "//x.example/", "/pulls/7", "https://x.example/\u0000"} {
		s := serve(t, map[string][]answer{"GET " + tea + "/pulls/7": ok(fmt.Sprintf(`{"number":7,"html_url":%q}`, bad))})
		if p, _ := connect(t, settings(forge.Gitea, s.URL), adapters.Options{}).Read(t.Context(), 7); p.URL != "" {
			t.Errorf("%q became %q", bad, p.URL)
		}
	}
}

func TestChecksOfEachForge(t *testing.T) {
	t.Parallel()
	for k, c := range map[forge.Kind]struct {
		script map[string][]answer
		want   forge.Checks
	}{
		forge.GitHub: {map[string][]answer{
			"GET " + hub + "/commits/" + head + "/check-runs?per_page=100": ok(`{"total_count":3,"check_runs":[
				{"name":"build","status":"completed","conclusion":"success","html_url":"https://ci.example/1","started_at":"2026-11-22T04:58:00Z","completed_at":"2026-11-22T05:00:11Z"},
				{"name":"e2e","status":"completed","conclusion":"failure","output":{"title":"1 test failed"}},{"name":"lint","status":"in_progress","conclusion":null}]}`),
			"GET " + hub + "/commits/" + head + "/status?per_page=100": ok(`{"state":"success","statuses":[{"context":"cla","state":"success","target_url":"https://cla.example","description":"signed"}]}`)},
			forge.Checks{{Name: "build", Status: forge.CheckPassed, URL: "https://ci.example/1", Duration: 131 * time.Second}, {Name: "e2e", Status: forge.CheckFailed, Text: "1 test failed"},
				{Name: "lint", Status: forge.CheckRunning}, {Name: "cla", Status: forge.CheckPassed, URL: "https://cla.example", Text: "signed"}}},
		forge.GitLab: {map[string][]answer{"GET " + lab + "/repository/commits/" + head + "/statuses?per_page=100": ok(`[
				{"name":"build","status":"success","started_at":"2026-11-22T04:58:00.000Z","finished_at":"2026-11-22T04:58:02.000Z"},{"name":"e2e","status":"failed","allow_failure":false},
				{"name":"lint","status":"failed","allow_failure":true},{"name":"deploy","status":"manual"},{"name":"test","status":"pending"}]`)},
			forge.Checks{{Name: "build", Status: forge.CheckPassed, Duration: 2 * time.Second}, {Name: "e2e", Status: forge.CheckFailed}, {Name: "lint", Status: forge.CheckSkipped},
				{Name: "deploy", Status: forge.CheckSkipped}, {Name: "test", Status: forge.CheckRunning}}},
		forge.Gitea: {map[string][]answer{"GET " + tea + "/commits/" + head + "/status?limit=50": ok(`{"state":"failure","sha":"` + head + `","statuses":[
				{"context":"ci/build","status":"success","target_url":"https://ci.example/1","description":"ok"},{"context":"ci/e2e","status":"failure"},{"context":"ci/lint","status":"pending"}]}`)},
			forge.Checks{{Name: "ci/build", Status: forge.CheckPassed, URL: "https://ci.example/1", Text: "ok"}, {Name: "ci/e2e", Status: forge.CheckFailed}, {Name: "ci/lint", Status: forge.CheckRunning}}},
	} {
		s := serve(t, c.script)
		got, err := connect(t, settings(k, s.URL), adapters.Options{}).Checks(t.Context(), forge.PullRequest{Number: 7, Head: head})
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s\n got %+v, %v, %v\nwant %+v", k, got, err, s.lines(), c.want)
		}
	}
}

func TestWhyAMergeIsRefused(t *testing.T) {
	t.Parallel()
	const moved = "3333333333333333333333333333333333333333"
	for _, c := range []struct {
		name   string
		kind   forge.Kind
		status int
		body   string
		now    string // the pull request that is read then
		head   string
		reason forge.Reason
	}{
		{"merged", forge.GitHub, 200, `{"sha":"` + merge + `","merged":true,"message":"Pull Request successfully merged"}`, "", head, ""},
		{"moved", forge.GitHub, 409, `{"message":"Head branch was modified. Review and try the merge again."}`, fmt.Sprintf(hubPull, "open", false, false, "true", "clean"), moved, forge.HeadMoved},
		{"conflict", forge.GitHub, 405, `{"message":"Pull Request is not mergeable"}`, fmt.Sprintf(hubPull, "open", false, false, "false", "dirty"), head, forge.Clash},
		{"checks", forge.GitHub, 405, `{"message":"Required status check \"build\" is expected."}`, fmt.Sprintf(hubPull, "open", false, false, "true", "blocked"), head, forge.NeedsChecks},
		{"computing", forge.GitHub, 405, `{"message":"Pull Request is not mergeable"}`, fmt.Sprintf(hubPull, "open", false, false, "null", "unknown"), head, forge.Later},
		{"again", forge.GitHub, 405, `{"message":"Pull Request is not mergeable"}`, fmt.Sprintf(hubPull, "closed", false, true, "null", ""), head, forge.AlreadyMerged},
		{"no right", forge.GitHub, 403, `{"message":"Resource not accessible by personal access token"}`, "", head, forge.Forbidden},
		{"merged", forge.GitLab, 200, `{"iid":7,"state":"merged"}`, "", head, ""},
		{"moved", forge.GitLab, 409, `{"message":"SHA does not match HEAD of source branch: ` + head + `"}`, fmt.Sprintf(labPull, "opened", false, "null", "mergeable"), moved, forge.HeadMoved},
		{"conflict", forge.GitLab, 405, `{"message":"405 Method Not Allowed"}`, fmt.Sprintf(labPull, "opened", false, "null", "conflict"), head, forge.Clash},
		{"checks", forge.GitLab, 405, `{"message":"405 Method Not Allowed"}`, fmt.Sprintf(labPull, "opened", false, "null", "ci_must_pass"), head, forge.NeedsChecks},
		{"reviews", forge.GitLab, 405, `{"message":"405 Method Not Allowed"}`, fmt.Sprintf(labPull, "opened", false, "null", "not_approved"), head, forge.NeedsReviews},
		{"draft", forge.GitLab, 405, `{"message":"405 Method Not Allowed"}`, fmt.Sprintf(labPull, "opened", true, "null", "draft_status"), head, forge.IsDraft},
		{"computing", forge.GitLab, 405, `{"message":"405 Method Not Allowed"}`, fmt.Sprintf(labPull, "opened", false, "null", "checking"), head, forge.Later},
		{"merged", forge.Gitea, 200, ``, "", head, ""},
		{"moved", forge.Gitea, 409, `{"message":"head out of date"}`, "", moved, forge.HeadMoved},
		{"checks", forge.Gitea, 405, `{"message":"Not all required status checks successful"}`, "", head, forge.NeedsChecks},
		{"conflict or computing", forge.Gitea, 405, `{"message":"Please try again later"}`, "", head, forge.Later},
		{"again", forge.Gitea, 405, `{"message":"The PR is already merged"}`, "", head, forge.AlreadyMerged},
		{"no right", forge.Gitea, 405, `{"message":"User not allowed to merge PR"}`, "", head, forge.Forbidden},
		{"draft", forge.Gitea, 405, `{"message":"Work in progress PRs cannot be merged"}`, "", head, forge.IsDraft},
		{"no approvals", forge.Gitea, 405, `{"message":"Does not have enough approvals"}`, "", head, forge.NeedsReviews},
		{"requested changes", forge.Gitea, 405, `{"message":"There are requested changes"}`, "", head, forge.NeedsReviews},
		{"behind", forge.Gitea, 405, `{"message":"The head branch is behind the base branch"}`, "", head, forge.NotAllowed},
		{"conflict of a rebase", forge.Gitea, 409, `{"Style":"rebase","CommitSHA":"` + head + `","StdOut":"CONFLICT (content)","StdErr":"could not apply","Err":{}}`, "", head, forge.Clash},
		{"moved base", forge.Gitea, 409, `{"message":"merge push out of date"}`, "", head, forge.Later},
		{"a hook", forge.Gitea, 409, `{"message":"PushRejected with remote message: no"}`, "", head, forge.NotAllowed},
		{"closed", forge.Gitea, 404, `{"message":"not found"}`, fmt.Sprintf(teaPull, "closed", "Fix the total", false, false, "null"), head, forge.NotOpen},
		{"gone", forge.Gitea, 404, `{"message":"not found"}`, "{}", head, forge.Missing},
	} {
		at := map[forge.Kind][3]string{forge.GitHub: {hub, "PUT " + hub + "/pulls/7/merge", "GET " + hub + "/pulls/7"},
			forge.GitLab: {lab, "PUT " + lab + "/merge_requests/7/merge", "GET " + lab + "/merge_requests/7"}, forge.Gitea: {tea, "POST " + tea + "/pulls/7/merge", "GET " + tea + "/pulls/7"}}[c.kind]
		s := serve(t, map[string][]answer{"GET " + at[0]: ok(`{}`), at[1]: {{status: c.status, body: c.body}}, at[2]: ok(c.now)})
		err := connect(t, settings(c.kind, s.URL), adapters.Options{}).Merge(t.Context(), forge.MergeRequest{Number: 7, Head: c.head, Title: "Fix the total", Message: "It was off."})
		if forge.ReasonOf(err) != c.reason || c.reason == "" && err != nil {
			t.Errorf("%s, %s: %v", c.kind, c.name, err)
		}
		if c.reason == "" {
			checkMerge(t, c.kind, s.last().body)
		}
	}
}

// checkMerge checks that a merge names the head, so that a commit that arrived in between is not merged.
func checkMerge(t *testing.T, k forge.Kind, sent map[string]any) {
	t.Helper()
	want := map[forge.Kind]map[string]any{
		forge.GitHub: {"sha": head, "merge_method": "merge", "commit_title": "Fix the total", "commit_message": "It was off."},
		forge.GitLab: {"sha": head, "merge_commit_message": "Fix the total\n\nIt was off."},
		forge.Gitea:  {"Do": "merge", "head_commit_id": head, "MergeTitleField": "Fix the total", "MergeMessageField": "It was off."},
	}[k]
	if !reflect.DeepEqual(sent, want) {
		t.Errorf("%s: sent %v", k, sent)
	}
}

func TestAMergeUsesAMethodThatTheRepositoryAllows(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string][]answer{"GET " + hub: ok(`{"allow_merge_commit":false,"allow_squash_merge":false,"allow_rebase_merge":true}`), "PUT " + hub + "/pulls/7/merge": ok(`{"merged":true}`)})
	if err := connect(t, settings(forge.GitHub, s.URL), adapters.Options{}).Merge(t.Context(), forge.MergeRequest{Number: 7, Head: head}); err != nil || s.last().body["merge_method"] != "rebase" {
		t.Errorf("%v, %v", err, s.last())
	}
	s = serve(t, map[string][]answer{"GET " + tea: ok(`{"allow_merge_commits":false,"default_merge_style":"squash"}`), "POST " + tea + "/pulls/7/merge": ok(``)})
	if err := connect(t, settings(forge.Gitea, s.URL), adapters.Options{}).Merge(t.Context(), forge.MergeRequest{Number: 7, Head: head}); err != nil || s.last().body["Do"] != "squash" {
		t.Errorf("%v, %v", err, s.last())
	}
}

func TestAccessAndProtection(t *testing.T) {
	t.Parallel()
	yes := forge.Access{Account: "bot", CanRead: true, CanPush: true, TakesPulls: true}
	noName := forge.Access{CanRead: true, TakesPulls: true}
	forbidden := []answer{{status: 403, body: `{"message":"token does not have at least one of required scope(s)"}`}}
	for _, c := range []struct {
		kind   forge.Kind
		script map[string][]answer
		access forge.Access
		branch forge.Protection
	}{
		{forge.GitHub, map[string][]answer{"GET " + hub: ok(`{"permissions":{"admin":false,"push":true,"pull":true}}`), "GET /api/v3/user": ok(`{"login":"bot"}`),
			"GET " + hub + "/branches/release%2F1": ok(`{"name":"release/1","protected":true,"protection":{"enabled":true,"required_status_checks":{"enforcement_level":"non_admins","contexts":["build"]}}}`)},
			yes, forge.Protection{IsProtected: true, CanPush: true, CanMerge: true, Checks: []string{"build"}}},
		{forge.GitHub, map[string][]answer{"GET " + hub: ok(`{"permissions":{"pull":true}}`), "GET /api/v3/user": forbidden, "GET " + hub + "/branches/release%2F1": ok(`{"protected":false}`)},
			noName, forge.Protection{CanPush: true, CanMerge: true}},
		{forge.GitLab, map[string][]answer{"GET " + lab: ok(`{"merge_requests_enabled":true,"permissions":{"project_access":null,"group_access":{"access_level":30}}}`), "GET /api/v3/user": ok(`{"username":"bot"}`),
			"GET " + lab + "/repository/branches/release%2F1": ok(`{"name":"release/1","protected":true,"can_push":false}`)}, yes, forge.Protection{IsProtected: true, CanMerge: true}},
		{forge.GitLab, map[string][]answer{"GET " + lab: ok(`{"permissions":{"project_access":{"access_level":20},"group_access":null}}`), "GET /api/v3/user": forbidden,
			"GET " + lab + "/repository/branches/release%2F1": ok(`{"protected":false,"can_push":true}`)}, noName, forge.Protection{CanPush: true, CanMerge: true}},
		{forge.Gitea, map[string][]answer{"GET " + tea: ok(`{"has_pull_requests":true,"permissions":{"admin":false,"push":true,"pull":true}}`), "GET /api/v3/user": ok(`{"login":"bot"}`),
			"GET " + tea + "/branches/release%2F1": ok(`{"protected":true,"user_can_push":false,"user_can_merge":true,"status_check_contexts":["ci/build"]}`)},
			yes, forge.Protection{IsProtected: true, CanMerge: true, Checks: []string{"ci/build"}}},
		{forge.Gitea, map[string][]answer{"GET " + tea: ok(`{"has_pull_requests":true,"permissions":{"pull":true}}`), "GET /api/v3/user": forbidden,
			"GET " + tea + "/branches/release%2F1": ok(`{"protected":false,"user_can_push":true,"user_can_merge":true}`)}, noName, forge.Protection{CanPush: true, CanMerge: true}},
	} {
		s := serve(t, c.script)
		p := connect(t, settings(c.kind, s.URL), adapters.Options{})
		if got, err := p.Access(t.Context()); err != nil || got != c.access {
			t.Errorf("%s: %+v, %v", c.kind, got, err)
		}
		if got, err := p.Protection(t.Context(), "release/1"); err != nil || !reflect.DeepEqual(got, c.branch) {
			t.Errorf("%s: %+v, %v, %v", c.kind, got, err, s.lines())
		}
		if _, err := p.Protection(t.Context(), "nope"); forge.ReasonOf(err) != forge.Missing {
			t.Errorf("%s: %v", c.kind, err)
		}
	}
}

func TestADraftBecomesReadyAndAPullRequestIsClosed(t *testing.T) {
	t.Parallel()
	for k, c := range map[forge.Kind]struct {
		script map[string][]answer
		ready  map[string]any
		close  string
		closed map[string]any
	}{
		forge.GitHub: {map[string][]answer{"GET " + hub + "/pulls/7": ok(fmt.Sprintf(hubPull, "open", true, false, "true", "draft")), "POST /api/graphql": ok(`{"data":{}}`), "PATCH " + hub + "/pulls/7": ok(`{}`)},
			map[string]any{"query": "mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { clientMutationId } }", "variables": map[string]any{"id": "PR_x"}},
			"PATCH " + hub + "/pulls/7", map[string]any{"state": "closed"}},
		forge.GitLab: {map[string][]answer{"GET " + lab + "/merge_requests/7": ok(`{"iid":7,"title":"Draft: [draft] Fix the total"}`), "PUT " + lab + "/merge_requests/7": ok(`{}`)},
			map[string]any{"title": "Fix the total"}, "PUT " + lab + "/merge_requests/7", map[string]any{"state_event": "close"}},
		forge.Gitea: {map[string][]answer{"GET " + tea + "/pulls/7": ok(`{"number":7,"title":"[WIP] wip: Fix the total"}`), "PATCH " + tea + "/pulls/7": ok(`{}`)},
			map[string]any{"title": "Fix the total"}, "PATCH " + tea + "/pulls/7", map[string]any{"state": "closed"}},
	} {
		s := serve(t, c.script)
		p := connect(t, settings(k, s.URL), adapters.Options{})
		if err := p.MarkReady(t.Context(), forge.PullRequest{Number: 7}); err != nil || !reflect.DeepEqual(s.last().body, c.ready) {
			t.Errorf("%s: %v, %+v", k, err, s.last())
		}
		if err := p.Close(t.Context(), 7); err != nil || s.last().line != c.close || !reflect.DeepEqual(s.last().body, c.closed) {
			t.Errorf("%s: %v, %+v", k, err, s.last())
		}
	}
	s := serve(t, map[string][]answer{"GET " + hub + "/pulls/7": ok(`{"node_id":"x"}`), "POST /api/graphql": ok(`{"errors":[{"message":"Could not resolve to a node"}]}`)})
	if err := connect(t, settings(forge.GitHub, s.URL), adapters.Options{}).MarkReady(t.Context(), forge.PullRequest{Number: 7}); forge.ReasonOf(err) != forge.NotAllowed {
		t.Errorf("%v", err)
	}
}
