package web_test

import (
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	appagents "github.com/industrial-orchestrator/orchestrator/internal/app/agents"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
)

// values are those of the inputs that share a name.
func values(d *goquery.Document, name string) (out []string) {
	d.Find("main [name=" + name + "]").Each(func(_ int, s *goquery.Selection) {
		if s.Is("select") {
			s = s.Find("option[selected]")
		}
		out = append(out, s.AttrOr("value", ""))
	})
	return out
}

func TestARefusedAgentKeepsTheInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crew(t, w, "alpha")
	form := agentForm("x")
	form.Set("temperature", "warm")
	form.Set("max_concurrent_tasks", "90")
	form["rule_pattern"] = []string{"go test *", ""}
	d := w.signedIn("lead-alpha").act("alpha", "/agents", form).want(t, http.StatusUnprocessableEntity).doc(t)
	for _, field := range []string{"name", "temperature", "max_concurrent_tasks"} {
		if d.Find("#f-"+field+"-fault").Text() == "" || values(d, field)[0] != form.Get(field) {
			t.Errorf("%s holds %q with the fault %q", field, values(d, field), d.Find("#f-"+field+"-fault").Text())
		}
	}
	if !strings.HasPrefix(d.Find("#rules-fault").Text(), "Rule 2:") || d.Find(".rule-row [aria-invalid]").Length() != 2 {
		t.Errorf("the fault of a rule reads %q", d.Find("#rules-fault").Text())
	}
	if d.Find("input[name=capabilities][checked]").Length() != 2 || strings.TrimSpace(d.Find("textarea[name=system_prompt]").Text()) != "Review the change." {
		t.Error("capabilities or prompt were lost")
	}
}

func TestRowsOfRulesMoveWithoutAScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.agent(crew(t, w, "alpha"), "forge", nil)
	b := w.signedIn("lead-alpha")
	for _, path := range []string{"/agents", "/agents/" + string(a.ID)} {
		for do, want := range map[string]string{"up-1": "edit bash", "down-0": "edit bash", "remove-0": "edit", "add": "bash edit ", "up-0": "bash edit", "down-7": "bash edit", "remove-x": "bash edit"} {
			form := agentForm("typed-name")
			form.Set("do", do)
			d := b.act("alpha", path, form).want(t, http.StatusOK).doc(t)
			if got := strings.Join(values(d, "rule_permission"), " "); got != want || values(d, "name")[0] != "typed-name" || d.Find(".err").Length() > 0 {
				t.Errorf("%s, %s: the rules are %q, want %q", path, do, got, want)
			}
		}
	}
	if v, err := w.app.Agents.Agent(t.Context(), w.actor("alpha", "lead-alpha"), a.ID); err != nil || v.Current.Number != agent.First || v.Name != "forge" {
		t.Errorf("a button of the rules saved %s of %q, %v", v.Current.Number, v.Name, err)
	}
}

func TestANewVersionIsComparedAndSaysWhatGrew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	by := crew(t, w, "alpha")
	a := w.agent(by, "forge", func(s *agent.Spec) {
		s.Permissions = []agent.Rule{{Permission: "bash", Pattern: "go test *", Action: agent.Ask}}
	})
	b, page := w.signedIn("lead-alpha"), "/agents/"+string(a.ID)
	form := url.Values{}
	b.get("/t/alpha"+page+"/edit").want(t, http.StatusOK).doc(t).Find("#agent-form [name]").Each(func(_ int, s *goquery.Selection) {
		switch name := s.AttrOr("name", ""); {
		case s.Is("textarea"):
			form.Add(name, strings.TrimSpace(s.Text()))
		case s.Is("select"):
			form.Add(name, s.Find("option[selected]").AttrOr("value", ""))
		case !s.Is("button") && (!s.Is("[type=checkbox]") || s.Is("[checked]")):
			form.Add(name, s.AttrOr("value", ""))
		}
	})
	if d := b.act("alpha", page, form).want(t, http.StatusUnprocessableEntity).doc(t); !strings.Contains(main1(d), "Nothing differs from version 0.1.0") {
		t.Errorf("an unchanged form reads %q", main1(d))
	}
	form.Set("rule_action", "allow")
	form.Set("system_prompt", "Implement one task.\r\nRun all tests.")
	form.Set("do", "preview")
	d := b.act("alpha", page, form).want(t, http.StatusOK).doc(t)
	if text := d.Find(".notice.warn").Text(); !strings.Contains(text, "It asks for more:") || !strings.Contains(text, "bash “go test *” runs without an approval") {
		t.Errorf("the notice reads %q", text)
	}
	if text := d.Find(".chg").Text(); !strings.Contains(text, "added: Run all tests.") || !strings.Contains(text, "removed: Run the tests.") || strings.Contains(text, "Implement one task.") {
		t.Errorf("the difference reads %q", text)
	}
	if got := strings.Join(values(d, "version"), "") + d.Find("select[name=version]").Text(); !strings.Contains(got, "0.2.0") || strings.Contains(got, "0.1.1") {
		t.Errorf("the versions are %q", got)
	}
	form.Set("do", "save")
	form.Set("version", "0.1.1")
	if d := b.act("alpha", page, form).want(t, http.StatusUnprocessableEntity).doc(t); d.Find("#f-version-fault").Text() == "" {
		t.Error("a patch that asks for more has no fault")
	}
	form.Set("version", "")
	form.Set("changelog", "Runs tests alone\nMore in the wiki.")
	b.act("alpha", page, form).want(t, http.StatusSeeOther)
	text := main1(b.get("/t/alpha"+page).want(t, http.StatusOK).doc(t))
	for _, words := range []string{"0.2.0", "0.1.0", "Runs tests alone", "More in the wiki.", "It asks for more:"} {
		if !strings.Contains(text, words) {
			t.Errorf("the page does not read %q", words)
		}
	}
}

func TestAConflictOfVersionsKeepsTheText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	by := crew(t, w, "alpha")
	a := w.agent(by, "forge", nil)
	if _, err := w.app.Agents.EditAgent(t.Context(), by, a.ID, appagents.Edit{Change: func(s *agent.Spec) { s.Prompt = "Theirs." }}); err != nil {
		t.Fatal(err)
	}
	b, form := w.signedIn("lead-alpha"), agentForm("forge")
	form.Set("base", "0.1.0")
	d := b.act("alpha", "/agents/"+string(a.ID), form).want(t, http.StatusConflict).doc(t)
	if text := d.Find(".notice.warn").First().Text(); !strings.Contains(text, "saved version 0.1.1") || values(d, "base")[0] != "0.1.1" {
		t.Errorf("the conflict reads %q, base %q", text, values(d, "base"))
	}
	if strings.TrimSpace(d.Find("textarea[name=system_prompt]").Text()) != "Review the change." || !strings.Contains(d.Find(".chg").Text(), "removed: Theirs.") {
		t.Error("the text is not kept or not compared with the newer version")
	}
	form.Set("base", "0.1.1")
	b.act("alpha", "/agents/"+string(a.ID), form).want(t, http.StatusSeeOther)
}

func TestTheTrialOfRoutingAddsUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	by := crew(t, w, "alpha")
	w.agent(by, "one-of-three", func(s *agent.Spec) { s.Capabilities = []agent.Capability{"testing"} })
	w.agent(by, "two-of-three", nil)
	w.agent(by, "preferred", func(s *agent.Spec) {
		s.Type = "debugger"
		s.Capabilities = []agent.Capability{"testing", "refactoring", "debugging"}
	})
	w.agent(by, "none", func(s *agent.Spec) { s.Capabilities = []agent.Capability{"ci_cd"} })
	w.agent(by, "avoids", func(s *agent.Spec) { s.Avoided = []string{"php"} })
	path := "/t/alpha/agents?need=testing&need=refactoring&need=debugging&technologies=PHP&preferred_type=debugger"
	d := w.signedIn("viewer-alpha").get(path).want(t, http.StatusOK).doc(t)
	ranks := d.Find(".rank")
	if ranks.Length() != 3 || ranks.First().Find("a").Text() != "preferred" || !strings.Contains(d.Find("#what-if").Text(), "nothing is reserved") {
		t.Fatalf("ranked %d, first %q", ranks.Length(), ranks.First().Text())
	}
	ranks.Each(func(_ int, s *goquery.Selection) {
		sum, wide := 0.0, 0
		s.Find(".legend span").Each(func(_ int, part *goquery.Selection) {
			if words := strings.Fields(part.Text()); words[0] != "sum" {
				v, _ := strconv.ParseFloat(words[len(words)-1], 64)
				sum += v
			}
		})
		wide = s.Find("rect:not(.no)").Length()
		score, _ := strconv.ParseFloat(s.Find("b.num").Text(), 64)
		if math.Abs(min(1, sum)-score) > 0.001 || wide < 4 {
			t.Errorf("%q: the parts add up to %.2f, the score is %.2f", s.Text(), sum, score)
		}
	})
	if out := d.Find("#what-if .wait-row"); out.Length() != 2 || !strings.Contains(out.Text(), "It avoids php.") || !strings.Contains(out.Text(), "It has none of the required capabilities.") {
		t.Errorf("left out: %q", out.Text())
	}
	without := d.Find(".cap.x a").First().AttrOr("href", "")
	if strings.Contains(without, "need=testing") || !strings.Contains(without, "need=refactoring") || d.Find("input[type=hidden][name=need]").Length() < 3 {
		t.Errorf("a need is taken away by %q", without)
	}
	d = w.signedIn("viewer-alpha").get("/t/alpha/agents?need=singing").want(t, http.StatusUnprocessableEntity).doc(t)
	if !strings.Contains(d.Find("#what-if .err").Text(), "is not a capability") || d.Find("tbody tr").Length() != 5 {
		t.Errorf("an unknown capability reads %q", main1(d))
	}
}
