package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"path/filepath"
	"testing"
	"time"
)

// course is what people do with the work of a session that has ended, and what the server does with it afterwards. The log of the
// session does not have its stages, so each one says by itself when it is reached. The table kills while the request of a stage is on
// its way, and when the stage is reached.
type course struct {
	name string
	// world makes the world and the team of all cases, begin a session whose work is ready to be taken.
	world  func(t *testing.T) *team
	begin  func(m *team, gate string) *taken
	stages []stage
	check  func(c *taken)
}

// stage is what is true when it is reached.
type stage struct {
	name string
	// do is the path of a request that brings the course there, with its body; nil for none.
	do func(c *taken) (path string, body any)
	// lets lets something of the test go on, as often as it is asked.
	lets    func(c *taken)
	reached func(c *taken) bool
}

// taken is the work of one session on a course.
type taken struct {
	*team
	id, gate string
}

// killedEverywhere goes the course once for each of its cases, or for one of them.
func (k course) killedEverywhere(t *testing.T, all bool) (rows []killed) {
	m := k.world(t)
	n, most := 0, 2*len(k.stages)*len(victims)
	for i, s := range k.stages {
		for _, onItsWay := range []bool{true, false} {
			for _, victim := range victims {
				n++
				if onItsWay && (s.do == nil || victim == "agent") || !all && n != most { // one case: the last one
					continue
				}
				step := fmt.Sprintf("%d. %s", 2*i+2, s.name)
				if onItsWay {
					step = fmt.Sprintf("%d. (request for: %s)", 2*i+1, s.name)
				}
				t.Run(step+"/"+victim, func(t *testing.T) {
					m.w.t = t
					if back, ok := k.killedAt(m, i, onItsWay, victim, fmt.Sprint("case-", n)); ok {
						rows = append(rows, killed{k.name, step, victim, back})
					}
				})
				m.w.t = t
			}
		}
	}
	return rows
}

// killedAt goes the course up to a stage or to its request, kills, and goes on. The stage must be reached again within 30 seconds.
func (k course) killedAt(m *team, at int, onItsWay bool, victim, gate string) (back time.Duration, ok bool) {
	c := k.begin(m, gate)
	for _, s := range k.stages[:at] {
		c.pass(s, 150*time.Second)
	}
	answered := make(chan struct{})
	if onItsWay {
		c.send(k.stages[at], answered)
	} else {
		close(answered)
		c.pass(k.stages[at], 150*time.Second)
	}
	if ok = victim != "agent" || len(m.w.agents()) > 0; ok {
		begun := time.Now()
		m.w.killAs(victim)
		<-answered
		c.pass(k.stages[at], 30*time.Second)
		back = time.Since(begun)
	}
	for _, s := range k.stages[at+1:] {
		c.pass(s, 150*time.Second)
	}
	k.check(c)
	return back, ok
}

// killAs kills the server, the agents or both, and starts the server again.
func (w *world) killAs(victim string) {
	w.t.Helper()
	if victim != "agent" {
		w.kill()
	}
	if victim != "server" {
		w.killAgents()
	}
	if victim != "agent" {
		w.start()
	}
}

// pass brings the course to a stage as a person does who sees what is the case and repeats what was refused.
func (c *taken) pass(s stage, within time.Duration) {
	c.w.t.Helper()
	accepted, said := s.do == nil, ""
	defer func() {
		if c.w.t.Failed() && said != "" {
			c.w.t.Logf("%s: the last answer was %s", s.name, said)
		}
	}()
	c.w.until(s.name, within, func() bool {
		if s.lets != nil {
			s.lets(c)
		}
		if s.reached(c) {
			return true
		}
		if !accepted {
			path, body := s.do(c)
			a := c.ask(http.MethodPost, path, body)
			said = fmt.Sprintf("%d %s", a.status, a.body)
			if accepted = a.status/100 == 2; a.status >= 500 && a.status != http.StatusServiceUnavailable {
				c.w.t.Fatalf("%s: %d %s", path, a.status, a.body)
			}
		}
		return false
	})
}

// send sends the request of a stage and returns when the server has it; answered is closed when there is an answer, or none is coming.
func (c *taken) send(s stage, answered chan struct{}) {
	path, body := s.do(c)
	cl := c.client()
	isThere(answered, func(ctx context.Context) { _, _ = cl.Do(ctx, http.MethodPost, path, body) }) // the server is killed in the middle
}

// isThere sends a request and returns when it has been written to the server; answered is closed when the request has ended.
func isThere(answered chan struct{}, request func(context.Context)) {
	sent := make(chan struct{}, 2)
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { sent <- struct{}{} }})
	go func() {
		defer close(answered)
		request(ctx)
		sent <- struct{}{}
	}()
	<-sent
}

// finished is a session that has written a file of its own.
func (m *team) finished(gate string) *taken {
	m.w.t.Helper()
	id := m.run("Write "+gate, turns("MESSAGE-"+gate, map[string]any{"tools": tool("write", map[string]any{"filePath": gate + ".txt", "content": gate + "\n"})},
		map[string]any{"text": "wrote " + gate}), nil)
	m.becomes(id, 120*time.Second, "completed")
	return &taken{m, id, gate}
}

// mergingWorld is a team whose local repository may be written to. Its checks wait in the merge queue until a test lets them pass, and
// git waits for a branch that another process has locked.
func mergingWorld(t *testing.T) *team {
	w := newWorld(t)
	w.kill()
	w.flags = append(w.flags, "--repo-root", "acme="+filepath.Join(w.dir, "git")+":rw")
	main := filepath.Join(w.dir, "git", "main")
	w.write(filepath.Join(main, "test.sh"), "case $PWD in */merge/tree) ;; *) exit 0 ;; esac\n"+waitsFor("checking", "go")+"\nls case-*.txt\n")
	w.git(main, "commit", "-q", "-a", "-m", "check what is merged")
	w.git(main, "config", "core.filesRefLockTimeout", "100000")
	w.git(main, "checkout", "-q", "--detach")
	w.start()
	return w.newTeam("acme", 10)
}
