package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// tricks are ways to write a path that another program might take for the same.
func tricks(path string) map[string]string {
	cut := strings.LastIndexByte(path, '/')
	last, before := path[cut+1:], path[:cut]
	return map[string]string{
		"double slash": "/" + path, "double slash inside": before + "//" + last, "dot": before + "/./" + last, "dot dot": before + "/x/../" + last,
		"encoded slash": before + "%2f" + last, "encoded dot": before + "/%2e/" + last, "encoded letter": before + "/" + fmt.Sprintf("%%%02x", (last + "x")[0]) + strings.TrimPrefix(last, (last + "x")[:1]),
		"trailing slash": path + "/", "trailing dot": path + "/.", "upper case": strings.ToUpper(path), "semicolon": path + ";x=1", "backslash": before + "\\" + last,
		"null": path + "%00", "public before": "/static/.." + path, "health before": "/health/../" + strings.TrimPrefix(path, "/"), "encoded before": "/login%2f.." + path,
		"absolute": "http://localhost" + path, "question": path + "%3f", "tab": path + "%09", "double encoded": strings.Replace(path, "/", "/%252e/", 1),
	}
}

// T-07: however a path is written, it opens nothing to whom its plain form is closed: each registered route, asked by a stranger,
// by a viewer, and by the lead of another team.
func TestT07PathTricksOpenNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withAPI)
	a := crew(t, w, "alpha")
	crew(t, w, "beta")
	work := w.session(a, "Port the ledger", false)
	askers := map[string]string{"a stranger": "", "a viewer": cookieOf(w.signedIn("viewer-alpha")), "another team's lead": cookieOf(w.signedIn("lead-beta"))}
	seen := 0
	for _, r := range w.web.Fiber.GetRoutes(true) {
		if r.Method == http.MethodHead || strings.HasPrefix(r.Path, "/health") || strings.HasPrefix(r.Path, "/static") || strings.HasSuffix(r.Path, "/stream") {
			continue
		}
		path := strings.NewReplacer(":slug", "alpha", ":id", string(work.ID), ":ask", string(work.ID), ":call", string(work.ID)).Replace(r.Path)
		for who, cookie := range askers {
			plain := status(t, w, r.Method, path, cookie)
			if plain < 300 {
				continue // open to them anyway
			}
			for name, trick := range tricks(path) {
				seen++
				if got := status(t, w, r.Method, trick, cookie); got < 300 {
					t.Errorf("%s %s is %d to %s; as %s it is %d", r.Method, path, plain, who, name, got)
				}
			}
		}
	}
	if seen < 1000 {
		t.Errorf("only %d tricks were tried", seen)
	}
	if s, err := w.app.Work.Session(context.Background(), a, work.ID); err != nil || s.Status != "pending" {
		t.Errorf("the session is %s, %v", s.Status, err)
	}
}

// T-07: a method is what the request line says. A GET that asks to be taken for a POST stays one and changes nothing.
func TestT07MethodsAreNotOverridden(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withAPI)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", false)
	b := w.signedIn("lead-alpha")
	at := "/t/alpha/sessions/" + string(work.ID)
	for _, h := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
		if got := b.get(at+"/delete?_method=POST&csrf="+b.csrf()+"&team=alpha", h, "POST"); got.StatusCode != http.StatusNotFound {
			t.Errorf("a GET with %s: status %d", h, got.StatusCode)
		}
		got := b.act("alpha", "/sessions/"+string(work.ID), map[string][]string{"_method": {"DELETE"}}, h, "DELETE")
		got.want(t, http.StatusNotFound)
	}
	if _, err := w.app.Work.Session(context.Background(), a, work.ID); err != nil {
		t.Error(err)
	}
}

// T-19: no GET of any route changes anything, whatever its query says.
func TestT19NoGETChangesState(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	work := w.session(a, "Port the ledger", false)
	b := w.signedIn("lead-alpha")
	query := "?mode=auto&start=1&csrf=" + b.csrf() + "&team=alpha&title=x&initial_prompt=x&model_identifier=scripted/small&slug=alpha"
	for _, r := range w.web.Fiber.GetRoutes(true) {
		if r.Method == http.MethodPost {
			path := strings.NewReplacer(":slug", "alpha", ":id", string(work.ID), ":ask", string(work.ID), ":token", "x").Replace(r.Path)
			b.get(path + query)
		}
	}
	b.get("/t/alpha/sessions/new"+query).want(t, http.StatusOK)
	all, err := w.app.Work.Sessions(context.Background(), a, session.Filter{})
	if err != nil || len(all.Items) != 1 || all.Items[0].Status != "pending" || all.Items[0].Version != work.Version {
		t.Errorf("sessions afterwards: %+v, %v", all, err)
	}
}

// T-48, T-50: nothing that only looks like a credential opens a page or the API.
func TestT48OddCredentialsOpenNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withAPI)
	a := crew(t, w, "alpha")
	text, _, err := w.app.People.CreateToken(context.Background(), a, "ci", apitoken.Manage, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	b.get("/api/v1/sessions", "Authorization", "Bearer "+text).want(t, http.StatusOK)
	for _, h := range []string{"", "Bearer", "Bearer ", text, "Basic " + text, "Bearer " + text + "x", "Bearer " + strings.ToUpper(text), "Bearer orc_' OR '1'='1", "Bearer orc_%",
		"Bearer " + apitoken.Hash(text), "Bearer " + text + " " + text, "Bearer orc_" + strings.Repeat("a", 5000)} {
		b.get("/api/v1/sessions", "Authorization", h).want(t, http.StatusUnauthorized)
	}
	// A token is no cookie, and a cookie no token.
	for _, cookie := range []string{text, "' OR 1=1 --", strings.Repeat("a", 5000), "%00", ".."} {
		b.get("/t/alpha", "Cookie", "session="+cookie).want(t, http.StatusSeeOther)
		b.get("/api/v1/sessions", "Cookie", "session="+cookie).want(t, http.StatusUnauthorized)
	}
	b.get("/t/alpha", "Authorization", "Bearer "+text).want(t, http.StatusSeeOther)
	b.get("/api/v1/sessions?access_token="+text+"&token="+text).want(t, http.StatusUnauthorized)
	b.get("/t/alpha", "X-Webauth-User", "lead-alpha@example.org", "X-Forwarded-User", "lead-alpha@example.org", "Remote-User", "lead-alpha").want(t, http.StatusSeeOther)
}

func cookieOf(b *browser) string { return b.cookie() }

// status is what a request line as it is written is answered with; a client would tidy the path first.
func status(t *testing.T, w *world, method, path, cookie string) int {
	t.Helper()
	conn, err := net.Dial("tcp", w.base[len("http://"):])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\nCookie: session=%s\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		method, path, w.base[len("http://"):], cookie)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}
