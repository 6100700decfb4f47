package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/engine"
)

// A letter that the mail server does not take stays, over a restart too, and goes out once it is taken.
func TestALetterWaitsForTheMailServer(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	s.app = app.New(app.Options{DB: s.db, Hub: s.hub, Clock: s.clock, Keys: s.keys, PublicURL: "https://agents.example.org", Mail: true})
	s.opts.App = s.app
	var tried, taken []letter.Letter
	away := errors.New("connection refused")
	s.opts.Deliver = func(_ context.Context, l letter.Letter) error {
		if tried = append(tried, l); away == nil {
			taken = append(taken, l)
		}
		return away
	}
	if _, err := s.app.People.ResetPerson(t.Context(), appkernel.Operator(), s.team.Lead.ID); err != nil {
		t.Fatal(err)
	}
	post := func() {
		t.Helper()
		if err := engine.New(s.opts).Post(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	post()
	post()
	if len(tried) != 1 {
		t.Fatalf("tried %d times at once", len(tried))
	}
	away = nil
	s.clock.Advance(time.Minute)
	post()
	s.clock.Advance(time.Hour)
	post()
	if len(taken) != 1 || taken[0].ID != tried[0].ID || taken[0].To != s.team.Lead.Email {
		t.Errorf("taken were %+v", taken)
	}
}
