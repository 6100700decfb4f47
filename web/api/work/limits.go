package work

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Limit is a number, or null for none. A field that is left out is neither.
type Limit struct {
	IsSet bool
	Value *int64
}

// UnmarshalJSON notes that the field is there.
func (l *Limit) UnmarshalJSON(b []byte) error {
	l.IsSet = true
	if bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
		l.Value = nil
		return nil
	}
	return json.Unmarshal(b, &l.Value)
}

// MarshalJSON writes the number or null.
func (l Limit) MarshalJSON() ([]byte, error) { return json.Marshal(l.Value) }

// Schema is a number or null.
func (Limit) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeInteger, Format: "int64", Nullable: true}
}

// isNone reports whether null was sent.
func (l Limit) isNone() bool { return l.IsSet && l.Value == nil }

// change is the limit as a change; nil if it was left out.
func (l Limit) change() **int64 {
	if !l.IsSet {
		return nil
	}
	return &l.Value
}

// SessionLimits is the input for the limits of the team's sessions.
type SessionLimits struct {
	MaxTokens       Limit `json:"max_tokens_per_session,omitempty" doc:"Weighted tokens of a session whose creator sets no limit; null for none."`
	MaxCostMicroUSD Limit `json:"max_cost_microusd_per_session,omitempty" doc:"Cost of a session whose creator sets no limit; null for none."`
	MaxRepeats      *int  `json:"max_repeats,omitempty" doc:"The number of repeats that pauses a session, 3 to 10." example:"5"`
	MaxMemoryBytes  Limit `json:"max_memory_bytes_per_session,omitempty" doc:"Memory of all processes of a session whose creator sets no limit; null for none but the operator's for the team."`
	MaxCPUMilli     Limit `json:"max_cpu_milli_per_session,omitempty" doc:"Thousandths of a CPU core for all processes of a session whose creator sets no limit; null for none but the operator's."`
	MaxTasks        Limit `json:"max_tasks_per_session,omitempty" doc:"Processes and threads of a session whose creator sets no limit; null for none but the operator's."`
}

func (a *Operations) limitRoutes() {
	apikit.Add(a.kit, tenant.SetLimits, huma.Operation{OperationID: "set-session-limits", Method: http.MethodPatch, Path: "/session-limits", Tags: []string{"Sessions"}, DefaultStatus: http.StatusNoContent,
		Summary:     "Change the limits of sessions",
		Description: "Requires the lead role. Fields that are left out do not change. New sessions get these limits unless their creators set others; sessions that exist keep theirs. Read them with GET /me."}, a.setSessionLimits)
}

func (a *Operations) setSessionLimits(ctx context.Context, by tenant.Actor, in *struct{ Body SessionLimits }) (*struct{}, error) {
	return nil, a.work.SetSessionLimits(ctx, by, quota.SessionLimits{Tokens: in.Body.MaxTokens.change(), Cost: in.Body.MaxCostMicroUSD.change(), Repeats: in.Body.MaxRepeats,
		Memory: in.Body.MaxMemoryBytes.change(), CPU: in.Body.MaxCPUMilli.change(), Tasks: in.Body.MaxTasks.change()})
}
