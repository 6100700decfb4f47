package app_test

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	appagents "github.com/industrial-orchestrator/orchestrator/internal/app/agents"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// reviewer makes an agent of alpha with a number of places.
func (h *house) reviewer(name string, places int64) agent.Agent {
	h.t.Helper()
	v, err := h.app.Agents.CreateAgent(h.t.Context(), h.lead, name, agent.Spec{Type: "reviewer", Places: places, Model: "local/small"}, "")
	ok(h.t, err)
	return v
}

// start creates a session and queues it.
func (h *house) start(change func(*session.Session)) (session.Session, error) {
	h.t.Helper()
	v := wanted()
	v.Model = ""
	change(&v)
	return h.app.Work.CreateSession(h.t.Context(), h.member, v, true)
}

func named(id agent.ID) func(*session.Session) { return func(s *session.Session) { s.AgentID = id } }

func routed(cs ...agent.Capability) func(*session.Session) {
	return func(s *session.Session) { s.Need = &agent.Need{Capabilities: cs} }
}

func (h *house) taken(id agent.ID) int64 {
	h.t.Helper()
	v, err := h.app.Agents.Agent(h.t.Context(), h.lead, id)
	ok(h.t, err)
	return v.Load.Taken
}

func TestVersionsOfAnAgent(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a := h.reviewer("Strict reviewer", 2)
		if a.Current.Number.String() != "0.1.0" || len(a.Current.Spec.Capabilities) != 4 || a.Tier() != agent.Standard {
			t.Errorf("a new agent: %+v", a)
		}
		s, err := h.start(named(a.ID))
		ok(t, err)
		edit := appagents.Edit{Base: "0.1.0", Change: func(s *agent.Spec) { s.Prompt = "Review." }}
		a, err = h.app.Agents.EditAgent(t.Context(), h.lead, a.ID, edit)
		ok(t, err)
		if a.Current.Number.String() != "0.1.1" {
			t.Errorf("another prompt makes version %s", a.Current.Number)
		}
		if _, err := h.app.Agents.EditAgent(t.Context(), h.lead, a.ID, edit); !fault.Is(err, fault.Conflict) {
			t.Errorf("an edit of an older version: %v", err)
		}
		edit = appagents.Edit{Version: "0.1.2", Change: func(s *agent.Spec) { s.Capabilities = append(s.Capabilities, "testing") }}
		if _, err := h.app.Agents.EditAgent(t.Context(), h.lead, a.ID, edit); err == nil || !strings.Contains(err.Error(), "at least 0.2.0") {
			t.Errorf("another capability as a patch: %v", err)
		}
		if got := h.read(s); got.AgentVersion != "0.1.0" || got.Model != "local/small" {
			t.Errorf("the session runs with %s %s", got.AgentVersion, got.Model)
		}
		if _, err := h.app.Agents.CreateAgent(t.Context(), h.lead, "STRICT reviewer", agent.Spec{Type: "reviewer"}, ""); !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
			t.Errorf("the same name: %v", err)
		}
		if _, err := h.app.Agents.EditAgent(t.Context(), h.lead, a.ID, appagents.Edit{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("no change: %v", err)
		}
	})
}

func TestASessionWaitsForAPlaceOfItsAgent(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a := h.reviewer("One at a time", 1)
		first, err := h.start(named(a.ID))
		ok(t, err)
		next, err := h.start(named(a.ID))
		ok(t, err)
		free, err := h.start(func(s *session.Session) { s.Model, s.Agent = "local/small", "build" })
		ok(t, err)
		if !h.read(first).HasPlace || h.read(next).HasPlace || h.taken(a.ID) != 1 {
			t.Fatalf("places: %v %v, taken %d", h.read(first).HasPlace, h.read(next).HasPlace, h.taken(a.ID))
		}
		if q, err := h.app.Work.SessionQueue(t.Context(), h.member, h.read(next)); err != nil || q.Reason != "Place 2: waiting for its agent: all 1 places of One at a time are taken." {
			t.Errorf("waits because %q, %v", q.Reason, err)
		}
		claimed := map[session.ID]bool{}
		for _, c := range h.claims(10) {
			claimed[c.Session.ID] = true
		}
		if !claimed[first.ID] || claimed[next.ID] || !claimed[free.ID] {
			t.Errorf("claimed %v", claimed)
		}
		_, err = h.app.Work.StopSession(t.Context(), h.member, first.ID)
		ok(t, err)
		if h.taken(a.ID) != 0 {
			t.Errorf("after the end %d places are taken", h.taken(a.ID))
		}
		ok(t, h.app.Work.FillPlaces(t.Context()))
		if cs := h.claims(10); len(cs) != 1 || cs[0].Session.ID != next.ID || h.taken(a.ID) != 1 {
			t.Errorf("claimed %d, taken %d", len(cs), h.taken(a.ID))
		}
	})
}

// However sessions move, an agent's count is the number of its sessions that are queued with a place or active.
func TestPlacesAreNeverLostOrTakenTwice(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a := h.reviewer("Busy", 3)
		r := rand.New(rand.NewPCG(3, 4))
		var all []session.Session
		for i := range 8 {
			s, err := h.start(named(a.ID))
			ok(t, err)
			all = append(all, s)
			if i%3 == 0 {
				h.claims(2)
			}
		}
		for range 80 {
			s := h.read(all[r.IntN(len(all))])
			switch r.IntN(6) {
			case 0:
				_, _ = h.app.Work.PauseSession(t.Context(), h.member, s.ID)
			case 1:
				_, _ = h.app.Work.ResumeSession(t.Context(), h.member, s.ID)
			case 2:
				_, _ = h.app.Work.StopSession(t.Context(), h.member, s.ID)
			case 3:
				_, _ = h.app.Work.RetrySession(t.Context(), h.member, s.ID, false)
			case 4:
				h.claims(1)
			case 5:
				ok(t, h.app.Work.FillPlaces(t.Context()))
			}
			h.clock.Advance(time.Second)
			held := int64(0)
			for _, s := range all {
				if v := h.read(s); v.HasPlace {
					held++
					if v.Status != session.Queued && !v.Status.Active() {
						t.Fatalf("a session that is %s holds a place", v.Status)
					}
				} else if v.Status.Active() {
					t.Fatalf("a session is %s without a place", v.Status)
				}
			}
			if held != h.taken(a.ID) || held > 3 {
				t.Fatalf("%d sessions hold a place, %d are taken", held, h.taken(a.ID))
			}
		}
	})
}

func TestRoutedSessionsNeverShareAPlace(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.reviewer("First", 2)
		h.reviewer("Second", 1)
		var wait sync.WaitGroup
		var mu sync.Mutex
		got, refused := map[agent.ID]int{}, 0
		for range 6 {
			wait.Go(func() {
				s, err := h.start(routed("code_review"))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					got[s.AgentID]++
				} else if refused++; !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "places are taken") {
					t.Errorf("refused with %v", err)
				}
			})
		}
		wait.Wait()
		if refused != 3 || len(got) != 2 {
			t.Errorf("%d refused, chosen %v", refused, got)
		}
	})
}

func TestARoutedSessionKeepsItsReasons(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		best := h.reviewer("Best", 5)
		other := h.reviewer("Other", 5)
		_, err := h.app.Agents.DeactivateAgent(t.Context(), h.lead, other.ID)
		ok(t, err)
		s, err := h.start(routed("code_review", "testing"))
		ok(t, err)
		r := h.read(s).Routing
		if s.AgentID != best.ID || r == nil || len(r.Ranked) != 1 || len(r.Excluded) != 1 || r.Excluded[0].Reason != "It is inactive." || !strings.Contains(r.Reason, "1 of 2 required") {
			t.Errorf("routing %+v", r)
		}
		if _, err := h.start(routed("deployment")); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "none of the required capabilities") {
			t.Errorf("nobody fits: %v", err)
		}
		if _, err := h.start(func(s *session.Session) { s.AgentID, s.Agent = best.ID, "build" }); !fault.Is(err, fault.Invalid) {
			t.Errorf("two agents: %v", err)
		}
		if _, err := h.start(named(agent.ID(h.alpha.ID))); !fault.Is(err, fault.Invalid) {
			t.Errorf("an agent that is not there: %v", err)
		}
	})
}

func TestTheDefaultAgent(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a := h.reviewer("Usual", 5)
		_, err := h.app.Agents.SetDefaultAgent(t.Context(), h.lead, a.ID)
		ok(t, err)
		s, err := h.start(func(*session.Session) {})
		ok(t, err)
		if s.AgentID != a.ID {
			t.Errorf("a session that names no agent has %q", s.AgentID)
		}
		s, err = h.start(func(s *session.Session) { s.Agent, s.Model = "build", "local/small" })
		ok(t, err)
		if s.AgentID != "" {
			t.Errorf("a session with OpenCode's own agent has %q", s.AgentID)
		}
	})
}

func TestFiguresOfAnAgent(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		a := h.reviewer("Counted", 50)
		end := func(to session.Status, why session.ReasonCode) session.Session {
			s, err := h.start(named(a.ID))
			ok(t, err)
			s, lease := h.claim(s)
			h.clock.Advance(time.Minute)
			ok(t, h.app.Work.Move(t.Context(), lease, to, session.Reason{Code: why}))
			return s
		}
		good := end(session.Completed, "")
		for range 3 {
			end(session.Failed, session.AgentError)
		}
		end(session.Failed, session.ModelAuth) // not the agent's fault
		stopped, err := h.start(named(a.ID))
		ok(t, err)
		_, err = h.app.Work.CancelSession(t.Context(), h.member, stopped.ID)
		ok(t, err)
		now := func() agent.Agent {
			v, err := h.app.Agents.Agent(t.Context(), h.lead, a.ID)
			ok(t, err)
			return v
		}
		if r := now().Recent; r.Ends != 4 || r.Success != 1000 || r.Failures != 3 || *r.MedianDuration != time.Minute {
			t.Fatalf("figures %+v", r)
		}
		ok(t, h.app.Work.GiveFeedback(t.Context(), h.second, good.ID, -1, "It broke the build."))
		if r := now().Recent; r.Success != 0 || r.Rated != 1 || r.Quality != 0 {
			t.Errorf("after a thumb down %+v", r)
		}
		end(session.Failed, session.AgentError)
		v := now()
		if v.Circuit(h.clock.Now()) != agent.Open || v.Tier() != agent.Degraded {
			t.Errorf("after five failures: circuit %s, tier %s", v.Circuit(h.clock.Now()), v.Tier())
		}
		h.trial(a, end)
	})
}

// trial lets one session try the half-open circuit.
func (h *house) trial(a agent.Agent, end func(session.Status, session.ReasonCode) session.Session) {
	h.t.Helper()
	if _, err := h.start(routed()); !fault.Is(err, fault.Conflict) {
		h.t.Errorf("routed to an open circuit: %v", err)
	}
	h.clock.Advance(agent.TrialAfter)
	s, err := h.start(routed())
	ok(h.t, err)
	if _, err := h.start(routed()); !fault.Is(err, fault.Conflict) {
		h.t.Errorf("a second trial at the same time: %v", err)
	}
	_, lease := h.claim(s)
	ok(h.t, h.app.Work.Move(h.t.Context(), lease, session.Completed, session.Reason{}))
	v, err := h.app.Agents.Agent(h.t.Context(), h.lead, a.ID)
	ok(h.t, err)
	if v.Circuit(h.clock.Now()) != agent.Closed {
		h.t.Errorf("after a successful trial the circuit is %s", v.Circuit(h.clock.Now()))
	}
}

func TestTheNumberOfAgentsIsLimited(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		dbtest.Exec(t, h.d, `UPDATE lanes SET max_agents = 1 WHERE tenant_id = '`+string(h.alpha.ID)+`'`)
		h.reviewer("Only one", 1)
		_, err := h.app.Agents.CreateAgent(t.Context(), h.lead, "One more", agent.Spec{Type: "reviewer"}, "")
		if !fault.Is(err, fault.Exhausted) || !strings.Contains(err.Error(), "1 of 1 agents") {
			t.Errorf("above the limit: %v", err)
		}
	})
}
