package kernel_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// written puts n entries into a team's log, a minute apart, and as many into the instance's.
func written(t *testing.T, d *dbkernel.DB, team dbtest.Team, n int) (ids []string) {
	t.Helper()
	for i := range n {
		e := dbkernel.Audit{ID: id.New(), At: dbtest.Now.Add(time.Duration(i) * time.Minute), By: team.Lead.ID, ByName: "lead", Via: "login", Verb: fmt.Sprint("verb", i%3), Object: fmt.Sprint("o", i%2)}
		if i%4 == 3 {
			e.Result = audit.Refused
		}
		ids = append(ids, e.ID)
		update(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error { return s.WriteAudit(ctx, e) })
		e.ID = id.New()
		if err := d.System(t.Context(), func(s *dbkernel.System) error { return s.WriteInstanceAudit(t.Context(), e) }); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

// No statement, in a team's scope or across teams, changes or deletes an entry; only its seal is set, once.
func TestAuditEntriesAreKeptAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		written(t, d, team, 3)
		look := func() string {
			return strings.Join(append(dbtest.Rows(t, d, `SELECT id || verb || at || coalesce(mac, '') FROM audit ORDER BY id`),
				dbtest.Rows(t, d, `SELECT id || verb || at || coalesce(mac, '') FROM instance_audit ORDER BY id`)...), "\n")
		}
		before := look()
		attacks := []string{`UPDATE main.{t} SET verb = 'x'`, `UPDATE main.{t} SET n = 1`, `UPDATE main.{t} SET mac = 'x'`, `UPDATE main.{t} SET n = 1, mac = 'x', verb = 'x' WHERE n IS NULL`,
			`UPDATE main.{t} SET at = 1`, `DELETE FROM main.{t}`, `DELETE FROM main.{t} WHERE n IS NULL`}
		for _, text := range attacks {
			for _, table := range []string{"audit", "instance_audit"} {
				text := strings.ReplaceAll(text, "{t}", table)
				err := d.System(t.Context(), func(s *dbkernel.System) error { _, err := dbkernel.WriteCrossing(t.Context(), s, text); return err })
				if err == nil {
					t.Errorf("across teams: %s", text)
				}
				err = tryUpdate(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
					_, err := dbkernel.Write(ctx, s, table, text)
					return err
				})
				if err == nil {
					t.Errorf("in the team's scope: %s", text)
				}
			}
		}
		err := tryUpdate(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) error {
			_, err := dbkernel.Write(ctx, s, "audit", `UPDATE main.audit SET n = 1, mac = 'x' WHERE tenant_id = $1`, string(team.ID))
			return err
		})
		if err == nil {
			t.Error("a team's scope put a seal on")
		}
		if got := look(); got != before {
			t.Errorf("something changed:\n%s\n%s", before, got)
		}
	})
}

// Who is past every wall of ours is still refused by the tables themselves.
func TestTheTablesRefuseTheOwnerToo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		ids := written(t, d, team, 2)
		seal := func(chain, id string, n int64) error {
			return d.System(t.Context(), func(s *dbkernel.System) error { return s.Seal(t.Context(), chain, id, audit.Head{N: n, Mac: "mac"}) })
		}
		if err := seal(string(team.ID), ids[0], 1); err != nil {
			t.Fatal(err)
		}
		if err := seal(string(team.ID), ids[0], 2); err == nil {
			t.Error("an entry was sealed twice")
		}
		if err := seal(string(team.ID), ids[1], 1); err == nil {
			t.Error("two entries have one place")
		}
		for _, text := range []string{`UPDATE audit SET detail = 'x'`, `UPDATE audit SET n = 7, mac = 'x' WHERE n = 1`, `UPDATE audit SET n = NULL, mac = NULL WHERE n = 1`,
			`DELETE FROM audit`, `DELETE FROM instance_audit`, `UPDATE instance_audit SET peer = 'x'`} {
			if err := dbtest.TryExec(t, d, text); err == nil || !strings.Contains(err.Error(), "audit entries are kept") {
				t.Errorf("%s: %v", text, err)
			}
		}
	})
}

func TestTheAuditLogIsPagedAndFiltered(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team, other := dbtest.NewTeam(t, d, "alpha"), dbtest.NewTeam(t, d, "beta")
		ids := written(t, d, team, 12)
		written(t, d, other, 2)
		read := func(f audit.Filter) audit.Page {
			inTeam := view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) (audit.Page, error) { return dbconsole.On(s).Audit(ctx, f) })
			err := d.SystemView(t.Context(), func(s *dbkernel.System) error {
				_, err := dbconsole.Across(s).InstanceAudit(t.Context(), f)
				return err
			})
			if err != nil {
				t.Errorf("the instance's log, %+v: %v", f, err)
			}
			return inTeam
		}
		for name, c := range map[string]struct {
			f    audit.Filter
			want int
		}{
			"everything": {audit.Filter{}, 12}, "a person": {audit.Filter{By: team.Lead.ID}, 12}, "another team's person": {audit.Filter{By: other.Lead.ID}, 0},
			"a verb": {audit.Filter{Verb: "verb1"}, 4}, "an object": {audit.Filter{Object: "o1"}, 6}, "refused": {audit.Filter{Result: audit.Refused}, 3},
			"days":  {audit.Filter{Since: dbtest.Now.Add(2 * time.Minute), Until: dbtest.Now.Add(5 * time.Minute)}, 3},
			"mixed": {audit.Filter{Verb: "verb0", Object: "o0", Result: audit.OK, By: team.Lead.ID}, 2},
		} {
			if p := read(c.f); len(p.Items) != c.want || p.More {
				t.Errorf("%s: %d entries, more %v, want %d", name, len(p.Items), p.More, c.want)
			}
		}
		var paged []string
		for f := (audit.Filter{Limit: 5}); ; {
			p := read(f)
			for _, e := range p.Items {
				paged = append(paged, e.ID)
			}
			if !p.More {
				break
			}
			f.Before = p.Items[len(p.Items)-1].ID
		}
		if len(paged) != 12 || paged[0] != ids[11] || paged[11] != ids[0] {
			t.Errorf("paged: %v", paged)
		}
		if p := read(audit.Filter{After: ids[2], Limit: 5}); len(p.Items) != 5 || p.Items[0].ID != ids[7] || !p.More {
			t.Errorf("back: %d entries", len(p.Items))
		}
		verbs := view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) ([]string, error) { return dbconsole.On(s).AuditVerbs(ctx) })
		people := view(t, d, team.ID, func(ctx context.Context, s *dbkernel.Scope) ([]tenant.UserID, error) {
			return dbconsole.On(s).AuditPeople(ctx)
		})
		if strings.Join(verbs, " ") != "verb0 verb1 verb2" || len(people) != 1 || people[0] != team.Lead.ID {
			t.Errorf("choices: %v, %v", verbs, people)
		}
	})
}

// An entry without an origin gets that of the context.
func TestAnEntrySaysWhereItComesFrom(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team := dbtest.NewTeam(t, d, "alpha")
		for _, ctx := range []context.Context{t.Context(), tenant.WithOrigin(t.Context(), tenant.Origin{Peer: "192.0.2.1", Request: "r1"})} {
			for _, peer := range []string{"", "198.51.100.1"} {
				err := d.Update(ctx, team.ID, func(s *dbkernel.Scope) error {
					return s.WriteAudit(ctx, dbkernel.Audit{ID: id.New(), At: dbtest.Now, Via: "command", Peer: peer})
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		got := strings.Join(dbtest.Rows(t, d, `SELECT peer || '/' || request FROM audit ORDER BY id`), " ")
		if got != "command/ 198.51.100.1/ 192.0.2.1/r1 198.51.100.1/" {
			t.Error(got)
		}
	})
}
