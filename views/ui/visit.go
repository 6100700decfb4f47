// Package ui holds the parts every page is made of: forms, fields, marks, tables, bars, times and how figures read.
// Parts show what they are given and ask nobody.
package ui

import (
	"context"
	"time"
)

// Visit is what every part of a page needs to know of the request it is drawn for.
type Visit struct {
	// CSRF is the token forms carry; Team the slug of the team the page was drawn for.
	CSRF, Team string
	// Zone is the person's time zone; nil is UTC.
	Zone *time.Location
	// Now is the time of drawing, against which ages are told.
	Now time.Time
}

type visitKey struct{}

// With gives a context whose pages are drawn for v.
func With(ctx context.Context, v Visit) context.Context { return context.WithValue(ctx, visitKey{}, v) }

// From is the visit a page is drawn for; without one, a stranger's in UTC.
func From(ctx context.Context) Visit {
	v, _ := ctx.Value(visitKey{}).(Visit)
	if v.Zone == nil {
		v.Zone = time.UTC
	}
	return v
}
