package console

import (
	"context"
	"io"

	dbconsole "github.com/industrial-orchestrator/orchestrator/db/console"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// usageRows is how many teams, people or models a page lists; the download has all.
const usageRows = 500

// InstanceUsage returns the usage of all teams, or of the team in the range, by a group; all is the total of the range. It reads sums
// that are updated with each call.
func (a *Verbs) InstanceUsage(ctx context.Context, by tenant.Actor, g usage.Group, r usage.Range) (rows []usage.Row, all usage.Row, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return nil, all, err
	}
	if err := r.Check(); err != nil {
		return nil, all, err
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		rows, all, err = dbconsole.Across(s).UsageBy(ctx, g, r, usageRows)
		return err
	})
	return rows, all, err
}

// ExportUsage writes the export to the audit log and returns a function that writes the usage as CSV: a line for each day, team, person
// and model.
func (a *Verbs) ExportUsage(ctx context.Context, by tenant.Actor, r usage.Range) (write func(context.Context, io.Writer) error, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return nil, err
	}
	if err := r.Check(); err != nil {
		return nil, err
	}
	e := a.k.Entry(by, "export_usage", string(r.Team), usage.Date(r.From)+" to "+usage.Date(r.To))
	err = a.k.DB.System(ctx, func(s *dbkernel.System) error { return s.WriteInstanceAudit(ctx, e) })
	return func(ctx context.Context, w io.Writer) error { return a.writeUsage(ctx, r, w) }, err
}

// writeUsage reads one day per transaction, so that transactions are short.
func (a *Verbs) writeUsage(ctx context.Context, r usage.Range, w io.Writer) error {
	csv, err := usage.NewCSV(w)
	if err != nil {
		return err
	}
	for day := r.From; !day.After(r.To); day = day.AddDate(0, 0, 1) {
		var ls []usage.Line
		err := a.k.DB.SystemView(ctx, func(s *dbkernel.System) (err error) { ls, err = dbconsole.Across(s).UsageOf(ctx, day, r); return err })
		if err != nil {
			return err
		}
		if err := csv.Write(ls); err != nil {
			return err
		}
	}
	return nil
}
