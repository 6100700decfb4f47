package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// People see times in their own zone, else in the browser's, else in UTC.
func TestTimesAreInThePersonsZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.person("alpha", "lead-alpha", tenant.Lead)
	by := w.actor("alpha", "lead-alpha")
	w.provider(by)
	work := w.session(by, "Tell the time", false)
	b := w.signedIn("lead-alpha")
	shown := func(cookie, utc string) bool {
		t.Helper()
		page := b.get("/t/alpha/sessions/"+string(work.ID), "Cookie", cookie).want(t, http.StatusOK).body
		return strings.Contains(page, utc)
	}
	utc := work.CreatedAt.Format("15:04")
	kathmandu := work.CreatedAt.In(zoneOf(t, "Asia/Kathmandu")).Format("15:04")
	if !shown("", utc) || !shown("tz=../../etc/passwd", utc) || !shown("tz=Asia/Kathmandu", kathmandu) {
		t.Error("without a setting the browser's zone counts, and UTC where that is none")
	}
	if err := w.app.People.SetProfile(context.Background(), u, u.Name, "dark", "UTC"); err != nil {
		t.Fatal(err)
	}
	if !shown("tz=Asia/Kathmandu", utc) {
		t.Error("the person's own setting does not count")
	}
}

func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}
