package models

import (
	"context"
	"strings"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// Prices returns every version of the operator's prices by provider and model, newest first.
func (a *Verbs) Prices(ctx context.Context, by tenant.Actor) (ps []instance.Price, err error) {
	if err := appkernel.MayOperate(by); err != nil {
		return nil, err
	}
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error { ps, err = dbmodels.Across(s).Prices(ctx); return err })
	return ps, err
}

// AddPrice adds a version of a price that is valid starting now (a zero time) or at a future time. Past costs do not change. A
// version is never changed or removed; a later one replaces it.
func (a *Verbs) AddPrice(ctx context.Context, by tenant.Actor, p instance.Price) error {
	if err := appkernel.MayOperate(by); err != nil {
		return err
	}
	now := a.k.Clock.Now()
	if p.From.IsZero() {
		p.From = now
	}
	p.Provider, p.Model = strings.TrimSpace(p.Provider), strings.TrimSpace(p.Model)
	if err := p.Check(now); err != nil {
		return err
	}
	p.AddedBy, p.AddedAt = by.Name, now
	return a.k.DB.System(ctx, func(s *dbkernel.System) error { return a.addPrice(ctx, s, by, p) })
}

func (a *Verbs) addPrice(ctx context.Context, s *dbkernel.System, by tenant.Actor, p instance.Price) error {
	before, had, err := dbmodels.Across(s).PriceAt(ctx, p.Provider, p.Model, p.From)
	if err != nil {
		return err
	}
	if err := dbmodels.Across(s).AddPrice(ctx, p); err != nil {
		return err
	}
	e := a.k.Entry(by, "add_price", p.Provider+"/"+p.Model, "from "+p.From.UTC().Format("2006-01-02 15:04")+" UTC, per million tokens")
	if e.After = priceWords(p); had {
		e.Before = priceWords(before)
	}
	return s.WriteInstanceAudit(ctx, e)
}

func priceWords(p instance.Price) string {
	return "input " + quota.Price(p.Price.Input) + ", output " + quota.Price(p.Price.Output) + ", cache read " + quota.Price(p.Price.CacheRead) +
		", cache write " + quota.Price(p.Price.CacheWrite)
}

// applyPrices replaces a team's own prices with the operator's.
func applyPrices(ps []provider.Provider, prices []instance.Price) {
	for _, v := range prices {
		for i := range ps {
			for j := range ps[i].Models {
				if ps[i].Name == v.Provider && ps[i].Models[j].ID == v.Model {
					ps[i].Models[j].Price = v.Price
				}
			}
		}
	}
}

// OperatorPrices returns every version of the operator's prices, newest first.
func (a *Verbs) OperatorPrices(ctx context.Context) (vs []usage.Version, err error) {
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		ps, err := dbmodels.Across(s).Prices(ctx)
		if err != nil {
			return err
		}
		for _, p := range ps {
			vs = append(vs, usage.Version{Model: p.Provider + "/" + p.Model, From: p.From, Price: p.Price})
		}
		return nil
	})
	return vs, err
}
