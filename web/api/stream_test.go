package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	apiwork "github.com/industrial-orchestrator/orchestrator/web/api/work"
)

// A reader that breaks off after every seventh event, while the agent writes, and resumes with Last-Event-ID gets each event once and in order.
func TestABrokenStreamLosesAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	c.lead.equip(t)
	s := c.lead.create(t, map[string]any{"start": true})
	l := w.claim(t)
	const lines = 120
	written := make(chan struct{})
	go func() {
		defer close(written)
		for i := range lines {
			w.says(t, l, fmt.Sprint(i), fmt.Sprintf("line %d\r\nid: 7\n\ndata: no \u2028 <b>", i))
		}
	}()
	var got []apiwork.Event
	header := []string(nil)
	for len(got) < 100 {
		part := c.viewer.stream(t, s.ID, header...)
		for range 7 {
			got = append(got, part.event(t, int64(len(got))+1))
		}
		part.stop()
		header = []string{"Last-Event-ID", strconv.Itoa(len(got))}
	}
	<-written
	last := as[sessionJSON](t, c.lead.get("/sessions/"+s.ID)).LastSeq
	for rest := c.viewer.stream(t, s.ID, header...); int64(len(got)) < last; {
		got = append(got, rest.event(t, int64(len(got))+1))
	}
	said := 0
	for _, e := range got {
		if e.Type == "agent.message" && strings.Contains(string(e.Data), fmt.Sprintf("line %d", said)) {
			said++
		}
	}
	if said != lines {
		t.Errorf("%d lines were said, %d came", lines, said)
	}
	if all := c.lead.log(t, s.ID); !slices.EqualFunc(all, got, func(a, b apiwork.Event) bool {
		return a.Seq == b.Seq && a.Type == b.Type && a.At == b.At && string(a.Data) == string(b.Data)
	}) {
		t.Error("the stream and the pages of the log differ")
	}
}

// event waits for the message with a number and reads it.
func (s *stream) event(t *testing.T, seq int64) (e apiwork.Event) {
	t.Helper()
	m := s.next()
	if err := json.Unmarshal([]byte(m.data), &e); err != nil {
		t.Fatalf("event %d: %v in %s", seq, err, m.data)
	}
	if m.id != strconv.FormatInt(seq, 10) || e.Seq != seq || m.name != e.Type {
		t.Fatalf("%s %s %d came where %d was due", m.id, m.name, e.Seq, seq)
	}
	return e
}

// log reads the whole log, a small page at a time.
func (c *client) log(t *testing.T, session string) (all []apiwork.Event) {
	t.Helper()
	for {
		page := as[apiwork.EventPage](t, c.get(fmt.Sprintf("/sessions/%s/events?after=%d&limit=9", session, len(all))).want(t, http.StatusOK))
		all = append(all, page.Items...)
		if int64(len(all)) == page.LastSeq {
			return all
		}
		if len(page.Items) != 9 {
			t.Fatalf("a page after %d has %d items, the log goes to %d", len(all), len(page.Items), page.LastSeq)
		}
	}
}

func TestAStreamBeginsAfterWhatTheReaderHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha").lead
	c.equip(t)
	s := c.create(t, map[string]any{"start": true})
	l := w.claim(t)
	last := as[sessionJSON](t, c.get("/sessions/"+s.ID)).LastSeq
	for i, ask := range []func() *stream{
		func() *stream { return c.stream(t, s.ID, "Last-Event-ID", fmt.Sprint(last)) },
		func() *stream { return c.stream(t, s.ID, "Last-Event-ID", "999999") },
		func() *stream { return c.stream(t, s.ID+"?after="+fmt.Sprint(last)) },
		func() *stream { return c.stream(t, s.ID+"?after=0", "Last-Event-ID", fmt.Sprint(last)) },
	} {
		open := ask()
		w.says(t, l, fmt.Sprint("after", i), "More.")
		if e := open.event(t, last+1); e.Type != "agent.message" {
			t.Errorf("stream %d begins with %s", i, e.Type)
		}
		open.stop()
		last++
	}
	for _, header := range [][]string{{"Last-Event-ID", "x"}, {"Last-Event-ID", "-1"}} {
		r := c.get("/sessions/"+s.ID+"/events", append(header, "Accept", "text/event-stream")...).want(t, http.StatusUnprocessableEntity)
		if p := as[apikit.Problem](t, r); len(p.Errors) != 1 || p.Errors[0].Location != "header.Last-Event-ID" {
			t.Errorf("%v: %s", header, r.body)
		}
	}
}

// The product promises two seconds for each of these.
func TestAStreamEndsWithTheRightsOfItsToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	c.lead.equip(t)
	s := c.lead.create(t, nil)
	ctx := context.Background()
	for name, end := range map[string]func(*testing.T, *client){
		"revoked": func(t *testing.T, who *client) {
			if err := w.app.People.RevokeToken(ctx, who.by, who.tokenID); err != nil {
				t.Fatal(err)
			}
		},
		"revoked by a lead": func(t *testing.T, who *client) { done(t, w.app.People.RevokeMemberToken(ctx, c.lead.by, who.tokenID)) },
		"removed":           func(t *testing.T, who *client) { done(t, w.app.People.RemoveMember(ctx, c.lead.by, who.by.User)) },
		"left":              func(t *testing.T, who *client) { done(t, w.app.People.LeaveTeam(ctx, who.by)) },
		"deactivated": func(t *testing.T, who *client) {
			done(t, w.app.People.DeactivatePerson(ctx, appkernel.Operator(), who.by.User))
		},
		// Another server, or a command, rings no bell here.
		"removed elsewhere": func(t *testing.T, who *client) { w.raw(t, `DELETE FROM memberships WHERE user_id = ?`, who.by.User) },
	} {
		who := w.client(w.person("alpha", strings.ReplaceAll(name, " ", "-"), tenant.Member), apitoken.Run)
		open := who.stream(t, s.ID)
		open.event(t, 1)
		end(t, who)
		open.end(2 * time.Second)
		who.get("/me").want(t, http.StatusUnauthorized)
	}
}

func done(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Whoever has another role asks again as that: also where the token's scope left no more than both.
func TestAStreamEndsWithTheRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	c.lead.equip(t)
	s := c.lead.create(t, nil)
	for _, scope := range []apitoken.Scope{apitoken.Read, apitoken.Manage} {
		demoted := w.client(w.person("alpha", "demoted-"+string(scope), tenant.Member), scope)
		open := demoted.stream(t, s.ID)
		open.event(t, 1)
		done(t, w.app.People.SetRole(context.Background(), c.lead.by, demoted.by.User, tenant.Viewer))
		open.end(2 * time.Second)
		demoted.get("/me").want(t, http.StatusOK)
		demoted.stream(t, s.ID).event(t, 1)
	}
}

func TestStreamsEndWithTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha").lead
	c.equip(t)
	s := c.create(t, nil)
	var open []*stream
	for range 20 {
		open = append(open, c.stream(t, s.ID))
	}
	w.app.Kernel.Hub.Close()
	for _, o := range open {
		o.end(5 * time.Second)
	}
}
