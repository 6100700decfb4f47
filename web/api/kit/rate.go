package kit

import (
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/time/rate"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// rates are the token buckets of the teams. A bucket has room for a minute of requests and refills evenly. They are in memory only,
// so after a restart a team may send up to a minute of requests more.
type rates struct {
	mu     sync.Mutex
	byTeam map[tenant.ID]*rate.Limiter
}

// bucketOf is the bucket of a team, with its current limit.
func (r *rates) bucketOf(t tenant.ID, perMinute int, now time.Time) *rate.Limiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.byTeam[t]
	if l == nil {
		l = rate.NewLimiter(perSecond(perMinute), perMinute)
		r.byTeam[t] = l
	}
	if l.Burst() != perMinute {
		l.SetLimitAt(now, perSecond(perMinute))
		l.SetBurstAt(now, perMinute)
	}
	return l
}

func perSecond(perMinute int) rate.Limit { return rate.Limit(float64(perMinute) / 60) }

// spendRequest takes one request from the team's bucket and reports the rest in headers. An empty bucket is a fault.
func (a *Kit) spendRequest(c *fiber.Ctx, by tenant.Actor) error {
	now, n := a.Clock.Now(), by.MaxRequests
	l := a.rates.bucketOf(by.Tenant, n, now)
	ok := l.AllowN(now, 1)
	left := l.TokensAt(now)
	c.Set("X-RateLimit-Limit", strconv.Itoa(n))
	c.Set("X-RateLimit-Remaining", strconv.Itoa(int(math.Max(0, left))))
	c.Set("X-RateLimit-Reset", strconv.Itoa(secondsUntil(float64(n)-left, n)))
	if ok {
		return nil
	}
	return quota.CheckRate(n, now.Add(time.Duration(secondsUntil(1-left, n))*time.Second))
}

// secondsUntil is how long it takes to refill a number of requests.
func secondsUntil(requests float64, perMinute int) int {
	if perMinute == 0 {
		return 0
	}
	return int(math.Ceil(requests / float64(perSecond(perMinute))))
}
