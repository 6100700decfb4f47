// Package gateway is the loopback endpoint that agents ask models through. It knows which session asks, adds the
// team's real key, streams the answer through untouched, and meters every call: those too that fail, are cut or
// that nobody waited for. It has no database: what it must know and keep goes through Backend.
//
// One exact figure or an estimate that says so: the counts are the provider's own report where there is an honest
// one. Where there is none, the prompt counts a token per four bytes sent and the answer a token per four bytes
// received; where the client went away, per two bytes, and 100 tokens for each second of silence on top, because
// the provider may have thought on unseen (never more than the call's output limit). A call that the provider
// refused, or that never reached it, counts nothing. Estimated marks every call that is not an exact report.
package gateway

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// Backend is what the gateway asks of the rest of the program.
type Backend interface {
	// Admit places and permits a call, or refuses it with a *fault.Error whose sentence the agent sees:
	// Unauthenticated becomes 401, NotFound 404, Exhausted 402, Invalid 400.
	Admit(ctx context.Context, a Ask) (Grant, error)
	// Record keeps a call that has ended in whatever way; ctx is not cancelled when the client goes.
	// It is called once for each Grant, before the client sees the end of the answer.
	Record(ctx context.Context, c Call) error
}

// Ask is a call that wants to be admitted.
type Ask struct {
	Key                string // the key of the agent's process
	Provider           string // the provider's name, from the path
	Model              string
	AgentSession       string // X-Session-Id
	ParentAgentSession string // X-Parent-Session-Id, of sub-agents
	Endpoint           string // chat/completions, responses or messages
	PromptBytes        int64
	MaxTokens          int64 // the output limit asked for; 0: none was
	Title, Stream      bool
}

// Grant says where an admitted call goes and whom it is charged to.
type Grant struct {
	Tenant    tenant.ID
	Session   string // empty: charged to the team as "unassigned"
	Attempt   int
	CallID    string
	BaseURL   string // the provider's, to which the endpoint is appended
	APIKey    string
	Kind      provider.Kind
	Price     usage.Price
	MaxTokens int64 // the highest output limit allowed; 0: as asked
	Title     bool
}

// Call is one metered call. Its Request addresses are empty: they are the store's to make from Messages.
type Call struct {
	usage.Call
	Tenant tenant.ID
	// Messages is the request as compact JSON items without cache marks, each the same bytes in every call of a
	// conversation that repeats it: first one object of all that is not a message (system, tools, settings), then
	// each message.
	Messages [][]byte
}

// Options are what a Gateway is made of. Clock and Log may be left out.
type Options struct {
	Backend   Backend
	Transport http.RoundTripper // a netguard.Guard's in the product
	Clock     clock.Clock
	Log       *slog.Logger
}

// Gateway is the handler. It is safe for concurrent use.
type Gateway struct {
	backend   Backend
	transport http.RoundTripper
	clock     clock.Clock
	log       *slog.Logger
	mux       *http.ServeMux
}

// New makes the handler of /p/{provider}/v1/….
func New(o Options) *Gateway {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	g := &Gateway{backend: o.Backend, transport: o.Transport, clock: o.Clock, log: o.Log, mux: http.NewServeMux()}
	for _, e := range endpoints {
		g.mux.HandleFunc("POST /p/{provider}/v1/"+e.name, g.serve(e))
	}
	g.mux.HandleFunc("/", notHere)
	return g
}

func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.mux.ServeHTTP(w, r) }

func (g *Gateway) serve(e *endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := e.read(w, r)
		if err != nil {
			g.refuse(w, e, err)
			return
		}
		grant, err := g.backend.Admit(r.Context(), q.ask)
		if err != nil {
			g.refuse(w, e, err)
			return
		}
		newExchange(g, q, grant).run(w, r)
	}
}
