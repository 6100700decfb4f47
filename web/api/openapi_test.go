package api_test

import (
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden file anew")

const golden = "testdata/openapi.json"

// What other programs rely on is in a file under version control: a change of it is seen in review.
func TestTheDocumentIsTheOneReviewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stranger := &client{w: w}
	got := stranger.get("/openapi.json").want(t, http.StatusOK).body + "\n"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("the document changed (-reviewed +served); run with -update if that is meant:\n%s", diff)
	}
}

// document is as much of OpenAPI 3.1 as the checks below need.
type document struct {
	OpenAPI    string `json:"openapi"`
	Info       struct{ Title, Version, Description string }
	Servers    []struct{ URL string }
	Tags       []struct{ Name string }
	Paths      map[string]map[string]operation
	Components struct {
		Schemas         map[string]any
		SecuritySchemes map[string]struct{ Type, Scheme string }
	}
}

type operation struct {
	OperationID, Summary, Description string
	Tags                              []string
	Security                          []map[string][]string
	Parameters                        []struct {
		Name, In, Description string
		Required              bool
		Schema                any
	}
	RequestBody *struct {
		Content map[string]struct{ Schema any }
	}
	Responses map[string]struct {
		Description string
		Content     map[string]struct{ Schema any }
	}
}

func TestTheDocumentIsSoundOpenAPI31(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text := (&client{w: w}).get("/openapi.json")
	d := as[document](t, text)
	if !strings.HasPrefix(d.OpenAPI, "3.1.") || d.Info.Title == "" || d.Info.Version == "" || d.Info.Description == "" || len(d.Servers) != 1 || d.Servers[0].URL != "/api/v1" {
		t.Errorf("the head is %+v %+v %+v", d.OpenAPI, d.Info, d.Servers)
	}
	if s := d.Components.SecuritySchemes["bearer"]; s.Type != "http" || s.Scheme != "bearer" {
		t.Errorf("signing in is %+v", d.Components.SecuritySchemes)
	}
	for _, ref := range regexp.MustCompile(`"\$ref": "([^"]+)"`).FindAllStringSubmatch(text.body, -1) {
		if name, ok := strings.CutPrefix(ref[1], "#/components/schemas/"); !ok || d.Components.Schemas[name] == nil {
			t.Errorf("%s names nothing", ref[1])
		}
	}
	for name, closed := range map[string]bool{"NewSession": true, "NewProvider": true, "Model": true, "Retry": true, "NoFields": true, "Session": false, "Event": false, "Problem": false} {
		schema, _ := d.Components.Schemas[name].(map[string]any)
		if _, is := schema["additionalProperties"]; schema == nil || is != closed {
			t.Errorf("%s is closed to further fields: %v, want %v", name, is, closed)
		}
	}
	if strings.Contains(text.body, "$schema") || strings.Contains(text.body, `"nullable"`) {
		t.Error("the document holds $schema links or words of OpenAPI 3.0")
	}
	ids, n := map[string]bool{}, 0
	for path, methods := range d.Paths {
		for method, op := range methods {
			op.check(t, strings.ToUpper(method)+" "+path, path)
			if ids[op.OperationID] {
				t.Errorf("two operations are called %s", op.OperationID)
			}
			ids[op.OperationID] = true
			n++
		}
	}
	if n != len(promised) {
		t.Errorf("%d operations are described, %d are promised", n, len(promised))
	}
}

var inBraces = regexp.MustCompile(`\{(\w+)\}`)

// check says what every operation owes its reader.
func (op operation) check(t *testing.T, name, path string) {
	t.Helper()
	if op.OperationID == "" || op.Summary == "" || len(op.Description) < 20 || len(op.Tags) != 1 {
		t.Errorf("%s is not described: %+v", name, op)
	}
	if len(op.Security) != 1 || op.Security[0]["bearer"] == nil {
		t.Errorf("%s does not say how to sign in", name)
	}
	for _, in := range inBraces.FindAllStringSubmatch(path, -1) {
		found := false
		for _, p := range op.Parameters {
			found = found || p.Name == in[1] && p.In == "path" && p.Required && p.Schema != nil
		}
		if !found {
			t.Errorf("%s does not describe {%s}", name, in[1])
		}
	}
	good := 0
	for status, r := range op.Responses {
		if r.Description == "" {
			t.Errorf("%s: answer %s is not described", name, status)
		}
		if status[0] == '2' {
			good++
		} else if _, ok := r.Content["application/problem+json"]; !ok {
			t.Errorf("%s: answer %s is no problem", name, status)
		}
	}
	if good != 1 {
		t.Errorf("%s has %d good answers", name, good)
	}
}

// promised are the operations of the first part of the API, by the names other programs rely on.
var promised = map[string]string{
	"GET /agents": "", "POST /agents": "name agent_type description capabilities preferred_technologies avoided_technologies runner model_identifier system_prompt temperature max_steps max_concurrent_tasks permissions changelog",
	"GET /agents/{id}": "", "PATCH /agents/{id}": "name description capabilities system_prompt permissions version base_version changelog", "DELETE /agents/{id}": "", "GET /agents/{id}/versions": "",
	"GET /agents/{id}/figures": "", "POST /agents/{id}/maintenance": "reason until", "POST /agents/{id}/activate": "", "POST /agents/{id}/deactivate": "", "POST /agents/{id}/default": "",
	"POST /agents/{id}/no-default": "", "PUT /agents/{id}/tier": "tier", "POST /agents/route": "required_capabilities preferred_agent_id preferred_type technologies model_identifier",
	"POST /sessions/{id}/feedback": "value note",
	"GET /members":                 "", "POST /members/{id}": "role", "DELETE /members/{id}": "", "GET /invitations": "", "POST /invitations": "email role", "DELETE /invitations/{id}": "",
	"GET /budget": "", "GET /budget/requests": "", "POST /budget/requests": "tokens cost_microusd reason",
	"GET /audit": "", "GET /me": "", "GET /model-providers": "", "POST /model-providers": "name kind base_url api_key models", "POST /model-providers/{id}/test": "",
	"GET /repositories": "", "GET /repositories/{id}": "", "GET /model-providers/{id}": "", "GET /repositories/{id}/branches": "", "POST /repositories": "name url path default_branch check_commands", "GET /sessions": "",
	"POST /sessions":     "title initial_prompt description session_type priority model_identifier agent_id route opencode_agent repository_id base_ref parent_id max_duration_seconds max_tokens tags metadata start",
	"GET /sessions/{id}": "", "POST /sessions/{id}/start": "", "POST /sessions/{id}/pause": "", "POST /sessions/{id}/resume": "message", "POST /sessions/{id}/stop": "",
	"POST /sessions/{id}/cancel": "", "POST /sessions/{id}/retry": "fresh", "GET /sessions/{id}/checkpoints": "", "POST /sessions/{id}/checkpoints": "note",
	"GET /sessions/{id}/checkpoints/compare": "", "POST /sessions/{id}/restore": "checkpoint message",
	"POST /sessions/{id}/fork": "checkpoint files_only message message_id model_identifier opencode_agent start title", "GET /sessions/{id}/messages": "", "POST /sessions/{id}/messages": "text",
	"GET /sessions/{id}/events": "", "GET /sessions/{id}/permissions": "", "POST /sessions/{id}/permissions/{pid}": "reply message",
	"GET /sessions/{id}/diff": "", "GET /sessions/{id}/patch": "", "GET /sessions/{id}/checks": "", "GET /sessions/{id}/outcomes": "", "POST /sessions/{id}/push": "branch",
	"POST /sessions/{id}/merge": "", "GET /repositories/{id}/merge-queue": "", "POST /repositories/{id}/merge-queue/hold": "reason", "POST /merge-queue/{id}/hold": "reason",
	"POST /merge-queue/{id}/release": "", "POST /merge-queue/{id}/remove": "", "POST /merge-queue/{id}/retry": "", "POST /merge-queue/{id}/send": "", "POST /merge-queue/{id}/move": "to",
	"GET /sessions/{id}/loop-stops": "", "PATCH /session-limits": "max_tokens_per_session max_cost_microusd_per_session max_repeats",
	"POST /model-providers/{id}/base-url": "base_url api_key", "POST /repositories/{id}/url": "url credential",
	"PUT /repositories/{id}/agent-config": "allowed", "GET /repositories/{id}/hosts": "", "POST /repositories/{id}/hosts": "host", "DELETE /repositories/{id}/hosts/{host}": "",
	"GET /repositories/{id}/forge": "", "PUT /repositories/{id}/forge": "kind api_url project token", "DELETE /repositories/{id}/forge": "", "POST /repositories/{id}/forge/webhook": "",
	"GET /sessions/{id}/pull-request": "", "POST /sessions/{id}/pull-request": "title body base branch draft", "POST /sessions/{id}/pull-request/merge": "",
	"POST /sessions/{id}/pull-request/ready": "", "POST /sessions/{id}/pull-request/close": "",
}

func TestTheDocumentHoldsWhatIsPromised(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := as[document](t, (&client{w: w}).get("/openapi.json"))
	for name, fields := range promised {
		method, path, _ := strings.Cut(name, " ")
		op, ok := d.Paths[path][strings.ToLower(method)]
		if !ok {
			t.Errorf("%s is missing", name)
			continue
		}
		for _, field := range strings.Fields(fields) {
			if !d.hasField(t, op, field) {
				t.Errorf("%s does not take %s", name, field)
			}
		}
	}
	if _, ok := d.Paths["/sessions/{id}/events"]["get"].Responses["200"].Content["text/event-stream"]; !ok {
		t.Error("the event stream is not in the document")
	}
}

func (d document) hasField(t *testing.T, op operation, field string) bool {
	t.Helper()
	if op.RequestBody == nil {
		return false
	}
	b, err := json.Marshal(op.RequestBody.Content["application/json"].Schema)
	if err != nil {
		t.Fatal(err)
	}
	var ref struct {
		Ref string `json:"$ref"`
	}
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	schema, _ := d.Components.Schemas[strings.TrimPrefix(ref.Ref, "#/components/schemas/")].(map[string]any)
	properties, _ := schema["properties"].(map[string]any)
	_, ok := properties[field]
	return ok
}
