package e2e

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"
)

// wire is a TCP proxy. While it is stuck it passes no byte and closes nothing, like a network that was left: connections made
// before stay dead for ever.
type wire struct {
	url string

	mu    sync.Mutex
	stuck chan struct{} // closed while nothing passes
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	x := &wire{url: "http://" + l.Addr().String(), stuck: make(chan struct{})}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go x.join(t, c, strings.TrimPrefix(to, "http://"))
		}
	}()
	return x
}

func (x *wire) join(t *testing.T, c net.Conn, to string) {
	s, err := net.Dial("tcp", to)
	if err != nil {
		_ = c.Close()
		return
	}
	t.Cleanup(func() { _, _ = c.Close(), s.Close() })
	x.mu.Lock()
	stuck := x.stuck
	x.mu.Unlock()
	go pass(s, c, stuck)
	go pass(c, s, stuck)
}

// pass copies until it ends or is stuck; then it reads on and writes nothing, so that neither side notices.
func pass(to, from net.Conn, stuck chan struct{}) {
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		select {
		case <-stuck:
			if err != nil {
				return
			}
			continue
		default:
		}
		if n > 0 {
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			if err == io.EOF {
				_ = to.Close()
			}
			return
		}
	}
}

// cut makes every open connection dead, and new ones as long as join is not called.
func (x *wire) cut() {
	x.mu.Lock()
	defer x.mu.Unlock()
	close(x.stuck)
}

// mend lets new connections through.
func (x *wire) mend() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.stuck = make(chan struct{})
}

// TestBrowserLiveIsAReading watches through a network that falls silent without closing anything. The page says how old its last
// sign of the server is, then since when it is not live, and catches up by itself once the network is back.
func TestBrowserLiveIsAReading(t *testing.T) {
	t.Parallel()
	browser(t)
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	draft := m.run("Start later", "Talk.", map[string]any{"start": false})
	direct := w.url
	x := newWire(t, w.url)
	w.stop()
	w.flags = append(w.flags, "--listen", strings.TrimPrefix(direct, "http://"), "--allowed-host", strings.TrimPrefix(x.url, "http://"))
	w.start()
	w.url = x.url
	session, list := w.signIn("acme@example.org"), w.signIn("acme@example.org")
	w.url = direct
	session.open(m.path("/sessions/" + draft))
	session.reads("#session-head .state", "pending")
	list.open(m.path("/sessions"))
	for _, p := range []*person{session, list} {
		p.must(expect.Locator(p.page.Locator(".side [data-stream][data-live=yes]")).ToBeVisible())
		p.beats()
	}
	x.cut()
	cut := time.Now()
	session.reads(".top [data-stream]", "s behind")
	if age := time.Since(cut); age > 12*time.Second {
		t.Errorf("the age is shown after %s", age)
	}
	session.must(session.shoot("behind"))
	m.act(draft, "cancel")
	for _, p := range []*person{session, list} {
		p.reads(".side [data-stream]", "Not live since")
		p.lacks("[data-stream][data-live=yes]")
	}
	if age := time.Since(cut); age < 15*time.Second || age > 40*time.Second {
		t.Errorf("the page says after %s that it is not live", age)
	}
	session.must(session.shoot("not-live"))
	x.mend()
	for _, p := range []*person{session, list} {
		p.must(expect.Locator(p.page.Locator(".side [data-stream][data-live=yes]")).ToBeVisible(playwright.LocatorAssertionsToBeVisibleOptions{Timeout: playwright.Float(90_000)}))
	}
	session.reads("#session-head .state", "cancelled")
	session.showsThread(m, draft)
	list.reads("#rows [id='row-"+draft+"']", "cancelled")
	session.must(session.shoot("live-again"))
}

// beats checks that the server gives a sign at least every five seconds.
func (p *person) beats() {
	p.t.Helper()
	got, err := p.page.Evaluate(`() => new Promise((done) => {
		let last = performance.now(), worst = 0, seen = 0;
		document.getElementById("stream").addEventListener("beat", () => {
			worst = Math.max(worst, performance.now() - last);
			last = performance.now();
			if (++seen === 3) done(worst);
		});
		setTimeout(() => done(-seen - 1), 20000);
	})`)
	p.must(err)
	if ms, ok := got.(float64); ok && (ms < 0 || ms > 5000) {
		p.t.Errorf("the longest time between two beats is %v ms", ms)
	} else if n, ok := got.(int); ok && (n < 0 || n > 5000) {
		p.t.Errorf("the longest time between two beats is %v ms", n)
	}
}

// TestBrowserNeverConnected holds the first request for a stream: nothing is called live before the server has given a sign.
func TestBrowserNeverConnected(t *testing.T) {
	t.Parallel()
	browser(t)
	w := newWorld(t)
	m := w.newTeam("acme", 10)
	p := w.signIn("acme@example.org")
	p.must(p.page.Route("**/stream?*", holdRequest))
	p.open(m.path(""))
	p.lacks("[data-stream][data-live=yes]")
	p.reads(".side [data-stream]", "Not live")
	p.must(p.page.Unroute("**/stream?*"))
	p.must(expect.Locator(p.page.Locator(".side [data-stream][data-live=yes]")).ToBeVisible())
}

// holdRequest answers a request never.
func holdRequest(playwright.Route) {}
