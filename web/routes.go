package web

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// answerWithin bounds what a request may ask of the database; a provider's test is the slowest.
const answerWithin = time.Minute

// routes is the one list of addresses. Each names the action that opens it.
func (s *Server) routes() {
	s.Fiber.Use(s.guardHeaders, recover.New(recover.Config{EnableStackTrace: true, StackTraceHandler: s.notePanic}), s.knownHost, bounded)
	s.get("/health/live", tenant.Public, s.live)
	s.get("/health/ready", tenant.Public, s.ready)
	s.get("/metrics", tenant.Public, s.metrics)
	s.get("/static/*", tenant.Public, s.asset)
	if s.opts.API != nil {
		s.Fiber.Use(apiPrefix, s.sameOrigin)
		s.opts.API.Routes(s.Fiber.Group(apiPrefix))
	}
	s.Fiber.Use(s.remember, s.sameOrigin)
	s.personRoutes()
	s.adminRoutes()
	s.teamRoutes("/t/:slug")
	s.Fiber.Use(func(*fiber.Ctx) error { return fault.Missing("page") })
}

// notePanic writes down where a handler broke; the error writer answers it like any internal error.
func (s *Server) notePanic(c *fiber.Ctx, p any) {
	s.log.Error("handler panicked", "panic", p, "request_id", requestID(c), "stack", string(debug.Stack()))
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
	s.get("/", tenant.Public, s.home)
	s.get("/login", tenant.Public, s.showLogin)
	s.post("/login", tenant.Public, s.login)
	s.get("/login/second", tenant.Public, s.showSecondStep)
	s.post("/login/second", tenant.Public, s.takeSecondStep)
	s.post("/login/second/passkey", tenant.Public, s.takePasskeyStep)
	s.post("/login/passkey", tenant.Public, s.signInByPasskey)
	s.post("/login/oidc", tenant.Public, s.beginOIDC)
	s.handle(fiber.MethodGet, "/login/oidc/callback", tenant.Public, s.finishOIDC)
	s.get("/login/link/:token", tenant.Public, s.showLoginLink)
	s.post("/login/link/:token", tenant.Public, s.useLoginLink)
	s.get("/setup/:token", tenant.Public, s.showSetup)
	s.post("/setup/:token", tenant.Public, s.setUp)
	s.get("/invitations/:token", tenant.Public, s.showInvitation)
	s.post("/invitations/:token", tenant.Public, s.joinAsNew)
	s.post("/invitations/:token/accept", tenant.SignedIn, s.join)
	s.get("/reset/:token", tenant.Public, s.showReset)
	s.post("/reset/:token", tenant.Public, s.reset)
	s.post("/logout", tenant.SignedIn, s.logout)
	s.post("/team", tenant.SignedIn, s.switchTeam)
	s.get("/account", tenant.SignedIn, s.showAccount)
	s.post("/account/profile", tenant.SignedIn, s.saveProfile)
	s.post("/account/password", tenant.SignedIn, s.changePassword)
	s.post("/account/identity", tenant.SignedIn, s.linkOIDC)
	s.post("/account/identity/unlink", tenant.SignedIn, s.unlinkOIDC)
	s.post("/account/logins/:id/revoke", tenant.SignedIn, s.revokeLogin)
	s.factorRoutes("/account/factors")
	s.post("/account/tokens", tenant.SignedIn, s.createToken)
	s.post("/account/tokens/:id/revoke", tenant.SignedIn, s.revokeToken)
}

// adminRoutes are the console of who runs the instance.
func (s *Server) adminRoutes() {
	s.get("/admin", tenant.AdminOnly, s.adminTeams)
	s.get("/admin/new-tenant", tenant.AdminOnly, s.newTeam)
	s.post("/admin/tenants", tenant.AdminOnly, s.createTeam)
	s.adminTeamRoutes("/admin/tenants/:slug")
	s.instanceRoutes("/admin")
	s.get("/admin/users", tenant.AdminOnly, s.listUsers)
	s.post("/admin/users", tenant.AdminOnly, s.invitePerson)
	s.adminUserRoutes("/admin/users/:id")
}

func (s *Server) adminUserRoutes(u string) {
	s.get(u, tenant.AdminOnly, s.showUser)
	s.post(u+"/reset", tenant.AdminOnly, s.resetUser)
	s.post(u+"/deactivate", tenant.AdminOnly, s.deactivateUser)
	s.post(u+"/activate", tenant.AdminOnly, s.activateUser)
	s.post(u+"/make-admin", tenant.AdminOnly, s.setAdmin(true))
	s.post(u+"/unmake-admin", tenant.AdminOnly, s.setAdmin(false))
	s.post(u+"/teams/:slug/role", tenant.AdminOnly, s.setRoleIn)
	s.post(u+"/teams/:slug/remove", tenant.AdminOnly, s.removeFrom)
}

func (s *Server) adminTeamRoutes(t string) {
	s.get(t, tenant.AdminOnly, s.showTeam)
	s.post(t+"/name", tenant.AdminOnly, s.renameTeam)
	s.post(t+"/quota", tenant.AdminOnly, s.setTeamQuota)
	s.post(t+"/deactivate", tenant.AdminOnly, s.deactivateTeam)
	s.post(t+"/reactivate", tenant.AdminOnly, s.reactivateTeam)
	s.post(t+"/delete", tenant.AdminOnly, s.deleteTeam)
	s.post(t+"/restore", tenant.AdminOnly, s.restoreTeam)
	s.post(t+"/enter", tenant.AdminOnly, s.enterTeam)
	s.post(t+"/leave", tenant.AdminOnly, s.leaveEntered)
	s.post(t+"/requests/:id/grant", tenant.AdminOnly, s.grantRequest)
	s.post(t+"/requests/:id/refuse", tenant.AdminOnly, s.refuseRequest)
}

func (s *Server) factorRoutes(p string) {
	s.get(p, tenant.SignedIn, s.showFactors)
	s.post(p+"/app", tenant.SignedIn, s.beginApp)
	s.post(p+"/app/confirm", tenant.SignedIn, s.confirmApp)
	s.post(p+"/app/off", tenant.SignedIn, s.dropApp)
	s.post(p+"/passkeys", tenant.SignedIn, s.addPasskey)
	s.post(p+"/passkeys/remove", tenant.SignedIn, s.removePasskey)
	s.post(p+"/recovery", tenant.SignedIn, s.renewRecovery)
}

func (s *Server) teamRoutes(t string) {
	s.get(t, tenant.ReadSessions, s.overview)
	s.handle(fiber.MethodGet, t+"/stream", tenant.ReadSessions, s.streamTeam)
	s.get(t+"/needs-you", tenant.ReadSessions, s.needsYou)
	s.memberRoutes(t)
	s.handle(fiber.MethodGet, t+"/export", tenant.ExportTeam, s.downloadTeam)
	s.get(t+"/audit", tenant.ReadAudit, s.showAudit)
	s.handle(fiber.MethodGet, t+"/audit/csv", tenant.ReadAudit, s.downloadAudit)

	s.get(t+"/sessions", tenant.ReadSessions, s.listSessions)
	s.post(t+"/sessions", tenant.WriteSessions, s.createSession)
	s.get(t+"/sessions/new", tenant.WriteSessions, s.newSession)
	s.sessionRoutes(t + "/sessions/:id")

	s.get(t+"/repositories", tenant.ReadRepositories, s.listRepositories)
	s.post(t+"/repositories", tenant.EditRepositories, s.createRepository)
	s.get(t+"/repositories/:id", tenant.ReadRepositories, s.showRepository)
	s.post(t+"/repositories/:id", tenant.EditRepositories, s.updateRepository)
	s.post(t+"/repositories/:id/clone", tenant.EditRepositories, s.retryClone)
	s.post(t+"/repositories/:id/address", tenant.EditRepositories, s.moveRepository)
	s.post(t+"/repositories/:id/agent-config", tenant.EditRepositories, s.allowAgentConfig)
	s.post(t+"/repositories/:id/hosts", tenant.EditRepositories, s.allowHost)
	s.post(t+"/repositories/:id/hosts/remove", tenant.EditRepositories, s.disallowHost)
	s.post(t+"/repositories/:id/host-key", tenant.EditRepositories, s.acceptHostKey)
	s.post(t+"/repositories/:id/delete", tenant.EditRepositories, s.deleteRepository)

	s.get(t+"/providers", tenant.ReadProviders, s.listProviders)
	s.post(t+"/providers", tenant.EditProviders, s.createProvider)
	s.get(t+"/providers/:id", tenant.ReadProviders, s.showProvider)
	s.post(t+"/providers/:id/test", tenant.EditProviders, s.testProvider)
	s.post(t+"/providers/:id/key", tenant.EditProviders, s.setProviderKey)
	s.post(t+"/providers/:id/models", tenant.EditProviders, s.setProviderModels)
	s.post(t+"/providers/:id/address", tenant.EditProviders, s.moveProvider)
	s.post(t+"/providers/:id/delete", tenant.EditProviders, s.deleteProvider)
}

func (s *Server) memberRoutes(t string) {
	s.get(t+"/people", tenant.ReadMembers, s.people)
	s.get(t+"/budget", tenant.ReadTeam, s.showBudget)
	s.get(t+"/budget/costs", tenant.ReadTeam, s.showCosts)
	s.post(t+"/budget/requests", tenant.AskBudget, s.askBudget)
	s.post(t+"/people/leave", tenant.LeaveTeam, s.leaveTeam)
	s.post(t+"/people/:id/role", tenant.EditMembers, s.setRole)
	s.post(t+"/people/:id/remove", tenant.EditMembers, s.removeMember)
	s.post(t+"/invitations", tenant.EditMembers, s.invite)
	s.post(t+"/invitations/:id/revoke", tenant.EditMembers, s.revokeInvitation)
	s.post(t+"/tokens/:id/revoke", tenant.RevokeTokens, s.endToken)
}

func (s *Server) sessionRoutes(p string) {
	s.get(p, tenant.ReadSessions, s.showSession)
	s.get(p+"/changes", tenant.ReadSessions, s.showChanges)
	s.get(p+"/calls", tenant.ReadModelCalls, s.showCalls)
	s.get(p+"/calls/:call", tenant.ReadModelCalls, s.showCall)
	s.get(p+"/log", tenant.ReadSessions, s.showLog)
	s.get(p+"/patch", tenant.ReadSessions, s.downloadPatch)
	s.get(p+"/older", tenant.ReadSessions, s.olderEvents)
	s.handle(fiber.MethodGet, p+"/stream", tenant.ReadSessions, s.streamSession)
	s.post(p+"/start", tenant.WriteSessions, s.move(s.app.Work.StartSession))
	s.post(p+"/pause", tenant.WriteSessions, s.move(s.app.Work.PauseSession))
	s.post(p+"/resume", tenant.WriteSessions, s.move(s.app.Work.ResumeSession))
	s.post(p+"/stop", tenant.WriteSessions, s.move(s.app.Work.StopSession))
	s.post(p+"/cancel", tenant.WriteSessions, s.move(s.app.Work.CancelSession))
	s.post(p+"/retry", tenant.WriteSessions, s.retrySession)
	s.post(p+"/delete", tenant.WriteSessions, s.deleteSession)
	s.post(p+"/messages", tenant.WriteSessions, s.sendMessage)
	s.post(p+"/asks/:ask", tenant.AnswerPermission, s.answerAsk)
}
