package usage

import (
	"encoding/json"
	"time"
)

// Call is one model call as recorded by the gateway. Failed and interrupted calls are metered and priced once, too.
type Call struct {
	ID           string
	Session      string // empty: charged to the team as "unassigned"
	Attempt      int
	AgentSession string
	Provider     string // the provider's name
	Model        string // the requested model
	ModelNamed   string // the model that the provider reported
	Endpoint     string
	Title, Stream,
	Estimated bool
	Status int
	Error  string
	Counts Counts
	Cost   int64 // micro-dollars
	// Guess is an estimate of the call's tokens, for comparison.
	Guess   Guess
	Started time.Time
	First   *time.Time
	Last    *time.Time
	// Request lists the content addresses of the request's messages, in order. Each body is stored once.
	Request []string
	// Response is {"text", "reasoning", "tools"}, assembled from the response.
	Response json.RawMessage
}

// Guess is a rough estimate of a call's tokens, one token per four bytes: Input for the request, Output for the response.
type Guess struct{ Input, Output int64 }

// A provider's report is doubtful if it differs by more than this factor and by more than this many tokens. Text of any language,
// and code, has one to sixteen bytes per token.
const (
	doubtFactor = 4
	doubtSlack  = 500
)

// Doubtful reports whether the provider's figures look wrong compared with the guess. Reasoning is not visible, so more output than
// guessed is not doubtful.
func (c Call) Doubtful() bool {
	if c.Estimated || c.Guess == (Guess{}) {
		return false
	}
	in, out := c.Counts.Input+c.Counts.CacheRead+c.Counts.CacheWrite(), c.Counts.Output+c.Counts.Reasoning
	return tooFew(in, c.Guess.Input) || tooFew(c.Guess.Input, in) || tooFew(out, c.Guess.Output)
}

// tooFew reports whether n is far below the expected value.
func tooFew(n, expected int64) bool { return n*doubtFactor < expected && expected-n > doubtSlack }

// Identifier is "provider/model".
func (c Call) Identifier() string { return c.Provider + "/" + c.Model }

// Day is the usage of one model on one UTC day. Date is YYYY-MM-DD.
type Day struct {
	Date, Model string
	Calls       int64
	Counts      Counts
	Cost        int64
}

// Agent is the usage that an agent reports for its steps. All cache writes are in CacheWriteShort, because the agent does not
// distinguish them.
type Agent struct {
	Steps  int64
	Counts Counts
	Cost   int64
}
