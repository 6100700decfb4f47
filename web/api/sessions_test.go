package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	apiwork "github.com/industrial-orchestrator/orchestrator/web/api/work"
)

func TestASessionIsMadeStartedAndRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	_, r := c.lead.equip(t)
	draft := c.member.create(t, map[string]any{"priority": 1, "repository_id": r.ID, "tags": []string{"ledger"}, "metadata": map[string]any{"ticket": 12345678901234567}})
	if draft.Status != "pending" || draft.Priority != "high" || draft.StatusReason != nil || draft.Queue != nil || !id.Valid(draft.ID) || !strings.HasPrefix(draft.Branch, "orchestrator/") {
		t.Errorf("the draft is %+v", draft)
	}
	if _, err := time.Parse("2006-01-02T15:04:05.000Z", draft.CreatedAt); err != nil {
		t.Errorf("created_at: %v", err)
	}
	started := as[sessionJSON](t, c.member.post("/sessions/"+draft.ID+"/start", nil).want(t, http.StatusOK))
	if started.Status != "queued" || started.Queue == nil || started.Queue.Position != 1 || started.Queue.Reason == "" || started.Attempt != 1 {
		t.Errorf("started it is %+v, queue %+v", started, started.Queue)
	}
	whole := c.viewer.get("/sessions/"+draft.ID).want(t, http.StatusOK).body
	for _, part := range []string{`"initial_prompt":"Say what you see."`, `"ticket":12345678901234567`, `"base_ref":"main"`, `"tags":["ledger"]`,
		`"tokens":{"input":0,"output":0,"reasoning":0,"cache_read":0,"cache_write":0}`, `"cost_microusd":0`, `"ended_at":null`, `"repository_id":"` + r.ID + `"`} {
		if !strings.Contains(whole, part) {
			t.Errorf("the session lacks %s:\n%s", part, whole)
		}
	}
	if strings.Contains(whole, "$schema") {
		t.Error("the answer carries $schema")
	}
}

func TestPagesOfSessionsJoinWithoutGaps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	c.lead.equip(t)
	var want []string
	for i := range 7 {
		want = append([]string{c.lead.create(t, map[string]any{"title": fmt.Sprint("Part number ", i), "start": i%2 == 0}).ID}, want...)
	}
	var got []string
	for cursor := ""; ; {
		page := as[struct {
			Items      []sessionJSON
			NextCursor *string `json:"next_cursor"`
			HasMore    bool    `json:"has_more"`
		}](t, c.viewer.get("/sessions?limit=3&cursor="+cursor).want(t, http.StatusOK))
		for _, s := range page.Items {
			got = append(got, s.ID)
		}
		if !page.HasMore {
			if page.NextCursor != nil {
				t.Error("the last page names a next one")
			}
			break
		}
		cursor = *page.NextCursor
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the pages hold\n%v, want\n%v", got, want)
	}
	for query, n := range map[string]int{"status=queued": 4, "status=pending,queued": 7, "status=running": 0, "q=number": 7, "q=nowhere": 0} {
		if list := as[items[sessionJSON]](t, c.viewer.get("/sessions?"+query).want(t, http.StatusOK)); len(list.Items) != n {
			t.Errorf("%s: %d sessions, want %d", query, len(list.Items), n)
		}
	}
}

func TestMovesFollowTheStatesAndIllegalOnesChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	c.lead.equip(t)
	s := c.lead.create(t, map[string]any{"start": true})
	w.claim(t)
	at := "/sessions/" + s.ID
	for _, step := range []struct {
		verb, becomes string
		body          any
	}{{"pause", "paused", nil}, {"resume", "queued", map[string]any{}}} {
		if now := as[sessionJSON](t, c.lead.post(at+"/"+step.verb, step.body).want(t, http.StatusOK)); now.Status != step.becomes {
			t.Fatalf("%s: it is %s, want %s", step.verb, now.Status, step.becomes)
		}
	}
	w.claim(t)
	if now := as[sessionJSON](t, c.lead.post(at+"/stop", nil).want(t, http.StatusOK)); now.Status != "stopped" || now.StatusReason.Code != "user" {
		t.Fatalf("stopped it is %+v", now)
	}
	before := as[sessionJSON](t, c.lead.get(at)).LastSeq
	for _, verb := range []string{"start", "pause", "resume", "stop", "cancel"} {
		p := as[apikit.Problem](t, c.lead.post(at+"/"+verb, nil).want(t, http.StatusConflict))
		if p.Code != "conflict" || p.Detail == "" {
			t.Errorf("%s: %+v", verb, p)
		}
	}
	if after := as[sessionJSON](t, c.lead.get(at)).LastSeq; after != before {
		t.Errorf("refused moves wrote %d events", after-before)
	}
	if now := as[sessionJSON](t, c.lead.post(at+"/retry", map[string]any{"fresh": true}).want(t, http.StatusOK)); now.Status != "queued" || now.Attempt != 2 {
		t.Errorf("retried it is %s, attempt %d", now.Status, now.Attempt)
	}
	if now := as[sessionJSON](t, c.lead.post(at+"/cancel", nil).want(t, http.StatusOK)); now.Status != "cancelled" {
		t.Errorf("cancelled it is %s", now.Status)
	}
}

func TestMessagesAreKeptInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	c.lead.equip(t)
	s := c.lead.create(t, map[string]any{"start": true})
	w.claim(t)
	for _, text := range []string{"First this.", "Then that. <b>&</b>"} {
		m := as[apiwork.Message](t, c.lead.post("/sessions/"+s.ID+"/messages", map[string]string{"text": text}).want(t, http.StatusCreated))
		if m.Text != text || m.ID == "" {
			t.Errorf("the message is %+v", m)
		}
	}
	list := as[items[struct{ Text string }]](t, c.viewer.get("/sessions/"+s.ID+"/messages").want(t, http.StatusOK))
	if len(list.Items) != 3 || list.Items[0].Text != "Say what you see." || list.Items[2].Text != "Then that. <b>&</b>" {
		t.Errorf("the messages are %+v", list.Items)
	}
}

func TestAFullQueueNamesItsLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	small := apppeople.NewTenant("alpha", "Team alpha", time.Now())
	small.MaxQueuedSessions = 1
	if _, err := w.app.People.CreateTenant(context.Background(), small); err != nil {
		t.Fatal(err)
	}
	c := w.crew("alpha")
	c.lead.equip(t)
	c.lead.create(t, map[string]any{"start": true})
	p := as[apikit.Problem](t, c.lead.post("/sessions", job(map[string]any{"start": true})).want(t, http.StatusTooManyRequests))
	if p.Code != "quota_exceeded" || p.Limit == nil || p.Limit.Name != "max_queued_sessions" || p.Limit.Value != 1 || p.Limit.Used != 1 || p.Limit.WhoCan != "admin" {
		t.Errorf("the refusal is %+v, limit %+v", p, p.Limit)
	}
}
