package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/client"
)

var update = flag.Bool("update", false, "write the golden files anew")

// fake answers as the API does, for what the real server does not do on demand. Commands against the real server are tested in e2e.
type fake struct {
	*httptest.Server
	mu       sync.Mutex
	answers  map[string]string
	requests []string // method, path and body
	tokens   []string
	statuses map[string]int
	// before is called with each request before it is answered.
	before func(*http.Request)
	// git answers requests below /t/.
	git http.Handler
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{answers: map[string]string{}, statuses: map[string]int{}, before: func(*http.Request) {}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// ServeHTTP answers from the map; a stream is sent as it is, and ends.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/t/") && f.git != nil {
		f.git.ServeHTTP(w, r)
		return
	}
	f.before(r)
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/api/v1")
	f.requests = append(f.requests, strings.TrimSpace(r.Method+" "+path+" "+string(body)))
	f.tokens = append(f.tokens, r.Header.Get("Authorization"))
	answer, ok := f.answers[r.Method+" "+path]
	if !ok {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusNotFound)
		answer = `{"status":404,"code":"not_found","detail":"Nothing at this path is visible to this token."}`
	}
	if status := f.statuses[r.Method+" "+path]; status != 0 {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
	}
	_, _ = io.WriteString(w, answer)
}

// refuse answers requests with a problem.
func (f *fake) refuse(request string, status int, detail string) {
	f.set(request, client.Problem{Status: status, Code: "conflict", Detail: detail})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.statuses[request] = status
}

func (f *fake) set(request string, answer any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	text, ok := answer.(string)
	if !ok {
		b, _ := json.Marshal(answer)
		text = string(b)
	}
	f.answers[request] = text
}

// last is the newest request.
func (f *fake) last() string {
	all := f.sent()
	return all[len(all)-1]
}

func (f *fake) sent() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string{}, f.requests...)
}

// result is what a command printed.
type result struct {
	code     int
	out, err string
}

// machine is somebody's home directory and environment.
type machine map[string]string

func newMachine(t *testing.T) machine {
	t.Helper()
	return machine{"HOME": t.TempDir()}
}

// on is a machine that is signed in to the fake by its environment.
func (f *fake) on(t *testing.T) machine {
	t.Helper()
	m := newMachine(t)
	m["ORCHESTRATOR_TOKEN"] = "orc_test"
	return m
}

func (m machine) run(ctx context.Context, stdin string, args ...string) result {
	var out, err bytes.Buffer
	code := Run(ctx, args, Options{Streams: Streams{strings.NewReader(stdin), &out, &err}, Getenv: func(name string) string { return m[name] }})
	return result{code, out.String(), err.String()}
}

// to runs a command against the fake.
func (f *fake) to(t *testing.T, args ...string) result {
	t.Helper()
	return f.on(t).run(t.Context(), "", append(args, "--address", f.URL)...)
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; if that is meant, run go test -update:\n%s", file, diff)
	}
}

const sessionID = "01900000-0000-7000-8000-000000000001"

// aSession is a session of the fake.
func aSession(status string, lastSeq int64) client.Session {
	return client.Session{SessionRow: client.SessionRow{ID: sessionID, Title: "Greet people", Status: status, Attempt: 1, LastSeq: lastSeq, ModelIdentifier: "script/scripted", Branch: "orchestrator/greet",
		CreatedBy: client.Person{Name: "Ann"}}, InitialPrompt: "Greet."}
}

// stream writes events as the server sends them.
func stream(events ...string) string {
	var b strings.Builder
	for i, e := range events {
		kind, data, _ := strings.Cut(e, " ")
		fmt.Fprintf(&b, "id: %d\nevent: %s\ndata: {\"seq\":%d,\"type\":%q,\"attempt\":1,\"actor\":{\"kind\":\"user\",\"name\":\"Ann\"},\"data\":%s}\n\n", i+1, kind, i+1, kind, data)
	}
	return b.String()
}
