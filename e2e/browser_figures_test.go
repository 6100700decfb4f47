package e2e

import (
	"encoding/csv"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// TestBrowserConsoleFigures compares the console's figures with the real ones: one session has ended, one waits for an approval. No
// page of the console shows the content of the sessions.
func TestBrowserConsoleFigures(t *testing.T) {
	t.Parallel()
	browser(t)
	w := newWorld(t, "--opencode-idle", "1s") // so that only the session that asks has a process
	m := w.newTeam("acme", 10)
	root := w.admin()
	id := m.run("Greet people", mainJob, nil)
	m.reply(id, m.asked(id), "once")
	m.becomes(id, 60*time.Second, "completed")
	root.usageIsTrue()
	m.costsAreTrue()
	asking := m.run("Ask about a secret", asksNow, nil)
	m.asked(asking)
	root.seesWork()
	root.stopsProcess()
	m.endsWell(asking)
	root.jobsGo()
	root.pricesAhead()
	root.keeps()
	root.feelsWell()
	root.readsInstanceAudit()
}

// spent returns the usage that the model reported, and its cost.
func (w *world) spent() (calls int64, sent usage.Counts, cost int64) {
	w.t.Helper()
	for _, r := range w.model.Requests() {
		if r.Method == http.MethodPost {
			calls++
			cost += price.Cost(r.Sent)
		}
	}
	return calls, w.model.Totals(), cost
}

// usageIsTrue checks that each group, the total and the download show the usage that the model reported.
func (p *person) usageIsTrue() {
	p.t.Helper()
	calls, sent, cost := p.w.spent()
	today := usage.Date(time.Now().UTC())
	p.open("/admin/usage")
	for group, name := range map[string]string{"By team": "Team acme", "By person": "Lead of acme", "By model": "script/scripted", "By day": today} {
		p.follow(group)
		p.sees(".tab[aria-current=page]:has-text('" + group + "')")
		row := "[aria-label=Usage] tbody tr:has-text('" + name + "') "
		p.reads(row, ui.Money(cost))
		for _, b := range ui.Buckets(sent) {
			if n := p.number(row + "[data-bucket=" + b.Key + "]"); n != b.N {
				p.t.Errorf("%s says %d of %s, the model %d", group, n, b.Key, b.N)
			}
		}
		if n := p.number("#usage-calls"); n != calls {
			p.t.Errorf("%s sums %d calls, the model was asked %d times", group, n, calls)
		}
		p.reads("#usage-cost", ui.Money(cost))
	}
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	want := []string{today, "acme", "Lead of acme", "acme@example.org", "script/scripted", n(calls), n(sent.Input), n(sent.Output), n(sent.Reasoning), n(sent.CacheRead), n(sent.CacheWrite()), n(cost)}
	if lines := p.table(); len(lines) != 2 || !slices.Equal(lines[1], want) {
		p.t.Errorf("the download says %v, not %v", lines, want)
	}
	p.open("/admin/usage?from=2020-01-01&to=2020-01-31")
	p.reads("[aria-label=Usage]", "There was no usage on these days.")
}

// table downloads and reads the page's CSV.
func (p *person) table() [][]string {
	p.t.Helper()
	f, err := os.Open(p.downloads(func() { p.follow("Download CSV") }))
	p.must(err)
	defer func() { _ = f.Close() }()
	lines, err := csv.NewReader(f).ReadAll()
	p.must(err)
	return lines
}

// costsAreTrue checks the lead's page with the charged cost, the agent's figures and the cost by the price table.
func (m *team) costsAreTrue() {
	m.w.t.Helper()
	_, sent, cost := m.w.spent()
	lead := m.w.signIn("acme@example.org")
	lead.open(m.path("/budget"))
	lead.follow("Cost reconciliation")
	lead.at(m.path("/budget/costs"))
	row := "[aria-label='Cost reconciliation'] tbody tr:has(td:text-is('Cost')) td"
	if got := lead.texts(row); len(got) != 4 || got[1] != ui.Money(cost) {
		m.w.t.Errorf("the page says %q, charged were %s", got, ui.Money(cost))
	}
	for _, b := range ui.Buckets(sent) {
		got := lead.texts("[aria-label='Cost reconciliation'] tbody tr:has(td:text-is('" + b.Name + "')) td")
		if len(got) != 4 || got[1] != ui.Count(b.N) || got[2] != ui.Count(b.N) {
			m.w.t.Errorf("%s: the page says %q, the model sent %s", b.Name, got, ui.Count(b.N))
		}
	}
	lead.reads("[aria-label='Cost reconciliation']", "script/scripted")
}

// seesWork checks that the page counts running and waiting sessions without showing their content.
func (p *person) seesWork() {
	p.t.Helper()
	p.open("/admin/queue")
	for label, n := range map[string]int64{"Running": 1, "Need a person": 1, "Queued": 0} {
		if got := p.number(".strip .cell:has(.label:text-is('" + label + "')) .fig"); got != n {
			p.t.Errorf("%s are %d, not %d", label, got, n)
		}
	}
	p.reads("[aria-label='Queues by team'] tbody tr", "Team acme")
	p.reads("[aria-label='Queues by team'] tbody tr", "1 / 10")
	p.lacks("body:has-text('Ask about a secret')")
}

// stopsProcess ends the team's OpenCode process. Its session continues in a new process.
func (p *person) stopsProcess() {
	p.t.Helper()
	p.w.until("the other session's process has ended", 60*time.Second, func() bool { return len(p.w.agents()) == 1 })
	p.open("/admin/processes")
	p.reads("tbody tr", "Team acme")
	p.reads("tbody tr [data-memory]", "B")
	pid, agents := p.processes()[0], p.w.agents()
	if !lives(pid) || len(agents) != 1 {
		p.t.Errorf("the page says process %s, OpenCode is %v", pid, agents)
	}
	p.decides("Stop")
	p.reads(".toast", "OpenCode stopped.")
	p.w.until("that process is gone and another one works", 60*time.Second, func() bool {
		now := p.w.agents()
		return !lives(pid) && len(now) > 0 && !slices.Contains(now, agents[0])
	})
	p.w.until("the page names the new process", 60*time.Second, func() bool {
		p.open("/admin/processes")
		now := p.processes()
		return len(now) == 1 && now[0] != pid && lives(now[0])
	})
}

// processes returns the processes on the page. With a sandbox, it is the init process of the sandbox.
func (p *person) processes() []string {
	p.t.Helper()
	return p.texts("[aria-label='OpenCode processes'] tbody td:nth-child(4)")
}

func lives(pid string) bool {
	_, err := os.Stat("/proc/" + pid)
	return err == nil
}

// jobsGo checks that all jobs have run and none fails.
func (p *person) jobsGo() {
	p.t.Helper()
	p.open("/admin/jobs")
	jobs := p.texts("[aria-label='Background jobs'] tbody tr td:first-child")
	for _, want := range []string{"retention", "storage"} {
		if !slices.Contains(jobs, want) {
			p.t.Errorf("there is no job %s: %q", want, jobs)
		}
	}
	p.lacks("[aria-label='Background jobs'] tbody .text-bad")
}

// pricesAhead adds a price version that starts tomorrow. A version in the past is refused, and the form keeps the input.
func (p *person) pricesAhead() {
	p.t.Helper()
	now := time.Now().UTC()
	p.open("/admin/prices")
	p.reads("#main", "This instance has no prices yet.")
	for label, text := range map[string]string{"Provider": "script", "Model": "scripted", "Start date (UTC)": usage.Date(now.AddDate(0, 0, -2)),
		"Input (dollars)": "4", "Output (dollars)": "20", "Cache read (dollars)": "0.4", "Cache write (dollars)": "5"} {
		p.fill(label, text)
	}
	p.press("Add price")
	p.sees("#f-from[aria-invalid=true]")
	p.reads("#main", "This instance has no prices yet.")
	p.fill("Start date (UTC)", usage.Date(now.AddDate(0, 0, 2)))
	p.press("Add price")
	p.reads(".toast", "Price added.")
	p.reads("[aria-label=Prices] tbody tr", "script/scripted")
	p.reads("[aria-label=Prices] tbody tr", "scheduled")
	p.reads("[aria-label=Prices] tbody tr", "$20.00")
}

// keeps sets the retention and finds it after a reload. An invalid number of days is refused.
func (p *person) keeps() {
	p.t.Helper()
	p.open("/admin/settings")
	p.fill("Transcripts (days)", "for ever")
	p.press("Save retention")
	p.sees("[name=keep_transcripts_days][aria-invalid=true]")
	p.fill("Transcripts (days)", "45")
	p.fill("Model calls (days)", "7")
	p.press("Save retention")
	p.reads(".toast", "Takes effect at the next retention run.")
	p.open("/admin/settings")
	p.must(expect.Locator(p.page.GetByLabel("Transcripts (days)")).ToHaveValue("45"))
	p.must(expect.Locator(p.page.GetByLabel("Model calls (days)")).ToHaveValue("7"))
	p.reads("[aria-label='Server flags']", "opencode-idle")
}

// feelsWell checks that no health check is bad.
func (p *person) feelsWell() {
	p.t.Helper()
	p.open("/admin/health")
	for _, what := range []string{"Database", "Writer", "Dispatcher"} {
		p.sees("[data-light]:has-text('" + what + "')")
	}
	if bad := p.texts("[data-light=bad]"); len(bad) > 0 {
		p.t.Errorf("these are bad: %q", bad)
	}
}

// readsInstanceAudit finds the actions of this test in the audit log, filters them and exports them.
func (p *person) readsInstanceAudit() {
	p.t.Helper()
	verbs := []string{"export_usage", "end_process", "add_price", "set_keep"}
	p.open("/admin/audit")
	for _, v := range verbs {
		p.sees("td[title='" + v + "']")
	}
	lines := p.table()
	for _, v := range verbs {
		if !slices.ContainsFunc(lines, func(l []string) bool { return slices.Contains(l, v) && slices.Contains(l, "Root") }) {
			p.t.Errorf("the download has no %s of Root: %v", v, lines)
		}
	}
	_, err := p.page.GetByLabel("Action").SelectOption(playwright.SelectOptionValues{Values: &[]string{"add_price"}})
	p.must(err)
	p.press("Filter")
	p.sees("a:has-text('Clear')")
	if rows := p.texts("[aria-label='Audit log'] tbody td[title]:nth-child(3)"); len(rows) != 1 {
		p.t.Errorf("filtered it shows %q", rows)
	}
}
