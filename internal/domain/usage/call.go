package usage

import (
	"encoding/json"
	"time"
)

// Call is one model call as the gateway saw it: metered and priced once, also when it failed or was cut.
type Call struct {
	ID           string
	Session      string // empty: charged to the team as "unassigned"
	Attempt      int
	AgentSession string
	Provider     string // the provider's name
	Model        string // the model asked for
	ModelNamed   string // the model the provider says it was
	Endpoint     string
	Title, Stream,
	Estimated bool
	Status int
	Error  string
	Counts Counts
	Cost   int64 // micro-dollars
	// Guess is what the tokenizer's rule makes of the call, for comparison.
	Guess   Guess
	Started time.Time
	First   *time.Time
	Last    *time.Time
	// Request are the addresses of the request's messages, in order; the bodies are stored once each.
	Request []string
	// Response is {"text", "reasoning", "tools"} as assembled from the answer.
	Response json.RawMessage
}

// Guess is a call's tokens by rule of thumb, a token for four bytes: Input of all that was sent, Output of all that came back.
type Guess struct{ Input, Output int64 }

// A report looks wrong when it is off by more than this factor and by more than this many tokens: text of any language, and code,
// has one to sixteen bytes a token.
const (
	doubtFactor = 4
	doubtSlack  = 500
)

// Doubtful says whether the provider's figures of an answered call look wrong beside the guess. Tokens of thinking are not seen, so
// that more output than was guessed is no reason.
func (c Call) Doubtful() bool {
	if c.Estimated || c.Guess == (Guess{}) {
		return false
	}
	in, out := c.Counts.Input+c.Counts.CacheRead+c.Counts.CacheWrite(), c.Counts.Output+c.Counts.Reasoning
	return tooFew(in, c.Guess.Input) || tooFew(c.Guess.Input, in) || tooFew(out, c.Guess.Output)
}

// tooFew says whether n is far below what it is held against.
func tooFew(n, against int64) bool { return n*doubtFactor < against && against-n > doubtSlack }

// Identifier is "provider/model".
func (c Call) Identifier() string { return c.Provider + "/" + c.Model }

// Day is one UTC day's use of one model. Date is YYYY-MM-DD.
type Day struct {
	Date, Model string
	Calls       int64
	Counts      Counts
	Cost        int64
}

// Agent is what an agent itself says that its steps used. Cache writes are all in CacheWriteShort: it does not tell them apart.
type Agent struct {
	Steps  int64
	Counts Counts
	Cost   int64
}
