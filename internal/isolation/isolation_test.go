package isolation_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/isolation"
)

const (
	their = "0192f3a1-0000-7000-8000-000000000001"
	own   = "0192f3a1-0000-7000-8000-000000000002"
)

// A server that leaks in one way is found out in that way; one that does not is found clean: the check can fail.
func TestPlantedLeaksAreFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		leak func(http.ResponseWriter, *http.Request) bool
		says string
	}{
		"none":                     {func(http.ResponseWriter, *http.Request) bool { return false }, ""},
		"their thing is shown":     {shows(their, http.StatusOK, "x"), "status 200"},
		"another status":           {shows(their, http.StatusForbidden, "You may not."), "status 403"},
		"another body":             {shows(their, http.StatusNotFound, "gone"), "the bodies differ"},
		"a failure":                {shows(their, http.StatusInternalServerError, "oh"), "status 500"},
		"a name in a list":         {shows("/t/mine/sessions", http.StatusOK, "kestrel"), `contains "kestrel"`},
		"an id in a list":          {shows("/t/mine/sessions", http.StatusOK, their), "contains another team's ID"},
		"a name under a query":     {shows("?q="+their, http.StatusOK, "kestrel"), "?q="},
		"another count by a query": {shows("?q="+their, http.StatusOK, "1 found it"), "the bodies differ"},
		"a trick that opens":       {shows("//t/", http.StatusOK, ""), "as double slash"},
		"a foreign id in a body":   {takesForeign, "with another team's repository_id"},
		"a header": {func(w http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, their) {
				w.Header().Set("X-Owner", "somebody")
			}
			return false
		}, "the headers differ"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := check(t, c.leak)
			all := printed(t, rows)
			if (isolation.Leaks(rows) > 0) != (c.says != "") || !strings.Contains(all, c.says) {
				t.Errorf("%d leaks, want one that says %q:\n%s", isolation.Leaks(rows), c.says, all)
			}
		})
	}
}

func printed(t *testing.T, rows []isolation.Row) string {
	t.Helper()
	var out bytes.Buffer
	if err := isolation.Print(&out, rows); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// shows answers addresses that hold part with a text.
func shows(part string, status int, text string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.RequestURI, part) || strings.HasSuffix(part, "sessions") && r.RequestURI != part {
			return false
		}
		w.WriteHeader(status)
		fmt.Fprint(w, text)
		return true
	}
}

func takesForeign(w http.ResponseWriter, r *http.Request) bool {
	body, _ := io.ReadAll(r.Body)
	if !strings.Contains(string(body), their) {
		return false
	}
	w.WriteHeader(http.StatusCreated)
	return true
}

// walled answers own things and hides the rest, but for what leak answers first.
func walled(leak func(http.ResponseWriter, *http.Request) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case leak(w, r):
		case r.RequestURI == "/api/v1/sessions" && r.Method == http.MethodPost:
			w.WriteHeader(http.StatusUnprocessableEntity)
		case strings.HasPrefix(r.RequestURI, "/t/mine/sessions/"+own), strings.HasPrefix(r.RequestURI, "/t/mine/sessions") && !strings.HasPrefix(r.RequestURI, "/t/mine/sessions/"):
			fmt.Fprint(w, "own things")
		default:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, "Not found.")
		}
	}
}

func check(t *testing.T, leak func(http.ResponseWriter, *http.Request) bool) []isolation.Row {
	t.Helper()
	s := httptest.NewServer(walled(leak))
	t.Cleanup(s.Close)
	doc, err := isolation.ReadDocument([]byte(`{"paths":{"/sessions":{"post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/S"}}}}}}},
		"components":{"schemas":{"S":{"properties":{"title":{"type":"string"},"repository_id":{"type":"string"}},"required":["title"]}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := isolation.Check{Base: s.URL, Theirs: isolation.Team{Slug: "their", IDs: map[string]string{"sessions": their}},
		Mine: isolation.Team{Slug: "mine", IDs: map[string]string{"sessions": own}}, Marks: []string{"kestrel"}, Document: doc,
		Askers: []isolation.Asker{{Name: "lead", Role: tenant.Lead}, {Name: "token", Role: tenant.Lead, API: true}},
		Routes: []isolation.Route{{Method: "GET", Path: "/t/:slug/sessions/:id", Action: tenant.ReadSessions},
			{Method: "GET", Path: "/t/:slug/sessions", Action: tenant.ReadSessions}, {Method: "POST", Path: "/api/v1/sessions", Action: tenant.WriteSessions}}}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// A route with an id that nobody thought of is a sentence, not a gap.
func TestARouteThatCannotBeFilledIsSaid(t *testing.T) {
	t.Parallel()
	_, err := isolation.Check{Routes: []isolation.Route{{Method: "GET", Path: "/t/:slug/robots/:id", Action: tenant.ReadSessions}}}.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), `GET /t/:slug/robots/:id needs an ID after /robots/`) {
		t.Errorf("it says %v", err)
	}
}
