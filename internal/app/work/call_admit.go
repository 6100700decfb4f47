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

// CallAsk is what an agent's process says when it asks a model: its gateway key, the model, its own session ids, how large
// its prompt is and how long an answer it wants (0: it does not say).
type CallAsk struct {
	Key, Provider, Model   string
	Conversation, Parent   string
	Endpoint               string
	PromptBytes, MaxTokens int64
	Title, Stream          bool
}

// Admission is who a model call belongs to and how it is forwarded. Session is empty for a call that names no conversation.
type Admission struct {
	CallID   string
	Tenant   tenant.ID
	Session  session.ID
	Attempt  int
	Provider provider.Provider
	Model    provider.Model
	Key      string
	// MaxTokens is the output limit that keeps the call within what is left of every budget; 0 leaves it as asked.
	MaxTokens int64
}

// NewGatewayKey makes the key of a team's next agent process; it is worth nothing anywhere else. Only its hash is stored.
func (a *Verbs) NewGatewayKey(ctx context.Context, t tenant.ID) (key, generation string, err error) {
	generation = id.New()
	key = "gw-" + generation + "-" + hex.EncodeToString(a.k.Keys.HMAC("gateway", []byte(string(t)+generation)))
	return key, generation, a.k.DB.Update(ctx, t, func(sc *dbkernel.Scope) error {
		return dbwork.On(sc).SaveGatewayKey(ctx, generation, gatewayHash(key), a.k.Clock.Now())
	})
}

func gatewayHash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// AdmitCall places a model call: the tenant from the key, the session from the conversation or its parent, the provider and
// its real key from the tenant. A conversation that is not running is refused. What the call may use at most is reserved of
// the team's month and of the session's own limits until RecordCall settles it; what does not fit is Exhausted.
func (a *Verbs) AdmitCall(ctx context.Context, ask CallAsk) (adm Admission, err error) {
	own, set, err := a.gatewayCaller(ctx, ask, &adm)
	if err != nil {
		return adm, err
	}
	adm.CallID = id.New()
	err = a.k.DB.View(ctx, adm.Tenant, func(sc *dbkernel.Scope) error {
		if err := a.placeCall(ctx, sc, ask, &adm); err != nil {
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
	return adm, a.reserve(ctx, ask, &adm)
}

// gatewayCaller finds whose agent process a key belongs to, and the operator's price of the model where there is one. A
// deactivated team's process may ask nothing.
func (a *Verbs) gatewayCaller(ctx context.Context, ask CallAsk, adm *Admission) (own instance.Price, set bool, err error) {
	active := false
	err = a.k.DB.SystemView(ctx, func(s *dbkernel.System) error {
		if adm.Tenant, active, err = dbwork.Across(s).GatewayCaller(ctx, gatewayHash(ask.Key)); err != nil {
			return err
		}
		own, set, err = dbmodels.Across(s).PriceAt(ctx, ask.Provider, ask.Model, a.k.Clock.Now())
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return own, set, fault.New(fault.Unauthenticated, "This gateway key is not known.")
	}
	if err == nil && !active {
		return own, set, fault.New(fault.Forbidden, "This team is deactivated: no model is asked for it. An admin can reactivate it.")
	}
	return own, set, err
}

func pickModel(ctx context.Context, sc *dbkernel.Scope, ask CallAsk, adm *Admission) (err error) {
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

func (a *Verbs) placeCall(ctx context.Context, sc *dbkernel.Scope, ask CallAsk, adm *Admission) error {
	if ask.Conversation == "" {
		return nil
	}
	s, err := a.caller(ctx, sc, adm.Tenant, ask)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.Forbidden, "No running session of this process has this conversation.")
	}
	if err != nil {
		return err
	}
	adm.Session, adm.Attempt = s.ID, s.Attempt
	return nil
}

// caller finds the session of a conversation, or of the sub-agent's parent; sub-agents of sub-agents are remembered by
// the calls they were first seen with.
func (a *Verbs) caller(ctx context.Context, sc *dbkernel.Scope, t tenant.ID, ask CallAsk) (session.Session, error) {
	s, err := dbwork.On(sc).SessionByConversation(ctx, ask.Conversation)
	if err == nil || !fault.Is(err, fault.NotFound) {
		return s, err
	}
	parent := ask.Parent
	for range 8 {
		if parent == "" {
			break
		}
		if s, err = dbwork.On(sc).SessionByConversation(ctx, parent); err == nil {
			a.children.Store(childKey{t, ask.Conversation}, parent)
			return s, nil
		}
		up, ok := a.children.Load(childKey{t, parent})
		if !ok {
			break
		}
		a.children.Store(childKey{t, ask.Conversation}, parent)
		parent = up.(string)
	}
	return s, err
}

type childKey struct {
	tenant       tenant.ID
	conversation string
}
