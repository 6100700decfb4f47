package views_test

import (
	"time"

	"github.com/a-h/templ"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/views/auth"
	"github.com/industrial-orchestrator/orchestrator/views/errs"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
	"github.com/industrial-orchestrator/orchestrator/views/shell"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// pages is every page in every state worth seeing, by name.
func pages() map[string]templ.Component {
	all := map[string]templ.Component{}
	for _, part := range []map[string]templ.Component{signingIn(), sessionPages(), refusals(), repositoryPages(), providerPages(), teamPages(), accountPages(), auditPages(), budgetPages(), adminPages(), instancePages(), costPages(), referencePages(), takingPages()} {
		for name, c := range part {
			all[name] = c
		}
	}
	return all
}

func signingIn() map[string]templ.Component {
	place := auth.Place{Host: "orchestrator.foundry.tools", Version: "v0.2.0"}
	return map[string]templ.Component{
		"signin":       auth.SignInPage(auth.SignIn{Place: place, Next: "/"}),
		"signin-fault": auth.SignInPage(auth.SignIn{Place: place, Email: "ines@foundry.tools", Next: "/", Fault: "The e-mail address or password is incorrect. 2 attempts are left before sign-in pauses for 15 minutes."}),
		"setup":        auth.SetUpPage(auth.SetUp{Place: place, Token: "abc", Faults: ui.Faults{"password": "Use at least 12 characters (you entered 3)."}}),
		"setup-waits":  auth.SetUpWaits(place),
		"invitation":   auth.InvitationPage(invitation(place, func(*auth.Invitation) {})),
		"invitation-faults": auth.InvitationPage(invitation(place, func(m *auth.Invitation) {
			m.Name, m.Faults = "Niko", ui.Faults{"password": "Use at least 12 characters (you entered 3)."}
		})),
		"invitation-known":   auth.InvitationPage(invitation(place, func(m *auth.Invitation) { m.Known = true })),
		"invitation-accept":  auth.InvitationPage(invitation(place, func(m *auth.Invitation) { m.Known, m.Mine, m.SignedInAs = true, true, m.Email })),
		"invitation-another": auth.InvitationPage(invitation(place, func(m *auth.Invitation) { m.SignedInAs = "ines@foundry.tools" })),
		"reset":              auth.ResetPage(auth.Reset{Place: place, Token: "abc", Email: "niko@foundry.tools"}),
		"no-team":            auth.NoTeam(place, "ines@foundry.tools"),
	}
}

func sessionPages() map[string]templ.Component {
	done := detail(sample(session.Completed))
	failed := sample(session.Failed)
	failed.Reason = session.Reason{Code: session.ModelAuth, Message: "Failed: the provider refuses the key."}
	fresh := sample(session.Pending)
	fresh.StartedAt, fresh.LastSeq, fresh.Attempt = nil, 1, 0
	first := ago(time.Minute)
	call := usage.Call{ID: "c1", Provider: "anthropic", Model: "claude-sonnet-4.5", ModelNamed: "claude-sonnet-4-5-20260929", Endpoint: "/v1/messages", Status: 200, Counts: sample(session.Running).Tokens, Cost: 31_400, Started: ago(2 * time.Minute), First: &first, Last: &first}
	call.Guess = usage.Guess{Input: call.Counts.Input + call.Counts.CacheRead, Output: call.Counts.Output}
	doubted := call
	doubted.ID, doubted.Guess.Input = "c3", 40*(call.Counts.Input+call.Counts.CacheRead+call.Counts.CacheWrite()+1_000)
	broken := call
	broken.Status, broken.Error, broken.First = 401, "The provider refuses the key.", nil
	empty := sessions.Detail{Base: done.Base, Session: fresh, Can: done.Can}
	return map[string]templ.Component{
		"session":        sessions.Page(glass(waiting().Session), waiting()),
		"session-done":   sessions.Page(glass(done.Session), done),
		"session-failed": sessions.Page(glass(failed), detail(failed)),
		"session-empty":  sessions.Page(glass(fresh), empty),
		"session-viewer": sessions.Page(glass(sample(session.Running)), viewer()),
		"changes":        sessions.ChangesPage(glass(done.Session), done, changes()),
		"changes-split":  sessions.ChangesPage(glass(done.Session), done, func() sessions.Changes { c := changes(); c.Split = true; return c }()),
		"changes-empty":  sessions.ChangesPage(glass(fresh), empty, sessions.Changes{}),
		"calls":          sessions.CallsPage(glass(done.Session), done, sessions.Calls{Calls: []usage.Call{call, doubted, broken}, Older: "?before=1"}),
		"calls-empty":    sessions.CallsPage(glass(fresh), empty, sessions.Calls{}),
		"call":           sessions.CallPage(glass(done.Session), done, sessions.Call{Call: call, Messages: []string{`{"role":"user","content":"Hello"}`}}),
		"call-doubted":   sessions.CallPage(glass(done.Session), done, sessions.Call{Call: doubted}),
		"log":            sessions.LogPage(glass(done.Session), done, sessions.Log{Events: story(), At: 9, Earlier: "?before=1"}),
		"log-empty":      sessions.LogPage(glass(fresh), empty, sessions.Log{}),
		"sessions":       sessions.ListPage(frame("sessions", "Sessions"), list()),
		"sessions-empty": sessions.ListPage(frame("sessions", "Sessions"), sessions.List{Base: "/t/foundry/sessions", CanWrite: true}),
		"sessions-none":  sessions.ListPage(frame("sessions", "Sessions"), sessions.List{Base: "/t/foundry/sessions", Filter: session.Filter{Query: "ledgr", Statuses: []session.Status{session.Failed}}, Counts: map[session.Status]int64{session.Failed: 58}}),
		"sessions-fault": sessions.ListPage(frame("sessions", "Sessions"), sessions.List{Base: "/t/foundry/sessions", Fault: "The database did not answer in 5 seconds. Reference 7f3a91."}),
		"new-session":    sessions.NewPage(crumbed("New"), newForm(nil)),
		"new-faults":     sessions.NewPage(crumbed("New"), newForm(ui.Faults{"title": "“test session” says nothing in a list of forty.", "tags": "At most 20 tags."})),
		"new-no-model":   sessions.NewPage(crumbed("New"), sessions.New{Base: "/t/foundry/sessions", ProvidersHref: "/t/foundry/providers"}),
	}
}

func viewer() sessions.Detail {
	d := waiting()
	d.Can = sessions.Rights{}
	return d
}

func newForm(faults ui.Faults) sessions.New {
	return sessions.New{Base: "/t/foundry/sessions", Form: session.Session{Title: title, Prompt: "When a team is past its monthly tokens…"}, Faults: faults,
		Models: []string{"anthropic/claude-sonnet-4.5", "openai/gpt-5"}, Agents: []string{"build", "plan"}, Limits: tenant.Limits{MaxConcurrent: 10, Running: 10, MaxQueued: 500, Ready: 5}}
}

func refusals() map[string]templ.Component {
	return map[string]templ.Component{
		"err-403":  errs.Page(frame("sessions", "Not allowed"), errs.Refusal{Status: 403, Message: "Only a lead can do this."}),
		"err-404":  errs.Bare("", errs.Refusal{Status: 404, Message: "Session not found."}),
		"err-409":  errs.OtherTeam(frame("sessions", "Conflict"), shell.Team{Slug: "rail", Name: "Rail Signalling"}, shell.Team{Slug: "foundry", Name: "Foundry Tools"}),
		"err-500":  errs.Page(frame("sessions", "A fault"), errs.Refusal{Status: 500, Message: "This could not be done because of a fault in the server.", Reference: "7f3a91"}),
		"err-429":  errs.Page(frame("sessions", "Limit reached"), errs.Refusal{Status: 429, Message: "500 of 500 sessions wait already; an admin can raise the limit."}),
		"err-note": errs.ErrorNote(errs.Refusal{Status: 409, Message: "A session that is completed cannot be paused."}),
	}
}

func invitation(place auth.Place, change func(*auth.Invitation)) auth.Invitation {
	m := auth.Invitation{Place: place, Token: "abc", TeamName: "Foundry Tools", Role: "member", ByName: "Ines Aalto", Email: "niko@foundry.tools"}
	change(&m)
	return m
}
