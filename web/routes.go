package web

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// instanceRoutes are the console's pages of figures and settings.
func (s *Server) instanceRoutes(p string) {
	s.get(p+"/usage", tenant.AdminOnly, s.console.ShowUsage)
	s.handle(fiber.MethodGet, p+"/usage/csv", tenant.AdminOnly, s.console.DownloadUsage)
	s.get(p+"/queue", tenant.AdminOnly, s.console.ShowWork)
	s.get(p+"/processes", tenant.AdminOnly, s.console.ShowProcesses)
	s.post(p+"/processes/:id/end", tenant.AdminOnly, s.console.EndProcess)
	s.get(p+"/jobs", tenant.AdminOnly, s.console.ShowJobs)
	s.get(p+"/prices", tenant.AdminOnly, s.console.ShowPrices)
	s.post(p+"/prices", tenant.AdminOnly, s.console.AddPrice)
	s.get(p+"/audit", tenant.AdminOnly, s.console.ShowInstanceAudit)
	s.handle(fiber.MethodGet, p+"/audit/csv", tenant.AdminOnly, s.console.DownloadInstanceAudit)
	s.get(p+"/settings", tenant.AdminOnly, s.console.ShowSettings)
	s.post(p+"/settings/keep", tenant.AdminOnly, s.console.SetKeep)
	s.get(p+"/health", tenant.AdminOnly, s.console.ShowHealth)
}

// answerWithin bounds what a request may ask of the database; a provider's test is the slowest.
const answerWithin = time.Minute

// routes is the one list of addresses. Each names the action that opens it.
func (s *Server) routes() {
	s.Fiber.Use(s.kit.GuardHeaders, recover.New(recover.Config{EnableStackTrace: true, StackTraceHandler: s.notePanic}), s.knownHost, bounded)
	s.get("/health/live", tenant.Public, s.live)
	s.get("/health/ready", tenant.Public, s.ready)
	s.get("/metrics", tenant.Public, s.metrics)
	s.get("/static/*", tenant.Public, s.asset)
	if s.kit.Opts.API != nil {
		s.Fiber.Use(webkit.APIPrefix, s.kit.SameOrigin)
		s.kit.Opts.API.Routes(s.Fiber.Group(webkit.APIPrefix))
	}
	s.Fiber.Use(s.kit.Remember, s.kit.SameOrigin)
	s.personRoutes()
	s.adminRoutes()
	s.teamRoutes("/t/:slug")
	s.Fiber.Use(func(*fiber.Ctx) error { return fault.Missing("page") })
}

// notePanic writes down where a handler broke; the error writer answers it like any internal error.
func (s *Server) notePanic(c *fiber.Ctx, p any) {
	s.kit.Log.Error("handler panicked", "panic", p, "request_id", webkit.RequestID(c), "stack", string(debug.Stack()))
}

// bounded ends a request's questions after a while: Fiber does not tell when a client has gone. A refusal is drawn before the
// time is up, since nothing is drawn afterwards.
func bounded(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), answerWithin)
	defer cancel()
	c.SetUserContext(ctx)
	if err := c.Next(); err != nil {
		return c.App().ErrorHandler(c, err)
	}
	return nil
}

func (s *Server) personRoutes() {
	s.get("/", tenant.Public, s.people.Home)
	s.get("/login", tenant.Public, s.people.ShowLogin)
	s.post("/login", tenant.Public, s.people.Login)
	s.get("/login/second", tenant.Public, s.people.ShowSecondStep)
	s.post("/login/second", tenant.Public, s.people.TakeSecondStep)
	s.post("/login/second/passkey", tenant.Public, s.people.TakePasskeyStep)
	s.post("/login/passkey", tenant.Public, s.people.SignInByPasskey)
	s.post("/login/oidc", tenant.Public, s.people.BeginOIDC)
	s.handle(fiber.MethodGet, "/login/oidc/callback", tenant.Public, s.people.FinishOIDC)
	s.get("/login/link/:token", tenant.Public, s.people.ShowLoginLink)
	s.post("/login/link/:token", tenant.Public, s.people.UseLoginLink)
	s.get("/setup/:token", tenant.Public, s.people.ShowSetup)
	s.post("/setup/:token", tenant.Public, s.people.SetUp)
	s.get("/invitations/:token", tenant.Public, s.people.ShowInvitation)
	s.post("/invitations/:token", tenant.Public, s.people.JoinAsNew)
	s.post("/invitations/:token/accept", tenant.SignedIn, s.people.Join)
	s.get("/reset/:token", tenant.Public, s.people.ShowReset)
	s.post("/reset/:token", tenant.Public, s.people.Reset)
	s.post("/logout", tenant.SignedIn, s.people.Logout)
	s.post("/team", tenant.SignedIn, s.people.SwitchTeam)
	s.get("/account", tenant.SignedIn, s.people.ShowAccount)
	s.post("/account/profile", tenant.SignedIn, s.people.SaveProfile)
	s.post("/account/password", tenant.SignedIn, s.people.ChangePassword)
	s.post("/account/identity", tenant.SignedIn, s.people.LinkOIDC)
	s.post("/account/identity/unlink", tenant.SignedIn, s.people.UnlinkOIDC)
	s.post("/account/logins/:id/revoke", tenant.SignedIn, s.people.RevokeLogin)
	s.factorRoutes("/account/factors")
	s.post("/account/tokens", tenant.SignedIn, s.people.CreateToken)
	s.post("/account/tokens/:id/revoke", tenant.SignedIn, s.people.RevokeToken)
}

// adminRoutes are the console of who runs the instance.
func (s *Server) adminRoutes() {
	s.get("/admin", tenant.AdminOnly, s.console.AdminTeams)
	s.get("/admin/new-tenant", tenant.AdminOnly, s.console.NewTeam)
	s.post("/admin/tenants", tenant.AdminOnly, s.console.CreateTeam)
	s.adminTeamRoutes("/admin/tenants/:slug")
	s.instanceRoutes("/admin")
	s.get("/admin/users", tenant.AdminOnly, s.console.ListUsers)
	s.post("/admin/users", tenant.AdminOnly, s.console.InvitePerson)
	s.adminUserRoutes("/admin/users/:id")
}

func (s *Server) adminUserRoutes(u string) {
	s.get(u, tenant.AdminOnly, s.console.ShowUser)
	s.post(u+"/reset", tenant.AdminOnly, s.console.ResetUser)
	s.post(u+"/deactivate", tenant.AdminOnly, s.console.DeactivateUser)
	s.post(u+"/activate", tenant.AdminOnly, s.console.ActivateUser)
	s.post(u+"/make-admin", tenant.AdminOnly, s.console.SetAdmin(true))
	s.post(u+"/unmake-admin", tenant.AdminOnly, s.console.SetAdmin(false))
	s.post(u+"/teams/:slug/role", tenant.AdminOnly, s.console.SetRoleIn)
	s.post(u+"/teams/:slug/remove", tenant.AdminOnly, s.console.RemoveFrom)
}

func (s *Server) adminTeamRoutes(t string) {
	s.get(t, tenant.AdminOnly, s.console.ShowTeam)
	s.post(t+"/name", tenant.AdminOnly, s.console.RenameTeam)
	s.post(t+"/quota", tenant.AdminOnly, s.console.SetTeamQuota)
	s.post(t+"/deactivate", tenant.AdminOnly, s.console.DeactivateTeam)
	s.post(t+"/reactivate", tenant.AdminOnly, s.console.ReactivateTeam)
	s.post(t+"/delete", tenant.AdminOnly, s.console.DeleteTeam)
	s.post(t+"/restore", tenant.AdminOnly, s.console.RestoreTeam)
	s.post(t+"/enter", tenant.AdminOnly, s.console.EnterTeam)
	s.post(t+"/leave", tenant.AdminOnly, s.console.LeaveEntered)
	s.post(t+"/requests/:id/grant", tenant.AdminOnly, s.console.GrantRequest)
	s.post(t+"/requests/:id/refuse", tenant.AdminOnly, s.console.RefuseRequest)
}

func (s *Server) factorRoutes(p string) {
	s.get(p, tenant.SignedIn, s.people.ShowFactors)
	s.post(p+"/app", tenant.SignedIn, s.people.BeginApp)
	s.post(p+"/app/confirm", tenant.SignedIn, s.people.ConfirmApp)
	s.post(p+"/app/off", tenant.SignedIn, s.people.DropApp)
	s.post(p+"/passkeys", tenant.SignedIn, s.people.AddPasskey)
	s.post(p+"/passkeys/remove", tenant.SignedIn, s.people.RemovePasskey)
	s.post(p+"/recovery", tenant.SignedIn, s.people.RenewRecovery)
}

func (s *Server) teamRoutes(t string) {
	s.get(t, tenant.ReadSessions, s.work.Overview)
	s.handle(fiber.MethodGet, t+"/stream", tenant.ReadSessions, s.kit.StreamTeam)
	s.get(t+"/needs-you", tenant.ReadSessions, s.work.NeedsYou)
	s.memberRoutes(t)
	s.handle(fiber.MethodGet, t+"/export", tenant.ExportTeam, s.console.DownloadTeam)
	s.get(t+"/audit", tenant.ReadAudit, s.console.ShowAudit)
	s.handle(fiber.MethodGet, t+"/audit/csv", tenant.ReadAudit, s.console.DownloadAudit)

	s.get(t+"/sessions", tenant.ReadSessions, s.work.ListSessions)
	s.post(t+"/sessions", tenant.WriteSessions, s.work.CreateSession)
	s.get(t+"/sessions/new", tenant.WriteSessions, s.work.NewSession)
	s.sessionRoutes(t + "/sessions/:id")

	s.get(t+"/repositories", tenant.ReadRepositories, s.repos.ListRepositories)
	s.post(t+"/repositories", tenant.EditRepositories, s.repos.CreateRepository)
	s.get(t+"/repositories/:id", tenant.ReadRepositories, s.repos.ShowRepository)
	s.post(t+"/repositories/:id", tenant.EditRepositories, s.repos.UpdateRepository)
	s.post(t+"/repositories/:id/clone", tenant.EditRepositories, s.repos.RetryClone)
	s.post(t+"/repositories/:id/address", tenant.EditRepositories, s.repos.MoveRepository)
	s.post(t+"/repositories/:id/agent-config", tenant.EditRepositories, s.repos.AllowAgentConfig)
	s.post(t+"/repositories/:id/hosts", tenant.EditRepositories, s.repos.AllowHost)
	s.post(t+"/repositories/:id/hosts/remove", tenant.EditRepositories, s.repos.DisallowHost)
	s.post(t+"/repositories/:id/host-key", tenant.EditRepositories, s.repos.AcceptHostKey)
	s.post(t+"/repositories/:id/delete", tenant.EditRepositories, s.repos.DeleteRepository)

	s.get(t+"/providers", tenant.ReadProviders, s.models.ListProviders)
	s.post(t+"/providers", tenant.EditProviders, s.models.CreateProvider)
	s.get(t+"/providers/:id", tenant.ReadProviders, s.models.ShowProvider)
	s.post(t+"/providers/:id/test", tenant.EditProviders, s.models.TestProvider)
	s.post(t+"/providers/:id/key", tenant.EditProviders, s.models.SetProviderKey)
	s.post(t+"/providers/:id/models", tenant.EditProviders, s.models.SetProviderModels)
	s.post(t+"/providers/:id/address", tenant.EditProviders, s.models.MoveProvider)
	s.post(t+"/providers/:id/delete", tenant.EditProviders, s.models.DeleteProvider)
}

func (s *Server) memberRoutes(t string) {
	s.get(t+"/people", tenant.ReadMembers, s.people.People)
	s.get(t+"/budget", tenant.ReadTeam, s.models.ShowBudget)
	s.get(t+"/budget/costs", tenant.ReadTeam, s.models.ShowCosts)
	s.post(t+"/budget/requests", tenant.AskBudget, s.models.AskBudget)
	s.post(t+"/people/leave", tenant.LeaveTeam, s.people.LeaveTeam)
	s.post(t+"/people/:id/role", tenant.EditMembers, s.people.SetRole)
	s.post(t+"/people/:id/remove", tenant.EditMembers, s.people.RemoveMember)
	s.post(t+"/invitations", tenant.EditMembers, s.people.Invite)
	s.post(t+"/invitations/:id/revoke", tenant.EditMembers, s.people.RevokeInvitation)
	s.post(t+"/tokens/:id/revoke", tenant.RevokeTokens, s.people.EndToken)
}

func (s *Server) sessionRoutes(p string) {
	s.get(p, tenant.ReadSessions, s.work.ShowSession)
	s.get(p+"/changes", tenant.ReadSessions, s.work.ShowChanges)
	s.get(p+"/calls", tenant.ReadModelCalls, s.work.ShowCalls)
	s.get(p+"/calls/:call", tenant.ReadModelCalls, s.work.ShowCall)
	s.get(p+"/log", tenant.ReadSessions, s.work.ShowLog)
	s.get(p+"/patch", tenant.ReadSessions, s.work.DownloadPatch)
	s.get(p+"/older", tenant.ReadSessions, s.work.OlderEvents)
	s.handle(fiber.MethodGet, p+"/stream", tenant.ReadSessions, s.work.StreamSession)
	s.post(p+"/start", tenant.WriteSessions, s.work.Move(s.app.Work.StartSession))
	s.post(p+"/pause", tenant.WriteSessions, s.work.Move(s.app.Work.PauseSession))
	s.post(p+"/resume", tenant.WriteSessions, s.work.Move(s.app.Work.ResumeSession))
	s.post(p+"/stop", tenant.WriteSessions, s.work.Move(s.app.Work.StopSession))
	s.post(p+"/cancel", tenant.WriteSessions, s.work.Move(s.app.Work.CancelSession))
	s.post(p+"/retry", tenant.WriteSessions, s.work.RetrySession)
	s.post(p+"/delete", tenant.WriteSessions, s.work.DeleteSession)
	s.post(p+"/messages", tenant.WriteSessions, s.work.SendMessage)
	s.post(p+"/asks/:ask", tenant.AnswerPermission, s.work.AnswerAsk)
}
