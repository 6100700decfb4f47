package models

import (
	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/providers"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// drawProviders shows the list; form and faults are a refused form's, to be put right.
func (s *Pages) drawProviders(c *fiber.Ctx, status int, form provider.Provider, faults map[string]string) error {
	p, err := s.kit.Frame(c, "providers", "Model providers")
	if err != nil {
		return err
	}
	ps, err := s.models.Providers(c.UserContext(), webkit.Actor(c))
	if err != nil {
		return err
	}
	l := providers.List{Base: p.Team.Path("providers"), Rows: ps, CanEdit: webkit.Actor(c).Can(tenant.EditProviders), Form: form,
		Models: typedModels(c, form.Models, faults), Faults: faults}
	if l.CanEdit {
		p.Primary = nil // the form's own button is the page's one
	}
	return s.kit.Show(c, status, providers.ListPage(p, l), nil)
}

// drawProvider shows one provider; t is what it just answered, which a form that stays on its page gets alone.
func (s *Pages) drawProvider(c *fiber.Ctx, status int, m provider.Provider, t *provider.Test, faults map[string]string) error {
	p, err := s.kit.Frame(c, "providers", m.Name)
	if err != nil {
		return err
	}
	d := providers.Detail{Base: p.Team.Path("providers"), Provider: m, Models: typedModels(c, m.Models, faults), Faults: faults, Test: t,
		CanEdit: webkit.Actor(c).Can(tenant.EditProviders)}
	p.Crumbs = []shell.Crumb{{Label: "Model providers", Href: d.Base}}
	if d.CanEdit {
		p.Primary = nil
	}
	var part templ.Component
	if t != nil {
		part = webkit.Parts(webkit.NewRegion("#provider-test", webkit.Whole, providers.TestResult(t)))
	}
	return s.kit.Show(c, status, providers.Page(p, d), part)
}

// typedModels are the rows of a form of models: as a refused form was typed, else as they are stored.
func typedModels(c *fiber.Ctx, stored []provider.Model, faults map[string]string) []providers.Model {
	if faults["models"] == "" && len(column(c, "model_id")) == 0 {
		return providers.Written(stored)
	}
	contexts, outputs := column(c, "model_context"), column(c, "model_output")
	in, out := column(c, "model_price_input"), column(c, "model_price_output")
	read, write := column(c, "model_price_cache_read"), column(c, "model_price_cache_write")
	var rows []providers.Model
	for i, modelID := range column(c, "model_id") {
		if modelID != "" {
			rows = append(rows, providers.Model{ID: modelID, Context: at(contexts, i), Output: at(outputs, i), Input: at(in, i), Answer: at(out, i),
				CacheRead: at(read, i), CacheWrite: at(write, i)})
		}
	}
	return rows
}
