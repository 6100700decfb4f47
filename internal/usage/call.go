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
	Status  int
	Error   string
	Counts  Counts
	Cost    int64 // micro-dollars
	Started time.Time
	First   *time.Time
	Last    *time.Time
	// Request are the addresses of the request's messages, in order; the bodies are stored once each.
	Request []string
	// Response is {"text", "reasoning", "tools"} as assembled from the answer.
	Response json.RawMessage
}

// Identifier is "provider/model".
func (c Call) Identifier() string { return c.Provider + "/" + c.Model }

// Day is one UTC day's use of one model. Date is YYYY-MM-DD.
type Day struct {
	Date, Model string
	Calls       int64
	Counts      Counts
	Cost        int64
}
