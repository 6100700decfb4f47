package views_test

import (
	"time"

	"github.com/a-h/templ"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/views/merges"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
)

// takingPages are the pages on which work is taken: results, pull requests, checkpoints, merge queues.
func takingPages() map[string]templ.Component {
	d, pulled := taken(), taken()
	pulled.Pulls = []session.Pull{openedPull()}
	return map[string]templ.Component{
		"taking-done":              sessions.Page(glass(d.Session), d),
		"taking-pr":                sessions.PullPage(glass(d.Session), d, pullForm()),
		"taking-pr-after":          sessions.Page(glass(pulled.Session), pulled),
		"taking-checkpoints":       sessions.CheckpointsPage(glass(d.Session), d, checkpoints()),
		"taking-checkpoints-empty": sessions.CheckpointsPage(glass(d.Session), d, sessions.Checkpoints{}),
		"taking-checks":            sessions.ChecksPage(glass(d.Session), d, checkTab()),
		"taking-checks-empty":      sessions.ChecksPage(glass(d.Session), d, sessions.CheckTab{}),
		"taking-changes":           sessions.ChangesPage(glass(d.Session), d, changes()),
		"taking-queue":             merges.QueuePage(frame("merge-queue", "Merge queue"), queue()),
		"taking-queue-empty":       merges.QueuePage(frame("merge-queue", "Merge queue"), merges.Page{Base: "/t/foundry"}),
	}
}

// taken is a session that has ended, one of whose checks failed.
func taken() sessions.Detail {
	d := detail(sample(session.Completed))
	d.Session.RepositoryID, d.Session.BaseCommit, d.HasForge, d.CanLand = "0192f3a1-0000-7000-8000-000000000001", "4f1c9ae0", true, true
	d.Fetch = "git fetch https://orchestrator.foundry.tools/t/foundry/git/orchestrator orchestrator/0192f3a1-refuse-a-start"
	d.Outcomes = []session.Outcome{
		{Attempt: 2, Status: session.Completed, Checks: session.Checks{Passed: 4, Failed: 1, FailedCommands: []string{"make e2e"}}, Files: 6, Additions: 225, Deletions: 18, Asked: 4, Denied: 1,
			Ran: 46*time.Minute + 20*time.Second, CostMicroUSD: 1_830_000, EndedAt: ago(10 * time.Minute), SavedCommit: "9c41e70", SavedCommits: 3},
		{Attempt: 1, Status: session.Failed, Checks: session.Checks{Passed: 1, Failed: 2}, Files: 4, Ran: 21*time.Minute + 8*time.Second, EndedAt: ago(5 * time.Hour)}}
	d.Checkpoints, d.CheckpointCount, d.LastCheckpoint = checkpoints().All[:5], 17, 17
	d.Items = sessions.Fold(append(story(),
		ev(13, 3*time.Minute, event.AgentMessage, event.Text{MessageID: "msg_done", PartID: "prt_9", Agent: "build", Model: "claude-sonnet-4.5", Text: "Done. A start over budget is refused with the limit, its value, what is used, when it frees and who can change it."}),
		ev(14, 2*time.Minute, event.SessionState, event.State{From: "running", To: "completed"})))
	return d
}

func openedPull() session.Pull {
	return session.Pull{PullRequest: forge.PullRequest{Number: 412, URL: "https://github.com/foundry/orchestrator/pull/412", Title: title, State: forge.Open, Draft: true, Base: "main", Branch: "budget-refusal",
		Head: "9c41e70", Merging: forge.MergingClean, Reviewers: []string{"Lena Okafor"}},
		Host: "github.com", OpenedByName: "Ines Aalto", OpenedAt: ago(5 * time.Minute), ChangedAt: ago(2 * time.Minute), ReadAt: ago(20 * time.Second),
		Checks: forge.Checks{{Name: "build (ubuntu-24.04)", Status: forge.CheckPassed, Duration: 131 * time.Second}, {Name: "test (sqlite)", Status: forge.CheckPassed, Duration: 242 * time.Second},
			{Name: "test (postgres 17)", Status: forge.CheckRunning, Duration: 250 * time.Second}, {Name: "e2e", Status: forge.CheckFailed, Text: "TestStartOverBudgetShowsRefusal", Duration: 112 * time.Second}}}
}

func pullForm() sessions.PullForm {
	return sessions.PullForm{Proposal: session.PullProposal{Base: "main", Branch: "budget-refusal", Title: title, Draft: true, FailedChecks: []string{"make e2e"}, Files: 6,
		Body: "A start over the monthly token budget is now refused with the limit, its value, what is used, when it frees and who can change it.\n\n- The claim reserves tokens in the same statement.\n\nNot included: web/export.go still answers a bare 429."},
		Forge: forge.Stored{Settings: forge.Settings{Kind: forge.GitHub, API: "https://api.github.com", Project: "foundry/orchestrator"}, Access: forge.Access{Account: "foundry-bot"}}}
}

func checkpoints() sessions.Checkpoints {
	c := sessions.Checkpoints{Models: []string{"anthropic/claude-sonnet-4.5", "anthropic/claude-opus-4.5"}, Agents: []string{"build", "plan"}}
	for n := int64(17); n > 0; n-- {
		k := session.Checkpoint{N: n, Cause: []session.Cause{session.Periodic, session.AfterTurn}[n%2], EventSeq: n * 8, MessageID: "msg_1", Conversation: "ses_1", Attempt: 2, Tokens: n * 13_000, CostMicroUSD: n * 100_000,
			Ran: time.Duration(n) * 150 * time.Second, At: ago(time.Duration(20-n) * 4 * time.Minute)}
		k.Tree, k.Since, k.Step = "3be1f00c9a", session.Sums{Files: int(n / 3), Additions: int(n) * 14, Deletions: int(n)}, session.Sums{Additions: int(n % 5 * 12), Deletions: int(n % 4)}
		if n == 11 {
			k.Cause, k.Note, k.By = session.Manual, "tests green", event.Actor{Kind: "user", Name: "Ines Aalto"}
		}
		c.All = append(c.All, k)
	}
	c.A, c.B = &c.All[6], &c.All[2]
	c.Files = []session.FileChange{{Path: "domain/refusal.go", Status: "modified", Additions: 9, Deletions: 2, Patch: "@@"}, {Path: "store/migrations/0042_budget_check.sql", Status: "added", Additions: 14, Patch: "@@"},
		{Path: "store/claim.go", OldPath: "store/claim_limits.go", Status: "renamed", Additions: 3, Patch: "@@"}, {Path: "testdata/ledger-40k.sqlite", Status: "added", Binary: true, Patch: "x"},
		{Path: "scripts/migrate-check.sh", Status: "modified", Patch: "old mode 100644\nnew mode 100755\n"}}
	c.Undo = c.Files
	return c
}

func entry(id, title, branch, by string, st merge.Status, files, added, deleted int) merge.Entry {
	return merge.Entry{ID: merge.ID(id), Session: "0192f3a1-0000-7000-8000-0000192f3a10", SessionTitle: title, Branch: branch, AddedName: by, Status: st, Files: files, Additions: added, Deletions: deleted, Attempt: 1, AddedAt: ago(time.Hour)}
}

func queue() merges.Page {
	left := func(e merge.Entry, note, commit string, back time.Duration) merge.Entry {
		e.Note, e.Commit, e.EndedAt = note, commit, at(ago(back))
		return e
	}
	held := entry("e5", "Fold SSE reconnects into one cursor", "sse-cursor", "Priya Raman", merge.Held, 4, 81, 140)
	held.NotedName, held.Note = "Lena Okafor", "after the release"
	p := merges.Page{Base: "/t/foundry", CanLead: true, CanPutIn: true, CanAct: func(merge.Entry) bool { return true }, Now: now, Open: map[repository.ID]int64{"r1": 5, "r2": 1},
		Repositories: []repository.Repository{{ID: "r1", Name: "foundry/orchestrator"}, {ID: "r2", Name: "foundry/site"}, {ID: "r3", Name: "foundry/eap-go"}},
		Touching:     map[merge.ID][]merge.Touch{"e3": {{Path: "store/claim.sql", Sessions: 1}}, "e5": {{Path: "static/stream.js", Sessions: 2}}}}
	p.Queue = merge.Queue{Repository: "r1", Name: "foundry/orchestrator", Base: "main", Checks: []string{"go vet ./...", "go test ./...", "make e2e"}, BaseCommit: "4f1c9aeb00", Checking: 2, CheckingSince: at(ago(234 * time.Second)),
		Entries: []merge.Entry{entry("e1", "Compare-and-set every session move, with the state it came from", "cas-moves", "Ines Aalto", merge.Checking, 31, 1204, 386), entry("e2", "Restore a checkpoint to exactly its tree", "restore-hash", "Tomasz Zieliński", merge.Checking, 9, 412, 96),
			entry("e3", "Review: fair queue, weights by quota", "fair-queue", "Jonas Weber", merge.Waiting, 6, 188, 71), entry("e4", "Write the conformance kit for EAP", "eap-kit", "Lena Okafor", merge.Waiting, 14, 902, 3), held},
		Left: []merge.Entry{left(entry("x3", "Explain every 404 that hides a foreign tenant", "explain-404", "Ines Aalto", merge.TakenOut, 4, 81, 3), "The checks fail with it: go test ./... failed.", "", 22*time.Minute),
			left(entry("x1", "Name the five facts of a refusal", "five-facts", "Ines Aalto", merge.Merged, 4, 81, 3), "", "0c1d2e3f4a", 22*time.Minute),
			left(entry("x2", "Write the ledger migration for both engines", "ledger", "Ines Aalto", merge.Merged, 4, 81, 3), "", "1c1d2e3f4a", 22*time.Minute),
			left(entry("x4", "Retry a lost lease once", "lease", "Ines Aalto", merge.Merged, 4, 81, 3), "", "2c1d2e3f4a", 71*time.Minute)},
		Runs: []merge.Run{{Base: "b1", Tree: "t4", Entries: []merge.ID{"x1", "x2", "x3"}, Verdict: merge.Failed, Failed: "go test ./...", Output: "--- FAIL: TestForeignTenant404\n", Took: 302 * time.Second, At: ago(30 * time.Minute)},
			{Base: "b1", Tree: "t3", Entries: []merge.ID{"x1", "x2"}, Verdict: merge.Passed, Took: 298 * time.Second, At: ago(35 * time.Minute)},
			{Base: "b1", Tree: "t1", Entries: []merge.ID{"x1", "x2", "x3", "x4"}, Verdict: merge.Failed, Failed: "go test ./...", Output: "--- FAIL: TestForeignTenant404\n", Took: 341 * time.Second, At: ago(40 * time.Minute)}}}
	return p
}

func checkTab() sessions.CheckTab {
	check := func(attempt int, command string, v repository.Verdict, took time.Duration, out string) repository.CheckResult {
		return repository.CheckResult{Attempt: attempt, Command: command, Verdict: v, Duration: took, Output: out, ExitCode: map[bool]int{true: 2}[v == repository.Broken]}
	}
	return sessions.CheckTab{Selected: 2, Attempts: []sessions.CheckedAttempt{
		{N: 1, Results: []repository.CheckResult{check(1, "go vet ./...", repository.Passed, 11900*time.Millisecond, ""), check(1, "go test ./...", repository.Broken, 178*time.Second, "FAIL\n")}},
		{N: 2, Results: []repository.CheckResult{check(2, "go vet ./...", repository.Passed, 11400*time.Millisecond, ""), check(2, "go test ./...", repository.Passed, 161*time.Second, "ok\n"),
			check(2, "make e2e BROWSER=chromium", repository.Broken, 401*time.Second, "=== RUN   TestStartOverBudgetShowsRefusal\n    start_test.go:61: team alpha, limit 1,000 tokens, used 1,000\n--- FAIL: TestStartOverBudgetShowsRefusal (4.71s)\n=== RUN   TestStartUnderBudget\n--- PASS: TestStartUnderBudget (3.02s)\nFAIL\nmake: *** [e2e] Error 1\n")}}}}
}
