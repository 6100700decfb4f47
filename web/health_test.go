package web_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/db"
	"github.com/industrial-orchestrator/orchestrator/db/dbtest"
	dbkernel "github.com/industrial-orchestrator/orchestrator/db/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/hub"
	"github.com/industrial-orchestrator/orchestrator/web"
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// A server that cannot write, or does not dispatch, is not ready and says why to whoever asks. It is alive all the same.
func TestReadinessSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	full := fault.New(fault.Unavailable, "The disk is full.")
	for want, o := range map[string]app.Options{
		"ok":                                {},
		"not ready: The disk is full.":      {DataFull: func() error { return full }},
		"not ready: The dispatcher has not": {DispatcherAlive: func() bool { return false }},
		"not ready: The database ":          {DB: closed(t)},
	} {
		o.Hub, o.Keys = hub.New(), w.app.Kernel.Keys
		if o.DB == nil {
			o.DB = w.db
		}
		srv := web.New(webkit.Options{App: app.New(o), Version: "test", Log: slog.New(slog.DiscardHandler)})
		get := func(path string) (int, string) {
			res, err := srv.Fiber.Test(httptest.NewRequest(http.MethodGet, path, nil), -1)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(res.Body)
			return res.StatusCode, string(body)
		}
		status := map[bool]int{true: http.StatusOK, false: http.StatusServiceUnavailable}[want == "ok"]
		if got, body := get("/health/ready"); got != status || !strings.HasPrefix(body, want) {
			t.Errorf("%s: %d %s", want, got, body)
		}
		if got, body := get("/health/live"); got != http.StatusOK {
			t.Errorf("%s: alive %d %s", want, got, body)
		}
	}
}

// closed is a database that answers nothing any more.
func closed(t *testing.T) *dbkernel.DB {
	t.Helper()
	d, err := db.Open(t.Context(), dbkernel.Options{Path: dbtest.File(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return d
}
