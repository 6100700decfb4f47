// Package ui holds the parts that every page is made of: forms, fields, marks, tables, bars, times and the format of figures.
// Parts show their arguments and read nothing else.
package ui

import (
	"context"
	"time"
)

// Visit is what every part of a page needs to know about the request.
type Visit struct {
	// CSRF is the token that forms carry; Team is the slug of the page's team.
	CSRF, Team string
	// Zone is the person's time zone; nil is UTC.
	Zone *time.Location
	// Now is the time of rendering; ages are relative to it.
	Now time.Time
}

type visitKey struct{}

// With returns a context whose pages are rendered for v.
func With(ctx context.Context, v Visit) context.Context { return context.WithValue(ctx, visitKey{}, v) }

// From returns the visit of a context; without one, that of a stranger in UTC.
func From(ctx context.Context) Visit {
	v, _ := ctx.Value(visitKey{}).(Visit)
	if v.Zone == nil {
		v.Zone = time.UTC
	}
	return v
}
