package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// T-44: guesses are counted by account and by the address that really connects; a header that names another neither hides a
// guesser nor locks somebody else out.
func TestT44AForgedAddressNeitherHidesNorLocksOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	b := w.browser()
	blocked := false
	for i := range 40 {
		from := fmt.Sprintf("203.0.113.%d", i)
		got := b.post("/login", url.Values{"email": {"ann@example.org"}, "password": {"wrong"}}, "X-Forwarded-For", from, "X-Real-Ip", from, "Forwarded", "for="+from)
		blocked = blocked || got.StatusCode == http.StatusTooManyRequests
	}
	if !blocked {
		t.Error("a guesser who names another address each time is never stopped")
	}
}

// T-43: who a header says one is does not matter.
func TestT43HeadersSignNobodyIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	for _, h := range []string{"X-Webauth-User", "X-Forwarded-User", "X-Forwarded-Email", "X-Remote-User", "Remote-User", "X-Auth-Request-Email", "X-Tenant-Id"} {
		w.browser().get("/t/acme", h, "ann@example.org").want(t, http.StatusSeeOther)
	}
}
