package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// exchange is one admitted call in progress.
type exchange struct {
	g          *Gateway
	q          *query
	grant      Grant
	body       []byte
	call       Call
	ctx        context.Context // of the call to the provider
	received   int64           // bytes of the response
	answer     answer
	reached    atomic.Bool // there was a connection to the provider
	clientGone bool        // the client did not wait for the end
	refused    bool        // the provider returned an error
	lastByte   time.Time   // when the last byte arrived, or the start
	settled    bool
}

func newExchange(g *Gateway, q *query, grant Grant) *exchange {
	x := &exchange{g: g, q: q, grant: grant, body: q.body}
	if grant.MaxTokens > 0 && (q.ask.MaxTokens == 0 || q.ask.MaxTokens > grant.MaxTokens) {
		x.body = q.limited(grant.MaxTokens, grant.Kind)
	}
	x.lastByte = g.clock.Now()
	x.call = Call{Tenant: grant.Tenant, Call: usage.Call{ID: grant.CallID, Session: grant.Session, Attempt: grant.Attempt,
		AgentSession: q.ask.AgentSession, Provider: q.ask.Provider, Model: q.ask.Model, Endpoint: q.name,
		Title: grant.Title || q.ask.Title, Stream: q.ask.Stream, Started: x.lastByte}}
	return x
}

// run makes the call and writes its response to w. The call is always recorded, exactly once.
func (x *exchange) run(w http.ResponseWriter, r *http.Request) {
	defer x.settle(r.Context())
	ctx, cancel := x.g.withinTime(r.Context())
	defer cancel()
	x.ctx = ctx
	res, err := x.send(ctx, r)
	if err != nil {
		x.failUnreachable(w, r, err)
		return
	}
	defer res.Body.Close()
	x.call.Status = res.StatusCode
	unreadable := unpack(res)
	switch {
	case res.StatusCode >= 400:
		x.passFailure(w, r, res)
	case res.StatusCode >= 300:
		x.refuseRedirect(w, r)
	case unreadable != nil:
		x.failWith(w, r, unreadable)
	default:
		x.passAnswer(w, r, res)
	}
}

func (x *exchange) passAnswer(w http.ResponseWriter, r *http.Request, res *http.Response) {
	body, stream := x.sniff(res)
	if stream {
		x.passStream(w, r, res, body)
		return
	}
	x.passWhole(w, r, res, body)
}

// send sends the request to the provider. It uses the bare transport, which follows no redirects and decompresses nothing.
func (x *exchange) send(ctx context.Context, r *http.Request) (*http.Response, error) {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { x.reached.Store(true) }})
	url := strings.TrimRight(x.grant.BaseURL, "/") + "/" + x.q.name
	if q := r.URL.RawQuery; q != "" && !strings.Contains(q, x.q.ask.Key) {
		url += "?" + q
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(x.body))
	if err != nil {
		return nil, fmt.Errorf("create request: %w", err)
	}
	req.Header = x.requestHeader(r.Header)
	return x.g.transport.RoundTrip(req)
}

// settle counts, prices and records the call, exactly once.
func (x *exchange) settle(ctx context.Context) {
	if x.settled {
		return
	}
	x.settled = true
	last := x.g.clock.Now()
	x.call.Last = &last
	x.call.ModelNamed = x.scrub(x.answer.model)
	x.call.Response = json.RawMessage(x.scrub(string(x.answer.response())))
	x.call.Messages = x.q.items() // only now, because it would delay the call
	x.call.Counts, x.call.Estimated = x.counts(last)
	x.call.Guess = x.guess()
	x.call.Cost = x.grant.Price.Cost(x.call.Counts)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	if err := x.g.backend.Record(ctx, x.call); err != nil {
		x.g.log.Error("record model call", "tenant", x.grant.Tenant, "session", x.grant.Session, "call", x.grant.CallID, "err", err)
	}
}
