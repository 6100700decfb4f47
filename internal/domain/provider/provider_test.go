package provider_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

func good() provider.Provider {
	return provider.Provider{Name: "local", Kind: provider.OpenAICompatible, BaseURL: "http://127.0.0.1:4010/v1",
		Models: []provider.Model{{ID: "small", Context: 100_000, Output: 10}}}
}

func TestCheckAtItsBounds(t *testing.T) {
	t.Parallel()
	const top = 1_000_000_000_000
	first := func(change func(*provider.Model)) func(*provider.Provider) {
		return func(p *provider.Provider) { change(&p.Models[0]) }
	}
	for name, c := range map[string]struct {
		change func(*provider.Provider)
		field  string
	}{
		"as it is":                    {func(*provider.Provider) {}, ""},
		"longest name":                {func(p *provider.Provider) { p.Name = strings.Repeat("a", 63) }, ""},
		"name too long":               {func(p *provider.Provider) { p.Name = strings.Repeat("a", 64) }, "name"},
		"no name":                     {func(p *provider.Provider) { p.Name = "" }, "name"},
		"slash in the name":           {func(p *provider.Provider) { p.Name = "a/b" }, "name"},
		"capital in the name":         {func(p *provider.Provider) { p.Name = "Local" }, "name"},
		"a line after the name":       {func(p *provider.Provider) { p.Name = "local\n" }, "name"},
		"another kind":                {func(p *provider.Provider) { p.Kind = "azure" }, "kind"},
		"no kind":                     {func(p *provider.Provider) { p.Kind = "" }, "kind"},
		"https":                       {func(p *provider.Provider) { p.BaseURL = "https://api.example.org" }, ""},
		"no address":                  {func(p *provider.Provider) { p.BaseURL = "" }, "base_url"},
		"no host":                     {func(p *provider.Provider) { p.BaseURL = "https:///v1" }, "base_url"},
		"no host but a port":          {func(p *provider.Provider) { p.BaseURL = "https://:80/v1" }, "base_url"},
		"another scheme":              {func(p *provider.Provider) { p.BaseURL = "file:///etc/passwd" }, "base_url"},
		"credentials":                 {func(p *provider.Provider) { p.BaseURL = "https://u:p@example.org/v1" }, "base_url"},
		"a query":                     {func(p *provider.Provider) { p.BaseURL = "https://example.org/v1?key=x" }, "base_url"},
		"an empty query":              {func(p *provider.Provider) { p.BaseURL = "https://example.org/v1?" }, "base_url"},
		"a fragment":                  {func(p *provider.Provider) { p.BaseURL = "https://example.org/v1#x" }, "base_url"},
		"what is no text":             {func(p *provider.Provider) { p.BaseURL = "https://example.org/\xff" }, "base_url"},
		"no models":                   {func(p *provider.Provider) { p.Models = nil }, "models"},
		"a model twice":               {func(p *provider.Provider) { p.Models = append(p.Models, p.Models[0]) }, "models"},
		"a model without an id":       {first(func(m *provider.Model) { m.ID = "" }), "models"},
		"a long id":                   {first(func(m *provider.Model) { m.ID = strings.Repeat("x", 200) }), ""},
		"an id too long":              {first(func(m *provider.Model) { m.ID = strings.Repeat("x", 201) }), "models"},
		"slashes in the id":           {first(func(m *provider.Model) { m.ID = "org/model:free@v1.2" }), ""},
		"a blank in the id":           {first(func(m *provider.Model) { m.ID = "a b" }), "models"},
		"a sign in the id":            {first(func(m *provider.Model) { m.ID = "a\x1b[31m" }), "models"},
		"an id that is no text":       {first(func(m *provider.Model) { m.ID = "a\xff" }), "models"},
		"least limits":                {first(func(m *provider.Model) { m.Context, m.Output = 9_000, 1 }), ""},
		"below OpenCode's own prompt": {first(func(m *provider.Model) { m.Context, m.Output = 8_192, 1 }), "models"},
		"no context":                  {first(func(m *provider.Model) { m.Context, m.Output = 0, 0 }), "models"},
		"no output":                   {first(func(m *provider.Model) { m.Output = 0 }), "models"},
		"output above context":        {first(func(m *provider.Model) { m.Output = 100_001 }), "models"},
		"output equals context":       {first(func(m *provider.Model) { m.Output = 100_000 }), ""},
		"largest context":             {first(func(m *provider.Model) { m.Context = 100_000_000 }), ""},
		"context too large":           {first(func(m *provider.Model) { m.Context = 100_000_001 }), "models"},
		"free":                        {first(func(m *provider.Model) { m.Price = usage.Price{} }), ""},
		"dearest": {first(func(m *provider.Model) {
			m.Price = usage.Price{Input: top, Output: top, CacheRead: top, CacheWrite: top}
		}), ""},
		"too dear":               {first(func(m *provider.Model) { m.Price.CacheWrite = top + 1 }), "models"},
		"paid to use it":         {first(func(m *provider.Model) { m.Price.CacheRead = -1 }), "models"},
		"output below nothing":   {first(func(m *provider.Model) { m.Price.Output = -1 }), "models"},
		"input below nothing":    {first(func(m *provider.Model) { m.Price.Input = -1 }), "models"},
		"a password in the path": {func(p *provider.Provider) { p.BaseURL = "https://@example.org" }, "base_url"},
	} {
		p := good()
		c.change(&p)
		err := p.Check()
		var f *fault.Error
		if c.field == "" && err != nil || c.field != "" && (!errors.As(err, &f) || f.Field != c.field) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryKindIsKnown(t *testing.T) {
	t.Parallel()
	for _, k := range provider.Kinds() {
		p := good()
		if p.Kind = k; k.DefaultBaseURL() != "" {
			p.BaseURL = k.DefaultBaseURL()
		}
		if err := p.Check(); err != nil || (k.DefaultBaseURL() == "") != (k == provider.OpenAICompatible) {
			t.Errorf("%s at %q: %v", k, k.DefaultBaseURL(), err)
		}
	}
}

func TestIdentifiersAreCutAtTheFirstSlash(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{"a/b": {"a", "b"}, "a/b/c:d.e": {"a", "b/c:d.e"}, "a//b": {"a", "/b"}, "a/": nil, "/b": nil, "a": nil, "": nil, "/": nil} {
		name, model, ok := provider.SplitIdentifier(text)
		if ok != (want != nil) || ok && !slices.Equal([]string{name, model}, want) {
			t.Errorf("%q gives %q, %q, %v", text, name, model, ok)
		}
	}
	p := good()
	if m, ok := p.Model("small"); !ok || m.Context != 100_000 {
		t.Errorf("model: %+v, %v", m, ok)
	}
	if _, ok := p.Model("large"); ok {
		t.Error("a model that is not there was found")
	}
}

// A model whose context is smaller than OpenCode's own prompt is refused with the numbers; a small one can be saved with a warning.
func TestASmallContextIsRefusedOrWarnedAbout(t *testing.T) {
	t.Parallel()
	for context, want := range map[int64]string{1: "refused", 8_192: "refused", 8_999: "refused", 9_000: "warned", 12_000: "warned", 15_999: "warned", 16_000: "", 200_000: ""} {
		p := good()
		p.Models[0].Context, p.Models[0].Output = context, 1
		err, warnings := p.Check(), p.Warnings()
		switch {
		case want == "refused" && (err == nil || !strings.Contains(err.Error(), "8,100") || !strings.Contains(err.Error(), "9,000")):
			t.Errorf("%d: %v", context, err)
		case want != "refused" && err != nil:
			t.Errorf("%d: %v", context, err)
		case want == "warned" && (len(warnings) != 1 || !strings.Contains(warnings[0], `"small"`) || !strings.Contains(warnings[0], "16,000")), want == "" && len(warnings) > 0:
			t.Errorf("%d: %q", context, warnings)
		}
	}
}
