// Package forge sends requests to GitHub, GitLab, Gitea and Forgejo: one adapter for each API behind forge.Port. Answers are treated as
// hostile: their size is bounded, and texts from them are cleaned and cut.
package forge

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
)

// Options are what the adapters need of their caller.
type Options struct {
	// Client sends the requests; the dialer of its Transport, which must not be nil, decides which addresses are allowed. Redirects are
	// never followed.
	Client *http.Client
	// Timeout limits one request (default 20 seconds).
	Timeout time.Duration
	// Patience is how long a merge is tried again while the forge still computes whether it can merge (default 10 seconds), and Wait
	// is what waits a second between two tries; nil waits by the clock.
	Patience time.Duration
	Wait     func(context.Context, time.Duration) error
}

// Forges connects to forges. It is safe for concurrent use.
type Forges struct {
	o     Options
	cache *cache
}

// New returns Forges that send their requests through o.Client.
func New(o Options) *Forges {
	if o.Timeout == 0 {
		o.Timeout = 20 * time.Second
	}
	if o.Patience == 0 {
		o.Patience = 10 * time.Second
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	return &Forges{o: o, cache: newCache(maxCached)}
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// Connect returns the port to a project. It sends no request.
func (f *Forges) Connect(s forge.Settings, token string) (forge.Port, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	switch s.Kind {
	case forge.GitHub:
		return f.newGitHub(s, token)
	case forge.GitLab:
		return f.newGitLab(s, token), nil
	case forge.Gitea:
		return f.newGitea(s, token), nil
	}
	return nil, fmt.Errorf("no adapter for forge %q", s.Kind)
}

// client returns a copy of the caller's client that follows no redirect, because a redirect could carry the token to another host, and
// reads at most maxAnswer bytes of an answer.
func (f *Forges) client(through func(http.RoundTripper) http.RoundTripper) *http.Client {
	c := *f.o.Client
	c.Transport = through(bounded{c.Transport})
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.Jar = nil
	return &c
}

// mergePatiently repeats a merge while the forge answers Later, at most for Options.Patience.
func (f *Forges) mergePatiently(ctx context.Context, try func() error) error {
	const pause = time.Second
	for waited := time.Duration(0); ; waited += pause {
		err := try()
		if forge.ReasonOf(err) != forge.Later || waited >= f.o.Patience {
			return err
		}
		if err := f.o.Wait(ctx, pause); err != nil {
			return err
		}
	}
}
