package kit

import (
	"bytes"
	"context"

	"github.com/a-h/templ"
)

// Region is a part of a page to replace or extend: its place, how the new markup is put there, and the markup.
type Region struct {
	Target, Swap string
	View         templ.Component
}

// NewRegion puts view into the element that the selector target finds, in the way that swap names.
func NewRegion(target, swap string, view templ.Component) Region { return Region{target, swap, view} }

// Ways to put markup into a page, as htmx names them.
const (
	AfterBegin  = "afterbegin"
	BeforeBegin = "beforebegin"
	BeforeEnd   = "beforeend"
	InnerMorph  = "innerMorph"
	innerHTML   = "innerHTML"
	OuterMorph  = "outerMorph"
	Delete      = "delete"
)

// RenderRegions is the markup of regions. A page ignores targets that it does not have.
func RenderRegions(ctx context.Context, rs ...Region) ([]byte, error) {
	var b bytes.Buffer
	for _, r := range rs {
		b.WriteString(`<hx-partial hx-target="` + templ.EscapeString(r.Target) + `" hx-swap="` + r.Swap + `">`)
		if err := r.View.Render(ctx, &b); err != nil {
			return nil, err
		}
		b.WriteString("</hx-partial>")
	}
	return b.Bytes(), nil
}
