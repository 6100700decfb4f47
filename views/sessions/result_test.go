package sessions

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// taken is a session that has ended with two changed files, for a member.
func taken(change func(*Detail, *session.Outcome)) Detail {
	end := time.Unix(1e9, 0)
	o := session.Outcome{Attempt: 1, Status: session.Completed, EndedAt: end, Checks: session.Checks{Passed: 2}}
	d := Detail{Base: "/t/acme/sessions/s1", Session: session.Session{ID: "s1", Status: session.Completed, Attempt: 1, RepositoryID: "r1", Branch: "orchestrator/s1", FilesChanged: 2, EndedAt: &end},
		HasForge: true, CanLand: true, Fetch: "git fetch https://host/t/acme/git/ledger orchestrator/s1", Can: Rights{Write: true}}
	change(&d, &o)
	d.Outcomes = []session.Outcome{o}
	return d
}

func inQueue(st merge.Status, note string) func(*Detail, *session.Outcome) {
	return func(d *Detail, _ *session.Outcome) {
		d.Entry, d.Place = &merge.Entry{ID: "e1", Repository: "r1", Status: st, AddedName: "Ines", Note: note, NotedName: "Lena"}, 3
	}
}

func inPull(st forge.State, draft bool) func(*Detail, *session.Outcome) {
	return func(d *Detail, o *session.Outcome) {
		o.Pushed = &session.Pushed{At: o.EndedAt, Branch: "fix"}
		d.Pulls = []session.Pull{{PullRequest: forge.PullRequest{Number: 412, State: st, Draft: draft, Base: "main", Branch: "fix"}, Host: "github.com"}}
	}
}

func TestTheResultOffersWhatIsLeftToDo(t *testing.T) {
	t.Parallel()
	const all = "Open pull request|Merge|Push branch|Copy fetch command|Download patch"
	for name, tt := range map[string]struct {
		change                func(*Detail, *session.Outcome)
		primary, ways, states string
	}{
		"passed":   {func(*Detail, *session.Outcome) {}, "Open pull request", all, "Not taken yet."},
		"no forge": {func(d *Detail, _ *session.Outcome) { d.HasForge = false }, "Push branch", "Merge|Push branch|Copy fetch command|Download patch", "Not taken yet."},
		"a check fails": {func(_ *Detail, o *session.Outcome) {
			o.Checks = session.Checks{Failed: 1, FailedCommands: []string{"make e2e"}}
		}, "Open pull request", all, "Merge needs make e2e to pass."},
		"waiting":   {inQueue(merge.Waiting, ""), "", "Take out|Push branch|Copy fetch command|Download patch", "Put in by Ines. The checks will run"},
		"held":      {inQueue(merge.Held, "after the release"), "", "Take out|Push branch|Copy fetch command|Download patch", "Held by Lena: after the release"},
		"taken out": {inQueue(merge.TakenOut, "It conflicts with main in a.go."), "Open pull request", all, "The merge queue took it out: It conflicts with main in a.go."},
		"merged": {func(d *Detail, o *session.Outcome) {
			inQueue(merge.Merged, "")(d, o)
			o.MergedAt, o.MergedCommit = &o.EndedAt, "8d21c04aaaaa"
		}, "", "Copy fetch command|Download patch", "Merged by the merge queue."},
		"local and checked out": {func(d *Detail, o *session.Outcome) {
			d.HasForge, d.CanLand, d.Fetch = false, false, ""
			o.Pushed = &session.Pushed{At: o.EndedAt, Branch: "fix-2", Command: "git merge fix-2"}
		}, "Copy command", "Push branch|Copy command|Download patch", "Pushed to branch fix-2. In the repository, run: git merge fix-2"},
		"failed": {func(d *Detail, o *session.Outcome) {
			d.Session.Status, o.Status, d.LastGood = session.Failed, session.Failed, 4
		}, "Restore the last good state…", "Restore the last good state…|" + all, "Not taken yet."},
		"viewer":             {func(d *Detail, _ *session.Outcome) { d.Can.Write = false }, "", "Copy fetch command|Download patch", "Its creator or a lead can push it."},
		"draft pull request": {inPull(forge.Open, true), "Mark ready for review", "Mark ready for review|Merge|Copy fetch command|Download patch", "#412 on github.comdraft fix into main. Merge needs it to be marked ready."},
		"pull request":       {inPull(forge.Open, false), "", "Merge|Copy fetch command|Download patch", "fix into main."},
		"work after the pull request": {func(d *Detail, o *session.Outcome) {
			inPull(forge.Open, false)(d, o)
			o.EndedAt = o.EndedAt.Add(time.Hour)
		}, "Push branch", "Merge|Push branch|Copy fetch command|Download patch", "fix into main."},
		"closed pull request": {func(d *Detail, o *session.Outcome) {
			inPull(forge.Closed, false)(d, o)
			o.Pushed = nil
		}, "Open pull request", all, "Not taken yet. Pull request #412 on github.com is closed."},
		"nothing changed": {func(d *Detail, _ *session.Outcome) { d.Session.FilesChanged = 0 }, "", "", "There is nothing to take."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bar := resultOf(t, taken(tt.change))
			if got := labels(bar.Find(".primary:not(dialog *)")); got != tt.primary {
				t.Errorf("the primary way is %q, not %q", got, tt.primary)
			}
			if got := labels(bar.Find("#more-ways > .btn, #more-ways > form > .btn")); got != tt.ways {
				t.Errorf("the ways are %q, not %q", got, tt.ways)
			}
			if got := strings.Join(strings.Fields(bar.Text()), " "); !strings.Contains(got, tt.states) {
				t.Errorf("%q lacks %q", got, tt.states)
			}
		})
	}
}

func TestMergeCannotBeUsedWhileACheckFails(t *testing.T) {
	t.Parallel()
	d := taken(func(_ *Detail, o *session.Outcome) {
		o.Checks = session.Checks{Failed: 1, FailedCommands: []string{"make e2e"}}
	})
	if bar := resultOf(t, d); bar.Find(`form[action$="/merge"]`).Length() != 0 || bar.Find(`[aria-disabled]`).Text() != "Merge" {
		t.Errorf("the result offers the merge of work whose checks fail: %s", bar.Text())
	}
}

func resultOf(t *testing.T, d Detail) *goquery.Selection {
	t.Helper()
	var out strings.Builder
	if err := Result(d).Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc.Find("#result")
}

func labels(buttons *goquery.Selection) string {
	return strings.Join(buttons.Map(func(_ int, b *goquery.Selection) string { return strings.TrimSpace(b.Text()) }), "|")
}
