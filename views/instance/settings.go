package instance

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Settings is the page of settings.
type Settings struct {
	Keep   KeepForm
	Faults ui.Faults
	// Opened are the flags that the server was started with, as `orchestrator config` prints them: read only.
	Opened []Flag
}

// KeepForm is the days of retention as the person typed them.
type KeepForm struct{ Transcripts, Calls string }

// Flag is one flag that the server was started with.
type Flag struct{ Name, Value, Help string }

// Prices is the page of prices.
type Prices struct {
	// Versions are all prices, by model, the newest first.
	Versions []instance.Price
	Form     PriceForm
	Faults   ui.Faults
	Now      time.Time
}

// PriceForm is a new version as the person typed it: dollars per million tokens.
type PriceForm struct{ Provider, Model, From, Input, Output, CacheRead, CacheWrite string }

// state is the state of a version: scheduled, current or replaced.
func (p Prices) state(v instance.Price) string {
	switch {
	case v.From.After(p.Now):
		return "scheduled"
	case v.Holds(p.Versions, p.Now):
		return "current"
	}
	return "replaced"
}
