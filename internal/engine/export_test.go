package engine

import "context"

// Routine is a loop with its pass, for tests that run each once.
type Routine struct {
	Name string
	Pass func(context.Context) error
}

// Routines are all loops of an engine.
func Routines(e *Engine) (out []Routine) {
	for _, r := range e.routines() {
		out = append(out, Routine{r.name, r.pass})
	}
	return out
}

// Does describes each loop.
var Does = does
