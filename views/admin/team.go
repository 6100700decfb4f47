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

// NewTeam is the form of a new team: empty, or as it was refused.
type NewTeam struct {
	Name, Slug, Email string
	Faults            ui.Faults
}

// Team is what a team's page in the console shows.
type Team struct {
	quota.Team
	Members   []tenant.TeamMember
	Entrances []tenant.Entrance
	Me        tenant.UserID
	// Link lets the first lead, LinkFor, in; it is shown this once.
	Link, LinkFor string
	// Form names the form that was refused, Faults what is wrong with it, Typed what it held.
	Form   string
	Faults ui.Faults
	Typed  map[string]string
	Now    time.Time
}

// Filled gives every form that was not refused the present values.
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
		if n := t.Storage.Max; n != nil {
			t.Typed["storage"] = gib(*n)
		}
		if n := t.Budget.Max.Cost; n != nil {
			t.Typed["cost"] = dollars(*n)
		}
	}
	return t
}

// dollars writes micro-dollars as they are typed: 250 or 12.50.
func dollars(micro int64) string {
	whole, rest := micro/1_000_000, micro%1_000_000
	if rest == 0 {
		return strconv.FormatInt(whole, 10)
	}
	s := strings.TrimRight(fmt.Sprintf("%06d", rest), "0")
	return strconv.FormatInt(whole, 10) + "." + s + strings.Repeat("0", max(0, 2-len(s)))
}

// faults are those of one of the page's forms.
func (t Team) faults(form string) ui.Faults {
	if t.Form == form {
		return t.Faults
	}
	return nil
}

func (t Team) path(rest ...string) string { return TeamPath(t.Slug, rest...) }

// inside is the entrance of who looks at the page; nil when there is none.
func (t Team) inside() *tenant.Entrance {
	for _, e := range t.Entrances {
		if e.User == t.Me {
			return &e
		}
	}
	return nil
}

// quotaRow is one quota: its name, what is used of it, and the input that sets it.
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
		{"Active sessions", ui.Count(t.Running), int64(t.Running), int64(t.MaxConcurrentSessions), "max_concurrent_sessions", "numeric", f["max_concurrent_sessions"], "at once"},
		{"Queued sessions", ui.Count(t.Ready), int64(t.Ready), int64(t.MaxQueuedSessions), "max_queued_sessions", "numeric", f["max_queued_sessions"], "waiting"},
		{"Tokens, " + month, ui.Count(t.Budget.Used.Tokens), t.Budget.Used.Tokens, orZero(tokens), "tokens", "numeric", either(f, "tokens", quota.TokensPerMonth), "a month"},
		{"Cost, " + month, ui.Money(t.Budget.Used.Cost), t.Budget.Used.Cost, orZero(cost), "cost", "decimal", either(f, "cost", quota.CostPerMonth), "$ a month"},
		t.storageRow(f),
		{"API requests", ui.Dash, 0, 0, "requests", "numeric", either(f, "requests", quota.RequestsPerMinute), "a minute"},
	}
}

// storageRow says what the team keeps, where it was measured.
func (t Team) storageRow(f ui.Faults) quotaRow {
	q := quotaRow{"Storage", "not measured yet", 0, orZero(t.Storage.Max), "storage", "decimal", either(f, "storage", quota.StorageBytes), "GiB"}
	if !t.Storage.MeasuredAt.IsZero() {
		q.used, q.part = quota.Bytes(t.Storage.Used()), t.Storage.Used()
	}
	return q
}

// gib writes bytes in GiB as they are typed.
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

// purgedOn is the day a deleted team goes for good.
func (t Team) purgedOn() time.Time { return t.DeletedAt.Add(tenant.KeepDeleted) }
