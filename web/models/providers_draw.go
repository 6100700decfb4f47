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

// drawProviders draws the list, with the values and faults of a form.
func (s *Pages) drawProviders(c *fiber.Ctx, status int, form provider.Provider, faults map[string]string) error {
	p, err := s.kit.NewPage(c, "providers", "Model providers")
	if err != nil {
		return err
	}
	ps, err := s.models.Providers(c.UserContext(), webkit.Actor(c))
	if err != nil {
		return err
	}
	l := providers.List{Base: p.Team.Path("providers"), Rows: ps, CanEdit: webkit.Actor(c).Can(tenant.EditProviders), Form: form,
		Models: modelRows(c, form.Models, faults), Faults: faults}
	if l.CanEdit {
		p.Primary = nil // the form has the primary button
	}
	return s.kit.DrawPageOrPart(c, status, providers.ListPage(p, l), nil)
}

// drawProvider draws one provider. t is the result of a test, which a request for a part gets alone.
func (s *Pages) drawProvider(c *fiber.Ctx, status int, m provider.Provider, t *provider.Test, faults map[string]string) error {
	p, err := s.kit.NewPage(c, "providers", m.Name)
	if err != nil {
		return err
	}
	d := providers.Detail{Base: p.Team.Path("providers"), Provider: m, Models: modelRows(c, m.Models, faults), Faults: faults, Test: t,
		CanEdit: webkit.Actor(c).Can(tenant.EditProviders)}
	p.Crumbs = []shell.Crumb{{Label: "Model providers", Href: d.Base}}
	if d.CanEdit {
		p.Primary = nil
	}
	var part templ.Component
	if t != nil {
		part = webkit.PartsOf(webkit.NewRegion("#provider-test", webkit.OuterMorph, providers.TestResult(t)))
	}
	return s.kit.DrawPageOrPart(c, status, providers.Page(p, d), part)
}

// modelRows are the rows of the form of models: the values of the posted form, else the stored models.
func modelRows(c *fiber.Ctx, stored []provider.Model, faults map[string]string) []providers.Model {
	if faults["models"] == "" && len(formColumn(c, "model_id")) == 0 {
		return providers.Written(stored)
	}
	contexts, outputs := formColumn(c, "model_context"), formColumn(c, "model_output")
	in, out := formColumn(c, "model_price_input"), formColumn(c, "model_price_output")
	read, write := formColumn(c, "model_price_cache_read"), formColumn(c, "model_price_cache_write")
	var rows []providers.Model
	for i, modelID := range formColumn(c, "model_id") {
		if modelID != "" {
			rows = append(rows, providers.Model{ID: modelID, Context: valueAt(contexts, i), Output: valueAt(outputs, i), Input: valueAt(in, i), Answer: valueAt(out, i),
				CacheRead: valueAt(read, i), CacheWrite: valueAt(write, i)})
		}
	}
	return rows
}
