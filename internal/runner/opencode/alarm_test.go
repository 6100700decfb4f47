package opencode

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

const asksForBash = `{"tools":[{"name":"bash","args":{"command":"true alarm","description":"d"}}]}`

// wantVanished compares which asks were reported as answered by somebody else.
func (d *desk) wantVanished(t *testing.T, want ...session.Vanished) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.vanished, want) {
		t.Errorf("vanished: %+v, want %+v", d.vanished, want)
	}
}

// forge answers an ask as somebody would who has OpenCode's password.
func (d *desk) forge(t *testing.T, id string, reply string) {
	t.Helper()
	if err := d.server().Client.ReplyPermission(t.Context(), d.job.Dir, id, wire.PermissionReply{Reply: reply}); err != nil {
		t.Fatal(err)
	}
}

func TestAnApprovalAnsweredByAnotherRaisesAnAlarm(t *testing.T) {
	t.Parallel()
	h := ownRunner(t, nil)
	for _, reply := range []session.Reply{session.Once, session.Reject} {
		d := newDesk(t, h, script(asksForBash, `{"text":"done"}`))
		r := d.start(t)
		k := d.ask(t, 1)
		d.forge(t, k.SourceID, string(reply))
		r.end(t, runner.Done)
		d.wantVanished(t, session.Vanished{SourceID: k.SourceID, Reply: reply})
	}
}

func TestAnApprovalAnsweredWhileThisServerWasAwayRaisesAnAlarm(t *testing.T) {
	t.Parallel()
	h := ownRunner(t, nil)
	d := newDesk(t, h, script(asksForBash, `{"text":"done","gate":"away","gate_at":"text"}`))
	r := d.start(t)
	k := d.ask(t, 1)
	k.AskedAt = time.Now()
	client := d.server().Client
	d.lose(errors.New("this server has been killed"))
	r.cancelQuietly()
	if err := client.ReplyPermission(t.Context(), d.job.Dir, k.SourceID, wire.PermissionReply{Reply: "once"}); err != nil {
		t.Fatal(err)
	}
	h.reached(t, "away")
	other := New(h.opts)
	t.Cleanup(func() { _ = other.Close(t.Context()) })
	d.lose(nil)
	d.h, d.job.Asks = &house{Runner: other, store: h.store}, []session.Ask{k}
	h.model.Open("away")
	d.start(t).end(t, runner.Done)
	d.wantVanished(t, session.Vanished{SourceID: k.SourceID})
}

func TestAsksThatEndWithTheirRunRaiseNoAlarm(t *testing.T) {
	t.Parallel()
	heavy(t)
	h := ownRunner(t, nil)
	t.Run("a rejection ends those beside it", func(t *testing.T) {
		d := newDesk(t, h, script(`{"tools":[{"name":"bash","args":{"command":"true one","description":"d"}},{"name":"bash","args":{"command":"true two","description":"d"}}]}`, `{"text":"done"}`))
		r := d.start(t)
		d.ask(t, 2)
		d.signal(t, runner.Signal{Kind: session.Approval, AskID: d.asks[0].SourceID, Reply: session.Reject})
		r.end(t, runner.Done)
		d.wantVanished(t)
		if !slices.Contains(d.gone, d.asks[1].SourceID) {
			t.Errorf("gone: %q", d.gone)
		}
	})
	for name, tool := range map[string]string{"approval": asksForBash,
		"question": `{"tools":[{"name":"question","args":{"questions":[{"question":"Which?","header":"Which","options":[{"label":"A","description":"a"},{"label":"B","description":"b"}]}]}}]}`} {
		t.Run("an abort in OpenCode, "+name, func(t *testing.T) {
			d := newDesk(t, h, script(tool, `{"text":"done"}`))
			r := d.start(t)
			k := d.ask(t, 1)
			if err := d.server().Client.Abort(t.Context(), r.conversation()); err != nil {
				t.Fatal(err)
			}
			<-r.done
			d.wantVanished(t)
			k.AskedAt = time.Now()
			d.job.Asks = []session.Ask{k}
			d.job.Messages = append(d.job.Messages, message("go on"))
			d.start(t).end(t, runner.Done)
			d.wantVanished(t)
		})
		t.Run("a pause, "+name, func(t *testing.T) {
			d := newDesk(t, h, script(tool, `{"text":"done"}`))
			r := d.start(t)
			k := d.ask(t, 1)
			r.cancel()
			r.end(t, runner.Aborted)
			k.AskedAt = time.Now()
			d.job.Asks = []session.Ask{k}
			d.start(t).end(t, runner.Done)
			d.wantVanished(t)
		})
	}
}
