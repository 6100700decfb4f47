package work

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	dbmodels "github.com/industrial-orchestrator/orchestrator/db/models"
	dbwork "github.com/industrial-orchestrator/orchestrator/db/work"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/instance"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

// CallRequest describes a request of an agent process to a model: its gateway key, which tells the session, the model, the size of the
// prompt and the requested output limit (0 if there is none). Conversation and Parent come from the agent: they tell its sub-agents apart
// and are not trusted to name a session.
type CallRequest struct {
	Key, Provider, Model   string
	Conversation, Parent   string
	Endpoint               string
	PromptBytes, MaxTokens int64
	Title, Stream          bool
}

// Admission is the owner of a model call and how it is forwarded.
type Admission struct {
	CallID   string
	Tenant   tenant.ID
	Session  session.ID
	Attempt  int
	Provider provider.Provider
	Model    provider.Model
	Key      string
	// MaxTokens is the output limit that keeps the call within the available budgets; 0 keeps the requested one.
	MaxTokens int64
	// Spare is true for a call of a spare, which has no session: it is answered without a provider, and nothing is reserved or recorded.
	Spare bool
}

// NewGatewayKey returns the key of a session's next agent process, which works at the gateway only, while the process is stored and the
// session runs. Only its hash is stored.
func (a *Verbs) NewGatewayKey(ctx context.Context, t tenant.ID, s session.ID) (key, generation string, err error) {
	generation = id.New()
	key = "gw-" + generation + "-" + hex.EncodeToString(a.k.Keys.HMAC("gateway", []byte(string(t)+generation)))
	return key, generation, a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).SaveGatewayKey(ctx, s, generation, gatewayHash(key), a.k.Clock.Now())
	})
}

func gatewayHash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// AdmitCall finds the owner of a model call: the session by the key, the provider and its API key by the team. It refuses sessions that
// are not running. It reserves the most that the call can use from the team's month and the session's limits until RecordCall settles
// it; a call that does not fit is Exhausted.
func (a *Verbs) AdmitCall(ctx context.Context, ask CallRequest) (adm Admission, err error) {
	own, set, err := a.findProcess(ctx, ask, &adm)
	if err != nil || adm.Spare {
		return adm, err
	}
	adm.CallID = id.New()
	err = a.k.DB.View(ctx, adm.Tenant, func(sc *dbkernel.Scope) error {
		if err := checkRunning(ctx, sc, &adm); err != nil {
			return err
		}
		return pickModel(ctx, sc, ask, &adm)
	})
	if err != nil {
		return adm, err
	}
	if set {
		adm.Model.Price = own.Price
	}
	if adm.Key, err = a.models.OpenKey(ctx, adm.Tenant, adm.Provider.ID); err != nil {
		return adm, err
	}
	err = a.reserveCall(ctx, ask, &adm)
	return adm, err
}

// findProcess finds the session of a gateway key, and the operator's price of the model if there is one. A deactivated team's process
// may call no model.
func (a *Verbs) findProcess(ctx context.Context, ask CallRequest, adm *Admission) (own instance.Price, set bool, err error) {
	var caller dbwork.GatewayCaller
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		if caller, err = dbwork.Across(s).GatewayCaller(ctx, gatewayHash(ask.Key)); err != nil {
			return err
		}
		own, set, err = dbmodels.Across(s).PriceAt(ctx, ask.Provider, ask.Model, a.k.Clock.Now())
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return own, set, fault.New(fault.Unauthenticated, "Unknown gateway key.")
	}
	if err == nil && !caller.Active {
		return own, set, fault.New(fault.Forbidden, "This team is deactivated, so it cannot call models. An admin can activate it.")
	}
	adm.Tenant, adm.Session, adm.Spare = caller.Tenant, caller.Session, caller.Session.IsSpare()
	return own, set, err
}

func pickModel(ctx context.Context, sc *dbkernel.Scope, ask CallRequest, adm *Admission) (err error) {
	if adm.Provider, err = dbmodels.On(sc).ProviderByName(ctx, ask.Provider); err != nil {
		return err
	}
	m, ok := adm.Provider.Model(ask.Model)
	if !ok {
		return fault.New(fault.NotFound, "The provider %q has no model %q.", ask.Provider, ask.Model)
	}
	adm.Model = m
	return nil
}

// checkRunning reads the attempt of the session that calls, and refuses one that is not running.
func checkRunning(ctx context.Context, sc *dbkernel.Scope, adm *Admission) error {
	s, err := dbwork.On(sc).Session(ctx, adm.Session)
	if fault.Is(err, fault.NotFound) || err == nil && !s.Status.Active() {
		return fault.New(fault.Forbidden, "This process's session is not running.")
	}
	adm.Attempt = s.Attempt
	return err
}
