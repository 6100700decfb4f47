package views_test

import (
	"time"

	"github.com/a-h/templ"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	auditviews "github.com/industrial-orchestrator/orchestrator/views/audit"
	views "github.com/industrial-orchestrator/orchestrator/views/instance"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// instancePages are the operator's pages of figures, each full and empty or troubled.
func instancePages() map[string]templ.Component {
	used := views.Usage{Group: usage.ByTeam, Form: views.UsageForm{From: "2026-11-01", To: "2026-11-25"}, Rows: usageRows(), All: usage.Row{Calls: 41_020, Cost: 318_400_000,
		Counts: usage.Counts{Input: 29_100_000, Output: 2_110_000, Reasoning: 910_000, CacheRead: 402_000_000, CacheWriteShort: 7_000_000}}}
	none := views.Usage{Group: usage.ByPerson, Form: used.Form}
	wrong := none
	wrong.Fault = "The last day (2026-11-01) is before the first day (2026-11-25)."
	frameOf := adminFrame
	return map[string]templ.Component{
		"admin-usage":           views.UsagePage(frameOf("admin-usage", "Usage"), used),
		"admin-usage-empty":     views.UsagePage(frameOf("admin-usage", "Usage"), none),
		"admin-usage-fault":     views.UsagePage(frameOf("admin-usage", "Usage"), wrong),
		"admin-queue":           views.WorkPage(frameOf("admin-queue", "Queue"), queues()),
		"admin-queue-empty":     views.WorkPage(frameOf("admin-queue", "Queue"), views.Work{}),
		"admin-processes":       views.ProcessesPage(frameOf("admin-processes", "OpenCode processes"), views.Processes{Rows: processes()}),
		"admin-processes-empty": views.ProcessesPage(frameOf("admin-processes", "OpenCode processes"), views.Processes{}),
		"admin-jobs":            views.JobsPage(frameOf("admin-jobs", "Background jobs"), views.Jobs{Rows: loops(), Now: now}),
		"admin-prices":          views.PricesPage(frameOf("admin-prices", "Prices"), prices(nil)),
		"admin-prices-empty":    views.PricesPage(frameOf("admin-prices", "Prices"), views.Prices{Now: now}),
		"admin-prices-faults":   views.PricesPage(frameOf("admin-prices", "Prices"), prices(ui.Faults{"from": "A price cannot take effect in the past. Past costs do not change.", "input": "“much” is not an amount in dollars such as 3 or 0.25."})),
		"admin-settings":        views.SettingsPage(frameOf("admin-settings", "Settings"), settings(nil)),
		"admin-settings-faults": views.SettingsPage(frameOf("admin-settings", "Settings"), settings(ui.Faults{"keep_transcripts_days": "“soon” is not a valid number of days. Use a whole number from 0 to 36,500."})),
		"admin-health":          views.HealthPage(frameOf("admin-health", "Health"), views.Health{Checks: checks(), At: now}),
		"admin-health-good":     views.HealthPage(frameOf("admin-health", "Health"), views.Health{Checks: checks()[3:], At: now}),
		"admin-audit": auditviews.Page(frameOf("admin-audit", "Instance audit log"), auditviews.Log{Base: "/admin/audit", Verbs: []string{"add_price", "sign_in"},
			Rows: []audit.Entry{{ID: "1", At: ago(time.Hour), ByName: "Ines Moreau", Via: "login", Verb: "add_price", Object: "anthropic/claude-sonnet-4.5", Detail: "from 2026-12-01 00:00 UTC", Peer: "192.0.2.7", Result: audit.OK}}}),
	}
}

func usageRows() []usage.Row {
	return []usage.Row{{Key: "foundry-tools", Name: "Foundry Tools", Calls: 22_101, Cost: 212_400_000, Counts: usage.Counts{Input: 19_100_000, Output: 1_410_000, Reasoning: 610_000, CacheRead: 302_000_000, CacheWriteShort: 6_000_000}},
		{Key: "turbine-telemetry-and-predictive-maintenance", Name: "Turbine Telemetry and Predictive Maintenance of the North", Calls: 18_919, Cost: 106_000_000, Counts: usage.Counts{Input: 10_000_000, Output: 700_000, Reasoning: 300_000, CacheRead: 100_000_000, CacheWriteShort: 1_000_000}}}
}

func queues() views.Work {
	waits := ago(40 * time.Minute)
	return views.Work{Queues: []instance.Queue{
		{Slug: "foundry-tools", Team: "Foundry Tools", Active: true, Running: 9, Degraded: 1, Queued: 12, Asking: 2, MaxConcurrent: 10, Paused: 3, Oldest: &waits, Reason: "Waiting for a slot: 10 of 10 in use."},
		{Slug: "kiln", Team: "Kiln", Active: true, Queued: 1, MaxConcurrent: 10, Retrying: 1, Oldest: &waits, Reason: "Waiting for budget: the team's limit is 0 tokens per month."}},
		Pauses: []instance.Pause{{Reason: session.BudgetExhausted, Sessions: 3}, {Reason: session.PermissionTimeout, Sessions: 1}, {Sessions: 1}}}
}

func processes() []instance.Process {
	lost := ago(3 * time.Hour)
	return []instance.Process{
		{Tenant: "0192", Slug: "foundry-tools", Team: "Foundry Tools", PID: 41_220, Version: "1.18.33", Since: ago(41 * time.Hour), Session: "019c0000-0000-7000-8000-0000000000a1", Status: session.Running, Starts: 12, Lost: 2, LostAt: &lost, Memory: 612_000_000, Alive: true},
		{Tenant: "0193", Slug: "kiln", Team: "Kiln", PID: 41_900, Session: "019c0000-0000-7000-8000-0000000000b2", Status: session.Completed, Version: "1.18.33", Since: ago(time.Minute), Starts: 1, Memory: 301_500_000, Alive: true},
		{Tenant: "0194", Slug: "docs", Team: "Docs", PID: 7, Session: "019c0000-0000-7000-8000-0000000000c3", Version: "1.18.33", Since: ago(time.Hour), Starts: 1},
		{Tenant: "0193", Slug: "kiln", Team: "Kiln", PID: 41_950, Session: "spare-019c0000-0000-7000-8000-0000000000d4", Version: "1.18.33", Since: ago(time.Minute), Starts: 2, Memory: 271_500_000, Alive: true}}
}

func loops() []instance.Job {
	begun := ago(10 * time.Minute)
	return []instance.Job{
		{Name: "dispatch", Does: "starts sessions of the queue", Every: time.Second, Patience: time.Minute, Runs: 48_211, Began: ago(time.Second), Took: 3 * time.Millisecond, Next: now},
		{Name: "retention", Does: "deletes what is past its time", Every: time.Hour, Patience: 2 * time.Hour, Runs: 12, Began: ago(time.Hour), Took: 4 * time.Second, Running: &begun},
		{Name: "clones", Does: "clones repositories", Every: 10 * time.Second, Patience: time.Minute, Runs: 9, Failures: 3, Began: ago(3 * time.Second), Next: now.Add(7 * time.Second), Error: "clone https://example.org/a.git: the host does not answer", FailedAt: ago(2 * time.Second)},
		{Name: "sweep", Does: "drops expired logins", Every: time.Minute, Patience: time.Minute, Next: ago(5 * time.Minute)}}
}

func prices(f ui.Faults) views.Prices {
	v := func(model string, from time.Time, input int64) instance.Price {
		return instance.Price{Provider: "anthropic", Model: model, From: from, AddedBy: "Ines Moreau", AddedAt: from, Price: usage.Price{Input: input, Output: 5 * input, CacheRead: input / 10, CacheWrite: input * 5 / 4}}
	}
	return views.Prices{Now: now, Faults: f, Versions: []instance.Price{v("claude-sonnet-4.5", now.AddDate(0, 1, 0), 2_500_000), v("claude-sonnet-4.5", ago(240*time.Hour), 3_000_000), v("claude-sonnet-4.5", ago(2400*time.Hour), 4_000_000)}}
}

func settings(f ui.Faults) views.Settings {
	return views.Settings{Keep: views.KeepForm{Transcripts: "365", Calls: "30"}, Faults: f, Opened: []views.Flag{{Name: "listen", Value: "127.0.0.1:8080", Help: "Address and port to serve the pages and the API on."},
		{Name: "allow-net", Help: "Private address range and port that the server can connect to, for example for a model server on this host or network. Repeatable."}}}
}

func checks() []instance.Check {
	return []instance.Check{
		{Name: "Database", Light: instance.Good, Reading: "answered in 0.4 ms"},
		{Name: "Disk", Light: instance.Bad, Reading: "0.8 of 40.0 GiB free", Why: "The data directory's disk is almost full. Writes will soon fail.", Do: "Delete unneeded data, shorten the retention periods, or move the data directory to a larger disk."},
		{Name: "Sandbox", Light: instance.Warn, Reading: "Landlock ABI 3, 6 of 8 attacks blocked", Why: "Not blocked: connect to another TCP port.", Do: "Run 'orchestrator doctor' for the full list."},
		{Name: "Writer", Light: instance.Good, Reading: "started after 0.2 ms"},
		{Name: "Event streams", Light: instance.Good, Reading: "71 open"}}
}
