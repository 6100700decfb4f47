package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

func TestAllPairsOfStates(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	pairs, legal := 0, 0
	for _, from := range session.Statuses() {
		for _, to := range session.Statuses() {
			pairs++
			err := session.Move(from, to)
			if (err == nil) != session.CanMove(from, to) {
				t.Errorf("%s → %s: Move and CanMove disagree", from, to)
			}
			if err == nil {
				legal++
				fmt.Fprintf(&b, "%s → %s\n", from, to)
			} else if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), from.Word()) || !strings.Contains(err.Error(), to.Word()) {
				t.Errorf("%s → %s is refused with %q", from, to, err)
			}
		}
	}
	if pairs != 144 || legal != 35 {
		t.Errorf("%d pairs, %d of them legal", pairs, legal)
	}
	golden(t, "moves.txt", b.String())
}

func TestUnknownStatesMoveNowhere(t *testing.T) {
	t.Parallel()
	for _, st := range session.Statuses() {
		for _, odd := range []session.Status{"", "started", "Running", "final"} {
			if session.CanMove(st, odd) || session.CanMove(odd, st) {
				t.Errorf("%q and %q are connected", st, odd)
			}
		}
	}
}

func TestEveryStateIsReached(t *testing.T) {
	t.Parallel()
	seen := map[session.Status]bool{session.Pending: true}
	for next := []session.Status{session.Pending}; len(next) > 0; next = next[1:] {
		for _, to := range session.Statuses() {
			if session.CanMove(next[0], to) && !seen[to] {
				seen[to] = true
				next = append(next, to)
			}
		}
	}
	for _, st := range session.Statuses() {
		if !seen[st] {
			t.Errorf("no way leads to %s", st)
		}
	}
}

func TestFinalMeansNoWayOut(t *testing.T) {
	t.Parallel()
	var final []session.Status
	for _, from := range session.Statuses() {
		if !slices.ContainsFunc(session.Statuses(), func(to session.Status) bool { return session.CanMove(from, to) }) {
			final = append(final, from)
		}
		if session.CanMove(from, from) {
			t.Errorf("%s moves to itself", from)
		}
	}
	if !slices.Equal(final, []session.Status{session.Cancelled}) {
		t.Errorf("states without a way out: %v", final)
	}
}

func TestStatesFallIntoThreeKinds(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, st := range session.Statuses() {
		kinds := []string{}
		for name, is := range map[string]bool{"active": st.Active(), "waiting": st.Waiting(), "finished": st.Finished()} {
			if is {
				kinds = append(kinds, name)
			}
		}
		if len(kinds) != 1 || !st.Valid() {
			t.Errorf("%s is %v, valid %v", st, kinds, st.Valid())
		}
		fmt.Fprintf(&b, "%s (%s): %s\n", st, st.Word(), strings.Join(kinds, ", "))
	}
	golden(t, "statuses.txt", b.String())
	if odd := session.Status("gone"); odd.Valid() || odd.Active() || odd.Waiting() || odd.Finished() {
		t.Error("a state that is none of the twelve has a kind")
	}
}
