package db_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/db"
	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// What a method of team alpha's scope answers when it is asked about team beta's things.
const (
	missing  = "missing"  // like what is not there
	conflict = "conflict" // as if somebody else were first
	refused  = "refused"  // by a foreign key or a wall
	nothing  = "nothing"  // no error, no rows, no change
	own      = "own"      // alpha's things only, however it is asked
)

type call struct {
	want string
	ask  func(context.Context, *db.Scope, world) (any, error)
}

// give and do make rows of methods with one result and with none.
func give[T any](want string, fn func(context.Context, *db.Scope, world) (T, error)) call {
	return call{want, func(ctx context.Context, s *db.Scope, b world) (any, error) { return fn(ctx, s, b) }}
}

func do(want string, fn func(context.Context, *db.Scope, world) error) call {
	return call{want, func(ctx context.Context, s *db.Scope, b world) (any, error) { return nil, fn(ctx, s, b) }}
}

// results gathers several results into one.
func results(all ...any) (any, error) {
	err, _ := all[len(all)-1].(error)
	return all[:len(all)-1], err
}

type (
	c = context.Context
	s = *db.Scope
	w = world
)

var soon = dbtest.Now.Add(time.Hour)

// isolation has a row for every method of Scope: the second and third net.
var isolation = map[string]call{
	"Tenant":      give(own, func(_ c, s s, _ w) (any, error) { return s.Tenant(), nil }),
	"AfterCommit": do(nothing, func(_ c, s s, _ w) error { s.AfterCommit(func() {}); return nil }),

	"Session":               give(missing, func(c c, s s, b w) (session.Session, error) { return s.Session(c, b.running.ID) }),
	"SessionByConversation": give(missing, func(c c, s s, b w) (session.Session, error) { return s.SessionByConversation(c, "ses_"+b.slug) }),
	"Sessions": {nothing, func(c c, s s, b w) (any, error) {
		return results(s.Sessions(c, session.Filter{Query: b.slug, Parent: b.running.ID}))
	}},
	"CountSessions": {nothing, func(c c, s s, b w) (any, error) {
		return results(s.CountSessions(c, session.Filter{Query: b.slug, Parent: b.running.ID, Limit: 10}))
	}},
	"Counts":      give(own, func(c c, s s, _ w) (map[session.Status]int64, error) { return s.Counts(c) }),
	"EndedCounts": give(own, func(c c, s s, _ w) (map[session.Status]int64, error) { return s.EndedCounts(c, dbtest.Now) }),
	"NeedsYou":    {own, func(c c, s s, _ w) (any, error) { return results(s.NeedsYou(c)) }},
	"QueuePlace":  give(nothing, func(c c, s s, b w) (int64, error) { return s.QueuePlace(c, b.ready.ID) }),
	"QueuePlaces": give(own, func(c c, s s, _ w) (map[session.ID]int64, error) { return s.QueuePlaces(c) }),
	"CreateSession": do(refused, func(c c, s s, b w) error {
		v := b.ready
		v.ID, v.ParentID = "new", b.running.ID
		return s.CreateSession(c, v)
	}),
	"DeleteSession": do(missing, func(c c, s s, b w) error { return s.DeleteSession(c, b.failed.ID, soon) }),
	"MoveSession": do(missing, func(c c, s s, b w) error {
		return s.MoveSession(c, db.Move{ID: b.running.ID, From: session.Running, To: session.Stopped, At: soon})
	}),
	"SetSessionRun": do(missing, func(c c, s s, b w) error { return s.SetSessionRun(c, b.running.ID, db.RunInfo{Fresh: true}) }),
	"TouchSession":  do(nothing, func(c c, s s, b w) error { return s.TouchSession(c, b.running.ID, 1, "planted", soon) }),
	"SetWaitingFor": do(nothing, func(c c, s s, b w) error { return s.SetWaitingFor(c, b.running.ID, session.Question, soon) }),
	"HoldLease":     do(conflict, func(c c, s s, b w) error { return s.HoldLease(c, b.running.ID, 1, b.lease, soon) }),
	"ReleaseLease":  do(nothing, func(c c, s s, b w) error { return s.ReleaseLease(c, b.running.ID, b.lease) }),
	"TakeLease":     do(conflict, func(c c, s s, b w) error { return s.TakeLease(c, b.running.ID, b.lease, "mine", soon, soon) }),

	"AppendEvents": give(missing, func(c c, s s, b w) ([]event.Event, error) {
		return s.AppendEvents(c, b.running.ID, 1, []event.Event{event.New(event.SessionNote, event.Actor{}, event.Note{Text: "planted"})})
	}),
	"ReportEvents": do(conflict, func(c c, s s, b w) error {
		return s.ReportEvents(c, b.running.ID, 1, b.lease, []event.Event{event.New(event.SessionNote, event.Actor{}, event.Note{Text: "planted"})})
	}),
	"Events":       give(nothing, func(c c, s s, b w) ([]event.Event, error) { return s.Events(c, b.running.ID, 0, 100) }),
	"EventsBefore": give(nothing, func(c c, s s, b w) ([]event.Event, error) { return s.EventsBefore(c, b.running.ID, 0, 100) }),
	"EventsOfType": give(nothing, func(c c, s s, b w) ([]event.Event, error) {
		return s.EventsOfType(c, b.running.ID, event.AgentMessage, 100)
	}),
	"LastSeq":    give(missing, func(c c, s s, b w) (int64, error) { return s.LastSeq(c, b.running.ID) }),
	"Changes":    give(own, func(c c, s s, _ w) ([]session.Change, error) { return s.Changes(c, 0, 1000) }),
	"LastChange": give(own, func(c c, s s, _ w) (int64, error) { return s.LastChange(c) }),

	"AddMessage": do(missing, func(c c, s s, b w) error {
		return s.AddMessage(c, b.running.ID, session.Message{ID: "planted", CreatedAt: soon})
	}),
	"Messages":    give(nothing, func(c c, s s, b w) ([]session.Message, error) { return s.Messages(c, b.running.ID) }),
	"Undelivered": give(nothing, func(c c, s s, b w) ([]session.Message, error) { return s.Undelivered(c, b.running.ID) }),
	"LastSent":    {nothing, func(c c, s s, b w) (any, error) { return results(s.LastSent(c, b.running.ID)) }},
	"MarkSent":    do(nothing, func(c c, s s, b w) error { return s.MarkSent(c, b.running.ID, []string{b.message.ID}, soon) }),

	"SetParts": do(refused, func(c c, s s, b w) error {
		return s.SetParts(c, b.running.ID, []session.Part{{ID: "part", Text: "planted"}})
	}),
	"DropParts":  do(nothing, func(c c, s s, b w) error { return s.DropParts(c, b.running.ID, nil) }),
	"Parts":      give(nothing, func(c c, s s, b w) ([]session.Part, error) { return s.Parts(c, b.running.ID) }),
	"SetCursors": do(refused, func(c c, s s, b w) error { return s.SetCursors(c, b.running.ID, map[string]int64{"ses_" + b.slug: 99}) }),
	"Cursors":    give(nothing, func(c c, s s, b w) (map[string]int64, error) { return s.Cursors(c, b.running.ID) }),

	"AddAsk": give(refused, func(c c, s s, b w) (bool, error) {
		return s.AddAsk(c, b.running.ID, session.Ask{ID: id.New(), AskedAt: soon})
	}),
	"Ask":            {missing, func(c c, s s, b w) (any, error) { return results(s.Ask(c, b.ask.ID)) }},
	"SessionAsks":    give(nothing, func(c c, s s, b w) ([]session.Ask, error) { return s.SessionAsks(c, b.running.ID) }),
	"OpenAsks":       give(own, func(c c, s s, _ w) ([]session.OpenAsk, error) { return s.OpenAsks(c, 100) }),
	"ReplyAsk":       do(missing, func(c c, s s, b w) error { return s.ReplyAsk(c, b.ask.ID, db.Reply{Reply: session.Once, At: soon}) }),
	"PendingReplies": give(nothing, func(c c, s s, b w) ([]session.PendingReply, error) { return s.PendingReplies(c, b.running.ID) }),
	"MarkDelivered":  do(nothing, func(c c, s s, b w) error { return s.MarkDelivered(c, b.answered.ID, soon) }),
	"GoneAsks":       give(nothing, func(c c, s s, b w) (int64, error) { return s.GoneAsks(c, b.running.ID, nil, soon) }),
	"OpenAskCount":   {nothing, func(c c, s s, b w) (any, error) { return results(s.OpenAskCount(c, b.running.ID)) }},
	"AddGrant": do(refused, func(c c, s s, b w) error {
		return s.AddGrant(c, db.Grant{ID: id.New(), Session: b.running.ID, At: soon})
	}),
	"Grants": give(nothing, func(c c, s s, b w) ([]db.Grant, error) { return s.Grants(c, b.running.ID, b.repo.ID, soon) }),

	"SetChecks": do(nothing, func(c c, s s, b w) error { return s.SetChecks(c, b.running.ID, nil) }),
	"Checks":    {nothing, func(c c, s s, b w) (any, error) { return s.Checks(c, b.running.ID) }},
	"SetDiff":   do(missing, func(c c, s s, b w) error { return s.SetDiff(c, b.running.ID, nil, nil, false, soon) }),
	"Files":     give(nothing, func(c c, s s, b w) ([]session.FileChange, error) { return s.Files(c, b.running.ID) }),
	"Patch":     {nothing, func(c c, s s, b w) (any, error) { return results(s.Patch(c, b.running.ID)) }},

	"AddCall":   do(refused, func(c c, s s, b w) error { v := b.call; v.ID = id.New(); return s.AddCall(c, v, nil) }),
	"Calls":     {nothing, func(c c, s s, b w) (any, error) { return results(s.Calls(c, b.running.ID, "", 100)) }},
	"Call":      {missing, func(c c, s s, b w) (any, error) { return s.Call(c, b.call.ID) }},
	"Blobs":     give(nothing, func(c c, s s, b w) (map[string]string, error) { return s.Blobs(c, []string{"blob-" + b.slug}) }),
	"UsageDays": {own, func(c c, s s, _ w) (any, error) { return s.UsageDays(c, "0000-00-00", "9999-99-99") }},

	"CreateProvider":    do(own, func(c c, s s, b w) error { return s.CreateProvider(c, b.provider, "planted", soon) }),
	"Provider":          {missing, func(c c, s s, b w) (any, error) { return s.Provider(c, b.provider.ID) }},
	"ProviderByName":    {missing, func(c c, s s, b w) (any, error) { return s.ProviderByName(c, b.provider.Name) }},
	"Providers":         {own, func(c c, s s, _ w) (any, error) { return s.Providers(c) }},
	"ProviderKey":       {missing, func(c c, s s, b w) (any, error) { return s.ProviderKey(c, b.provider.ID) }},
	"MoveProvider":      do(missing, func(c c, s s, b w) error { return s.MoveProvider(c, b.provider.ID, "https://planted", "") }),
	"MoveRepository":    do(missing, func(c c, s s, b w) error { return s.MoveRepository(c, b.repo.ID, "https://planted/x", "") }),
	"SetProviderKey":    do(missing, func(c c, s s, b w) error { return s.SetProviderKey(c, b.provider.ID, "planted") }),
	"SetProviderModels": do(missing, func(c c, s s, b w) error { return s.SetProviderModels(c, b.provider.ID, b.provider.Models, soon) }),
	"DeleteProvider":    do(missing, func(c c, s s, b w) error { return s.DeleteProvider(c, b.provider.ID, soon) }),

	"AddHost":              do(refused, func(c c, s s, b w) error { return s.AddHost(c, b.repo.ID, repository.Host{Name: "planted:1"}, "x") }),
	"Hosts":                give(nothing, func(c c, s s, b w) ([]repository.Host, error) { return s.Hosts(c, b.repo.ID) }),
	"RemoveHost":           do(missing, func(c c, s s, b w) error { return s.RemoveHost(c, b.repo.ID, b.slug+".example:443") }),
	"HostKey":              give(missing, func(c c, s s, b w) (repository.HostKey, error) { return s.HostKey(c, b.repo.ID) }),
	"PinHostKey":           do(refused, func(c c, s s, b w) error { return s.PinHostKey(c, b.repo.ID, "ssh-x planted", "", dbtest.Now) }),
	"OfferHostKey":         do(missing, func(c c, s s, b w) error { return s.OfferHostKey(c, b.repo.ID, "ssh-x planted", dbtest.Now) }),
	"ForgetHostKey":        do(nothing, func(c c, s s, b w) error { return s.ForgetHostKey(c, b.repo.ID) }),
	"CreateRepository":     do(own, func(c c, s s, b w) error { return s.CreateRepository(c, b.repo, "planted") }),
	"Repository":           {missing, func(c c, s s, b w) (any, error) { return s.Repository(c, b.repo.ID) }},
	"Repositories":         {own, func(c c, s s, _ w) (any, error) { return s.Repositories(c) }},
	"SetRepositoryStatus":  do(missing, func(c c, s s, b w) error { return s.SetRepositoryStatus(c, b.repo.ID, "failed", "planted") }),
	"RepositoryCredential": {missing, func(c c, s s, b w) (any, error) { return s.RepositoryCredential(c, b.repo.ID) }},
	"SetAgentConfig":       do(missing, func(c c, s s, b w) error { return s.SetAgentConfig(c, b.repo.ID, true) }),
	"UpdateRepository":     do(missing, func(c c, s s, b w) error { return s.UpdateRepository(c, b.repo) }),
	"DeleteRepository":     do(missing, func(c c, s s, b w) error { return s.DeleteRepository(c, b.repo.ID, soon) }),

	"CreateToken": do(own, func(c c, s s, b w) error { return s.CreateToken(c, b.token, "hash-"+b.slug) }),
	"Tokens":      {nothing, func(c c, s s, b w) (any, error) { return s.Tokens(c, b.team.Member.ID) }},
	"RevokeToken": do(missing, func(c c, s s, b w) error { return s.RevokeToken(c, b.token.ID, b.team.Member.ID, soon) }),
	"TeamTokens":  {own, func(c c, s s, _ w) (any, error) { return s.TeamTokens(c) }},
	"EndToken":    {missing, func(c c, s s, b w) (any, error) { return s.EndToken(c, b.token.ID, soon) }},
	"EndTokens":   do(nothing, func(c c, s s, b w) error { return s.EndTokens(c, b.team.Member.ID, soon) }),

	"PersonCounts": give(own, func(c c, s s, _ w) (map[tenant.UserID]int64, error) { return s.PersonCounts(c) }),
	"PersonTokens": give(own, func(c c, s s, _ w) (map[tenant.UserID]usage.Counts, error) {
		return s.PersonTokens(c, "0000-00-00", "9999-99-99")
	}),

	"LockLeads":    {own, func(c c, s s, _ w) (any, error) { return s.LockLeads(c) }},
	"Role":         {missing, func(c c, s s, b w) (any, error) { return s.Role(c, b.team.Member.ID) }},
	"PutRole":      do(own, func(c c, s s, b w) error { return s.PutRole(c, b.team.Member.ID, tenant.Viewer, soon) }),
	"SetRole":      do(missing, func(c c, s s, b w) error { return s.SetRole(c, b.team.Member.ID, tenant.Lead) }),
	"RemoveMember": do(missing, func(c c, s s, b w) error { return s.RemoveMember(c, b.team.Member.ID) }),

	"Enter": do(own, func(c c, s s, b w) error {
		return s.Enter(c, tenant.Entrance{ID: id.New(), User: b.team.Lead.ID, EnteredAt: dbtest.Now, EndsAt: soon})
	}),
	"Entrances": give(own, func(c c, s s, _ w) ([]tenant.Entrance, error) { return s.Entrances(c, dbtest.Now) }),
	"Leave":     give(nothing, func(c c, s s, b w) (int64, error) { return s.Leave(c, b.team.Lead.ID, dbtest.Now) }),
	"AddLetter": do(own, func(c c, s s, b w) error {
		return s.AddLetter(c, letter.Letter{ID: "letter-" + b.slug, Kind: letter.BudgetNotice, CreatedAt: soon}, "sealed")
	}),
	"AddInvitation":       do(own, func(c c, s s, b w) error { return s.AddInvitation(c, b.invitation, "link-"+b.slug) }),
	"Invitations":         {own, func(c c, s s, _ w) (any, error) { return s.Invitations(c) }},
	"RevokeInvitation":    {missing, func(c c, s s, b w) (any, error) { return s.RevokeInvitation(c, b.invitation.ID, soon) }},
	"WithdrawInvitations": do(nothing, func(c c, s s, b w) error { return s.WithdrawInvitations(c, b.team.Lead.ID, soon) }),

	"Process":     {own, func(c c, s s, _ w) (any, error) { return results(s.Process(c)) }},
	"SaveProcess": do(own, func(c c, s s, _ w) error { return s.SaveProcess(c, db.Process{PID: 2, StartedAt: soon}) }),
	"LoseProcess": do(own, func(c c, s s, _ w) error { return s.LoseProcess(c, soon) }),
	"AgentUsage": give(nothing, func(c c, s s, b w) (int64, error) {
		a, err := s.AgentUsage(c, b.running.ID)
		return a.Steps + a.Cost, err
	}),
	"AgentUsageDays": give(own, func(c c, s s, _ w) (usage.Agent, error) { return s.AgentUsageDays(c, "0000-00-00", "9999-99-99") }),
	"Doubts":         give(own, func(c c, s s, _ w) (usage.Truth, error) { return s.Doubts(c, "0000-00-00", "9999-99-99") }),
	"PriceVersions":  give(own, func(c c, s s, _ w) ([]usage.Version, error) { return s.PriceVersions(c) }),
	"DeleteProcess":  do(own, func(c c, s s, _ w) error { return s.DeleteProcess(c) }),
	"SaveGatewayKey": do(own, func(c c, s s, b w) error { return s.SaveGatewayKey(c, b.slug, "hash-"+b.slug, soon) }),
	"Limits":         {own, func(c c, s s, _ w) (any, error) { return s.Limits(c) }},
	"SetLimits":      do(own, func(c c, s s, _ w) error { return s.SetLimits(c, tenant.Limits{}) }),
	"WriteAudit": do(own, func(c c, s s, b w) error {
		return s.WriteAudit(c, db.Audit{ID: id.New(), At: soon, Object: string(b.running.ID)})
	}),
	"AuditVerbs":  give(own, func(c c, s s, _ w) ([]string, error) { return s.AuditVerbs(c) }),
	"AuditPeople": give(own, func(c c, s s, _ w) ([]tenant.UserID, error) { return s.AuditPeople(c) }),
	"Audit": give(nothing, func(c c, s s, b w) ([]db.Audit, error) {
		p, err := s.Audit(c, audit.Filter{Object: b.slug})
		return p.Items, err
	}),
}

func TestEveryMethodHasARow(t *testing.T) {
	t.Parallel()
	typ := reflect.TypeFor[*db.Scope]()
	for i := range typ.NumMethod() {
		if _, ok := isolation[typ.Method(i).Name]; !ok {
			t.Errorf("Scope.%s has no row in the isolation table: say what it answers for another tenant's things", typ.Method(i).Name)
		}
	}
	for name := range isolation {
		if _, ok := typ.MethodByName(name); !ok {
			t.Errorf("%s is no method of Scope", name)
		}
	}
}

func TestIsolation(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		alpha := furnish(t, d, "alpha")
		alone := map[string]string{} // what alpha's own things looked like before there was a beta
		for name, c := range isolation {
			if c.want == own {
				answer, _, _ := attempt(t, d, alpha, world{slug: "nobody"}, c, nil)
				alone[name] = answer
			}
		}
		beta := furnish(t, d, "beta")
		before := everything(t, d, beta)
		for _, name := range slices.Sorted(maps(isolation)) {
			c := isolation[name]
			answer, after, err := attempt(t, d, alpha, beta, c, before)
			if got := judged(c, answer, err); got != c.want {
				t.Errorf("%s answers %s for another tenant's things, not %s: %s, %v", name, got, c.want, answer, err)
			}
			if c.want == own && answer != "null" && answer != alone[name] {
				t.Errorf("%s answered %s alone and answers %s beside another tenant", name, alone[name], answer)
			}
			if strings.Contains(answer, "beta") || strings.Contains(answer, string(beta.team.ID)) || strings.Contains(answer, string(beta.running.ID)) {
				t.Errorf("%s shows another tenant's things: %s", name, answer)
			}
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("%s changed another tenant's rows:\n%s", name, diff)
			}
		}
		if diff := cmp.Diff(before, everything(t, d, beta)); diff != "" {
			t.Errorf("another tenant's rows are not as they were:\n%s", diff)
		}
	})
}

func maps(m map[string]call) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// attempt runs one row in alpha's scope, reads beta's rows in the same transaction, and leaves it without a commit.
// After an error the transaction holds nothing that could be read or committed.
func attempt(t *testing.T, d *db.DB, alpha, beta world, c call, before map[string][]string) (answer string, after map[string][]string, err error) {
	t.Helper()
	ctx := t.Context()
	after = before
	out := d.Batch(ctx, func(b *db.Batch) error {
		var got any
		if e := b.In(ctx, alpha.team.ID, func(s *db.Scope) (e error) { got, e = c.ask(ctx, s, beta); return e }); e != nil {
			err = e
			return e
		}
		text, e := json.Marshal(got)
		if answer = string(text); e != nil {
			return e
		}
		if before != nil {
			e = b.In(ctx, beta.team.ID, func(s *db.Scope) (e error) { after, e = dump(ctx, s, tenantTables(t)); return e })
		}
		return errors.Join(e, errLeave)
	})
	if err == nil && !errors.Is(out, errLeave) {
		t.Errorf("leaving: %v", out)
	}
	return answer, after, err
}

func judged(c call, answer string, err error) string {
	switch {
	case fault.Is(err, fault.NotFound):
		return missing
	case fault.Is(err, fault.Conflict):
		return conflict
	case err != nil:
		return refused
	case c.want == own:
		return own
	}
	// Zeros of every kind, in whatever lists.
	rest := strings.NewReplacer("null", "", "false", "", `""`, "", "{}", "", `"0001-01-01T00:00:00Z"`, "", `"1970-01-01T00:00:00Z"`, "", "0", "", "[", "", "]", "", ",", "").Replace(answer)
	if zero, _ := json.Marshal([]any{session.Message{}, false}); rest == "" || answer == string(zero) {
		return nothing
	}
	return "something"
}
