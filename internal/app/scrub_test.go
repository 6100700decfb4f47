package app_test

import (
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// What an agent reports holds none of the server's own credentials, wherever in the report they are, whole or cut off.
func TestOwnSecretsAreScrubbedFromReports(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v, key := h.talking("ses_main")
		l := h.leaseOf(v)
		_, egress := h.app.Work.EgressKey(v.Tenant, v.ID)
		const process = "ocp_ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		token := "orc_" + strings.Repeat("e", 43)
		all := key + " " + process + " " + egress + " " + token
		live, leave := h.app.Kernel.Hub.Hang(hub.Session(v.Tenant, v.ID))
		defer leave()
		said := event.New(event.AgentMessage, event.Actor{}, event.Text{PartID: "prt_1", Text: "I read " + all + "."})
		tool := event.New(event.AgentTool, event.Actor{}, event.Tool{CallID: "c", Status: "completed", Input: []byte(`{"command":"echo ` + all + `"}`), Output: all})
		said.SourceKey, tool.SourceKey = "1", "2"
		own := session.Batch{Events: []event.Event{said, tool}, Parts: []session.Part{{ID: "prt_2", Kind: "text", Text: "so far " + key[:len(key)-30]}}}
		ok(t, h.app.Work.Record(ctx, l, own))
		ask := bash("per_1", "curl -H "+all)
		ask.Metadata = []byte(`{"command":"curl ` + all + `"}`)
		shared := session.Batch{Asks: []session.Ask{ask}, Doing: "curl " + all, Trouble: &session.Reason{Code: session.ModelUnavailable, Message: "It said " + all}}
		ok(t, h.app.Work.Record(ctx, l, shared))
		before := h.stored() + h.reported()
		h.app.Work.SendLive(l, session.Part{ID: "prt_3", Kind: "text", Text: all})
		before += (<-live.Frames).Text
		ok(t, h.app.Work.Move(ctx, l, session.Failed, session.Reason{Code: session.AgentError, Message: "It ended with " + all}))
		c := finished("", 1)
		c.Error = all
		ok(t, h.app.Work.RecordCall(ctx, h.alpha.ID, c, messages(all)))
		rows := before + h.stored() + h.reported()
		for _, secret := range []string{key, key[:len(key)-30], process, egress, token} {
			if strings.Contains(rows, secret) {
				t.Errorf("%s is kept", secret)
			}
		}
		if strings.Contains(string(said.Data), "removed") || !strings.Contains(rows, "I read [secret removed]") {
			t.Errorf("kept: %s", rows)
		}
	})
}

// What check commands print and what an agent writes into files is shown without the server's own credentials. Everything else stays,
// so that the patch applies and makes the agent's files.
func TestOwnSecretsAreScrubbedFromChecksAndDiffs(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v, key := h.talking("ses_main")
		l := h.leaseOf(v)
		_, egress := h.app.Work.EgressKey(v.Tenant, v.ID)
		secrets := []string{key, egress, "ocp_ABCDEFGHIJKLMNOPQRSTUVWXYZ", "orc_" + strings.Repeat("e", 43)}
		all := strings.Join(secrets, " ")
		result := repository.CheckResult{Command: "env", Verdict: repository.Passed, Output: "KEY=" + all + " end", FinishedAt: h.clock.Now(), Attempt: l.Attempt}
		ok(t, h.app.Work.SetChecks(ctx, l, []repository.CheckResult{result}))
		const head, names = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n", "+orc_of_the_names_of_all_the_settings gw-00000000-0000-0000-0000-000000000000\n"
		base := " " + secrets[3] + "\n-" + secrets[3] + "\n"
		diff := head + base + "+first " + all + " last\n" + names
		file := session.FileChange{Path: "x", Status: "modified", Additions: 2, Deletions: 1, Patch: diff}
		ok(t, h.app.Work.SetDiff(ctx, l, []session.FileChange{file}, []byte(diff), false))
		want := head + base + "+first" + strings.Repeat(" [secret removed]", 4) + " last\n" + names
		p, err := h.app.Work.Patch(ctx, h.member, v.ID, 0)
		if ok(t, err); string(p.Text) != want {
			t.Errorf("the patch is %s", p.Text)
		}
		fs, err := h.app.Work.Files(ctx, h.member, v.ID)
		if ok(t, err); len(fs) != 1 || fs[0].Patch != want || file.Patch != diff {
			t.Errorf("the files are %+v", fs)
		}
		cs, err := h.app.Work.Checks(ctx, h.member, v.ID, 0)
		if ok(t, err); len(cs) != 1 || cs[0].Output != "KEY="+strings.TrimSpace(strings.Repeat("[secret removed] ", 4))+" end" {
			t.Errorf("the checks are %+v", cs)
		}
	})
}

// The evidence of a loop quotes what the agent did, without the server's own credentials.
func TestOwnSecretsAreScrubbedFromEvidence(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, kept := range []bool{true, false} {
			v, key := h.talking("ses_main")
			if !kept {
				ok(t, h.app.Console.SetKeep(t.Context(), h.admin, "0", "0"))
			}
			for range 6 {
				h.answers(v, `{"text":"The key is `+key+`."}`)
			}
			if !h.isStopped(v) {
				t.Fatalf("it is %s", h.read(v).Status)
			}
			rows := strings.Join(dbtest.Rows(t, h.d, `SELECT evidence FROM session_loops`), "\n") + h.reported()
			if strings.Contains(rows, key) || !strings.Contains(rows, "The key is [secret removed].") {
				t.Errorf("calls kept: %t: %s", kept, rows)
			}
		}
	})
}

// reported is what is stored of a report beside its events.
func (h *house) reported() (all string) {
	for _, text := range []string{`SELECT text FROM session_parts`, `SELECT patterns || always || metadata || questions FROM asks`, `SELECT doing || reason_message FROM sessions`} {
		all += strings.Join(dbtest.Rows(h.t, h.d, text), "\n")
	}
	return all
}
