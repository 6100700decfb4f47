package e2e

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/scriptmodel"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

var setUpLink = regexp.MustCompile(`http://\S+(/setup/\S+)`)

// TestBrowserMainJob does the complete main job with a mouse, from the first start to the cost.
func TestBrowserMainJob(t *testing.T) {
	t.Parallel()
	browser(t)
	w := newWorld(t)
	p := w.newPerson()
	p.setsUp(w.srv.out.await(t, w.srv, setUpLink)[1])
	p.addsProvider()
	tested := len(w.model.Requests())
	p.registersRepository()
	p.startsSession("Greet people", gatedJob)
	p.watchesText()
	p.allowsOnce()
	p.seesChanges()
	calls := w.model.Requests()[tested:]
	p.seesLogAndCalls(len(calls))
	p.seesBill(calls)
}

// gatedJob is the main job. Its first response ends only after the test has seen its text.
var gatedJob = strings.Replace(mainJob, `"text":"I change the greeting. "`, `"text":"I change the greeting. ","gate":"growing","gate_at":"text"`, 1)

func (p *person) setsUp(path string) {
	p.t.Helper()
	p.open(path)
	p.fill("Your name", "Ada")
	p.fill("E-mail", "ada@example.org")
	p.fill("Password", password)
	p.fill("Team", "Team acme")
	p.fill("Slug", "acme")
	p.press("Set up and sign in")
	p.at("/t/acme")
	p.reads(".side", "you are lead")
	if status := p.tryLink(path); status != 403 {
		p.t.Errorf("the link answers %d the second time", status)
	}
}

func (p *person) tryLink(path string) int {
	p.t.Helper()
	res, err := p.ctx.Request().Get(p.url + path)
	p.must(err)
	return res.Status()
}

func (p *person) addsProvider() {
	p.t.Helper()
	p.open("/t/acme/providers")
	p.fill("Name", "script")
	p.choose("Type", "OpenAI-compatible")
	p.fill("Base URL", p.w.modelURL)
	p.fill("API key", modelKey)
	for name, value := range map[string]string{"model_id": "scripted", "model_context": "128,000", "model_output": "8,192", "model_price_input": "3",
		"model_price_output": "15", "model_price_cache_read": "0.3", "model_price_cache_write": "3.75"} {
		p.must(p.page.Locator("#" + name + "-0").Fill(value))
	}
	p.press("Add provider")
	p.reads(".toast, #main", "script/scripted")
	p.press("Test connection")
	p.sees("#provider-test .notice.ok")
}

func (p *person) registersRepository() {
	p.t.Helper()
	p.open("/t/acme/repositories")
	p.fill("Name", "main")
	p.fill("Or a local path", p.w.dir+"/git/main")
	p.fill("Default branch", "main")
	p.fill("Check commands", "sh test.sh")
	p.press("Add and clone")
	p.reads("#main", "Ready.")
}

func (p *person) startsSession(title, prompt string) {
	p.t.Helper()
	p.open("/t/acme/sessions/new")
	p.fill("Title", title)
	p.fill("Prompt", prompt)
	p.choose("Repository", "main")
	p.choose("Model", "script/scripted")
	p.press("Create and start")
	p.reads("#session-head h1", title)
}

// watchesText sees the model's text before its response has ended.
func (p *person) watchesText() {
	p.t.Helper()
	p.reads("#session-head", "running")
	p.reads("#session-live .caret", "I change the greeting.")
	p.lacks("#conversation .agent .md")
	p.w.model.Open("growing")
	p.reads("#conversation .agent .md", "I change the greeting.")
}

func (p *person) allowsOnce() {
	p.t.Helper()
	p.reads("#session-dock [data-ask] .cmd", "sh test.sh")
	p.reads("#nav-needs", "1")
	p.must(p.page.Locator("#session-dock [data-answer=y]").Click())
	p.reads("#session-head", "completed")
	p.must(expect.Locator(p.page.Locator("#session-dock [data-ask]")).ToHaveCount(0))
	p.reads("#conversation", "It greets now.")
	p.reads("#conversation", "allowed once by Ada")
	p.reads("#nav-needs", "0")
}

func (p *person) seesChanges() {
	p.t.Helper()
	p.follow("Changes")
	p.reads("#file-0 summary", "greeting.txt")
	p.reads("#file-0", "goodbye")
	p.reads("#file-0", "hello")
	p.sees(".tree [data-verdict=passed]")
	d, err := p.page.ExpectDownload(func() error { return p.page.Locator("#result").GetByText("Download patch").Click() })
	p.must(err)
	path, err := d.Path()
	p.must(err)
	patch, err := os.ReadFile(path)
	p.must(err)
	if !strings.Contains(string(patch), "-goodbye\n+hello\n") {
		p.t.Errorf("the patch is %s", patch)
	}
}

func (p *person) seesLogAndCalls(calls int) {
	p.t.Helper()
	p.follow("Log")
	p.sees("#log .ev")
	for i, n := range p.texts("#log .ev summary .n") {
		if atoi(n) != i+1 {
			p.t.Fatalf("entry %d of the log has the number %s", i+1, n)
		}
	}
	p.follow("Model calls")
	p.must(expect.Locator(p.page.Locator("#calls tbody tr")).ToHaveCount(calls))
	p.must(p.page.Locator("#calls .rowlink").Last().Click())
	p.sees("[aria-label='Request and response']")
}

// seesBill compares the figures on the page with those of the model server.
func (p *person) seesBill(calls []scriptmodel.Request) {
	p.t.Helper()
	var sent usage.Counts
	var cost int64
	for _, c := range calls {
		sent, cost = sent.Add(c.Sent), cost+price.Cost(c.Sent)
	}
	p.follow("Conversation")
	p.sees("#session-aside")
	for _, b := range ui.Buckets(sent) {
		if got := p.number("#session-aside [data-bucket=" + b.Key + "]"); got != b.N {
			p.t.Errorf("%s shows %d, the model sent %d", b.Name, got, b.N)
		}
	}
	if got := p.number("#session-aside [data-total]"); got != sent.Total() {
		p.t.Errorf("the page counts %d tokens, the model sent %d", got, sent.Total())
	}
	p.reads("#session-aside [data-cost]", ui.Money(cost))
}
