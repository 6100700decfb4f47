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

// forward forwards a plain request. Each request has its own connection, which separates counts and address checks. The client
// handles redirects.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, by caller, to target) {
	r.Header.Del("Upgrade") // clients that need a tunnel use CONNECT
	var up atomic.Pointer[countedConn]
	defer func() { // also if the response is cut off
		if l := up.Load(); l != nil {
			by.logTraffic(to, l.sent.Load(), l.received.Load())
		}
	}()
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		l, err := p.dial(ctx, by, to)
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
				err = fault.New(fault.Internal, "Cannot connect to %s.", to)
			}
			refuse(w, statusOf(err), err.Error())
		},
	}).ServeHTTP(w, r)
}
