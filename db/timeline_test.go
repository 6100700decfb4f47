package db_test

import (
	"context"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
)

func TestEventsOfTypeAreTheNewestAscending(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *dbkernel.DB) {
		team, other := dbtest.NewTeam(t, d, "acme"), dbtest.NewTeam(t, d, "other")
		s := dbtest.Session(t, d, team)
		err := d.Update(context.Background(), team.Tenant.ID, func(sc *dbkernel.Scope) error {
			for _, to := range []string{"queued", "running", "paused", "running"} {
				_, err := dbwork.On(sc).AppendEvents(context.Background(), s.ID, 1, []event.Event{
					event.New(event.SessionState, event.Actor{Kind: "system"}, event.State{To: to}),
					event.New(event.AgentMessage, event.Actor{Kind: "agent"}, event.Text{Text: to})})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		read := func(of dbtest.Team) (told []string) {
			err := d.View(context.Background(), of.Tenant.ID, func(sc *dbkernel.Scope) error {
				es, err := dbwork.On(sc).EventsOfType(context.Background(), s.ID, event.SessionState, 3)
				for _, e := range es {
					told = append(told, event.Decode[event.State](e).To)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return told
		}
		if got := read(team); len(got) != 3 || got[0] != "running" || got[1] != "paused" || got[2] != "running" {
			t.Errorf("the newest three moves are %v", got)
		}
		if got := read(other); len(got) != 0 {
			t.Errorf("another team reads %v", got)
		}
	})
}
