// Package gateway is the loopback endpoint through which agents call models. It identifies the calling session, adds the team's
// real API key, streams the response, and meters every call, including calls that fail, are cut off or whose client
// disconnects. It has no database: it loads and stores everything through Backend.
//
// A response is forwarded as it is, with three exceptions. One that was compressed against the request is unpacked. A finish reason that agents do not understand is replaced by the one it means,
// because OpenCode would otherwise request the same response again and again. A response with status 200 that is no completion becomes an
// error: a status if nothing has been forwarded yet, otherwise an error event. Errors carry headers that say whose fault they are.
//
// Counts are either exact or marked as estimated. They are the provider's own report if it is plausible; zero beside written text is
// not. Otherwise the prompt counts as one token per four bytes sent and the response as one token per four bytes received. If the client
// disconnected, the response counts as one token per two bytes, plus 100 tokens for each second of silence (at most the call's output limit),
// because the provider may have continued reasoning. A call that the provider rejected, or that never reached it, counts as
// nothing. Estimated marks every call without an exact report.
package gateway

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/clock"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/listener"
)

// Backend is the interface of the gateway to the rest of the program.
type Backend interface {
	// Admit assigns a call to a session and permits it, or refuses it with a *fault.Error whose message the agent sees:
	// Unauthenticated becomes 401, NotFound 404, Exhausted 402, Invalid 400.
	Admit(ctx context.Context, a Ask) (Grant, error)
	// Record stores a call that has ended in any way. ctx is not cancelled when the client disconnects. Record is called once for
	// each Grant but a spare's, before the client sees the end of the response.
	Record(ctx context.Context, c Call) error
}

// Ask is a call to be admitted.
type Ask struct {
	Key                string // the key of the agent's process
	Provider           string // the provider's name, from the path
	Model              string
	AgentSession       string // X-Session-Id
	ParentAgentSession string // X-Parent-Session-Id, of sub-agents
	Endpoint           string // chat/completions, responses or messages
	PromptBytes        int64
	MaxTokens          int64 // the requested output limit; 0 means none
	Title, Stream      bool
}

// Grant is the target of an admitted call and the session and team that it is charged to.
type Grant struct {
	Tenant    tenant.ID
	Session   string // empty: charged to the team as "unassigned"
	Attempt   int
	CallID    string
	BaseURL   string // the provider's, to which the endpoint is appended
	APIKey    string
	Kind      provider.Kind
	Price     usage.Price
	MaxTokens int64 // the highest allowed output limit; 0 means as requested
	Title     bool
	// Spare is true for the call of a process without a session, which the gateway answers itself: it is neither forwarded nor recorded.
	Spare bool
}

// Call is one metered call. Its Request addresses are empty, because the store computes them from Messages.
type Call struct {
	usage.Call
	Tenant tenant.ID
	// Messages is the request as compact JSON items without cache marks. An item has the same bytes in every call of a
	// conversation that repeats it. The first item is an object with everything but the messages (system, tools, settings); the
	// others are the messages.
	Messages [][]byte
}

// Options are the dependencies of a Gateway. Clock and Log are optional.
type Options struct {
	Backend   Backend
	Transport http.RoundTripper // a netguard.Guard's in the product
	Clock     clock.Clock
	Log       *slog.Logger
	// AnswerBytes and AnswerTime limit one response; zero means DefaultAnswerBytes and DefaultAnswerTime.
	AnswerBytes int64
	AnswerTime  time.Duration
}

// Gateway is the handler. It is safe for concurrent use.
type Gateway struct {
	backend   Backend
	transport http.RoundTripper
	clock     clock.Clock
	log       *slog.Logger
	mux       *http.ServeMux

	answerBytes int64
	answerTime  time.Duration
}

// New returns the handler for /p/{provider}/v1/….
func New(o Options) *Gateway {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	g := &Gateway{backend: o.Backend, transport: o.Transport, clock: o.Clock, log: o.Log, mux: http.NewServeMux(),
		answerBytes: cmp.Or(o.AnswerBytes, DefaultAnswerBytes), answerTime: cmp.Or(o.AnswerTime, DefaultAnswerTime)}
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
		defer listener.Admit(r.Context())()
		if grant.Spare {
			q.answerSpare(w)
			return
		}
		newExchange(g, q, grant).run(w, r)
	}
}
