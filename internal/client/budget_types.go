package client

import (
	"time"
)

// Budget is the team's current month.
type Budget struct {
	CostMicroUSD BudgetFigures `json:"cost_microusd"`
	Days         []UsageDay    `json:"days"`
	Forecast     *Forecast     `json:"forecast"`
	FreesAt      time.Time     `json:"frees_at"`
	Month        string        `json:"month"`
	Storage      Storage       `json:"storage"`
	Tokens       BudgetFigures `json:"tokens"`
	ToldAt       *time.Time    `json:"told_at"`
}

// BudgetFigures is a limit and its use.
type BudgetFigures struct {
	Left     *int64 `json:"left"`
	Limit    *int64 `json:"limit"`
	Over     int64  `json:"over"`
	Reserved int64  `json:"reserved"`
	Used     int64  `json:"used"`
}

// Forecast is the expected use at the end of the month.
type Forecast struct {
	CostMicroUSD int64 `json:"cost_microusd"`
	Tokens       int64 `json:"tokens"`
}

// UsageDay is the use of one model on one day.
type UsageDay struct {
	CacheRead    int64  `json:"cache_read"`
	CacheWrite   int64  `json:"cache_write"`
	Calls        int64  `json:"calls"`
	CostMicroUSD int64  `json:"cost_microusd"`
	Date         string `json:"date"`
	Input        int64  `json:"input"`
	Model        string `json:"model"`
	Output       int64  `json:"output"`
	Reasoning    int64  `json:"reasoning"`
}

// Storage is what the team stores.
type Storage struct {
	Clones     int64      `json:"clones"`
	Homes      int64      `json:"homes"`
	Limit      *int64     `json:"limit"`
	MeasuredAt *time.Time `json:"measured_at"`
	ModelCalls int64      `json:"model_calls"`
	Trees      int64      `json:"trees"`
	Used       int64      `json:"used"`
}

// BudgetRequest is a request for more budget.
type BudgetRequest struct {
	AnsweredAt   *time.Time `json:"answered_at"`
	AnsweredBy   *string    `json:"answered_by"`
	AskedAt      time.Time  `json:"asked_at"`
	AskedByID    string     `json:"asked_by_id"`
	AskedByName  string     `json:"asked_by_name"`
	CostMicroUSD *int64     `json:"cost_microusd"`
	ID           string     `json:"id"`
	Note         *string    `json:"note"`
	Reason       string     `json:"reason"`
	Status       string     `json:"status"`
	Tokens       *int64     `json:"tokens"`
}

// NewBudgetRequest is the input for a request for more budget.
type NewBudgetRequest struct {
	CostMicroUSD *int64 `json:"cost_microusd,omitempty"`
	Reason       string `json:"reason"`
	Tokens       *int64 `json:"tokens,omitempty"`
}

// AuditEntry is one entry of the audit log.
type AuditEntry struct {
	Address    string    `json:"address"`
	After      *string   `json:"after"`
	At         time.Time `json:"at"`
	Before     *string   `json:"before"`
	Credential string    `json:"credential"`
	Detail     string    `json:"detail"`
	ID         string    `json:"id"`
	ObjectID   *string   `json:"object_id"`
	PersonID   *string   `json:"person_id"`
	PersonName string    `json:"person_name"`
	RequestID  *string   `json:"request_id"`
	Result     string    `json:"result"`
	Verb       string    `json:"verb"`
}

// AuditPage is one page of the audit log.
type AuditPage struct {
	HasMore    bool         `json:"has_more"`
	Items      []AuditEntry `json:"items"`
	NextCursor *string      `json:"next_cursor"`
}
