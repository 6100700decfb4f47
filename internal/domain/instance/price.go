package instance

import (
	"regexp"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// Price is one version of what the operator charges for a provider's model, in every team, from a time on until the next version.
type Price struct {
	Provider, Model string
	From            time.Time
	Price           usage.Price
	AddedBy         string
	AddedAt         time.Time
}

var providerName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)

// maxPrice is a million dollars for a million tokens.
const maxPrice = 1_000_000_000_000

// Check gives the faults of a new version at a time: what was charged already keeps its price, so that none begins in the past.
func (p Price) Check(now time.Time) error {
	var f fault.Fields
	if !providerName.MatchString(p.Provider) {
		f.Add("provider", "A provider's name is lower-case letters, digits and inner hyphens, as in its model identifiers; %q is not.", p.Provider)
	}
	if m := strings.TrimSpace(p.Model); m == "" || len(m) > 200 {
		f.Add("model", "Name the model as its provider does, in 1 to 200 characters.")
	}
	if p.From.Before(now) {
		f.Add("from", "A price holds from now or from a day to come; calls that were charged already keep what they cost.")
	}
	for _, n := range []struct {
		field string
		v     int64
	}{{"input", p.Price.Input}, {"output", p.Price.Output}, {"cache_read", p.Price.CacheRead}, {"cache_write", p.Price.CacheWrite}} {
		if n.v < 0 || n.v > maxPrice {
			f.Add(n.field, "A price is 0 to 1,000,000 dollars for a million tokens.")
		}
	}
	return f.Err()
}

// Holds says whether p is the version that holds at a time, among the versions of one model, newest first.
func (p Price) Holds(versions []Price, at time.Time) bool {
	for _, v := range versions {
		if v.Provider == p.Provider && v.Model == p.Model && !v.From.After(at) {
			return v.From.Equal(p.From)
		}
	}
	return false
}
