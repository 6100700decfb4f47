package views_test

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
)

// now is the moment every sample is drawn at.
var now = time.Date(2026, 11, 22, 4, 23, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return now.Add(-d) }

func at[T any](v T) *T { return &v }

const title = "Refuse a start when the team is over its token budget"

var longTitle = strings.Repeat("Refuse a start over budget ", 8)[:200]

func frame(section, name string) shell.Page {
	team := shell.Team{Slug: "foundry", Name: "Foundry Tools", Role: tenant.Lead}
	p := shell.Page{Title: name, Section: section, Team: team, Person: shell.Person{Name: "Ines Aalto", Email: "ines@foundry.tools", Theme: *themeFlag},
		Sessions: 18, NeedsYou: 4, Budget: month(), Month: "Nov", Version: "v0.2.0", Stream: "/t/foundry/stream?after=146"}
	p.Teams = []tenant.Membership{{Tenant: tenant.Tenant{Slug: "foundry", Name: "Foundry Tools"}, Role: tenant.Lead}, {Tenant: tenant.Tenant{Slug: "rail", Name: "Rail Signalling"}, Role: tenant.Viewer}}
	if section != "account" {
		p.Primary = &shell.Action{Label: "New session", Href: team.Path("sessions", "new"), Icon: "plus", Key: "n"}
	}
	return p
}

func glass(s session.Session) shell.Page {
	p := frame("sessions", session.Short(s.ID))
	p.Crumbs, p.Glass, p.Primary = []shell.Crumb{{Label: "Sessions", Href: "/t/foundry/sessions"}}, true, nil
	return p
}

func sample(status session.Status) session.Session {
	s := session.Session{ID: "0192f3a1-0000-7000-8000-0000192f3a10", Title: title, Status: status, Type: "execution", Priority: 0, StatusAt: ago(40 * time.Minute),
		Model: "anthropic/claude-sonnet-4.5", Agent: "build", RepositoryName: "foundry/orchestrator", Branch: "orchestrator/0192f3a1-refuse-a-start",
		CreatedByName: "Ines Aalto", CreatedAt: ago(42 * time.Minute), MaxDuration: time.Hour, MaxTokens: at(int64(250_000)), Attempt: 2, LastSeq: 146,
		Tokens: usage.Counts{Input: 41_872, Output: 18_340, Reasoning: 12_406, CacheRead: 97_180, CacheWriteShort: 14_412}, CostMicroUSD: 1_420_000,
		FilesChanged: 6, Additions: 225, Deletions: 18, StartedAt: at(ago(41 * time.Minute)), Ran: 38*time.Minute + 12*time.Second, LastEventAt: at(ago(2 * time.Second))}
	if status.Finished() {
		s.EndedAt = at(ago(3 * time.Hour))
	}
	return s
}

func ev(seq int64, back time.Duration, t event.Type, data any) event.Event {
	e := event.New(t, event.Actor{Kind: "system"}, data)
	e.Seq, e.At = seq, ago(back)
	return e
}

func byInes(e event.Event) event.Event {
	e.Actor = event.Actor{Kind: "user", ID: "u1", Name: "Ines Aalto"}
	return e
}

const editDiff = "--- a/domain/refusal.go\n+++ b/domain/refusal.go\n@@ -38,4 +38,5 @@ func (s *Store) Claim(ctx, actor, id)\n \tvar c Claim\n-\terr := s.q.Claim(ctx, id, max).Scan(&c)\n+\terr := s.q.Claim(ctx, id, quota.Max).Scan(&c)\n+\t// both count here\n \tif err != nil {\n"

func story() []event.Event {
	return []event.Event{
		byInes(ev(1, 42*time.Minute, event.SessionState, event.State{From: "pending", To: "queued"})),
		byInes(ev(2, 42*time.Minute, event.SessionNote, event.Note{MessageID: "msg_1", Text: "When a team is past its monthly tokens, a start must be refused with the limit, what is used, when it frees and who can change it. Never a bare 429. Both databases."})),
		ev(3, 41*time.Minute, event.SessionState, event.State{From: "queued", To: "running"}),
		ev(4, 41*time.Minute, event.AgentReasoning, event.Text{PartID: "prt_1", Text: "The count and the claim are already one statement.", DurationMS: 14_000}),
		ev(5, 41*time.Minute, event.AgentMessage, event.Text{PartID: "prt_2", Agent: "build", Model: "claude-sonnet-4.5", Text: "The claim in `store/claim.sql` already counts active sessions. I will let the same statement reserve tokens, so a refusal and a reservation can **never** disagree."}),
		ev(6, 25*time.Minute, event.AgentTool, event.Tool{PartID: "prt_3", CallID: "c1", Tool: "read", Status: "completed", Input: json.RawMessage(`{"filePath":"store/claim.sql"}`), Output: strings.Repeat("line\n", 412), DurationMS: 100}),
		ev(7, 25*time.Minute, event.AgentTool, event.Tool{PartID: "prt_4", CallID: "c2", Tool: "edit", Status: "completed", Input: json.RawMessage(`{"filePath":"domain/refusal.go"}`), Diff: editDiff, DurationMS: 200}),
		ev(8, 25*time.Minute, event.AgentTool, event.Tool{PartID: "prt_5", CallID: "c3", Tool: "bash", Status: "running", Input: json.RawMessage(`{"command":"go test ./domain/... ./store/... -run Budget"}`)}),
		ev(9, 24*time.Minute, event.AgentTool, event.Tool{PartID: "prt_5", CallID: "c3", Tool: "bash", Status: "completed", Output: "ok   orchestrator/domain   0.412s\n\x1b[32mok\x1b[0m   orchestrator/store    9.870s\n", Exit: at(0), DurationMS: 11_400}),
		ev(10, 12*time.Minute, event.AgentTodo, event.Todo{Items: plan()}),
		ev(11, 12*time.Minute, event.AgentMessage, event.Text{PartID: "prt_6", Agent: "build", Text: "All 62 budget tests pass on both engines. One thing is left: the new constraint must hold on existing rows.\n\n- prove it against PostgreSQL\n- then change the handler"}),
		ev(12, 6*time.Minute, event.AgentPermission, event.Ask{AskID: "a1", Status: "asked", Permission: "bash", Patterns: []string{"make migrate-check DB=postgres"}}),
	}
}

func plan() []event.TodoItem {
	return []event.TodoItem{{Content: "Read the claim and the ledger", Status: "completed"}, {Content: "Name the five facts of a refusal", Status: "completed"},
		{Content: "Check the migration on PostgreSQL", Status: "in_progress"}, {Content: "Answer problem+json in the handler", Status: "pending"}}
}

func ask() session.Ask {
	return session.Ask{ID: "a1", Kind: session.Approval, Permission: "bash", Patterns: []string{"make migrate-check DB=postgres"}, Always: []string{"make *"}, AskedAt: ago(6 * time.Minute)}
}

func detail(s session.Session) sessions.Detail {
	es := story()
	return sessions.Detail{Base: "/t/foundry/sessions/" + string(s.ID), Session: s, Items: sessions.Fold(es), Todo: plan(), Older: 1,
		States: []event.Event{es[0], es[2]}, Can: sessions.Rights{Write: true, Answer: true, ReadCalls: true}}
}

func waiting() sessions.Detail {
	s := sample(session.Running)
	s.WaitingFor = session.Approval
	d := detail(s)
	d.Asks, d.AnswerWithin = []session.Ask{ask()}, 30*time.Minute
	return d
}

func changes() sessions.Changes {
	return sessions.Changes{TakenAt: ago(time.Minute), Files: []session.FileChange{
		{Path: "domain/refusal.go", Status: "modified", Additions: 64, Deletions: 9, Patch: editDiff},
		{Path: "store/claim.sql", Status: "added", Additions: 2, Deletions: 0, Patch: "@@ -0,0 +1,2 @@\n+select 1;\n+select 2;\n"},
		{Path: "store/logo.png", Status: "modified", Binary: true}},
		Checks: []repository.CheckResult{{Command: "go test ./...", Verdict: repository.Passed, Output: "ok\n", Duration: 11 * time.Second},
			{Command: "go vet ./...", Verdict: repository.Broken, Output: "\x1b[31mvet: bad\x1b[0m\n", Duration: 2 * time.Second}}}
}
