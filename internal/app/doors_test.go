package app_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// started is every row that a session's start writes and how it stands then, whoever starts it. What only the claim knows, the
// lease and when the team was served last, is not in it.
var started = map[string]string{
	"sessions": "status running, status_at +60, reason_code , reason_message , waiting_for , doing , ran_ms 7000, ran_since +60, started_at -9, ended_at NULL, " +
		"queued_at +0, queue_key_set 1, attempt 3, retry_count 2, retry_at NULL, resume_on_start 0, last_seq 3, version_added 1, deleted_at NULL",
	"session_counts": "queued 0, running 1",
	"lanes":          "ready 0, running 1, changes_added 1",
	"tenant_changes": "kind status, at +60",
	"events":         `seq 3, type session.state, v 1, attempt 3, actor_kind system, actor_id , actor_name , at +60, data {"from":"queued","to":"running"}, source_key NULL`,
	"audit": "at +60, actor_id , actor_name system, via system, verb move_session, object SESSION, detail queued → running, peer system, request , " +
		"result ok, was queued, became running",
}

// A session changes its status by two doors: move, within a team, and the dispatcher's claim, across them. They write the same.
func TestBothDoorsOfAMoveWriteTheSame(t *testing.T) {
	for name, open := range map[string]func(*house, session.Session){
		"claim": func(h *house, v session.Session) { h.claim(v) },
		"move": func(h *house, v session.Session) {
			ok(h.t, h.d.Update(h.t.Context(), v.Tenant, func(sc *dbkernel.Scope) error {
				return h.app.Work.MoveIn(context.Background(), sc, v, dbwork.Move{To: session.Running}, event.Actor{Kind: "system"})
			}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				v := h.at(session.Queued)
				// It ran before, and what that left behind must go or stay the same way by both doors.
				dbtest.Exec(t, h.d, `UPDATE sessions SET attempt = 3, retry_count = 2, retry_at = 5, resume_on_start = 1, ran_ms = 7000, started_at = status_at - 9000,
					ended_at = 5, doing = 'reads', reason_code = 'user', reason_message = 'Retried.', lease_until = 5 WHERE id = $1`, string(v.ID))
				v = h.read(v)
				changes := h.value(`SELECT change_n FROM lanes WHERE tenant_id = '` + string(v.Tenant) + `'`)
				h.clock.Advance(time.Minute)
				open(h, v)
				if diff := cmp.Diff(started, h.written(v, changes)); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func (h *house) value(text string) string {
	h.t.Helper()
	return strings.Join(dbtest.Rows(h.t, h.d, text), "; ")
}

// written reads the rows of a move of v, times in seconds since v was made, and numbers since before the move.
func (h *house) written(v session.Session, changes string) map[string]string {
	h.t.Helper()
	since := func(column string) string {
		return `CASE WHEN ` + column + ` >= ` + millis(v.StatusAt) + ` THEN '+' ELSE '' END || CAST((` + column + ` - ` + millis(v.StatusAt) + `) / 1000 AS TEXT)`
	}
	plain := func(column string) string { return `CAST(` + column + ` AS TEXT)` }
	read := func(from string, columns ...string) string {
		var out []string
		for _, c := range columns {
			name, of := c, plain(c)
			if n, how, is := strings.Cut(c, "="); is {
				if name, of = n, plain(how); how == "time" {
					of = since(n)
				}
			}
			out = append(out, name+" "+h.value(`SELECT coalesce(`+of+`, 'NULL') FROM `+from))
		}
		return strings.ReplaceAll(strings.Join(out, ", "), string(v.ID), "SESSION")
	}
	team, one := `tenant_id = '`+string(v.Tenant)+`'`, `'`+string(v.ID)+`'`
	return map[string]string{
		"sessions": read(`sessions WHERE id = `+one, "status", "status_at=time", "reason_code", "reason_message", "waiting_for", "doing", "ran_ms", "ran_since=time",
			"started_at=time", "ended_at=time", "queued_at=time", "queue_key_set=CASE WHEN queue_key > queued_at THEN 1 ELSE 0 END", "attempt", "retry_count",
			"retry_at=time", "resume_on_start", "last_seq", "version_added=version - "+itoa(v.Version), "deleted_at=time"),
		"session_counts": read(`session_counts WHERE `+team+` AND status = 'queued'`, "queued=n") + ", " + read(`session_counts WHERE `+team+` AND status = 'running'`, "running=n"),
		"lanes":          read(`lanes WHERE `+team, "ready", "running", "changes_added=change_n - "+changes),
		"tenant_changes": read(`tenant_changes WHERE session_id = `+one+` AND n > `+changes, "kind", "at=time"),
		"events":         read(`events WHERE type = 'session.state' AND session_id = `+one, "seq", "type", "v", "attempt", "actor_kind", "actor_id", "actor_name", "at=time", "data", "source_key"),
		"audit": read(`audit WHERE verb = 'move_session'`, "at=time", "actor_id", "actor_name", "via", "verb", "object=object_id", "detail", "peer", "request",
			"result", "was", "became"),
	}
}

func millis(t time.Time) string { return itoa(t.UnixMilli()) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
