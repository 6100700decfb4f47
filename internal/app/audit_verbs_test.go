package app_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	appagents "github.com/industrial-orchestrator/orchestrator/internal/app/agents"
	appconsole "github.com/industrial-orchestrator/orchestrator/internal/app/console"
	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	apppeople "github.com/industrial-orchestrator/orchestrator/internal/app/people"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/audit"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/merge"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/user"
)

// canary is planted wherever a verb takes a secret: it may stand in no entry.
const canary = "sk-canary0123456789canary0123456789"

// act prepares a verb, and gives what does it and the entries it writes: verbs of the team's log, "instance:" before the others.
type act func(h *house) (do func(ctx context.Context) error, want []string)

// onSession is the act of a verb on a session at a status.
func onSession(st session.Status, want string, do func(*house, context.Context, session.ID) error) act {
	return func(h *house) (func(context.Context) error, []string) {
		s := h.at(st)
		return func(ctx context.Context) error { return do(h, ctx, s.ID) }, []string{want}
	}
}

func plainAct(want string, do func(h *house, ctx context.Context) error) act {
	return func(h *house) (func(context.Context) error, []string) {
		return func(ctx context.Context) error { return do(h, ctx) }, []string{want}
	}
}

// onAgent is an act on an agent.
func onAgent(want string, do func(h *house, ctx context.Context, id agent.ID) error) act {
	return func(h *house) (func(context.Context) error, []string) {
		id := h.reviewer("Any", 5).ID
		return func(ctx context.Context) error { return do(h, ctx, id) }, []string{want}
	}
}

func second[T any](_ T, err error) error { return err }

var acts = map[string]act{
	"CreateSession": plainAct("create_session", func(h *house, ctx context.Context) error {
		return second(h.app.Work.CreateSession(ctx, h.member, wanted(), true))
	}),
	"StartSession": onSession(session.Pending, "start_session", func(h *house, ctx context.Context, s session.ID) error {
		return second(h.app.Work.StartSession(ctx, h.lead, s))
	}),
	"PauseSession": onSession(session.Running, "pause_session", func(h *house, ctx context.Context, s session.ID) error {
		return second(h.app.Work.PauseSession(ctx, h.lead, s))
	}),
	"ResumeSession": onSession(session.Paused, "resume_session", func(h *house, ctx context.Context, s session.ID) error {
		return second(h.app.Work.ResumeSession(ctx, h.lead, s))
	}),
	"SetSessionLimits": plainAct("set_session_limits", func(h *house, ctx context.Context) error {
		return h.app.Work.SetSessionLimits(ctx, h.lead, quota.SessionLimits{Tokens: new(*int64)})
	}),
	"SendAndResume": onSession(session.Paused, "send_and_resume", func(h *house, ctx context.Context, s session.ID) error {
		return second(h.app.Work.SendAndResume(ctx, h.lead, s, canary))
	}),
	"StopSession": onSession(session.Running, "stop_session", func(h *house, ctx context.Context, s session.ID) error {
		return second(h.app.Work.StopSession(ctx, h.lead, s))
	}),
	"CancelSession": onSession(session.Queued, "cancel_session", func(h *house, ctx context.Context, s session.ID) error {
		return second(h.app.Work.CancelSession(ctx, h.lead, s))
	}),
	"RetrySession": onSession(session.Failed, "retry_session", func(h *house, ctx context.Context, s session.ID) error {
		return second(h.app.Work.RetrySession(ctx, h.lead, s, false))
	}),
	"AddCheckpoint": onCheckpoint("add_checkpoint", func(h *house, ctx context.Context, s session.ID) error {
		return second(h.app.Work.AddCheckpoint(ctx, h.lead, s, "tests green"))
	}),
	"RestoreSession": onCheckpoint("restore_session", func(h *house, ctx context.Context, s session.ID) error {
		return second(h.app.Work.RestoreSession(ctx, h.lead, s, 1, ""))
	}),
	"ForkSession": onCheckpoint("fork_session", func(h *house, ctx context.Context, s session.ID) error {
		return second(h.app.Work.ForkSession(ctx, h.lead, s, appwork.Fork{Checkpoint: 1, Title: "other"}))
	}),
	"SendMessage": onSession(session.Running, "send_message", func(h *house, ctx context.Context, s session.ID) error {
		return second(h.app.Work.SendMessage(ctx, h.lead, s, canary))
	}),
	"DeleteSession": onSession(session.Stopped, "delete_session", func(h *house, ctx context.Context, s session.ID) error {
		return h.app.Work.DeleteSession(ctx, h.lead, s)
	}),
	"PushSession": func(h *house) (func(context.Context) error, []string) {
		s := h.ended("a", session.Completed)
		return func(ctx context.Context) error { return second(h.app.Work.PushSession(ctx, h.member, s.ID, "fix")) }, []string{"push_session"}
	},
	"NoticeWork": func(h *house) (func(context.Context) error, []string) {
		s, l := h.claimed()
		ok(h.t, h.app.Work.SetDiff(h.t.Context(), l, []session.FileChange{{Path: "a", Status: "added"}}, []byte("a"), false))
		ok(h.t, h.app.Work.Move(h.t.Context(), l, session.Failed, session.Reason{Code: session.AgentError}))
		return func(ctx context.Context) error { return h.app.Work.NoticeWork(ctx, s.Tenant, s.ID) }, []string{"notice_work"}
	},
	"AnswerAsk": func(h *house) (func(context.Context) error, []string) {
		s, l := h.claimed()
		ok(h.t, h.app.Work.Record(h.t.Context(), l, session.Batch{Asks: []session.Ask{{SourceID: "per_1", Kind: session.Approval, Permission: "bash", Patterns: []string{"ls"}}}}))
		asks, err := h.app.Work.Asks(h.t.Context(), h.member, s.ID)
		ok(h.t, err)
		return func(ctx context.Context) error {
			return h.app.Work.AnswerAsk(ctx, h.member, s.ID, asks[0].ID, appwork.Answer{Reply: session.Once, Message: canary})
		}, []string{"answer_permission"}
	},
	"Move": func(h *house) (func(context.Context) error, []string) {
		_, l := h.claimed()
		return func(ctx context.Context) error {
			return h.app.Work.Move(ctx, l, session.Degraded, session.Reason{Code: session.Stalled})
		}, []string{"move_session"}
	},
	"Complete": func(h *house) (func(context.Context) error, []string) {
		s, l := h.claimed()
		ms, err := h.app.Work.Messages(h.t.Context(), h.member, s.ID)
		ok(h.t, err)
		ok(h.t, h.app.Work.Record(h.t.Context(), l, session.Batch{Sent: []string{ms[0].ID}}))
		return func(ctx context.Context) error { return second(h.app.Work.Complete(ctx, l)) }, []string{"move_session"}
	},

	"CreateProvider": plainAct("create_provider", func(h *house, ctx context.Context) error {
		return second(h.app.Models.CreateProvider(ctx, h.lead, provider.Provider{Name: "more", Kind: provider.OpenAI, Models: []provider.Model{{ID: "m", Context: 9000, Output: 900}}}, canary))
	}),
	"SetProviderKey": plainAct("set_provider_key", func(h *house, ctx context.Context) error {
		return h.app.Models.SetProviderKey(ctx, h.lead, h.provider(), canary)
	}),
	"SetProviderModels": plainAct("set_provider_models", func(h *house, ctx context.Context) error {
		return h.app.Models.SetProviderModels(ctx, h.lead, h.provider(), []provider.Model{{ID: "m", Context: 9000, Output: 900}})
	}),
	"DeleteProvider": plainAct("delete_provider", func(h *house, ctx context.Context) error {
		return h.app.Models.DeleteProvider(ctx, h.lead, h.provider())
	}),

	"CreateAgent": plainAct("create_agent", func(h *house, ctx context.Context) error {
		return second(h.app.Agents.CreateAgent(ctx, h.lead, "New", agent.Spec{Type: "reviewer"}, ""))
	}),
	"EditAgent": onAgent("edit_agent", func(h *house, ctx context.Context, id agent.ID) error {
		return second(h.app.Agents.EditAgent(ctx, h.lead, id, appagents.Edit{Change: func(s *agent.Spec) { s.Prompt = "Other." }}))
	}),
	"DeleteAgent": onAgent("delete_agent", func(h *house, ctx context.Context, id agent.ID) error {
		return h.app.Agents.DeleteAgent(ctx, h.lead, id)
	}),
	"MaintainAgent": onAgent("maintain_agent", func(h *house, ctx context.Context, id agent.ID) error {
		return second(h.app.Agents.MaintainAgent(ctx, h.lead, id, "New hardware.", h.clock.Now().Add(time.Hour)))
	}),
	"ActivateAgent": onAgent("activate_agent", func(h *house, ctx context.Context, id agent.ID) error {
		return second(h.app.Agents.ActivateAgent(ctx, h.lead, id))
	}),
	"DeactivateAgent": onAgent("deactivate_agent", func(h *house, ctx context.Context, id agent.ID) error {
		return second(h.app.Agents.DeactivateAgent(ctx, h.lead, id))
	}),
	"SetAgentTier": onAgent("set_agent_tier", func(h *house, ctx context.Context, id agent.ID) error {
		return second(h.app.Agents.SetAgentTier(ctx, h.lead, id, agent.Premium))
	}),
	"SetDefaultAgent": onAgent("set_default_agent", func(h *house, ctx context.Context, id agent.ID) error {
		return second(h.app.Agents.SetDefaultAgent(ctx, h.lead, id))
	}),
	"ClearDefaultAgent": func(h *house) (func(context.Context) error, []string) {
		id := h.reviewer("Any", 5).ID
		ok(h.t, second(h.app.Agents.SetDefaultAgent(h.t.Context(), h.lead, id)))
		return func(ctx context.Context) error { return second(h.app.Agents.ClearDefaultAgent(ctx, h.lead, id)) }, []string{"clear_default_agent"}
	},
	"GiveFeedback": onSession(session.Completed, "give_feedback", func(h *house, ctx context.Context, s session.ID) error {
		return h.app.Work.GiveFeedback(ctx, h.member, s, 1, "")
	}),
	"MoveProvider": plainAct("move_provider", func(h *house, ctx context.Context) error {
		return h.app.Models.MoveProvider(ctx, h.lead, h.provider(), "https://moved.example.org/v1", canary)
	}),
	"MoveRepository": func(h *house) (func(context.Context) error, []string) {
		r, err := h.app.Repos.CreateRepository(h.t.Context(), h.lead, repository.Repository{Name: "moving", URL: "https://example.org/a.git"}, canary)
		ok(h.t, err)
		return func(ctx context.Context) error {
			return h.app.Repos.MoveRepository(ctx, h.lead, r.ID, "https://example.org/b.git", canary)
		}, []string{"move_repository"}
	},
	"CreateRepository": plainAct("create_repository", func(h *house, ctx context.Context) error {
		return second(h.app.Repos.CreateRepository(ctx, h.lead, repository.Repository{Name: "shop", URL: "https://example.org/shop.git"}, canary))
	}),
	"UpdateRepository": onRepository("update_repository", func(h *house, ctx context.Context, r repository.Repository) error {
		r.DefaultBranch = "trunk"
		return h.app.Repos.UpdateRepository(ctx, h.lead, r)
	}),
	"RetryClone": onRepository("clone_repository", func(h *house, ctx context.Context, r repository.Repository) error {
		return h.app.Repos.RetryClone(ctx, h.lead, r.ID)
	}),
	"DeleteRepository": onRepository("delete_repository", func(h *house, ctx context.Context, r repository.Repository) error {
		return h.app.Repos.DeleteRepository(ctx, h.lead, r.ID)
	}),

	"MergeSession": onMerging("merge_session", func(h *house, ctx context.Context, e merge.Entry) error {
		return second(h.app.Work.MergeSession(ctx, h.member, e.Session))
	}, merge.Removed),
	"HoldMerge": onMerging("hold_merge", func(h *house, ctx context.Context, e merge.Entry) error {
		return second(h.app.Work.HoldMerge(ctx, h.member, e.ID, "after the release"))
	}),
	"ReleaseMerge": onMerging("release_merge", func(h *house, ctx context.Context, e merge.Entry) error {
		return second(h.app.Work.ReleaseMerge(ctx, h.member, e.ID))
	}, merge.Held),
	"RemoveMerge": onMerging("remove_merge", func(h *house, ctx context.Context, e merge.Entry) error {
		return second(h.app.Work.RemoveMerge(ctx, h.member, e.ID))
	}),
	"RetryMerge": onMerging("merge_session", func(h *house, ctx context.Context, e merge.Entry) error {
		return second(h.app.Work.RetryMerge(ctx, h.member, e.ID))
	}, merge.Removed),
	"SendMergeToAgent": onMerging("send_message", func(h *house, ctx context.Context, e merge.Entry) error {
		_, _, err := h.app.Work.SendMergeToAgent(ctx, h.member, e.ID)
		return err
	}, merge.TakenOut),
	"PlaceMerge": onMerging("place_merge", func(h *house, ctx context.Context, e merge.Entry) error {
		return second(h.app.Work.PlaceMerge(ctx, h.lead, e.ID, "first"))
	}),
	"HoldMergeQueue": onMerging("hold_merge_queue", func(h *house, ctx context.Context, e merge.Entry) error {
		return h.app.Work.HoldMergeQueue(ctx, h.lead, e.Repository, "release in progress")
	}),
	"EndMerge": onMerging("take_out_merge", func(h *house, ctx context.Context, e merge.Entry) error {
		return h.app.Work.EndMerge(ctx, h.alpha.ID, e, merge.TakenOut, "It conflicts with main in a.")
	}),
	"OpenMergePull": func(h *house) (func(context.Context) error, []string) {
		var r repository.Repository
		do, want := onMerging("open_pull_request", func(h *house, ctx context.Context, e merge.Entry) error {
			e.PullBranch = "orchestrator/merge-queue/1"
			return h.app.Work.OpenMergePull(ctx, h.alpha.ID, r, e)
		}, merge.Checking)(h)
		all, err := h.app.Repos.Repositories(h.t.Context(), h.lead)
		ok(h.t, err)
		r = all[slices.IndexFunc(all, func(r repository.Repository) bool { return r.Name == "open-pull-request" })]
		_, err = h.app.Repos.SetForge(h.t.Context(), h.lead, r.ID, someForge, "tok-1")
		ok(h.t, err)
		return do, want
	},
	"FinishPull": onMerging("merged_session", func(h *house, ctx context.Context, e merge.Entry) error {
		return h.app.Work.FinishPull(ctx, h.alpha.ID, e.Repository, e, merge.Merged, "By pull request #7.")
	}, merge.Checking),
	"FinishLanding": onMerging("merged_session", func(h *house, ctx context.Context, e merge.Entry) error {
		return h.app.Work.FinishLanding(ctx, h.alpha.ID, e.Repository, true)
	}, merge.Checking),

	"AllowAgentConfig": onRepository("allow_agent_config", func(h *house, ctx context.Context, r repository.Repository) error {
		return h.app.Repos.AllowAgentConfig(ctx, h.lead, r.ID, true)
	}),

	"AllowHost": onRepository("allow_host", func(h *house, ctx context.Context, r repository.Repository) error {
		return h.app.Repos.AllowHost(ctx, h.lead, r.ID, "registry.npmjs.org:443")
	}),
	"DisallowHost": func(h *house) (func(context.Context) error, []string) {
		r := dbtest.Repository(h.t, h.d, h.alpha, "netted")
		ok(h.t, h.app.Repos.AllowHost(h.t.Context(), h.lead, r.ID, "registry.npmjs.org:443"))
		return func(ctx context.Context) error {
			return h.app.Repos.DisallowHost(ctx, h.lead, r.ID, "Registry.npmjs.org:443")
		}, []string{"disallow_host"}
	},
	"CheckHostKey": onRepository("pin_host_key", func(h *house, ctx context.Context, r repository.Repository) error {
		return h.app.Repos.CheckHostKey(ctx, h.alpha.ID, r.ID, hostKeys[0])
	}),
	"AcceptHostKey": func(h *house) (func(context.Context) error, []string) {
		r := dbtest.Repository(h.t, h.d, h.alpha, "keyed")
		ok(h.t, h.app.Repos.CheckHostKey(h.t.Context(), h.alpha.ID, r.ID, hostKeys[0]))
		_ = h.app.Repos.CheckHostKey(h.t.Context(), h.alpha.ID, r.ID, hostKeys[1]) // refused, and kept for a lead
		return func(ctx context.Context) error {
			return h.app.Repos.AcceptHostKey(ctx, h.lead, r.ID, repository.Fingerprint(hostKeys[1]))
		}, []string{"accept_host_key"}
	},

	"SetForge": onRepository("set_forge", func(h *house, ctx context.Context, r repository.Repository) error {
		return second(h.app.Repos.SetForge(ctx, h.lead, r.ID, someForge, canary))
	}),
	"MakeForgeHook": func(h *house) (func(context.Context) error, []string) {
		r := h.forged("hooked")
		return func(ctx context.Context) error { _, _, err := h.app.Repos.MakeForgeHook(ctx, h.lead, r.ID); return err }, []string{"make_forge_hook"}
	},
	"RemoveForge": func(h *house) (func(context.Context) error, []string) {
		r := h.forged("forged")
		return func(ctx context.Context) error { return h.app.Repos.RemoveForge(ctx, h.lead, r.ID) }, []string{"remove_forge"}
	},

	"OpenPull": func(h *house) (func(context.Context) error, []string) {
		v := h.done("opening")
		return func(ctx context.Context) error {
			return second(h.app.Work.OpenPull(ctx, h.member, v.ID, appwork.NewPull{}))
		}, []string{"push_session", "open_pull_request"}
	},
	"MergePull": onPull("merge_pull_request", func(h *house, ctx context.Context, id session.ID) error {
		return second(h.app.Work.MergePull(ctx, h.member, id))
	}),
	"MarkPullReady": onPull("mark_pull_request_ready", func(h *house, ctx context.Context, id session.ID) error {
		return second(h.app.Work.MarkPullReady(ctx, h.member, id))
	}),
	"ClosePull": onPull("close_pull_request", func(h *house, ctx context.Context, id session.ID) error {
		return second(h.app.Work.ClosePull(ctx, h.member, id))
	}),

	"CreateToken": plainAct("create_token", func(h *house, ctx context.Context) error {
		_, _, err := h.app.People.CreateToken(ctx, h.member, "ci", apitoken.Run, nil)
		return err
	}),
	"RevokeToken": onToken("revoke_token", func(h *house, ctx context.Context, token string) error {
		return h.app.People.RevokeToken(ctx, h.member, token)
	}),
	"RevokeMemberToken": onToken("revoke_token", func(h *house, ctx context.Context, token string) error {
		return h.app.People.RevokeMemberToken(ctx, h.lead, token)
	}),

	"SetRole": plainAct("change_role", func(h *house, ctx context.Context) error {
		return h.app.People.SetRole(ctx, h.lead, h.member.User, tenant.Viewer)
	}),
	"RemoveMember": plainAct("remove_member", func(h *house, ctx context.Context) error {
		return h.app.People.RemoveMember(ctx, h.lead, h.second.User)
	}),
	"LeaveTeam": plainAct("leave_team", func(h *house, ctx context.Context) error { return h.app.People.LeaveTeam(ctx, h.viewer) }),
	"AddMember": plainAct("add_member", func(h *house, ctx context.Context) error {
		return h.app.People.AddMember(ctx, "alpha", "boss@example.org", tenant.Viewer)
	}),
	"DropMember": plainAct("remove_member", func(h *house, ctx context.Context) error {
		return h.app.People.DropMember(ctx, "alpha", "second@example.org")
	}),
	"Invite": plainAct("invite", func(h *house, ctx context.Context) error {
		_, _, err := h.app.People.Invite(ctx, h.lead, "new@example.org", tenant.Member)
		return err
	}),
	"RevokeInvitation": func(h *house) (func(context.Context) error, []string) {
		_, v, err := h.app.People.Invite(h.t.Context(), h.lead, "new@example.org", tenant.Member)
		ok(h.t, err)
		return func(ctx context.Context) error { return h.app.People.RevokeInvitation(ctx, h.lead, v.ID) }, []string{"revoke_invitation"}
	},
	"JoinAsNew": func(h *house) (func(context.Context) error, []string) {
		link, _, err := h.app.People.Invite(h.t.Context(), h.lead, "new@example.org", tenant.Member)
		ok(h.t, err)
		return func(ctx context.Context) error {
			_, _, err := h.app.People.JoinAsNew(ctx, link, "New", canary)
			return err
		}, []string{"instance:join_as_new", "join_team"}
	},
	"Join": func(h *house) (func(context.Context) error, []string) {
		link, _, err := h.app.People.Invite(h.t.Context(), h.lead, "boss@example.org", tenant.Member)
		ok(h.t, err)
		return func(ctx context.Context) error {
			return second(h.app.People.Join(ctx, user.User{ID: h.admin.User, Email: "boss@example.org", Name: "boss"}, link))
		}, []string{"join_team"}
	},
	"DeactivatePerson": onPerson("deactivate_person", func(h *house, ctx context.Context, u tenant.UserID) error {
		return h.app.People.DeactivatePerson(ctx, appkernel.Operator(), u)
	}),
	"ErasePerson": onPerson("erase_person", func(h *house, ctx context.Context, u tenant.UserID) error {
		return second(h.app.People.ErasePerson(ctx, appkernel.Operator(), u))
	}),
	"ActivatePerson": onPerson("activate_person", func(h *house, ctx context.Context, u tenant.UserID) error {
		return h.app.People.ActivatePerson(ctx, appkernel.Operator(), u)
	}),
	"ResetPerson": onPerson("reset_person", func(h *house, ctx context.Context, u tenant.UserID) error {
		return second(h.app.People.ResetPerson(ctx, appkernel.Operator(), u))
	}),
	"SetNewPassword": func(h *house) (func(context.Context) error, []string) {
		link, err := h.app.People.ResetPerson(h.t.Context(), appkernel.Operator(), h.member.User)
		ok(h.t, err)
		return func(ctx context.Context) error { return second(h.app.People.SetNewPassword(ctx, link, canary, false)) }, []string{"instance:set_new_password"}
	},

	"RequestBudget": plainAct("ask_budget", func(h *house, ctx context.Context) error {
		more := int64(90_000_000)
		return second(h.app.Models.RequestBudget(ctx, h.lead, quota.Limits{Tokens: &more}, "For the audit."))
	}),
	"GrantBudget":  onRequest("granted_budget", (*appconsole.Verbs).GrantBudget),
	"RefuseBudget": onRequest("refused_budget", (*appconsole.Verbs).RefuseBudget),
	"SetQuota": plainAct("set_quota", func(h *house, ctx context.Context) error {
		n := 3
		return h.app.Console.SetQuota(ctx, appkernel.Operator(), h.alpha.ID, appconsole.Quota{MaxConcurrentSessions: &n})
	}),

	"DropKey": plainAct("instance:drop_key", func(h *house, ctx context.Context) error {
		return h.app.Console.DropKey(ctx, "old", func() error { return nil })
	}),
	"AcceptLostKey": func(h *house) (func(context.Context) error, []string) {
		dbtest.Exec(h.t, h.d, `INSERT INTO master_keys (root, id, check_value, noted_at) VALUES (1, 'gone', 'of another key', 1)`)
		return func(ctx context.Context) error { return second(h.app.Console.AcceptLostKey(ctx)) }, []string{"instance:accept_lost_key"}
	},
	"ExportAudit": plainAct("export_audit", func(h *house, ctx context.Context) error {
		write, err := h.app.Console.ExportAudit(ctx, h.lead, audit.Filter{})
		if err != nil {
			return err
		}
		return write(ctx, io.Discard)
	}),

	"ExportInstanceAudit": plainAct("instance:export_audit", func(h *house, ctx context.Context) error {
		write, err := h.app.Console.ExportInstanceAudit(ctx, h.admin, audit.Filter{})
		if err != nil {
			return err
		}
		return write(ctx, io.Discard)
	}),
	"ExportUsage": plainAct("instance:export_usage", func(h *house, ctx context.Context) error {
		write, err := h.app.Console.ExportUsage(ctx, h.admin, usage.Range{From: dbtest.Now, To: dbtest.Now})
		if err != nil {
			return err
		}
		return write(ctx, io.Discard)
	}),
	"EndProcess": func(h *house) (func(context.Context) error, []string) {
		v := h.at(session.Running)
		ok(h.t, h.app.Work.SaveProcess(h.t.Context(), h.alpha.ID, dbwork.Process{Session: v.ID, PID: 7, Generation: "g", Version: "1.18.33", StartedAt: dbtest.Now}))
		return func(ctx context.Context) error { return h.app.Console.EndProcess(ctx, h.admin, h.alpha.ID, v.ID) }, []string{"instance:end_process", "end_process"}
	},
	"SetKeep": plainAct("instance:set_keep", func(h *house, ctx context.Context) error { return h.app.Console.SetKeep(ctx, h.admin, "90", "0") }),
	"AddPrice": plainAct("instance:add_price", func(h *house, ctx context.Context) error {
		return h.app.Models.AddPrice(ctx, h.admin, instance.Price{Provider: "models", Model: "small", Price: usage.Price{Input: 1}})
	}),

	"CreateTenant": plainAct("instance:create_tenant", func(h *house, ctx context.Context) error {
		return second(h.app.People.CreateTenant(ctx, apppeople.NewTenant("gamma", "Team gamma", dbtest.Now)))
	}),
	"CreateUser": plainAct("instance:create_user", func(h *house, ctx context.Context) error {
		return second(h.app.People.CreateUser(ctx, "ann@example.org", "Ann", canary, true))
	}),
	"NewSetupLink": plainAct("instance:new_setup_link", func(h *house, ctx context.Context) error { return second(h.app.People.NewSetupLink(ctx)) }),
	"SetUp": func(h *house) (func(context.Context) error, []string) {
		link, err := h.app.People.NewSetupLink(h.t.Context())
		ok(h.t, err)
		return func(ctx context.Context) error {
			_, _, err := h.app.People.SetUp(ctx, apppeople.SetupForm{Token: link, Name: "Ann", Email: "ann@example.org", Password: canary, TeamName: "Gamma", TeamSlug: "gamma"})
			return err
		}, []string{"instance:set_up"}
	},
	"PutSetting": plainAct("instance:put_setting", func(h *house, ctx context.Context) error { return h.app.Kernel.PutSetting(ctx, "oidc_secret", canary) }),
	"SignIn": func(h *house) (func(context.Context) error, []string) {
		ok(h.t, second(h.app.People.CreateUser(h.t.Context(), "ann@example.org", "Ann", canary, false)))
		return func(ctx context.Context) error {
			_, _, err := h.app.People.SignIn(ctx, apppeople.Credentials{Email: "ann@example.org", Password: canary, Peer: "192.0.2.1", UserAgent: "browser"})
			return err
		}, []string{"instance:sign_in"}
	},
	"NewLogin": plainAct("instance:sign_in", func(h *house, ctx context.Context) error {
		return second(h.app.People.NewLogin(ctx, user.User{ID: h.member.User, Name: "m"}, "192.0.2.1", "browser"))
	}),
	"CompleteFirstStep": func(h *house) (func(context.Context) error, []string) {
		h.withApp()
		return func(ctx context.Context) error {
			return second(h.app.People.CompleteFirstStep(ctx, h.alpha.Member, "192.0.2.1", "browser"))
		}, []string{"instance:begin_sign_in"}
	},
	"SecondStep": func(h *house) (func(context.Context) error, []string) {
		key := h.withApp()
		e, err := h.app.People.CompleteFirstStep(h.t.Context(), h.alpha.Member, "192.0.2.1", "browser")
		ok(h.t, err)
		return func(ctx context.Context) error {
			_, _, err := h.app.People.SecondStep(ctx, e.Pending, h.nextCode(key), "192.0.2.1", "browser")
			return err
		}, []string{"instance:sign_in"}
	},
	"BeginAuthenticator": plainAct("instance:begin_authenticator", func(h *house, ctx context.Context) error {
		return h.app.People.BeginAuthenticator(ctx, h.alpha.Member, user.Login{CreatedAt: h.clock.Now()}, "")
	}),
	"ConfirmAuthenticator": func(h *house) (func(context.Context) error, []string) {
		key := h.newApp()
		return func(ctx context.Context) error {
			return second(h.app.People.ConfirmAuthenticator(ctx, h.alpha.Member, h.nextCode(key)))
		}, []string{"instance:confirm_authenticator"}
	},
	"DropAuthenticator": func(h *house) (func(context.Context) error, []string) {
		key := h.withApp()
		return func(ctx context.Context) error {
			return h.app.People.DropAuthenticator(ctx, h.alpha.Member, user.Login{CreatedAt: h.clock.Now()}, "", h.nextCode(key))
		}, []string{"instance:drop_authenticator"}
	},
	"RenewRecoveryCodes": func(h *house) (func(context.Context) error, []string) {
		h.withApp()
		return func(ctx context.Context) error {
			return second(h.app.People.RenewRecoveryCodes(ctx, h.alpha.Member, user.Login{CreatedAt: h.clock.Now()}, ""))
		}, []string{"instance:renew_recovery_codes"}
	},
	"ClearFactors": onPerson("clear_factors", func(h *house, ctx context.Context, u tenant.UserID) error {
		return h.app.People.ClearFactors(ctx, appkernel.Operator(), u)
	}),
	"SignInByIdentity": func(h *house) (func(context.Context) error, []string) {
		h.elsewhere(apppeople.OIDC{Rules: devs, AdminGroup: "admins"}).proof.Groups = []string{"heads", "admins"}
		f, _, err := h.app.People.BeginIdentity(h.t.Context(), "/", "")
		ok(h.t, err)
		return func(ctx context.Context) error {
			_, _, err := h.app.People.SignInByIdentity(ctx, f, apppeople.ProviderReturn{Code: canary, State: f.State}, "192.0.2.1", "browser")
			return err
		}, []string{"add_member", "instance:add_member", "instance:create_user", "instance:set_admin", "instance:sign_in"}
	},
	"LinkIdentity": func(h *house) (func(context.Context) error, []string) {
		h.elsewhere(apppeople.OIDC{})
		f, _, err := h.app.People.BeginIdentity(h.t.Context(), "/", h.member.User)
		ok(h.t, err)
		return func(ctx context.Context) error {
			return h.app.People.LinkIdentity(ctx, h.alpha.Member, f, apppeople.ProviderReturn{Code: canary, State: f.State})
		}, []string{"instance:link_identity"}
	},
	"UnlinkIdentity": func(h *house) (func(context.Context) error, []string) {
		h.elsewhere(apppeople.OIDC{})
		f, _, err := h.app.People.BeginIdentity(h.t.Context(), "/", h.member.User)
		ok(h.t, err)
		u := h.alpha.Member
		ok(h.t, h.app.People.LinkIdentity(h.t.Context(), u, f, apppeople.ProviderReturn{Code: "code", State: f.State}))
		u.PasswordHash = "there is one"
		return func(ctx context.Context) error { return h.app.People.UnlinkIdentity(ctx, u, "") }, []string{"instance:unlink_identity"}
	},
	"LinkLogin": onPerson("link_login", func(h *house, ctx context.Context, u tenant.UserID) error {
		return second(h.app.People.LinkLogin(ctx, appkernel.Operator(), u))
	}),
	"SignInByLink": func(h *house) (func(context.Context) error, []string) {
		link, err := h.app.People.LinkLogin(h.t.Context(), appkernel.Operator(), h.member.User)
		ok(h.t, err)
		return func(ctx context.Context) error {
			return second(h.app.People.SignInByLink(ctx, link, "192.0.2.1", "browser"))
		}, []string{"instance:sign_in"}
	},
	"RevokeLogin": onLogin("instance:revoke_login", (*apppeople.Verbs).RevokeLogin),
	"SignOut":     onLogin("instance:sign_out", (*apppeople.Verbs).SignOut),
	"ChangePassword": func(h *house) (func(context.Context) error, []string) {
		u, err := h.app.People.CreateUser(h.t.Context(), "ann@example.org", "Ann", canary, false)
		ok(h.t, err)
		return func(ctx context.Context) error {
			return h.app.People.ChangePassword(ctx, u, "", apppeople.NewPassword{Current: canary, New: canary + "new"})
		}, []string{"instance:change_password"}
	},
	"SetProfile": plainAct("instance:set_profile", func(h *house, ctx context.Context) error {
		u := h.alpha.Member
		return h.app.People.SetProfile(ctx, u, "Other Name", "dark", "")
	}),
	"Refused": plainAct("edit_providers", func(h *house, ctx context.Context) error {
		h.app.Kernel.Refused(ctx, h.member, "edit_providers", "", "No.")
		return nil
	}),
}

// onMerging is the act of a verb on the member's session in a merge queue, after moves to the given statuses.
func onMerging(want string, do func(*house, context.Context, merge.Entry) error, at ...merge.Status) act {
	return func(h *house) (func(context.Context) error, []string) {
		r := dbtest.Repository(h.t, h.d, h.alpha, strings.ReplaceAll(want, "_", "-"))
		v := wanted()
		v.RepositoryID = r.ID
		v, err := h.app.Work.CreateSession(h.t.Context(), h.member, v, false)
		ok(h.t, err)
		v = dbtest.Move(h.t, h.d, v, h.clock.Now(), ways[session.Completed]...)
		e, err := h.app.Work.MergeSession(h.t.Context(), h.member, v.ID)
		ok(h.t, err)
		for _, to := range at {
			was := e.Status
			if e.Status = to; to == merge.Checking {
				e.Commit = "abc"
			}
			ok(h.t, h.d.Update(h.t.Context(), h.alpha.ID, func(sc *dbkernel.Scope) error {
				return errors.Join(dbwork.On(sc).MoveMergeEntry(h.t.Context(), e, was), dbwork.On(sc).SetLanding(h.t.Context(), r.ID, e.Commit, ""))
			}))
		}
		return func(ctx context.Context) error { return do(h, ctx, e) }, []string{want}
	}
}

func onRepository(want string, do func(*house, context.Context, repository.Repository) error) act {
	return func(h *house) (func(context.Context) error, []string) {
		r := dbtest.Repository(h.t, h.d, h.alpha, strings.ReplaceAll(want, "_", "-"))
		r.Name = "shop"
		return func(ctx context.Context) error { return do(h, ctx, r) }, []string{want}
	}
}

func onToken(want string, do func(*house, context.Context, string) error) act {
	return func(h *house) (func(context.Context) error, []string) {
		_, k, err := h.app.People.CreateToken(h.t.Context(), h.member, "ci", apitoken.Run, nil)
		ok(h.t, err)
		return func(ctx context.Context) error { return do(h, ctx, k.ID) }, []string{want}
	}
}

func onPerson(want string, do func(*house, context.Context, tenant.UserID) error) act {
	return plainActs([]string{"instance:" + want, want}, func(h *house, ctx context.Context) error { return do(h, ctx, h.member.User) })
}

func plainActs(want []string, do func(h *house, ctx context.Context) error) act {
	return func(h *house) (func(context.Context) error, []string) {
		return func(ctx context.Context) error { return do(h, ctx) }, want
	}
}

func onRequest(want string, do func(*appconsole.Verbs, context.Context, tenant.Actor, tenant.ID, string, string) (quota.Request, error)) act {
	return func(h *house) (func(context.Context) error, []string) {
		more := int64(90_000_000)
		r, err := h.app.Models.RequestBudget(h.t.Context(), h.lead, quota.Limits{Tokens: &more}, "For the audit.")
		ok(h.t, err)
		return func(ctx context.Context) error {
			return second(do(h.app.Console, ctx, h.admin, h.alpha.ID, r.ID, "Well."))
		}, []string{want}
	}
}

func onLogin(want string, do func(*apppeople.Verbs, context.Context, tenant.UserID, string) error) act {
	return func(h *house) (func(context.Context) error, []string) {
		l, err := h.app.People.NewLogin(h.t.Context(), h.alpha.Member, "192.0.2.1", "browser")
		ok(h.t, err)
		return func(ctx context.Context) error { return do(h.app.People, ctx, h.member.User, l.ID) }, []string{want}
	}
}

func (h *house) provider() provider.ID {
	ps, err := h.app.Models.Providers(h.t.Context(), h.lead)
	ok(h.t, err)
	return ps[0].ID
}

// onPull makes an act on the open pull request of a session.
func onPull(verb string, do func(*house, context.Context, session.ID) error) func(*house) (func(context.Context) error, []string) {
	return func(h *house) (func(context.Context) error, []string) {
		v := h.done("pulled")
		ok(h.t, second(h.app.Work.OpenPull(h.t.Context(), h.member, v.ID, appwork.NewPull{})))
		return func(ctx context.Context) error { return do(h, ctx, v.ID) }, []string{verb}
	}
}
