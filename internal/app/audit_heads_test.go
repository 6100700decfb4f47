package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// cutOff removes the end of alpha's log after an entry, and sets the head in the database to that entry.
func (s *sealed) cutOff(after int) {
	s.t.Helper()
	s.tamper(fmt.Sprintf(`DELETE FROM audit WHERE tenant_id = '{alpha}' AND n > %d`, after),
		fmt.Sprintf(`UPDATE audit_heads SET n = %[1]d, mac = (SELECT mac FROM audit WHERE tenant_id = '{alpha}' AND n = %[1]d) WHERE chain = '{alpha}'`, after))
}

// setBackFile sets alpha's head outside the database to an entry, as somebody without the key can.
func (s *sealed) setBackFile(to int) {
	s.t.Helper()
	mac := dbtest.Rows(s.t, s.d, fmt.Sprintf(`SELECT mac FROM audit WHERE tenant_id = '%s' AND n = %d`, s.alpha.ID, to))[0]
	text, err := os.ReadFile(s.heads)
	ok(s.t, err)
	var f map[string]any
	ok(s.t, json.Unmarshal(text, &f))
	heads, nested := f["heads"].(map[string]any)
	if !nested {
		heads = f
	}
	head, _ := heads[string(s.alpha.ID)].(map[string]any)
	head["n"], head["mac"] = to, mac
	text, err = json.Marshal(f)
	ok(s.t, err)
	ok(s.t, os.WriteFile(s.heads, text, 0o600))
}

// Who holds the database and the file, but not the key, cannot cut off the end of a log: neither head can be set to an entry by hand.
func TestTheEndCannotBeCutOffWithBothHeads(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := withSeals(t, h)
		s.cutOff(4)
		s.setBackFile(4)
		for _, when := range []string{"at once", "after the sealer ran"} {
			if got := s.findings("alpha"); !strings.Contains(got, "not stored by this server") || !strings.Contains(got, "not written by this server") {
				t.Errorf("%s, verifying finds %q", when, got)
			}
			h.at(session.Pending)
			ok(t, h.app.Console.SealAudit(t.Context()))
		}
	})
}

// node is another server on the database of s, with its own data directory and the same key.
func (s *sealed) node(t *testing.T) *sealed {
	t.Helper()
	dir := t.TempDir()
	h := *s.house
	n := &sealed{house: &h, heads: filepath.Join(dir, "heads.json"), note: filepath.Join(dir, "note.json"), log: &bytes.Buffer{}}
	n.restart()
	return n
}

// restart replaces the process of the server: what it remembers is gone.
func (s *sealed) restart() {
	s.app = app.New(app.Options{DB: s.d, Hub: hub.New(), Clock: s.clock, Keys: s.app.Kernel.Keys, Log: slog.New(slog.NewTextHandler(s.log, nil)), AuditHeads: s.heads, AuditNote: s.note})
}

// A new server on an existing database has no heads of its own yet, which is no reason for an alarm. What the database proves by
// itself is found there too.
func TestANewNodeRaisesNoAlarm(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := withSeals(t, h)
		n := s.node(t)
		for _, when := range []string{"before it sealed", "after it sealed"} {
			if got := n.findings(""); got != "" {
				t.Errorf("%s: %s", when, got)
			}
			ok(t, n.app.Console.SealAudit(t.Context()))
		}
		if rows := dbtest.Rows(t, h.d, `SELECT id FROM instance_audit WHERE verb = 'renew_audit_heads'`); len(rows) > 0 || strings.Contains(n.log.String(), "audit") {
			t.Errorf("%d entries about lost heads, log: %s", len(rows), n.log)
		}
		s.cutOff(4)
		if got := s.node(t).findings("alpha"); !strings.Contains(got, "not stored by this server") {
			t.Errorf("another new node finds %q", got)
		}
	})
}

func TestANodeThatLostItsHeadsSaysSo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		n := withSeals(t, h).node(t)
		ok(t, n.app.Console.SealAudit(t.Context()))
		ok(t, os.Remove(n.heads))
		n.restart()
		if got := n.findings(""); !strings.Contains(got, "is missing") {
			t.Errorf("verifying finds %q", got)
		}
		ok(t, n.app.Console.SealAudit(t.Context()))
		if got := n.findings(""); got != "" {
			t.Errorf("afterwards: %s", got)
		}
	})
}

// asBefore makes the store that of an earlier version: the heads lie in the data directory and nothing is proven.
func (s *sealed) asBefore() {
	s.t.Helper()
	heads := map[string]audit.Head{}
	for _, chain := range []string{audit.Instance, string(s.alpha.ID)} {
		table, where := "audit", ` WHERE tenant_id = '`+chain+`' AND n IS NOT NULL`
		if chain == audit.Instance {
			table, where = "instance_audit", ` WHERE n IS NOT NULL`
		}
		macs := dbtest.Rows(s.t, s.d, `SELECT mac FROM `+table+where+` ORDER BY n`)
		heads[chain] = audit.Head{N: int64(len(macs)), Mac: macs[len(macs)-1]}
	}
	text, err := json.Marshal(heads)
	ok(s.t, err)
	ok(s.t, os.WriteFile(s.note, text, 0o600))
	ok(s.t, os.Remove(s.heads))
	dbtest.Exec(s.t, s.d, `UPDATE audit_heads SET proof = ''`)
	s.restart()
}

// An existing installation moves its heads out of the data directory by itself, without an alarm and without covering anything up.
func TestHeadsMoveOutOfTheDataDirectory(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, cut := range []bool{false, true} {
			t.Run(fmt.Sprintf("cut %v", cut), func(t *testing.T) {
				t.Parallel()
				s := withSeals(t, h.again(t)).node(t)
				ok(t, s.app.Console.SealAudit(t.Context()))
				s.asBefore()
				if cut {
					s.cutOff(4)
				}
				for _, when := range []string{"before", "after"} {
					if got := s.findings(""); (got != "") != cut {
						t.Errorf("%s the move, verifying finds %q", when, got)
					}
					ok(t, s.app.Console.SealAudit(t.Context()))
				}
				note, err := os.ReadFile(s.note)
				if ok(t, err); !strings.Contains(string(note), s.heads) {
					t.Errorf("the data directory still has %s", note)
				}
				if rows := dbtest.Rows(t, s.d, `SELECT detail FROM instance_audit WHERE verb = 'renew_audit_heads'`); len(rows) != 1 || !strings.Contains(rows[0], s.heads) {
					t.Errorf("the audit log has %q", rows)
				}
			})
		}
	})
}

// Table and file that are both set back to an earlier, genuine state agree with each other. A server that runs remembers better, and
// so does a head that was noted elsewhere.
func TestTableAndFileSetBackTogether(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := withSeals(t, h)
		old, err := os.ReadFile(s.heads)
		ok(t, err)
		row := dbtest.Rows(t, s.d, `SELECT n || ',''' || mac || ''',''' || proof || '''' FROM audit_heads WHERE chain = '`+string(s.alpha.ID)+`'`)[0]
		n, rest, _ := strings.Cut(row, ",")
		mac, proof, _ := strings.Cut(rest, ",")
		for range 3 {
			h.at(session.Pending)
		}
		ok(t, s.app.Console.SealAudit(t.Context()))
		reports, err := s.app.Console.VerifyAudit(t.Context(), "alpha")
		ok(t, err)
		noted := appconsole.NotedHead{Name: "alpha", Head: reports[0].Head}
		setBack := func() {
			s.tamper(`DELETE FROM audit WHERE tenant_id = '{alpha}' AND n > `+n, `UPDATE audit_heads SET n = `+n+`, mac = `+mac+`, proof = `+proof+` WHERE chain = '{alpha}'`)
			ok(t, os.WriteFile(s.heads, old, 0o600))
		}
		setBack()
		reports, err = s.app.Console.VerifyAudit(t.Context(), "alpha", noted)
		if ok(t, err); len(reports[0].Findings) != 1 || !strings.Contains(reports[0].Findings[0], "was noted") {
			t.Errorf("with a noted head: %q", reports[0].Findings)
		}
		ok(t, s.app.Console.SealAudit(t.Context()))
		s.restart()
		if got := s.findings("alpha"); !strings.Contains(got, "cut off, and the head was reset") {
			t.Errorf("a server that ran through it: %q", got)
		}
	})
}

// A key file that outlived a database has the heads of that one beside it.
func TestHeadsOfAnotherDatabaseAreSetAside(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := withSeals(t, h).node(t)
		ok(t, s.app.Kernel.PutSetting(t.Context(), "instance_id", "one"))
		ok(t, s.app.Console.SealAudit(t.Context()))
		ok(t, s.app.Kernel.PutSetting(t.Context(), "instance_id", "another"))
		ok(t, os.Remove(s.note))
		s.restart()
		ok(t, s.app.Console.SealAudit(t.Context()))
		if got := s.findings(""); got != "" {
			t.Errorf("verifying finds %q", got)
		}
		if aside, _ := filepath.Glob(s.heads + ".*"); len(aside) != 1 {
			t.Errorf("set aside: %v", aside)
		}
	})
}
