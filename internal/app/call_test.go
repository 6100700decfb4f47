package app_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

func process(password string) dbwork.Process {
	return dbwork.Process{Session: "agent", PID: 1, StartTime: "1", Port: 2, Password: password, Generation: "g", Version: "1.18.33", StartedAt: dbtest.Now}
}

var counts = usage.Counts{Input: 100, Output: 10, Reasoning: 5, CacheRead: 50, CacheWriteShort: 3, CacheWriteLong: 2}

func finished(v session.ID, cost int64) usage.Call {
	return usage.Call{ID: id.New(), Session: string(v), Attempt: 1, Provider: "local", Model: "small", Status: 200, Counts: counts, Cost: cost, Started: dbtest.Now,
		Response: json.RawMessage(`{"text":"ok"}`)}
}

func messages(texts ...string) (out [][]byte) {
	for _, m := range texts {
		out = append(out, []byte(m))
	}
	return out
}

func TestACallIsCountedOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v, _ := h.claimed()
		c := finished(v.ID, 42)
		for range 3 {
			ok(t, h.app.Work.RecordCall(ctx, h.alpha.ID, c, messages("system", "hello")))
		}
		ok(t, h.app.Work.RecordCall(ctx, h.alpha.ID, finished(v.ID, 8), messages("system", "hello", "and more", "hello")))
		ok(t, h.app.Work.RecordCall(ctx, h.alpha.ID, finished("", 5), messages("title please"))) // unassigned
		got := h.read(v)
		if got.Tokens != counts.Add(counts) || got.CostMicroUSD != 50 {
			t.Errorf("session: %+v, %d", got.Tokens, got.CostMicroUSD)
		}
		o, err := h.app.Work.Overview(ctx, h.viewer)
		if ok(t, err); len(o.Days) != 1 || o.Days[0].Calls != 3 || o.Days[0].Cost != 55 || o.Days[0].Counts != counts.Add(counts).Add(counts) || o.Days[0].Date != "2026-03-04" {
			t.Errorf("days: %+v", o.Days)
		}
		if bodies := dbtest.Rows(t, h.d, `SELECT body FROM model_blobs ORDER BY body`); !cmp.Equal(bodies, []string{"and more", "hello", "system", "title please"}) {
			t.Errorf("bodies: %q", bodies)
		}
		cs, more, err := h.app.Work.Calls(ctx, h.member, v.ID, "", 10)
		if ok(t, err); len(cs) != 2 || more || len(cs[0].Request) != 4 || cs[0].Request[1] != cs[0].Request[3] || cs[1].ID != c.ID {
			t.Errorf("calls: %+v, %v", cs, more)
		}
		one, bodies, err := h.app.Work.Call(ctx, h.member, v.ID, cs[0].ID)
		if ok(t, err); bodies[one.Request[2]] != "and more" || len(bodies) != 3 {
			t.Errorf("call: %+v, %q", one, bodies)
		}
		if stored := dbtest.Rows(t, h.d, `SELECT id FROM model_calls`); len(stored) != 3 {
			t.Errorf("%d calls stored", len(stored))
		}
	})
}

func TestWhoReadsModelCalls(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v, _ := h.claimed()
		other, _ := h.claimed()
		c := finished(v.ID, 1)
		ok(t, h.app.Work.RecordCall(ctx, h.alpha.ID, c, messages("x")))
		for name, p := range map[string]struct {
			by   tenant.Actor
			want fault.Kind
		}{"second": {h.second, fault.Forbidden}, "viewer": {h.viewer, fault.Forbidden}, "stranger": {h.stranger, fault.NotFound}, "admin": {h.admin, fault.Forbidden}} {
			_, _, err := h.app.Work.Calls(ctx, p.by, v.ID, "", 10)
			refused(t, name+" lists", err, p.want)
			_, _, err = h.app.Work.Call(ctx, p.by, v.ID, c.ID)
			refused(t, name+" reads", err, p.want)
		}
		_, _, err := h.app.Work.Call(ctx, h.lead, other.ID, c.ID)
		refused(t, "by way of another session", err, fault.NotFound)
		_, _, err = h.app.Work.Call(ctx, h.lead, v.ID, c.ID)
		ok(t, err)
	})
}

func TestTwoTeamsDoNotShareBodies(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ok(t, h.app.Work.RecordCall(t.Context(), h.alpha.ID, finished("", 1), messages("the same words")))
		ok(t, h.app.Work.RecordCall(t.Context(), h.beta.ID, finished("", 1), messages("the same words")))
		got := dbtest.Rows(t, h.d, `SELECT address FROM model_blobs`)
		if len(got) != 2 || got[0] == got[1] {
			t.Errorf("addresses: %v", got)
		}
	})
}

func TestSecretsAreScrubbedFromCalls(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		secrets := []string{"sk-" + strings.Repeat("a1", 20), "ghp_" + strings.Repeat("b", 36), "github_pat_" + strings.Repeat("c", 40), "glpat-" + strings.Repeat("d", 20),
			"AKIAABCDEFGHIJKLMNOP", "xoxb-1234567890-abc", "orc_" + strings.Repeat("e", 43), "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"}
		c := finished("", 1)
		c.Error = "401 for " + secrets[0]
		text, _ := json.Marshal(map[string]string{"text": "the key is " + secrets[1]})
		c.Response = text
		var sent []string
		for _, s := range secrets {
			sent = append(sent, "export KEY="+s+" # mine")
		}
		ok(t, h.app.Work.RecordCall(t.Context(), h.alpha.ID, c, messages(append(sent, "raw \xff\x00")...)))
		rows := h.stored()
		for _, s := range secrets {
			if strings.Contains(rows, s) {
				t.Errorf("%s is kept", s)
			}
		}
		if !strings.Contains(rows, "[secret removed] # mine") || !strings.Contains(rows, "raw ��") {
			t.Errorf("kept: %s", rows)
		}
	})
}

// talking is a running session with a conversation, and the key of its process.
func (h *house) talking(conversation string) (session.Session, string) {
	h.t.Helper()
	v, l := h.claimed()
	ok(h.t, h.app.Work.SetConversation(h.t.Context(), l, conversation))
	key, _, err := h.app.Work.NewGatewayKey(h.t.Context(), h.alpha.ID, v.ID)
	ok(h.t, err)
	return v, key
}

// TestCallsArePlacedByTheirKey tries every conversation that an agent can write into its headers: the key alone tells the session.
func TestCallsArePlacedByTheirKey(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		v, key := h.talking("ses_main")
		other, otherKey := h.talking("ses_other")
		theirs, _, err := h.app.Work.NewGatewayKey(ctx, h.beta.ID, v.ID)
		ok(t, err)
		admit := func(key, conversation, parent string) (appwork.Admission, error) {
			return h.app.Work.AdmitCall(ctx, appwork.CallRequest{Key: key, Provider: "local", Model: "small", Conversation: conversation, Parent: parent})
		}
		for name, c := range map[string]struct {
			key, conversation, parent string
			want                      session.ID
		}{"its own": {key, "ses_main", "", v.ID}, "a sub-agent": {key, "ses_sub", "ses_main", v.ID}, "no conversation": {key, "", "", v.ID},
			"another session's conversation": {key, "ses_other", "", v.ID}, "another session": {otherKey, "ses_main", "ses_main", other.ID}} {
			adm, err := admit(c.key, c.conversation, c.parent)
			if err != nil || adm.Session != c.want || adm.Tenant != h.alpha.ID || adm.Attempt != 1 || adm.MaxTokens != 8_000 || adm.Model.ID != "small" || adm.Key != "sk-alpha" {
				t.Errorf("%s: %+v, %v", name, adm, err)
			}
		}
		_, err = admit("gw-x", "ses_main", "")
		refused(t, "an unknown key", err, fault.Unauthenticated)
		_, err = admit(theirs, "ses_main", "")
		refused(t, "another team's key that names the session", err, fault.Forbidden)
		_, err = h.app.Work.AdmitCall(ctx, appwork.CallRequest{Key: key, Provider: "local", Model: "large"})
		refused(t, "an unknown model", err, fault.NotFound)
		_, err = h.app.Work.AdmitCall(ctx, appwork.CallRequest{Key: key, Provider: "theirs", Model: "small"})
		refused(t, "an unknown provider", err, fault.NotFound)
		_, err = h.app.Work.StopSession(ctx, h.member, v.ID)
		ok(t, err)
		_, err = admit(key, "ses_main", "")
		refused(t, "after the end", err, fault.Forbidden)
	})
}

// TestAGatewayKeyLivesAsLongAsItsProcess starts five sessions: none loses its key to another, and each loses it with its process.
func TestAGatewayKeyLivesAsLongAsItsProcess(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		admit := func(key string) error {
			return second(h.app.Work.AdmitCall(ctx, appwork.CallRequest{Key: key, Provider: "local", Model: "small"}))
		}
		var last session.Session
		keys := []string{}
		for range 5 {
			v, key := h.talking(id.New())
			last, keys = v, append(keys, key)
		}
		for i, key := range keys {
			if err := admit(key); err != nil {
				t.Errorf("session %d: %v", i, err)
			}
		}
		next, _, err := h.app.Work.NewGatewayKey(ctx, h.alpha.ID, last.ID)
		ok(t, err)
		refused(t, "the key of the process before", admit(keys[4]), fault.Unauthenticated)
		ok(t, admit(next))
		ok(t, h.app.Work.DeleteProcess(ctx, h.alpha.ID, last.ID))
		refused(t, "the key of a process that ended", admit(next), fault.Unauthenticated)
		ok(t, admit(keys[3]))
		ok(t, h.app.Work.LoseProcess(ctx, h.alpha.ID, last.ID))
	})
}

func TestASessionsOwnLimits(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		for name, limit := range map[string]func(*session.Session){"tokens": func(s *session.Session) { s.MaxTokens = new(int64(1_000)) },
			"cost": func(s *session.Session) { s.MaxCostMicroUSD = new(int64(2_000)) }} {
			s := wanted()
			limit(&s)
			v, err := h.app.Work.CreateSession(ctx, h.member, s, true)
			ok(t, err)
			_, l := h.claim(v)
			ok(t, h.app.Work.SetConversation(ctx, l, "ses_"+name))
			key, _, err := h.app.Work.NewGatewayKey(ctx, h.alpha.ID, v.ID)
			ok(t, err)
			admit := func() (appwork.Admission, error) {
				return h.app.Work.AdmitCall(ctx, appwork.CallRequest{Key: key, Provider: "local", Model: "small", Conversation: "ses_" + name, PromptBytes: 200})
			}
			adm, err := admit() // a hundred tokens of prompt leave as much for the answer
			if ok(t, err); adm.MaxTokens != 900 && name == "tokens" || adm.MaxTokens != 937 && name == "cost" {
				t.Errorf("%s: the answer may have %d tokens", name, adm.MaxTokens)
			}
			_, err = admit() // by a sub-agent at the same time
			var f *fault.Error
			if refused(t, name, err, fault.Exhausted); !errors.As(err, &f) || f.Limit == nil || !strings.Contains(f.Limit.Name, name) || f.Limit.WhoCan == "" {
				t.Errorf("%s: the refusal names %+v", name, f)
			}
			c := finished(v.ID, 500)
			c.ID = adm.CallID
			ok(t, h.app.Work.RecordCall(ctx, h.alpha.ID, c, nil))
			if _, err = admit(); err != nil {
				t.Errorf("%s: after the first call was settled: %v", name, err)
			}
		}
	})
}

// TestASparesKeyNamesNoSessionUntilOneTakesItOver: before, every call with it is the gateway's own to answer, and its programs have no
// network; afterwards it is that session's key and nobody else's.
func TestASparesKeyNamesNoSessionUntilOneTakesItOver(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, spare := t.Context(), session.SpareOf(id.New())
		key, generation, err := h.app.Work.NewGatewayKey(ctx, h.alpha.ID, spare)
		ok(t, err)
		ok(t, h.app.Work.SaveProcess(ctx, h.alpha.ID, dbwork.Process{Session: spare, Room: spare, PID: 7, Password: "ocp_x", Generation: generation, StartedAt: h.clock.Now()}))
		user, password := h.app.Work.EgressKey(h.alpha.ID, spare)
		admit := func(model string) (appwork.Admission, error) {
			return h.app.Work.AdmitCall(ctx, appwork.CallRequest{Key: key, Provider: "local", Model: model})
		}
		for _, model := range []string{"small", "unknown"} {
			adm, err := admit(model)
			if err != nil || !adm.Spare || adm.Key != "" || adm.CallID != "" || adm.Provider.BaseURL != "" {
				t.Errorf("the spare's call of %s: %+v, %v", model, adm, err)
			}
		}
		_, _, err = h.app.Work.AdmitEgress(ctx, user, password)
		refused(t, "the spare's network", err, fault.Forbidden)

		v, _ := h.claimed()
		other, _ := h.claimed()
		ok(t, h.app.Work.TakeSpare(ctx, h.alpha.ID, spare, v.ID))
		adm, err := admit("small")
		if err != nil || adm.Spare || adm.Session != v.ID || adm.Key != "sk-alpha" {
			t.Errorf("the session's call: %+v, %v", adm, err)
		}
		s, _, err := h.app.Work.AdmitEgress(ctx, user, password)
		if err != nil || s.ID != v.ID {
			t.Errorf("the session's network: %s, %v", s.ID, err)
		}
		p, found, err := h.app.Work.Process(ctx, h.alpha.ID, v.ID)
		if err != nil || !found || p.Password != "ocp_x" || p.Room != spare || p.Generation != generation {
			t.Errorf("the session's process: %+v, %v", p, err)
		}
		refused(t, "a second session", h.app.Work.TakeSpare(ctx, h.alpha.ID, spare, other.ID), fault.NotFound)
		refused(t, "another team", h.app.Work.TakeSpare(ctx, h.beta.ID, spare, v.ID), fault.NotFound)
		ok(t, h.app.Work.DeleteProcess(ctx, h.alpha.ID, v.ID))
		_, err = admit("small")
		refused(t, "the key after its process", err, fault.Unauthenticated)
		_, _, err = h.app.Work.AdmitEgress(ctx, user, password)
		refused(t, "the network after its process", err, fault.Forbidden)
	})
}
