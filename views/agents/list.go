package agents

import (
	"net/url"
	"slices"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// List is a page of the team's agents, with a trial of routing.
type List struct {
	Base    string
	Filter  agent.Filter
	Rows    []Row
	Totals  agent.Totals
	More    bool // others follow
	CanEdit bool
	WhatIf  WhatIf
}

func (l List) isFiltered() bool {
	f := l.Filter
	return f.Query != "" || f.Type != "" || f.Capability != "" || f.Status != ""
}

// filterQuery are the parameters of the filter, in their order.
func (l List) filterQuery() [][2]string {
	f := l.Filter
	return kept([][2]string{{"q", f.Query}, {"agent_type", string(f.Type)}, {"capability", string(f.Capability)}, {"status", string(f.Status)}})
}

func kept(all [][2]string) [][2]string {
	return slices.DeleteFunc(all, func(p [2]string) bool { return p[1] == "" })
}

// href is the address of the list with parameters.
func (l List) href(lists ...[][2]string) string {
	q := url.Values{}
	for _, p := range slices.Concat(lists...) {
		q.Add(p[0], p[1])
	}
	if len(q) == 0 {
		return l.Base
	}
	return l.Base + "?" + q.Encode()
}

// next is the address of the next page; empty without one.
func (l List) next() string {
	if !l.More {
		return ""
	}
	return l.href(l.filterQuery(), l.WhatIf.query(""), [][2]string{{"after", l.Rows[len(l.Rows)-1].Agent.Name}})
}

func (l List) notRoutable() int64 { return l.Totals.Agents - l.Totals.Routable }

func (l List) success() string { return ui.Percent(l.Totals.Success, l.Totals.Ends*1000) }

func typeOptions(chosen agent.Type, none string) []ui.Option {
	os := []ui.Option{{Label: none}}
	for _, t := range agent.Types() {
		os = append(os, ui.Option{Value: string(t), Label: string(t), Selected: t == chosen})
	}
	return os
}

func capabilityOptions(chosen agent.Capability, none string, without []agent.Capability) []ui.Option {
	os := []ui.Option{{Label: none}}
	for _, c := range agent.Capabilities() {
		if !slices.Contains(without, c) {
			os = append(os, ui.Option{Value: string(c), Label: string(c), Selected: c == chosen})
		}
	}
	return os
}

func statusOptions(chosen agent.Status) []ui.Option {
	return []ui.Option{{Label: "Any status"}, {Value: string(agent.Active), Label: "active", Selected: chosen == agent.Active},
		{Value: string(agent.Inactive), Label: "inactive", Selected: chosen == agent.Inactive}}
}
