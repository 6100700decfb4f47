package web

import (
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// routes is the one list of addresses: everything below is called from here. Each route names the action that a person needs.
func (s *Server) routes() {
	s.Fiber.Use(dropSlash, s.kit.SetHeaders, checkFraming, recover.New(recover.Config{EnableStackTrace: true, StackTraceHandler: s.logPanic}), checkBody, s.checkHost, s.limitInProgress, s.logRequest, s.limitTime)
	s.serverRoutes()
	s.mountAPI()
	s.gitRoutes("/t/:slug/git/:id")
	s.Fiber.Use(s.kit.LoadVisit, s.kit.SameOrigin, checkForm)
	s.peopleRoutes()
	s.modelsRoutes("/t/:slug")
	s.agentRoutes("/t/:slug/agents")
	s.reposRoutes("/t/:slug/repositories")
	s.workRoutes("/t/:slug")
	s.consoleRoutes()
	s.Fiber.Use(func(*fiber.Ctx) error { return fault.Missing("page") })
}

// serverRoutes serve probes, figures, files and the page about the API. They need no cookie.
func (s *Server) serverRoutes() {
	s.get("/health/live", tenant.Public, s.answerLive)
	s.get("/health/ready", tenant.Public, s.answerReady)
	s.get("/metrics", tenant.Public, s.serveMetrics)
	s.get("/static/*", tenant.Public, s.serveAsset)
	s.get("/api/docs", tenant.Public, s.serveReference())
	s.post("/hooks/forge/:hook", tenant.Public, s.work.ReceiveForgeHook)
}

// mountAPI registers the operations of web/api, which have their own list of actions.
func (s *Server) mountAPI() {
	if s.kit.Opts.API != nil {
		s.Fiber.Use(webkit.APIPrefix, s.kit.SameOrigin)
		s.kit.Opts.API.Routes(s.Fiber.Group(webkit.APIPrefix))
	}
}

// gitRoutes are the read-only address of a repository for git.
func (s *Server) gitRoutes(p string) {
	s.git(fiber.MethodGet, p+"/info/refs", tenant.ReadSessions, s.work.AdvertiseGit)
	s.git(fiber.MethodPost, p+"/git-upload-pack", tenant.ReadSessions, s.work.UploadGit)
	s.git(fiber.MethodPost, p+"/git-receive-pack", tenant.ReadSessions, s.work.RefuseGitPush)
}

// People: sign-in, set-up, the account with its second factors, the members of a team.

func (s *Server) peopleRoutes() {
	s.signInRoutes("/login")
	s.linkRoutes()
	s.accountRoutes("/account")
	s.factorRoutes("/account/factors")
	s.memberRoutes("/t/:slug")
}

func (s *Server) signInRoutes(p string) {
	s.get("/", tenant.Public, s.people.RedirectHome)
	s.get(p, tenant.Public, s.people.ShowSignIn)
	s.post(p, tenant.Public, s.people.SignIn)
	s.get(p+"/second", tenant.Public, s.people.ShowSecondFactor)
	s.post(p+"/second", tenant.Public, s.people.CheckCode)
	s.post(p+"/second/passkey", tenant.Public, s.people.CheckPasskey)
	s.post(p+"/passkey", tenant.Public, s.people.SignInByPasskey)
	s.post(p+"/oidc", tenant.Public, s.people.BeginOIDC)
	s.handle(fiber.MethodGet, p+"/oidc/callback", tenant.Public, s.people.FinishOIDC)
	s.get(p+"/link/:token", tenant.Public, s.people.ShowLoginLink)
	s.post(p+"/link/:token", tenant.Public, s.people.UseLoginLink)
	s.post("/logout", tenant.SignedIn, s.people.SignOut)
	s.post("/team", tenant.SignedIn, s.people.SwitchTeam)
}

// linkRoutes are the pages behind links that work once.
func (s *Server) linkRoutes() {
	s.get("/setup/:token", tenant.Public, s.people.ShowSetup)
	s.post("/setup/:token", tenant.Public, s.people.SetUpInstance)
	s.get("/invitations/:token", tenant.Public, s.people.ShowInvitation)
	s.post("/invitations/:token", tenant.Public, s.people.JoinAsNewUser)
	s.post("/invitations/:token/accept", tenant.SignedIn, s.people.JoinTeam)
	s.get("/reset/:token", tenant.Public, s.people.ShowPasswordReset)
	s.post("/reset/:token", tenant.Public, s.people.ResetPassword)
}

func (s *Server) accountRoutes(p string) {
	s.get(p, tenant.SignedIn, s.people.ShowAccount)
	s.post(p+"/profile", tenant.SignedIn, s.people.SaveProfile)
	s.post(p+"/password", tenant.SignedIn, s.people.ChangePassword)
	s.post(p+"/identity", tenant.SignedIn, s.people.LinkOIDC)
	s.post(p+"/identity/unlink", tenant.SignedIn, s.people.UnlinkOIDC)
	s.post(p+"/logins/:id/revoke", tenant.SignedIn, s.people.RevokeLogin)
	s.post(p+"/tokens", tenant.SignedIn, s.people.CreateToken)
	s.post(p+"/tokens/:id/revoke", tenant.SignedIn, s.people.RevokeToken)
}

func (s *Server) factorRoutes(p string) {
	s.get(p, tenant.SignedIn, s.people.ShowFactors)
	s.post(p+"/app", tenant.SignedIn, s.people.BeginAuthenticator)
	s.post(p+"/app/confirm", tenant.SignedIn, s.people.ConfirmAuthenticator)
	s.post(p+"/app/off", tenant.SignedIn, s.people.RemoveAuthenticator)
	s.post(p+"/passkeys", tenant.SignedIn, s.people.AddPasskey)
	s.post(p+"/passkeys/remove", tenant.SignedIn, s.people.RemovePasskey)
	s.post(p+"/recovery", tenant.SignedIn, s.people.RenewRecoveryCodes)
}

func (s *Server) memberRoutes(t string) {
	s.get(t+"/people", tenant.ReadMembers, s.people.ShowPeople)
	s.post(t+"/people/leave", tenant.LeaveTeam, s.people.LeaveTeam)
	s.post(t+"/people/:id/role", tenant.EditMembers, s.people.SetRole)
	s.post(t+"/people/:id/remove", tenant.EditMembers, s.people.RemoveMember)
	s.post(t+"/invitations", tenant.EditMembers, s.people.Invite)
	s.post(t+"/invitations/:id/revoke", tenant.EditMembers, s.people.RevokeInvitation)
	s.post(t+"/tokens/:id/revoke", tenant.RevokeTokens, s.people.RevokeMemberToken)
}

// Models: model providers, budget and cost.

func (s *Server) modelsRoutes(t string) {
	s.get(t+"/budget", tenant.ReadTeam, s.models.ShowBudget)
	s.get(t+"/budget/costs", tenant.ReadTeam, s.models.ShowCosts)
	s.post(t+"/budget/requests", tenant.AskBudget, s.models.RequestBudget)
	s.get(t+"/providers", tenant.ReadProviders, s.models.ListProviders)
	s.post(t+"/providers", tenant.EditProviders, s.models.CreateProvider)
	s.get(t+"/providers/:id", tenant.ReadProviders, s.models.ShowProvider)
	s.post(t+"/providers/:id/test", tenant.EditProviders, s.models.TestProvider)
	s.post(t+"/providers/:id/key", tenant.EditProviders, s.models.SetProviderKey)
	s.post(t+"/providers/:id/models", tenant.EditProviders, s.models.SetProviderModels)
	s.post(t+"/providers/:id/address", tenant.EditProviders, s.models.MoveProvider)
	s.post(t+"/providers/:id/delete", tenant.EditProviders, s.models.DeleteProvider)
}

// Agents: the registry, versions, and what changes an agent.

func (s *Server) agentRoutes(p string) {
	s.get(p, tenant.ReadAgents, s.agents.ListAgents)
	s.post(p, tenant.EditAgents, s.agents.CreateAgent)
	s.get(p+"/new", tenant.EditAgents, s.agents.ShowAgentForm)
	s.get(p+"/:id", tenant.ReadAgents, s.agents.ShowAgent)
	s.post(p+"/:id", tenant.EditAgents, s.agents.EditAgent)
	s.get(p+"/:id/edit", tenant.EditAgents, s.agents.ShowEdit)
	s.post(p+"/:id/maintenance", tenant.EditAgents, s.agents.MaintainAgent)
	s.post(p+"/:id/activate", tenant.EditAgents, s.agents.ChangeAgent(s.app.Agents.ActivateAgent, "agent-active"))
	s.post(p+"/:id/deactivate", tenant.EditAgents, s.agents.ChangeAgent(s.app.Agents.DeactivateAgent, "agent-inactive"))
	s.post(p+"/:id/default", tenant.EditAgents, s.agents.ChangeAgent(s.app.Agents.SetDefaultAgent, "agent-default"))
	s.post(p+"/:id/default/clear", tenant.EditAgents, s.agents.ChangeAgent(s.app.Agents.ClearDefaultAgent, "default-cleared"))
	s.post(p+"/:id/tier", tenant.EditAgents, s.agents.SetTier)
	s.post(p+"/:id/delete", tenant.EditAgents, s.agents.DeleteAgent)
}

// Repositories: clones, hosts that sessions may connect to, host keys, agent configuration.

func (s *Server) reposRoutes(p string) {
	s.get(p, tenant.ReadRepositories, s.repos.ListRepositories)
	s.post(p, tenant.EditRepositories, s.repos.CreateRepository)
	s.get(p+"/:id", tenant.ReadRepositories, s.repos.ShowRepository)
	s.post(p+"/:id", tenant.EditRepositories, s.repos.UpdateRepository)
	s.post(p+"/:id/clone", tenant.EditRepositories, s.repos.RetryClone)
	s.post(p+"/:id/address", tenant.EditRepositories, s.repos.MoveRepository)
	s.post(p+"/:id/agent-config", tenant.EditRepositories, s.repos.AllowAgentConfig)
	s.post(p+"/:id/hosts", tenant.EditRepositories, s.repos.AllowHost)
	s.post(p+"/:id/hosts/remove", tenant.EditRepositories, s.repos.DisallowHost)
	s.post(p+"/:id/host-key", tenant.EditRepositories, s.repos.AcceptHostKey)
	s.post(p+"/:id/forge", tenant.EditRepositories, s.repos.SetForge)
	s.post(p+"/:id/forge/hook", tenant.EditRepositories, s.repos.MakeForgeHook)
	s.post(p+"/:id/forge/remove", tenant.EditRepositories, s.repos.RemoveForge)
	s.post(p+"/:id/delete", tenant.EditRepositories, s.repos.DeleteRepository)
}

// Work: the overview, sessions, and the stream of every page of a team.

func (s *Server) workRoutes(t string) {
	s.get(t, tenant.ReadSessions, s.work.ShowOverview)
	s.handle(fiber.MethodGet, t+"/stream", tenant.ReadSessions, s.kit.StreamTeam)
	s.get(t+"/needs-you", tenant.ReadSessions, s.work.ShowNeedsYou)
	s.get(t+"/sessions", tenant.ReadSessions, s.work.ListSessions)
	s.post(t+"/sessions", tenant.WriteSessions, s.work.CreateSession)
	s.get(t+"/sessions/new", tenant.WriteSessions, s.work.ShowSessionForm)
	s.sessionRoutes(t + "/sessions/:id")
	s.mergeRoutes(t)
}

func (s *Server) mergeRoutes(t string) {
	s.get(t+"/merge-queue", tenant.ReadSessions, s.work.ShowMergeQueue)
	s.post(t+"/repositories/:id/merge-queue/hold", tenant.EditRepositories, s.work.HoldQueue)
	s.post(t+"/repositories/:id/merge-queue/release", tenant.EditRepositories, s.work.ReleaseQueue)
	s.post(t+"/sessions/:id/merge", tenant.WriteSessions, s.work.MergeSession)
	s.post(t+"/merge-queue/:id/hold", tenant.WriteSessions, s.work.HoldEntry)
	s.post(t+"/merge-queue/:id/release", tenant.WriteSessions, s.work.MoveEntry(s.app.Work.ReleaseMerge, "merge-released"))
	s.post(t+"/merge-queue/:id/remove", tenant.WriteSessions, s.work.MoveEntry(s.app.Work.RemoveMerge, "merge-removed"))
	s.post(t+"/merge-queue/:id/retry", tenant.WriteSessions, s.work.MoveEntry(s.app.Work.RetryMerge, "queued"))
	s.post(t+"/merge-queue/:id/send", tenant.WriteSessions, s.work.SendEntry)
	s.post(t+"/merge-queue/:id/move", tenant.EditRepositories, s.work.PlaceEntry)
}

func (s *Server) sessionRoutes(p string) {
	s.get(p, tenant.ReadSessions, s.work.ShowSession)
	s.get(p+"/changes", tenant.ReadSessions, s.work.ShowChanges)
	s.get(p+"/calls", tenant.ReadModelCalls, s.work.ShowCalls)
	s.get(p+"/calls/:call", tenant.ReadModelCalls, s.work.ShowCall)
	s.get(p+"/checks", tenant.ReadSessions, s.work.ShowChecks)
	s.get(p+"/log", tenant.ReadSessions, s.work.ShowLog)
	s.get(p+"/patch", tenant.ReadSessions, s.work.DownloadPatch)
	s.get(p+"/older", tenant.ReadSessions, s.work.ShowOlderEvents)
	s.handle(fiber.MethodGet, p+"/stream", tenant.ReadSessions, s.work.StreamSession)
	s.post(p+"/start", tenant.WriteSessions, s.work.MoveSession(s.app.Work.StartSession))
	s.post(p+"/pause", tenant.WriteSessions, s.work.MoveSession(s.app.Work.PauseSession))
	s.post(p+"/resume", tenant.WriteSessions, s.work.MoveSession(s.app.Work.ResumeSession))
	s.post(p+"/stop", tenant.WriteSessions, s.work.MoveSession(s.app.Work.StopSession))
	s.post(p+"/cancel", tenant.WriteSessions, s.work.MoveSession(s.app.Work.CancelSession))
	s.post(p+"/retry", tenant.WriteSessions, s.work.RetrySession)
	s.post(p+"/delete", tenant.WriteSessions, s.work.DeleteSession)
	s.post(p+"/push", tenant.WriteSessions, s.work.PushSession)
	s.get(p+"/checkpoints", tenant.ReadSessions, s.work.ShowCheckpoints)
	s.get(p+"/checkpoints/diff", tenant.ReadSessions, s.work.ShowCheckpointDiff)
	s.handle(fiber.MethodGet, p+"/checkpoints/patch", tenant.ReadSessions, s.work.DownloadCheckpointPatch)
	s.post(p+"/checkpoints", tenant.WriteSessions, s.work.AddCheckpoint)
	s.post(p+"/restore", tenant.WriteSessions, s.work.RestoreSession)
	s.get(p+"/fork", tenant.WriteSessions, s.work.ShowForkForm)
	s.post(p+"/fork", tenant.WriteSessions, s.work.ForkSession)
	s.post(p+"/messages", tenant.WriteSessions, s.work.SendMessage)
	s.post(p+"/loop", tenant.WriteSessions, s.work.AnswerLoop)
	s.post(p+"/feedback", tenant.WriteSessions, s.work.GiveFeedback)
	s.post(p+"/asks/:ask", tenant.AnswerPermission, s.work.AnswerAsk)
	s.get(p+"/pull-request", tenant.WriteSessions, s.work.ShowPullForm)
	s.post(p+"/pull-request", tenant.WriteSessions, s.work.OpenPull)
	s.post(p+"/pull-request/merge", tenant.WriteSessions, s.work.ActOnPull(s.work.MergePull))
	s.post(p+"/pull-request/ready", tenant.WriteSessions, s.work.ActOnPull(s.work.MarkPullReady))
	s.post(p+"/pull-request/close", tenant.WriteSessions, s.work.ActOnPull(s.work.ClosePull))
}

// Console: what an admin of the instance manages, and what a team reads and exports about itself.

func (s *Server) consoleRoutes() {
	s.teamRecordRoutes("/t/:slug")
	s.get("/admin", tenant.AdminOnly, s.console.ListTeams)
	s.get("/admin/new-tenant", tenant.AdminOnly, s.console.ShowTeamForm)
	s.post("/admin/tenants", tenant.AdminOnly, s.console.CreateTeam)
	s.adminTeamRoutes("/admin/tenants/:slug")
	s.get("/admin/users", tenant.AdminOnly, s.console.ListUsers)
	s.post("/admin/users", tenant.AdminOnly, s.console.InvitePerson)
	s.adminUserRoutes("/admin/users/:id")
	s.instanceRoutes("/admin")
}

// teamRecordRoutes are a team's own audit log and export.
func (s *Server) teamRecordRoutes(t string) {
	s.handle(fiber.MethodGet, t+"/export", tenant.ExportTeam, s.console.DownloadTeam)
	s.get(t+"/audit", tenant.ReadAudit, s.console.ShowAudit)
	s.handle(fiber.MethodGet, t+"/audit/csv", tenant.ReadAudit, s.console.DownloadAudit)
}

func (s *Server) adminTeamRoutes(t string) {
	s.get(t, tenant.AdminOnly, s.console.ShowTeam)
	s.post(t+"/name", tenant.AdminOnly, s.console.RenameTeam)
	s.post(t+"/quota", tenant.AdminOnly, s.console.SetTeamQuota)
	s.post(t+"/deactivate", tenant.AdminOnly, s.console.DeactivateTeam)
	s.post(t+"/reactivate", tenant.AdminOnly, s.console.ActivateTeam)
	s.post(t+"/delete", tenant.AdminOnly, s.console.DeleteTeam)
	s.post(t+"/restore", tenant.AdminOnly, s.console.RestoreTeam)
	s.post(t+"/enter", tenant.AdminOnly, s.console.EnterTeam)
	s.post(t+"/leave", tenant.AdminOnly, s.console.LeaveTeam)
	s.post(t+"/requests/:id/grant", tenant.AdminOnly, s.console.GrantRequest)
	s.post(t+"/requests/:id/refuse", tenant.AdminOnly, s.console.RefuseRequest)
}

func (s *Server) adminUserRoutes(u string) {
	s.get(u, tenant.AdminOnly, s.console.ShowUser)
	s.post(u+"/reset", tenant.AdminOnly, s.console.ResetUser)
	s.post(u+"/deactivate", tenant.AdminOnly, s.console.DeactivateUser)
	s.post(u+"/activate", tenant.AdminOnly, s.console.ActivateUser)
	s.post(u+"/make-admin", tenant.AdminOnly, s.console.SetAdmin(true))
	s.post(u+"/unmake-admin", tenant.AdminOnly, s.console.SetAdmin(false))
	s.post(u+"/teams/:slug/role", tenant.AdminOnly, s.console.SetUserRole)
	s.post(u+"/teams/:slug/remove", tenant.AdminOnly, s.console.RemoveUserFromTeam)
}

// instanceRoutes are the console's figures and settings.
func (s *Server) instanceRoutes(p string) {
	s.get(p+"/usage", tenant.AdminOnly, s.console.ShowUsage)
	s.handle(fiber.MethodGet, p+"/usage/csv", tenant.AdminOnly, s.console.DownloadUsage)
	s.get(p+"/queue", tenant.AdminOnly, s.console.ShowQueue)
	s.get(p+"/processes", tenant.AdminOnly, s.console.ShowProcesses)
	s.post(p+"/processes/:id/:session/end", tenant.AdminOnly, s.console.EndProcess)
	s.get(p+"/jobs", tenant.AdminOnly, s.console.ShowJobs)
	s.get(p+"/prices", tenant.AdminOnly, s.console.ShowPrices)
	s.post(p+"/prices", tenant.AdminOnly, s.console.AddPrice)
	s.get(p+"/audit", tenant.AdminOnly, s.console.ShowInstanceAudit)
	s.handle(fiber.MethodGet, p+"/audit/csv", tenant.AdminOnly, s.console.DownloadInstanceAudit)
	s.get(p+"/settings", tenant.AdminOnly, s.console.ShowSettings)
	s.post(p+"/settings/keep", tenant.AdminOnly, s.console.SetRetention)
	s.get(p+"/health", tenant.AdminOnly, s.console.ShowHealth)
}
