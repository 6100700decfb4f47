package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// T-18: what a form of another site can send without asking first is refused by every operation that takes a body.
func TestT18OtherBodiesThanJSONAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client(w.person("alpha", "ann", tenant.Lead), apitoken.Manage)
	for name, fields := range promised {
		method, path, _ := strings.Cut(name, " ")
		if method != http.MethodPost || fields == "" {
			continue
		}
		for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain; charset=utf-8", "application/xml", "text/json"} {
			r, err := http.NewRequest(method, w.base+"/api/v1"+path, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+c.token)
			r.Header.Set("Content-Type", kind)
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.StatusCode != http.StatusUnsupportedMediaType {
				t.Errorf("%s as %s: status %d", name, kind, resp.StatusCode)
			}
		}
	}
}
