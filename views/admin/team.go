package admin

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/views/ui"
)

// NewTeam is the form for a new team: empty, or with its errors.
type NewTeam struct {
	Name, Slug, Email string
	Faults            ui.Faults
}

// Team is a team's page in the console.
type Team struct {
	quota.Team
	Members   []tenant.TeamMember
	Entrances []tenant.Entrance
	Limits    tenant.Limits
	Me        tenant.UserID
	// Link is the invitation of the first lead, LinkFor; it is shown only once.
	Link, LinkFor string
	// Form names the form that had errors; Faults and Typed are its errors and its values.
	Form   string
	Faults ui.Faults
	Typed  map[string]string
	Now    time.Time
}

// Filled fills every form that had no errors with the current values.
func (t Team) Filled() Team {
	if t.Typed == nil {
		t.Typed = map[string]string{}
	}
	if t.Form != "name" {
		t.Typed["name"] = t.Name
	}
	if t.Form != "quota" {
		t.Typed["max_concurrent_sessions"], t.Typed["max_queued_sessions"] = ui.Count(t.MaxConcurrentSessions), ui.Count(t.MaxQueuedSessions)
		t.Typed["tokens"], t.Typed["cost"] = "", ""
		if n := t.Budget.Max.Tokens; n != nil {
			t.Typed["tokens"] = ui.Count(*n)
		}
		t.Typed["requests"], t.Typed["storage"] = ui.Count(t.MaxRequests), ""
		if t.RefuseWhenFull {
			t.Typed["refuse"] = "1"
		}
		t.Typed["repeats"], t.Typed["session_tokens"], t.Typed["session_cost"] = ui.Count(t.Limits.MaxRepeats), "", ""
		if n := t.Limits.SessionTokens; n != nil {
			t.Typed["session_tokens"] = ui.Count(*n)
		}
		if n := t.Limits.SessionCost; n != nil {
			t.Typed["session_cost"] = dollars(*n)
		}
		if n := t.Storage.Max; n != nil {
			t.Typed["storage"] = gib(*n)
		}
		if n := t.Budget.Max.Cost; n != nil {
			t.Typed["cost"] = dollars(*n)
		}
	}
	return t
}

// dollars writes micro-dollars as people type them: 250 or 12.50.
func dollars(micro int64) string {
	whole, rest := micro/1_000_000, micro%1_000_000
	if rest == 0 {
		return strconv.FormatInt(whole, 10)
	}
	s := strings.TrimRight(fmt.Sprintf("%06d", rest), "0")
	return strconv.FormatInt(whole, 10) + "." + s + strings.Repeat("0", max(0, 2-len(s)))
}

// faults returns the errors of one of the page's forms.
func (t Team) faults(form string) ui.Faults {
	if t.Form == form {
		return t.Faults
	}
	return nil
}

func (t Team) path(rest ...string) string { return TeamPath(t.Slug, rest...) }

// inside returns the reader's own entrance; nil if there is none.
func (t Team) inside() *tenant.Entrance {
	for _, e := range t.Entrances {
		if e.User == t.Me {
			return &e
		}
	}
	return nil
}

// quotaRow is one limit: its name, its use, and the input that sets it.
type quotaRow struct {
	label, used string
	part, whole int64
	field, mode string
	fault, hint string
}

func (t Team) quotas() []quotaRow {
	f, month := t.faults("quota"), t.Now.UTC().Format("January")
	tokens, cost := t.Budget.Max.Tokens, t.Budget.Max.Cost
	return []quotaRow{
		{"Active sessions", ui.Count(t.Running), int64(t.Running), int64(t.MaxConcurrentSessions), "max_concurrent_sessions", "numeric", f["max_concurrent_sessions"], "at a time"},
		{"Queued sessions", ui.Count(t.Ready), int64(t.Ready), int64(t.MaxQueuedSessions), "max_queued_sessions", "numeric", f["max_queued_sessions"], "waiting"},
		{"Tokens, " + month, ui.Count(t.Budget.Used.Tokens), t.Budget.Used.Tokens, orZero(tokens), "tokens", "numeric", either(f, "tokens", quota.TokensPerMonth), "per month"},
		{"Cost, " + month, ui.Money(t.Budget.Used.Cost), t.Budget.Used.Cost, orZero(cost), "cost", "decimal", either(f, "cost", quota.CostPerMonth), "$ per month"},
		t.storageRow(f),
		{"API requests", ui.Dash, 0, 0, "requests", "numeric", either(f, "requests", quota.RequestsPerMinute), "per minute"},
		{"Tokens of a session", ui.Dash, 0, 0, "session_tokens", "numeric", either(f, "session_tokens", quota.TokensPerSession), "unless its creator sets a limit"},
		{"Cost of a session", ui.Dash, 0, 0, "session_cost", "decimal", either(f, "session_cost", quota.CostPerSession), "$, unless its creator sets a limit"},
		{"Repeats", ui.Dash, 0, 0, "repeats", "numeric", either(f, "repeats", quota.Repeats), "3 to 10, then a session is paused"},
	}
}

// storageRow is the limit of storage, with its use once that was measured.
func (t Team) storageRow(f ui.Faults) quotaRow {
	q := quotaRow{"Storage", "not measured yet", 0, orZero(t.Storage.Max), "storage", "decimal", either(f, "storage", quota.StorageBytes), "GiB"}
	if !t.Storage.MeasuredAt.IsZero() {
		q.used, q.part = quota.Bytes(t.Storage.Used()), t.Storage.Used()
	}
	return q
}

// gib writes bytes in GiB as people type them.
func gib(n int64) string { return strconv.FormatFloat(float64(n)/(1<<30), 'f', -1, 64) }

func either(f ui.Faults, names ...string) string {
	for _, n := range names {
		if f[n] != "" {
			return f[n]
		}
	}
	return ""
}

func orZero(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// purgedOn is the day on which a deleted team's data is removed.
func (t Team) purgedOn() time.Time { return t.DeletedAt.Add(tenant.KeepDeleted) }
