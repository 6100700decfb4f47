package instance

import (
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// Settings is what the page of settings shows.
type Settings struct {
	Keep   KeepForm
	Faults ui.Faults
	// Opened are the flags of this run of the server, as `orchestrator config` prints them: read only.
	Opened []Flag
}

// KeepForm is for how many days things are kept, as it was typed.
type KeepForm struct{ Transcripts, Calls string }

// Flag is one setting of the server's start.
type Flag struct{ Name, Value, Help string }

// Prices is what the page of prices shows.
type Prices struct {
	// Versions of all prices, by model, the newest first.
	Versions []instance.Price
	Form     PriceForm
	Faults   ui.Faults
	Now      time.Time
}

// PriceForm is a new version as it was typed: dollars for a million tokens.
type PriceForm struct{ Provider, Model, From, Input, Output, CacheRead, CacheWrite string }

// stands says whether a version holds, will hold or held.
func (p Prices) stands(v instance.Price) string {
	switch {
	case v.From.After(p.Now):
		return "to come"
	case v.Holds(p.Versions, p.Now):
		return "holds"
	}
	return "held before"
}
