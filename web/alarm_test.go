package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// TestAnAlarmShowsInItsSession: an approval that somebody answered at the agent, past this server, stands in the session and in the
// team's audit log.
func TestAnAlarmShowsInItsSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	s := w.session(a, "Delete the files", true)
	if err := w.app.Work.Record(t.Context(), w.claim(), session.Batch{
		Asks:     []session.Ask{{SourceID: "per_1", Kind: session.Approval, Permission: "bash", Patterns: []string{"rm -rf build"}}},
		Gone:     []string{"per_1"},
		Vanished: []session.Vanished{{SourceID: "per_1", Reply: session.Once}},
	}); err != nil {
		t.Fatal(err)
	}
	b := w.signedIn("lead-alpha")
	page := "/t/alpha/sessions/" + string(s.ID)
	const words = "Alarm (bash rm -rf build): allowed once: The agent received an answer to this approval, but not from this server."
	if row := b.get(page).want(t, http.StatusOK).doc(t).Find(`main [role="alert"]`); !strings.Contains(row.Text(), words) {
		t.Errorf("the conversation says %q", row.Text())
	}
	if log := b.get(page+"/log").want(t, http.StatusOK).doc(t).Find("main").Text(); !strings.Contains(log, words) {
		t.Errorf("the log says %s", log)
	}
	if audit := b.get("/t/alpha/audit").want(t, http.StatusOK).doc(t).Find("main").Text(); !strings.Contains(audit, "bash: rm -rf build") {
		t.Errorf("the audit log says %s", audit)
	}
}
