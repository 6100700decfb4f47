package web_test

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/gateway"
	"github.com/industrial-orchestrator/orchestrator/internal/netguard"
	"github.com/industrial-orchestrator/orchestrator/internal/scriptmodel"
)

// testProvider asks as the real server does: through a guard, which opens one address at most.
func (w *world) testProvider(ctx context.Context, p provider.Provider, key string) provider.Test {
	var open []netguard.Allow
	if a := w.opened.Load(); a != nil {
		open = append(open, *a)
	}
	return gateway.TestConnection(ctx, netguard.New(open).Client(), p.Kind, p.BaseURL, key, p.Models[0].ID)
}

// open lets providers be asked at the address of base.
func (w *world) open(base string) {
	w.t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		w.t.Fatal(err)
	}
	at := netip.MustParseAddrPort(u.Host)
	w.opened.Store(&netguard.Allow{Prefix: netip.PrefixFrom(at.Addr(), at.Addr().BitLen()), Port: at.Port()})
}

// providerForm is the form as a person fills it in, with one empty row left.
func providerForm(name, base, key string) url.Values {
	return url.Values{"name": {name}, "kind": {"openai_compatible"}, "base_url": {base}, "api_key": {key}, "model_id": {"scripted", ""}, "model_context": {"200,000", ""},
		"model_output": {"8000", ""}, "model_price_input": {"3", ""}, "model_price_output": {"$15.5", ""}, "model_price_cache_read": {"0.0375", ""}, "model_price_cache_write": {"", ""}}
}

// teamPages are the addresses of a team's pages.
func teamPages(slug string) []string {
	return []string{"/t/" + slug, "/t/" + slug + "/sessions", "/t/" + slug + "/sessions/new", "/t/" + slug + "/repositories", "/t/" + slug + "/providers", "/t/" + slug + "/people", "/account"}
}

func TestAProviderIsAddedAndItsKeyIsNeverShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crew(t, w, "alpha")
	const key = "sk-7f3a-never-shown"
	b := w.signedIn("lead-alpha")
	page := b.act("alpha", "/providers", providerForm("house", "https://models.example.org/v1/", key)).want(t, http.StatusSeeOther).Header.Get("Location")
	for _, name := range []string{"lead-alpha", "member-alpha", "viewer-alpha"} {
		reader := w.signedIn(name)
		d := reader.get(page).want(t, http.StatusOK).doc(t)
		for _, words := range []string{"stored", "house/scripted", "200,000", "$3.00", "$15.50", "$0.0375", "$0.00", "https://models.example.org/v1"} {
			if !strings.Contains(d.Find("main").Text(), words) {
				t.Errorf("%s does not read %q", name, words)
			}
		}
		for _, path := range append(teamPages("alpha"), page) {
			if strings.Contains(reader.get(path).body, key) {
				t.Errorf("%s shows the key to %s", path, name)
			}
		}
	}
	if text := b.get("/t/alpha/providers").doc(t).Find("tbody").Text(); !strings.Contains(text, "house") || !strings.Contains(text, "OpenAI-compatible") {
		t.Errorf("the list reads %q", text)
	}
}

// A model whose context is small is saved with a warning, and one that holds not even the agent's own prompt is refused with the numbers.
func TestASmallContextIsSaidWhereItIsSaved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crew(t, w, "alpha")
	b, form := w.signedIn("lead-alpha"), providerForm("house", "https://models.example.org/v1/", "sk-7f3a-never-shown")
	form["model_context"] = []string{"8192", ""}
	d := b.act("alpha", "/providers", form).want(t, http.StatusUnprocessableEntity).doc(t)
	if text := d.Find("main").Text(); !strings.Contains(text, "8,100") || !strings.Contains(text, "9,000") {
		t.Errorf("refused with %q", strings.Join(strings.Fields(text), " "))
	}
	for context, warns := range map[string]bool{"12000": true, "200000": false} {
		form.Set("name", "house-"+context)
		form["model_context"] = []string{context, ""}
		page := b.act("alpha", "/providers", form).want(t, http.StatusSeeOther).Header.Get("Location")
		if text := b.get(page).doc(t).Find(".notice.warn").Text(); strings.Contains(text, "Small context") != warns || warns && !strings.Contains(text, "12,000") {
			t.Errorf("a context of %s: %q", context, text)
		}
	}
}

func TestARefusedProviderKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crew(t, w, "alpha")
	b, form := w.signedIn("lead-alpha"), providerForm("My Models", "ftp://x", "sk-refused")
	b.act("alpha", "/providers", form).want(t, http.StatusUnprocessableEntity)
	form.Set("model_context", "200 thousand")
	form["model_context"] = append(form["model_context"], "")
	r := b.act("alpha", "/providers", form).want(t, http.StatusUnprocessableEntity)
	d := r.doc(t)
	for name, want := range map[string]string{"name": "My Models", "base_url": "ftp://x", "model_id": "scripted", "model_context": "200 thousand", "model_price_output": "$15.5"} {
		if got := d.Find("main input[name="+name+"]").First().AttrOr("value", ""); got != want {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
	}
	if d.Find("#models-fault").Length() == 0 || d.Find("input[name=model_context]").First().AttrOr("aria-describedby", "") != "models-fault" {
		t.Error("the fault of the context does not stand beside it")
	}
	if strings.Contains(r.body, "sk-refused") {
		t.Error("a refused form sends the key back")
	}
	form["model_context"] = []string{"200,000", ""}
	d = b.act("alpha", "/providers", form).want(t, http.StatusUnprocessableEntity).doc(t)
	for _, input := range []string{"name", "base_url"} {
		if d.Find("#f-"+input+"-fault").Length() == 0 || d.Find("#f-"+input).AttrOr("aria-invalid", "") != "true" {
			t.Errorf("the fault of %s does not stand beside it", input)
		}
	}
}

// A fault of a model stands below the model's row, and marks the inputs that it is about.
func TestAFaultOfAModelMarksWhatItIsAbout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crew(t, w, "alpha")
	b := w.signedIn("lead-alpha")
	for name, c := range map[string]struct{ field, value, want string }{
		"no sizes":          {"", "", "model_context model_output"},
		"no context":        {"model_output", "8000", "model_context"},
		"a small context":   {"model_context", "8100", "model_context"},
		"a large output":    {"model_context", "200000", "model_output"},
		"no number":         {"model_context", "much", "model_context"},
		"no price":          {"model_price_input", "much", "model_price_input"},
		"an invalid model":  {"model_id", "two words", "model_id"},
		"the same model":    {"model_id", "scripted", "model_id"},
		"a price too large": {"model_price_output", "1,000,001", "model_price_input model_price_output model_price_cache_read model_price_cache_write"},
	} {
		form := providerForm("house", "https://models.example.org/v1", "sk-x")
		second := url.Values{"model_id": {"second"}, "model_context": {""}, "model_output": {""}}
		if c.field != "" {
			second.Set(c.field, c.value)
		}
		if strings.HasPrefix(c.field, "model_price") || c.field == "model_id" {
			second.Set("model_context", "200000")
			second.Set("model_output", "8000")
		}
		for _, field := range []string{"model_id", "model_context", "model_output", "model_price_input", "model_price_output", "model_price_cache_read", "model_price_cache_write"} {
			form[field] = []string{form.Get(field), second.Get(field)}
		}
		d := b.act("alpha", "/providers", form).want(t, http.StatusUnprocessableEntity).doc(t)
		var marked []string
		d.Find(".model-row input[aria-invalid=true]").Each(func(_ int, s *goquery.Selection) { marked = append(marked, s.AttrOr("name", "")) })
		if got := strings.Join(marked, " "); got != c.want {
			t.Errorf("%s: marks %q, want %q", name, got, c.want)
		}
		if row := d.Find("#models-fault").Closest(".model-row").Find("[name=model_id]").AttrOr("id", ""); row != "model_id-1" {
			t.Errorf("%s: the fault stands in the row of %q", name, row)
		}
	}
}

func TestTheConnectionTestReallyAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	crew(t, w, "alpha")
	model := scriptmodel.New(scriptmodel.Options{Key: "sk-right"})
	base, stop, err := model.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	b := w.signedIn("lead-alpha")
	page := b.act("alpha", "/providers", providerForm("house", base, "sk-wrong")).want(t, http.StatusSeeOther).Header.Get("Location")
	path := strings.TrimPrefix(page, "/t/alpha")
	result := func() *goquery.Selection {
		return b.act("alpha", path+"/test", nil).want(t, http.StatusOK).doc(t).Find("#provider-test .notice")
	}
	if got := result(); !got.HasClass("bad") || len(model.Requests()) != 0 {
		t.Errorf("an address nobody opened answers %q after %d calls", got.Text(), len(model.Requests()))
	}
	w.open(base)
	if got := result(); !got.HasClass("bad") || !strings.Contains(got.Text(), "rejected the API key (401)") || !strings.Contains(got.Text(), "status 401") || !strings.Contains(got.Text(), " ms") {
		t.Errorf("a wrong key answers %q", got.Text())
	}
	b.act("alpha", path+"/key", url.Values{"api_key": {"sk-right"}}).want(t, http.StatusSeeOther)
	if got := result(); !got.HasClass("ok") || !strings.Contains(got.Text(), "Connected.") {
		t.Errorf("the right key answers %q", got.Text())
	}
	part := b.act("alpha", path+"/test", nil, htmx...).want(t, http.StatusOK)
	if !strings.HasPrefix(part.body, `<hx-partial hx-target="#provider-test"`) || strings.Contains(part.body, "<html") || strings.Contains(part.body, "sk-right") {
		t.Errorf("the page's script gets %q", part.body)
	}
	if calls := model.Requests(); len(calls) != 3 || calls[2].Status != http.StatusOK {
		t.Errorf("the model was asked %d times", len(calls))
	}
}

func TestModelsAndKeyAreReplacedAndAProviderIsDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	p := must(w.app.Models.Providers(t.Context(), a))(t)[0]
	b, path := w.signedIn("lead-alpha"), "/providers/"+string(p.ID)
	rows := b.get("/t/alpha" + path).doc(t).Find(".model-row")
	if rows.Length() < len(p.Models)+2 || rows.First().Find("input[name=model_id]").AttrOr("value", "") != "small" {
		t.Errorf("the form has %d rows: none is left to add a model without script", rows.Length())
	}
	form := providerForm("", "", "")
	form["model_id"] = []string{"small", "large"}
	form["model_context"], form["model_output"] = []string{"100,000", "400000"}, []string{"8,000", "64 000"}
	to := b.act("alpha", path+"/models", form).want(t, http.StatusSeeOther).Header.Get("Location")
	if text := b.get(to).doc(t).Find("#toasts").Text(); !strings.Contains(text, "Models saved.") {
		t.Errorf("what was done reads %q", text)
	}
	stored := must(w.app.Models.Provider(t.Context(), a, p.ID))(t).Models
	if len(stored) != 2 || stored[0].Price.Output != 15_500_000 || stored[0].Price.CacheRead != 37_500 || stored[1].Output != 64_000 {
		t.Errorf("stored are %+v", stored)
	}
	form["model_id"] = []string{"", ""}
	b.act("alpha", path+"/models", form).want(t, http.StatusUnprocessableEntity)
	d := b.act("alpha", path+"/key", url.Values{"api_key": {" "}}).want(t, http.StatusUnprocessableEntity).doc(t)
	if d.Find("#f-api_key-fault").Length() == 0 || d.Find("input[name=model_id]").First().AttrOr("value", "") != "small" {
		t.Error("an empty key is not refused beside its input")
	}
	if text := d.Find("#delete-provider").Text(); !strings.Contains(text, "scripted") || !strings.Contains(text, "Kept:") {
		t.Errorf("the dialog names neither what is lost nor what is kept: %q", text)
	}
	b.act("alpha", path+"/delete", nil).want(t, http.StatusSeeOther)
	b.get("/t/alpha"+path).want(t, http.StatusNotFound)
	if slices.ContainsFunc(must(w.app.Models.Providers(t.Context(), a))(t), func(q provider.Provider) bool { return q.ID == p.ID }) {
		t.Error("the provider is still listed")
	}
}

func TestEmptyListsSayWhatToDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	w.person("acme", "vic", tenant.Viewer)
	for _, path := range []string{"/t/acme/providers", "/t/acme/repositories"} {
		if d := w.signedIn("ann").get(path).doc(t); d.Find(".empty").Length() != 1 || d.Find("main form").Length() != 1 {
			t.Errorf("%s says nothing to a lead", path)
		}
		d := w.signedIn("vic").get(path).doc(t)
		if !strings.Contains(d.Find(".empty").Text(), " lead ") || d.Find("main form").Length() != 0 {
			t.Errorf("%s does not say to a viewer who can: %q", path, d.Find(".empty").Text())
		}
	}
}
