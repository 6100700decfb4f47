package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbpeople "github.com/industrial-orchestrator/orchestrator/db/people"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
)

// posting is a house whose operator has a mail server.
func (h *house) posting() *house {
	h.t.Helper()
	h.app = app.New(app.Options{DB: h.d, Hub: hub.New(), Keys: h.keys, Clock: h.clock, PublicURL: "https://agents.example.org", Mail: true})
	return h
}

// mailbox takes what is due, as the loop does, and says that all of it was sent.
func (h *house) mailbox() (ls []letter.Letter) {
	h.t.Helper()
	for {
		due, err := h.app.People.DueLetters(context.Background())
		ok(h.t, err)
		for _, l := range due {
			ok(h.t, h.app.People.LetterSent(context.Background(), l))
		}
		if ls = append(ls, due...); len(due) == 0 && len(h.waiting()) == 0 {
			return ls
		}
	}
}

// waiting are the stored letters that are due now.
func (h *house) waiting() []string {
	h.t.Helper()
	var ids []string
	ok(h.t, h.d.SystemView(context.Background(), func(s *dbkernel.System) error {
		qs, err := dbpeople.Across(s).DueLetters(context.Background(), h.clock.Now(), 100)
		for _, q := range qs {
			ids = append(ids, q.ID)
		}
		return err
	}))
	return ids
}

func TestWithoutAMailServerNothingIsWritten(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, _, err := h.app.People.Invite(t.Context(), h.lead, "new@example.org", tenant.Member)
		ok(t, err)
		_, err = h.app.People.ResetPerson(t.Context(), appkernel.Operator(), h.member.User)
		ok(t, err)
		if n := len(h.waiting()); n != 0 || h.app.People.SendsMail() {
			t.Errorf("%d letters wait", n)
		}
	})
}

func TestAnInvitationIsSentWithItsLink(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.posting()
		token, _, err := h.app.People.Invite(t.Context(), h.lead, "new@example.org", tenant.Member)
		ok(t, err)
		for _, row := range dbtest.Rows(t, h.d, `SELECT data FROM letters`) {
			if strings.Contains(row, token) || strings.Contains(row, "new@") {
				t.Errorf("the link or the address is stored as it is: %s", row)
			}
		}
		ls := h.mailbox()
		if len(ls) != 1 || ls[0].To != "new@example.org" || ls[0].Data.Link != "https://agents.example.org/invitations/"+token || ls[0].Data.Team != "Team alpha" ||
			ls[0].Data.Server != "agents.example.org" || ls[0].Data.Role != "member" || ls[0].Data.By != h.lead.Name {
			t.Fatalf("%+v", ls)
		}
		_, revoked, err := h.app.People.Invite(t.Context(), h.lead, "other@example.org", tenant.Member)
		ok(t, err)
		ok(t, h.app.People.RevokeInvitation(t.Context(), h.lead, revoked.ID))
		if ls := h.mailbox(); len(ls) != 0 {
			t.Errorf("a revoked invitation is sent: %+v", ls)
		}
	})
}

// What is not taken comes again, later each time, until it would only confuse.
func TestALetterIsTriedAgainAndGivenUp(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.posting()
		_, err := h.app.People.ResetPerson(t.Context(), appkernel.Operator(), h.member.User)
		ok(t, err)
		due := func() int {
			ls, err := h.app.People.DueLetters(t.Context())
			ok(t, err)
			return len(ls)
		}
		if due() != 1 || due() != 0 {
			t.Error("it is not taken for one try")
		}
		h.clock.Advance(30 * time.Second)
		if due() != 1 {
			t.Error("it does not come again after 30 s")
		}
		h.clock.Advance(30 * time.Second)
		if due() != 0 {
			t.Error("it does not wait longer after the second try")
		}
		h.clock.Advance(30 * time.Second)
		if due() != 1 {
			t.Error("it does not come again after a minute")
		}
		_, _, err = h.app.People.Invite(t.Context(), h.lead, "new@example.org", tenant.Member) // works for a week
		ok(t, err)
		h.clock.Advance(letter.MaxAge + time.Hour)
		before := h.entries()
		if due() != 0 || len(dbtest.Rows(t, h.d, `SELECT id FROM letters`)) != 0 {
			t.Error("it is tried for ever")
		}
		if got := h.newEntries(before); len(got) != 2 || got[0] != "instance:drop_letter" {
			t.Errorf("wrote %q", got)
		}
	})
}

// T-06: who was removed or deactivated reads nothing of the team any more, of what was written before, too.
func TestT06LettersToWhoIsGoneAreSilent(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.posting()
		ctx := t.Context()
		more := int64(90_000_000)
		ok(t, h.app.People.SetRole(ctx, h.lead, h.second.User, tenant.Lead))
		h.second = h.as("alpha", user.User{ID: h.second.User, Name: "second", Active: true})
		r, err := h.app.Models.RequestBudget(ctx, h.second, quota.Limits{Tokens: &more}, "For the audit.")
		ok(t, err)
		h.mailbox()
		_, err = h.app.Console.GrantBudget(ctx, appkernel.Operator(), h.alpha.ID, r.ID, "Well.")
		ok(t, err)
		ok(t, h.app.People.RemoveMember(ctx, h.lead, h.second.User))
		if ls := h.mailbox(); len(ls) != 0 {
			t.Errorf("who was removed is told of the answer: %+v", ls)
		}
		_, err = h.app.People.ResetPerson(ctx, appkernel.Operator(), h.member.User)
		ok(t, err)
		ok(t, h.app.People.DeactivatePerson(ctx, appkernel.Operator(), h.member.User))
		if ls := h.mailbox(); len(ls) != 0 {
			t.Errorf("who was deactivated gets a reset: %+v", ls)
		}
	})
}

func TestBudgetsAreToldToWhoDecides(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.posting()
		ctx := t.Context()
		admin, err := h.app.People.CreateUser(ctx, "admin@example.org", "Admin", password, true)
		ok(t, err)
		more := int64(90_000_000)
		r, err := h.app.Models.RequestBudget(ctx, h.lead, quota.Limits{Tokens: &more}, "For the audit.")
		ok(t, err)
		ls := h.mailbox()
		if len(ls) != 1 || ls[0].To != admin.Email || ls[0].Data.What != "90,000,000 tokens per month" || ls[0].Data.Reason != "For the audit." {
			t.Errorf("asked: %+v", ls)
		}
		_, err = h.app.Console.GrantBudget(ctx, appkernel.Operator(), h.alpha.ID, r.ID, "Well.")
		ok(t, err)
		if ls := h.mailbox(); len(ls) != 1 || ls[0].User != h.lead.User || ls[0].Data.What != "granted" || ls[0].Data.Link != "https://agents.example.org/t/alpha/budget" {
			t.Errorf("answered: %+v", ls)
		}
	})
}

func TestWhoSignsInIsToldOfChanges(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.posting()
		u, _, _ := h.guarded()
		ok(t, h.app.People.ChangePassword(t.Context(), u, "", apppeople.NewPassword{Current: password, New: "a wholly new secret"}))
		kinds := []string{}
		for _, l := range h.mailbox() {
			kinds = append(kinds, string(l.Kind)+" to "+l.To)
		}
		if got := strings.Join(kinds, ", "); got != "new-factor to ann@example.org, password-changed to ann@example.org" {
			t.Error(got)
		}
		if err := h.app.People.ChangePassword(t.Context(), u, "", apppeople.NewPassword{Current: "wrong", New: "x"}); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
	})
}
