package app_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// quill leaves a trace wherever people leave one.
func (h *house) quill(t *testing.T) (u user.User, by tenant.Actor, token string) {
	t.Helper()
	ctx := t.Context()
	link, _, err := h.app.People.Invite(ctx, h.lead, "Xanthippe@quill.example", tenant.Lead)
	ok(t, err)
	u, _, err = h.app.People.JoinAsNew(ctx, link, "Xanthippe Quill", "a long enough password")
	ok(t, err)
	by = h.as("alpha", u)
	token, _, err = h.app.People.CreateToken(ctx, by, "ci", apitoken.Manage, nil)
	ok(t, err)
	_, _, err = h.app.People.Invite(ctx, by, "friend@example.org", tenant.Member)
	ok(t, err)
	s, err := h.app.Work.CreateSession(ctx, by, session.Session{Title: "Port the ledger", Prompt: "Say what you see.", Model: "models/small", Priority: session.Medium}, false)
	ok(t, err)
	ok(t, second(h.app.Work.CancelSession(ctx, by, s.ID)))
	more := int64(90_000_000)
	_, err = h.app.Models.RequestBudget(ctx, by, quota.Limits{Tokens: &more}, "for the port")
	ok(t, err)
	r, err := h.app.Repos.CreateRepository(ctx, by, repository.Repository{Name: "quills", URL: "https://example.org/quills.git"}, "")
	ok(t, err)
	ok(t, h.app.Repos.AllowHost(ctx, by, r.ID, "registry.npmjs.org:443"))
	_, err = h.app.People.ResetPerson(ctx, appkernel.Operator(), u.ID)
	ok(t, err)
	return u, by, token
}

// After a person is erased no table of the database holds the name or the address, the log tells of a pseudonym, its seals stand,
// and nothing that the person held opens anything.
func TestAnErasedPersonIsAPseudonym(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		dbtest.Provider(t, h.d, h.alpha, "models")
		u, by, token := h.quill(t)
		ok(t, h.app.Console.SealAudit(ctx))
		if p, err := h.app.Console.AuditLog(ctx, h.lead, audit.Filter{By: u.ID}); err != nil || len(p.Items) == 0 || p.Items[0].ByName != "Xanthippe Quill" {
			t.Fatalf("the log before: %+v, %v", p, err)
		}
		as, err := h.app.People.ErasePerson(ctx, appkernel.Operator(), u.ID)
		ok(t, err)
		for _, row := range dbtest.All(t, h.d) {
			if low := strings.ToLower(row); strings.Contains(low, "xanthippe") || strings.Contains(low, "quill.example") {
				t.Errorf("the person still stands in %q", row)
			}
		}
		p, err := h.app.Console.AuditLog(ctx, h.lead, audit.Filter{By: u.ID})
		ok(t, err)
		if len(p.Items) < 4 || p.Items[0].ByName != as.Name || !strings.HasPrefix(as.Name, "erased person ") {
			t.Errorf("the log tells of %+v", p.Items)
		}
		h.erasedForGood(t, u, by, token)
	})
}

func (h *house) erasedForGood(t *testing.T, u user.User, by tenant.Actor, token string) {
	t.Helper()
	ctx := t.Context()
	ok(t, h.app.Console.SealAudit(ctx))
	reports, err := h.app.Console.VerifyAudit(ctx, "")
	ok(t, err)
	for _, r := range reports {
		if len(r.Findings) > 0 {
			t.Errorf("the seals of %s do not stand any more: %v", r.Name, r.Findings)
		}
	}
	_, err = h.app.People.ActorForToken(ctx, token)
	refused(t, "the token", err, fault.Unauthenticated)
	_, _, err = h.app.People.SignIn(ctx, apppeople.Credentials{Email: u.Email, Password: "a long enough password", Peer: "1.1.1.1", UserAgent: ""})
	if err == nil {
		t.Error("an erased person signs in")
	}
	refused(t, "activating", h.app.People.ActivatePerson(ctx, appkernel.Operator(), u.ID), fault.Conflict)
	_, err = h.app.People.ErasePerson(ctx, appkernel.Operator(), u.ID)
	refused(t, "erasing twice", err, fault.Conflict)
	_, err = h.app.People.ErasePerson(ctx, h.lead, h.member.User)
	refused(t, "erasing by a lead", err, fault.Forbidden)
	var csv bytes.Buffer
	write, err := h.app.Console.ExportAudit(ctx, h.lead, audit.Filter{})
	ok(t, err)
	ok(t, write(ctx, &csv))
	if !strings.Contains(csv.String(), "erased person") || strings.Contains(csv.String(), "Quill") || !strings.Contains(csv.String(), h.alpha.Lead.Name) {
		t.Errorf("the export tells\n%s", csv.String())
	}
	// The address is free again.
	_, err = h.app.People.CreateUser(ctx, u.Email, "Somebody else", "a long enough password", false)
	ok(t, err)
}
