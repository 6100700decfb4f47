package console

import (
	"cmp"
	"context"
	"io"
	"maps"
	"slices"

	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// AuditLog returns a page of the team's audit log, newest first.
func (a *Verbs) AuditLog(ctx context.Context, by tenant.Actor, f audit.Filter) (p audit.Page, err error) {
	if err := checkAuditFilter(&f); err != nil {
		return p, err
	}
	err = a.k.Read(ctx, by, tenant.ReadAudit, func(sc *dbkernel.Scope) error { p, err = dbconsole.On(sc).Audit(ctx, f); return err })
	if err != nil {
		return p, err
	}
	return p, a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { return nameEntries(ctx, s, p.Items) })
}

// nameEntries sets the current names of the people in entries, because a log stores their IDs.
func nameEntries(ctx context.Context, s *dbkernel.System, es []audit.Entry) error {
	seen := map[tenant.UserID]bool{}
	for _, e := range es {
		seen[e.By] = e.By != ""
	}
	delete(seen, "")
	names, err := dbpeople.Across(s).Names(ctx, slices.Sorted(maps.Keys(seen)))
	if err != nil {
		return err
	}
	for i, e := range es {
		if name := names[e.By]; name != "" {
			es[i].ByName = name
		}
	}
	return nil
}

// AuditChoices returns the verbs and the people in the team's audit log.
func (a *Verbs) AuditChoices(ctx context.Context, by tenant.Actor) (verbs []string, people []audit.Person, err error) {
	var ids []tenant.UserID
	err = a.k.Read(ctx, by, tenant.ReadAudit, func(sc *dbkernel.Scope) error {
		if verbs, err = dbconsole.On(sc).AuditVerbs(ctx); err != nil {
			return err
		}
		ids, err = dbconsole.On(sc).AuditPeople(ctx)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	people, err = a.readNames(ctx, ids)
	return verbs, people, err
}

// InstanceAudit returns a page of the instance's audit log, newest first.
func (a *Verbs) InstanceAudit(ctx context.Context, by tenant.Actor, f audit.Filter) (p audit.Page, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return p, err
	}
	if err := checkAuditFilter(&f); err != nil {
		return p, err
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		if p, err = dbconsole.Across(s).InstanceAudit(ctx, f); err != nil {
			return err
		}
		return nameEntries(ctx, s, p.Items)
	})
	return p, err
}

// InstanceAuditChoices returns the verbs and the people in the instance's audit log.
func (a *Verbs) InstanceAuditChoices(ctx context.Context, by tenant.Actor) (verbs []string, people []audit.Person, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return nil, nil, err
	}
	var ids []tenant.UserID
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		verbs, ids, err = dbconsole.Across(s).InstanceAuditChoices(ctx)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	people, err = a.readNames(ctx, ids)
	return verbs, people, err
}

// readNames returns people with their current names, by name.
func (a *Verbs) readNames(ctx context.Context, ids []tenant.UserID) (people []audit.Person, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		names, err := dbpeople.Across(s).Names(ctx, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			people = append(people, audit.Person{ID: id, Name: names[id]})
		}
		return nil
	})
	slices.SortFunc(people, func(x, y audit.Person) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID)) })
	return people, err
}

func checkAuditFilter(f *audit.Filter) error {
	for _, cursor := range []string{f.Before, f.After} {
		if cursor != "" && !id.Valid(cursor) {
			return fault.Field("cursor", "Use a cursor that was returned with a page of this list (you sent %q).", text.Cut(cursor, 100))
		}
	}
	if f.Result != "" && f.Result != audit.OK && f.Result != audit.Refused {
		return fault.Field("result", "The result must be \"ok\" or \"refused\" (you sent %q).", text.Cut(string(f.Result), 100))
	}
	f.Limit = min(f.Rows(), appkernel.MaxPage)
	return nil
}

// exportRows is how many entries of an export are read in one transaction.
const exportRows = 1000

// ExportAudit writes the export to the audit log and returns a function that writes the log as CSV, newest first. Entries that are
// added in the meantime are not included.
func (a *Verbs) ExportAudit(ctx context.Context, by tenant.Actor, f audit.Filter) (write func(context.Context, io.Writer) error, err error) {
	f.Before, f.After = "", ""
	if err := checkAuditFilter(&f); err != nil {
		return nil, err
	}
	own := a.k.Entry(by, "export_audit", "", f.String())
	err = a.k.Write(ctx, by, tenant.ReadAudit, func(sc *dbkernel.Scope) error { return sc.WriteAudit(ctx, own) })
	f.Before, f.Limit = own.ID, exportRows
	return func(ctx context.Context, w io.Writer) error {
		return a.writeAudit(ctx, w, f, func(f audit.Filter) (p audit.Page, err error) {
			err = a.k.DB.View(ctx, by.Tenant, func(sc *dbkernel.Scope) error { p, err = dbconsole.On(sc).Audit(ctx, f); return err })
			return p, err
		})
	}, err
}

// ExportInstanceAudit is ExportAudit for the instance's log.
func (a *Verbs) ExportInstanceAudit(ctx context.Context, by tenant.Actor, f audit.Filter) (write func(context.Context, io.Writer) error, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return nil, err
	}
	f.Before, f.After = "", ""
	if err := checkAuditFilter(&f); err != nil {
		return nil, err
	}
	own := a.k.Entry(by, "export_audit", "", f.String())
	err = a.k.DB.System(ctx, func(s *dbkernel.System) error { return s.WriteInstanceAudit(ctx, own) })
	f.Before, f.Limit = own.ID, exportRows
	return func(ctx context.Context, w io.Writer) error {
		return a.writeAudit(ctx, w, f, func(f audit.Filter) (p audit.Page, err error) {
			err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { p, err = dbconsole.Across(s).InstanceAudit(ctx, f); return err })
			return p, err
		})
	}, err
}

// writeAudit writes a log as CSV, page by page.
func (a *Verbs) writeAudit(ctx context.Context, w io.Writer, f audit.Filter, read func(audit.Filter) (audit.Page, error)) error {
	csv, err := audit.NewCSV(w)
	if err != nil {
		return err
	}
	for more := true; more; {
		p, err := read(f)
		if err != nil {
			return err
		}
		if err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { return nameEntries(ctx, s, p.Items) }); err != nil {
			return err
		}
		if err := csv.Write(p.Items); err != nil {
			return err
		}
		if more = p.More; more {
			f.Before = p.Items[len(p.Items)-1].ID
		}
	}
	return nil
}
