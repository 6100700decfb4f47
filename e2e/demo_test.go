package e2e

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"testing"
	"time"
)

var demoPerson = regexp.MustCompile(`(ada@demo\.example)\s+(\S+)`)

// The demo's sessions, under the breaker as all others, end as its pages promise: one completed, one waiting for an approval, one failed
// for the rejected API key and one draft in each team. Nothing is paused.
func TestDemo(t *testing.T) {
	t.Parallel()
	w := &world{t: t, dir: t.TempDir(), flags: []string{"--demo", "--listen", "127.0.0.1:0", "--opencode-bin", opencode(t)}}
	t.Cleanup(w.cleanup)
	w.start()
	lead := w.srv.out.await(t, w.srv, demoPerson)
	jar, _ := cookiejar.New(nil)
	b := &http.Client{Jar: jar, Timeout: 2 * time.Minute}
	if res := w.form(b, "/login", url.Values{"email": {lead[1]}, "password": {lead[2]}}); res.StatusCode >= 400 {
		t.Fatalf("the lead signs in: %s", res.Status)
	}
	for _, team := range []string{"payments", "search"} {
		for _, status := range []string{"completed", "running", "failed", "pending"} {
			w.until(team+" has a session that is "+status, 3*time.Minute, func() bool { return len(w.rows(b, team, status)) == 1 })
		}
		if got := w.rows(b, team, "paused"); len(got) > 0 {
			t.Errorf("%s: sessions are paused", team)
		}
	}
}

var row = regexp.MustCompile(`id="row-[0-9a-f-]+"`)

// rows are the sessions of a status on a team's page.
func (w *world) rows(b *http.Client, team, status string) [][]byte {
	w.t.Helper()
	res, err := b.Get(w.url + "/t/" + team + "/sessions?status=" + status)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %v", res.Status, err)
	}
	return row.FindAll(page, -1)
}
