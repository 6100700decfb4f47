package egress

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"sync/atomic"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// forward sends a plain request on. A connection of its own for each keeps counts and addresses apart; redirects are the client's.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, who who, to target) {
	r.Header.Del("Upgrade") // what needs a tunnel asks for one
	var up atomic.Pointer[line]
	defer func() { // also when the answer breaks off
		if l := up.Load(); l != nil {
			who.passed(to, l.sent.Load(), l.received.Load())
		}
	}()
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		l, err := p.dial(ctx, who, to)
		if err != nil {
			return nil, err
		}
		up.Store(l)
		return l, nil
	}}
	(&httputil.ReverseProxy{
		Rewrite:       func(pr *httputil.ProxyRequest) { pr.Out.Host = pr.In.URL.Host },
		Transport:     transport,
		FlushInterval: -1,
		ErrorLog:      slog.NewLogLogger(p.opt.Log.Handler(), slog.LevelDebug),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			if fault.KindOf(err) == fault.Internal {
				err = fault.New(fault.Internal, "%s cannot be reached.", to)
			}
			refuse(w, statusOf(err), err.Error())
		},
	}).ServeHTTP(w, r)
}
