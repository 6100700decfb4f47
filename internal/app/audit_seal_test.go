package app_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/internal/secret"
)

// sealed is a house whose verbs keep the heads of the audit logs in a file.
type sealed struct {
	*house
	heads, note string
	log         *bytes.Buffer
}

func withSeals(t *testing.T, h *house) *sealed {
	t.Helper()
	s := &sealed{house: h, heads: filepath.Join(t.TempDir(), "audit-heads.json"), log: &bytes.Buffer{}}
	keys, err := secret.LoadOrCreate(filepath.Join(t.TempDir(), "key"))
	ok(t, err)
	h.app = app.New(app.Options{DB: h.d, Hub: hub.New(), Clock: h.clock, Keys: keys, Log: slog.New(slog.NewTextHandler(s.log, nil)), AuditHeads: s.heads})
	for i := range 6 {
		ok(t, h.app.Kernel.PutSetting(t.Context(), "word", fmt.Sprint(i)))
		h.at(session.Pending)
	}
	ok(t, h.app.Console.SealAudit(t.Context()))
	return s
}

// findings are what verifying tells, one line each.
func (s *sealed) findings(slug string) string {
	s.t.Helper()
	reports, err := s.app.Console.VerifyAudit(s.t.Context(), slug)
	ok(s.t, err)
	var all []string
	for _, r := range reports {
		for _, f := range r.Findings {
			all = append(all, r.Name+": "+f)
		}
	}
	return strings.Join(all, "\n")
}

// tamper changes what the database itself refuses to change, as its owner or who holds its file can.
func (s *sealed) tamper(statements ...string) {
	s.t.Helper()
	if s.postgres() {
		dbtest.Exec(s.t, s.d, `ALTER TABLE audit DISABLE TRIGGER ALL`)
		dbtest.Exec(s.t, s.d, `ALTER TABLE instance_audit DISABLE TRIGGER ALL`)
	} else {
		for _, trigger := range []string{"audit_is_kept", "audit_is_sealed_once", "instance_audit_is_kept", "instance_audit_is_sealed_once"} {
			dbtest.Exec(s.t, s.d, `DROP TRIGGER `+trigger)
		}
	}
	for _, q := range statements {
		dbtest.Exec(s.t, s.d, strings.ReplaceAll(q, "{alpha}", string(s.alpha.ID)))
	}
}

func TestSealingIsDoneOnceAndIsWhole(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := withSeals(t, h)
		seals := func() []string {
			return append(dbtest.Rows(t, h.d, `SELECT id || n || mac FROM audit ORDER BY tenant_id, n`), dbtest.Rows(t, h.d, `SELECT id || n || mac FROM instance_audit ORDER BY n`)...)
		}
		before := seals()
		file, err := os.ReadFile(s.heads)
		ok(t, err)
		ok(t, h.app.Console.SealAudit(t.Context()))
		again, err := os.ReadFile(s.heads)
		ok(t, err)
		if strings.Join(seals(), "\n") != strings.Join(before, "\n") || !bytes.Equal(file, again) || len(before) < 12 {
			t.Errorf("sealing twice changed the seals, of %d", len(before))
		}
		if got := s.findings(""); got != "" {
			t.Errorf("a whole log: %s", got)
		}
		info, err := os.Stat(s.heads)
		if ok(t, err); info.Mode().Perm() != 0o600 {
			t.Errorf("the file of heads may be read by others: %v", info.Mode())
		}
		left, err := filepath.Glob(filepath.Dir(s.heads) + "/.audit-heads-*")
		if ok(t, err); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
}

// A server that was killed between the database and the file, or in the middle of sealing, continues where it was.
func TestSealingResumesAfterAKill(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := withSeals(t, h)
		old, err := os.ReadFile(s.heads)
		ok(t, err)
		h.at(session.Pending)
		ok(t, h.app.Console.SealAudit(t.Context()))
		ok(t, os.WriteFile(s.heads, old, 0o600)) // the file as it was before the rename
		if got := s.findings(""); got != "" {
			t.Errorf("the file is behind: %s", got)
		}
		h.at(session.Pending)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := h.app.Console.SealAudit(ended); err == nil {
			t.Error("sealing went on after its end")
		}
		ok(t, h.app.Console.SealAudit(t.Context()))
		if got := s.findings(""); got != "" {
			t.Errorf("after it went on: %s", got)
		}
		if n := dbtest.Rows(t, h.d, `SELECT id FROM audit WHERE n IS NULL`); len(n) > 0 {
			t.Errorf("%d entries without a seal", len(n))
		}
	})
}

func TestTamperingIsFoundInTheDatabase(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for name, c := range map[string]struct {
			do   []string
			want []string
		}{
			"changed":        {[]string{`UPDATE audit SET actor_name = 'Somebody Else' WHERE tenant_id = '{alpha}' AND n = 3`}, []string{"alpha: Entry 3 (", "was changed"}},
			"moved in time":  {[]string{`UPDATE audit SET at = at + 1 WHERE tenant_id = '{alpha}' AND n = 3`}, []string{"alpha: Entry 3 ("}},
			"another result": {[]string{`UPDATE audit SET result = 'refused' WHERE tenant_id = '{alpha}' AND n = 3`}, []string{"alpha: Entry 3 ("}},
			"removed":        {[]string{`DELETE FROM audit WHERE tenant_id = '{alpha}' AND n = 3`}, []string{"alpha: Entry 3 was removed"}},
			"reordered": {[]string{`UPDATE audit SET n = -2 WHERE tenant_id = '{alpha}' AND n = 2`, `UPDATE audit SET n = 2 WHERE tenant_id = '{alpha}' AND n = 3`,
				`UPDATE audit SET n = 3 WHERE tenant_id = '{alpha}' AND n = -2`}, []string{"alpha: Entry 2 (", "moved from position 3", "alpha: Entry 3 (", "moved from position 2"}},
			"unsealed": {[]string{`UPDATE audit SET n = NULL, mac = NULL WHERE tenant_id = '{alpha}' AND n = 3`}, []string{"alpha: Entry 3 was removed"}},
			"cut off":  {[]string{`DELETE FROM audit WHERE tenant_id = '{alpha}' AND n > 4`}, []string{"alpha: Entries 5 to ", "cut off"}},
			"cut off with the head": {[]string{`DELETE FROM audit WHERE tenant_id = '{alpha}' AND n > 4`,
				`UPDATE audit_heads SET n = 4, mac = (SELECT mac FROM audit WHERE tenant_id = '{alpha}' AND n = 4) WHERE chain = '{alpha}'`},
				[]string{"alpha: Entries 5 to ", "and the head was reset"}},
			"a whole log gone": {[]string{`DELETE FROM audit WHERE tenant_id = '{alpha}'`, `DELETE FROM audit_heads WHERE chain = '{alpha}'`}, []string{"alpha: Entries 1 to ", "cut off"}},
			"given to another team": {[]string{`UPDATE audit SET tenant_id = (SELECT id FROM tenants WHERE slug = 'beta'), n = 99 WHERE tenant_id = '{alpha}' AND n = 3`},
				[]string{"alpha: Entry 3 was removed", "beta: Entr"}},
			"of the instance": {[]string{`UPDATE instance_audit SET became = 'x' WHERE n = 2`}, []string{"the instance: Entry 2 ("}},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := withSeals(t, h.again(t))
				s.tamper(c.do...)
				got := s.findings("")
				for _, want := range c.want {
					if !strings.Contains(got, want) {
						t.Errorf("%q is not in: %s", want, got)
					}
				}
				// The sealer continues and hides nothing.
				s.at(session.Pending)
				ok(t, s.app.Console.SealAudit(t.Context()))
				if s.findings("") == "" {
					t.Error("sealing on covered it up")
				}
			})
		}
	})
}

// What was cut off with its head stays known outside, and the log of the server says so once.
func TestTheSealerNeverForgetsADoubt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := withSeals(t, h)
		s.tamper(`DELETE FROM audit WHERE tenant_id = '{alpha}' AND n > 4`,
			`UPDATE audit_heads SET n = 4, mac = (SELECT mac FROM audit WHERE tenant_id = '{alpha}' AND n = 4) WHERE chain = '{alpha}'`)
		for range 3 {
			for range 5 {
				h.at(session.Pending)
			}
			ok(t, h.app.Console.SealAudit(t.Context()))
		}
		if got := s.findings("alpha"); !strings.Contains(got, "outside the database") {
			t.Errorf("verifying finds %q", got)
		}
		if n := strings.Count(s.log.String(), "audit verify"); n != 1 {
			t.Errorf("logged %d times", n)
		}
	})
}

func TestALostFileOfHeadsIsWrittenDown(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		s := withSeals(t, h)
		ok(t, os.Remove(s.heads))
		if got := s.findings(""); !strings.Contains(got, "is missing") {
			t.Errorf("verifying finds %q", got)
		}
		ok(t, h.app.Console.SealAudit(t.Context()))
		if rows := dbtest.Rows(t, h.d, `SELECT verb FROM instance_audit WHERE verb = 'renew_audit_heads' AND n IS NOT NULL`); len(rows) != 1 {
			t.Errorf("the audit log has it %d times", len(rows))
		}
		if got := s.findings(""); got != "" {
			t.Errorf("afterwards: %s", got)
		}
	})
}

// What is refused often is one entry at once and one with the number when the minute is over.
func TestRefusalsAreCountedByTheMinute(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for range 20 {
			h.app.Kernel.Refused(t.Context(), h.viewer, "edit_providers", "", "Only a lead can do this.")
			_, _, err := h.app.People.SignIn(t.Context(), "member-alpha@example.org", "My Secret Word", "192.0.2.9", "browser")
			if err == nil {
				t.Fatal("signed in")
			}
			_, err = h.app.People.ActorForToken(t.Context(), "orc_nobody")
			if err == nil {
				t.Fatal("a token that never was")
			}
		}
		h.app.Kernel.Refused(t.Context(), h.member, "edit_providers", "", "Only a lead can do this.")
		if got := dbtest.Rows(t, h.d, `SELECT verb || actor_name FROM audit WHERE result = 'refused'`); len(got) != 2 {
			t.Errorf("at once: %q", got)
		}
		h.clock.Advance(time.Minute)
		ok(t, h.app.Console.SealAudit(t.Context()))
		got := dbtest.Rows(t, h.d, `SELECT detail FROM audit WHERE result = 'refused' AND detail LIKE '19 more times%'`)
		if len(got) != 1 {
			t.Errorf("after the minute: %q", got)
		}
		instance := dbtest.Rows(t, h.d, `SELECT verb || ' ' || object_id || ' ' || peer || ' ' || detail FROM instance_audit WHERE result = 'refused' ORDER BY id`)
		text := strings.Join(instance, "\n")
		for _, want := range []string{"sign_in " + string(h.alpha.Member.ID) + " 192.0.2.9", "use_token", "more times"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in:\n%s", want, text)
			}
		}
		if strings.Contains(text, "Secret Word") || strings.Contains(text, "example.org") || len(instance) > 6 {
			t.Errorf("%d entries:\n%s", len(instance), text)
		}
	})
}
