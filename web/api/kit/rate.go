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

// rates are the teams' buckets of requests: each holds a minute's worth and fills up evenly. They live in memory, because a
// server that starts anew may well answer a minute's requests more.
type rates struct {
	mu     sync.Mutex
	byTeam map[tenant.ID]*rate.Limiter
}

// bucketOf is the team's, with its limit as it is now.
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

// spendRequest takes one request from the team's bucket and tells in the answer's headers what is left; empty, it refuses.
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

// secondsUntil is how long it takes until that many requests are in the bucket again.
func secondsUntil(requests float64, perMinute int) int {
	if perMinute == 0 {
		return 0
	}
	return int(math.Ceil(requests / float64(perSecond(perMinute))))
}
