package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

var demoPerson = regexp.MustCompile(`(ada@demo\.example)\s+(\S+)`)

// The demo's sessions, under the breaker as all others, end as its pages promise: one completed, one waiting for an approval, one failed
// for the rejected API key and one draft in each team; those of the first team's repository are merged but for one. Nothing is paused.
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
	for team, completed := range map[string]int{"payments": 6, "search": 1} {
		for status, n := range map[string]int{"completed": completed, "running": 1, "failed": 1, "pending": 1} {
			w.until(fmt.Sprint(team, " has ", n, " sessions that are ", status), 5*time.Minute, func() bool { return len(w.rows(b, team, status)) == n })
		}
		if got := w.rows(b, team, "paused"); len(got) > 0 {
			t.Errorf("%s: sessions are paused", team)
		}
	}
	w.until("the merge queue found the batch's entry that fails, and merged the others", 5*time.Minute, func() bool {
		page := string(w.page(b, "/t/payments/merge-queue"))
		return strings.Count(page, "id=\"entry-") == 1 && strings.Count(page, "id=\"left-") == 3 && strings.Contains(page, "“Add a crate of couplings”, was taken out.")
	})
}

var row = regexp.MustCompile(`id="row-[0-9a-f-]+"`)

// rows are the sessions of a status on a team's page.
func (w *world) rows(b *http.Client, team, status string) [][]byte {
	w.t.Helper()
	return row.FindAll(w.page(b, "/t/"+team+"/sessions?status="+status), -1)
}

// page is a page as a browser gets it.
func (w *world) page(b *http.Client, path string) []byte {
	w.t.Helper()
	res, err := b.Get(w.url + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %v", res.Status, err)
	}
	return page
}
