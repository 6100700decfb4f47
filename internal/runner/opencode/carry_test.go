package opencode

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// TestAnOldConversationGoesOnInAHomeOfItsOwn begins two conversations in the home of their team, as the version before did, and continues
// one of them: it is carried over alone, keeps its ids, and nothing of it is reported again.
func TestAnOldConversationGoesOnInAHomeOfItsOwn(t *testing.T) {
	t.Parallel()
	heavy(t)
	team := t.TempDir()
	old := ownRunner(t, func(o *Options) { o.Home = func(Key) string { return team } })
	d, other := newDesk(t, old, script(`{"text":"first answer","tools":[{"name":"bash","args":{"command":"echo one","description":"d"}}]}`, `{"text":"it is one"}`)), newDesk(t, old, "a secret of another session")
	d.start(t).end(t, runner.Done)
	if err := old.Runner.Close(t.Context()); err != nil { // it ends the process, so that the next can use the home
		t.Fatal(err)
	}
	again := New(old.opts)
	other.h = &house{Runner: again, store: old.store}
	other.start(t).end(t, runner.Done)
	if err := again.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	conversation, said := d.conv, len(d.texts())

	h := ownRunner(t, func(o *Options) { o.TeamHome = func(tenant.ID) string { return team } })
	d.h = h
	d.job.Messages = []session.Message{message("again")}
	d.start(t).end(t, runner.Done)
	d.wantOnce(t)
	if got := d.texts(); d.conv != conversation || len(got) != said+1 || got[said] != "ok: again" {
		t.Errorf("conversation %s after %s, the agent said %q", d.conv, conversation, got)
	}
	last := h.model.Requests()[len(h.model.Requests())-1]
	if !strings.Contains(string(last.Body), "first answer") || strings.Contains(string(last.Body), "a secret of another session") {
		t.Errorf("the model was sent %s", last.Body)
	}
	home := h.opts.Home(d.key())
	if text, err := os.ReadFile(filepath.Join(home, "data", "opencode", "opencode.db")); err != nil || strings.Contains(string(text), "a secret of another session") {
		t.Errorf("the session's home has the other conversation, or no database: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(home, "carried*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	d.job.Messages = []session.Message{message("and again")}
	d.start(t).end(t, runner.Done)
	d.wantOnce(t)
	if got := d.texts(); got[len(got)-1] != "ok: and again" {
		t.Errorf("after the carried turn the agent said %q", got)
	}
}
