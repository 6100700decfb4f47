package app_test

import (
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
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

// reported is what is stored of a report beside its events.
func (h *house) reported() (all string) {
	for _, text := range []string{`SELECT text FROM session_parts`, `SELECT patterns || always || metadata || questions FROM asks`, `SELECT doing || reason_message FROM sessions`} {
		all += strings.Join(dbtest.Rows(h.t, h.d, text), "\n")
	}
	return all
}
