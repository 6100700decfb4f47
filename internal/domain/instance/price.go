package instance

import (
	"regexp"
	"strings"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/usage"
)

// Price is one version of an admin's price for a provider's model, in every team. It is valid from a time until the next version.
type Price struct {
	Provider, Model string
	From            time.Time
	Price           usage.Price
	AddedBy         string
	AddedAt         time.Time
}

var providerName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)

// maxPrice is a million dollars per million tokens.
const maxPrice = 1_000_000_000_000

// Check validates a new version. It must not start in the past, because charged calls keep their price.
func (p Price) Check(now time.Time) error {
	var f fault.Fields
	if !providerName.MatchString(p.Provider) {
		f.Add("provider", "%q is not a valid provider name. Use lower-case letters, digits and hyphens. The name must be the prefix of the provider's model names.", p.Provider)
	}
	if m := strings.TrimSpace(p.Model); m == "" || len(m) > 200 {
		f.Add("model", "Enter the model's name as used by the provider (1 to 200 characters).")
	}
	if p.From.Before(now) {
		f.Add("from", "A price cannot take effect in the past. Past costs do not change.")
	}
	for _, n := range []struct {
		field string
		v     int64
	}{{"input", p.Price.Input}, {"output", p.Price.Output}, {"cache_read", p.Price.CacheRead}, {"cache_write", p.Price.CacheWrite}} {
		if n.v < 0 || n.v > maxPrice {
			f.Add(n.field, "Enter a price from $0 to $1,000,000 per million tokens.")
		}
	}
	return f.Err()
}

// Holds reports whether p is the version that is valid at a time, among the versions of one model, newest first.
func (p Price) Holds(versions []Price, at time.Time) bool {
	for _, v := range versions {
		if v.Provider == p.Provider && v.Model == p.Model && !v.From.After(at) {
			return v.From.Equal(p.From)
		}
	}
	return false
}
