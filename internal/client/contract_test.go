package client

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

// document is the part of the OpenAPI document that is compared.
type document struct {
	Paths      map[string]map[string]struct{ OperationID string }
	Components struct {
		Schemas map[string]struct{ Properties map[string]any }
	}
}

func readDocument(t *testing.T) (d document) {
	t.Helper()
	text, err := os.ReadFile("../../web/api/testdata/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// types are the types of the client by the name of their schema.
var types = []any{SessionRow{}, Session{}, Reason{}, Queue{}, Tokens{}, Person{}, NewSession{}, SessionPage{}, SessionLimits{}, Ask{}, Reply{}, Event{}, Actor{}, EventPage{},
	Message{}, Diff{}, File{}, Missing{}, Check{}, LoopStop{}, LoopSign{}, LoopTurn{}, Repository{}, Branches{}, Branch{}, NewRepository{}, RepositoryAddress{}, Host{}, Model{}, Provider{},
	NewProvider{}, ProviderTest{}, ProviderAddress{}, Me{}, MeUser{}, MeTenant{}, MeLimits{}, Member{}, Invitation{}, NewInvitation{}, MadeInvitation{}, Budget{}, BudgetFigures{},
	Forecast{}, UsageDay{}, Storage{}, BudgetRequest{}, NewBudgetRequest{}, AuditEntry{}, AuditPage{}, Problem{}, FieldProblem{}, LimitProblem{}, CheckCounts{}, Checkpoint{}, CheckpointSums{},
	Comparison{}, RestoredSession{}, NewFork{}, Pushed{}, OmittedInTip{}, Outcome{}, PullRequest{}, PullCheck{}, NewPullRequest{}, MergeQueue{}, MergeEntry{}, MergeRun{}, Forge{},
	NewForge{}, ForgeWebhook{}, Agent{}, AgentPage{}, NewAgent{}, AgentChange{}, Load{}, Maintenance{}, Recent{}, Sums{}, NamedSums{}, Figures{}, Rule{}, Version{}, Change{}, Need{}, Routing{},
	AgentRef{}, Parts{}, Ranked{}, Excluded{}}

// otherNames are fields that the API also accepts under another name. This client uses one.
var otherNames = []string{"parent_session_id"}

// inline are the schemas whose fields a method takes as parameters.
var inline = []string{"AgentConfig", "MemberRole", "NewHost", "NewMessage", "NewCheckpoint", "NewRestore", "NoFields", "Resume", "Retry", "Push", "Hold", "MergeMove", "NewMaintenance", "NewTier", "Feedback"}

func TestTypesAreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	d, seen := readDocument(t), slices.Clone(inline)
	for _, v := range types {
		typ := reflect.TypeOf(v)
		seen = append(seen, typ.Name())
		schema, ok := d.Components.Schemas[typ.Name()]
		if !ok {
			t.Errorf("the document has no schema %s", typ.Name())
			continue
		}
		fields := jsonFields(typ)
		for name := range schema.Properties {
			if !slices.Contains(fields, name) && !slices.Contains(otherNames, name) {
				t.Errorf("%s has no field %s", typ.Name(), name)
			}
		}
		for _, name := range fields {
			if _, ok := schema.Properties[name]; !ok {
				t.Errorf("%s has a field %s, which the document does not have", typ.Name(), name)
			}
		}
	}
	for name := range d.Components.Schemas {
		if !slices.Contains(seen, name) && !strings.HasPrefix(name, "List") && name != "LoopStops" {
			t.Errorf("the client has no type for %s", name)
		}
	}
}

func jsonFields(typ reflect.Type) (names []string) {
	for _, f := range reflect.VisibleFields(typ) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

func TestEveryOperationHasAMethod(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var requests []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		requests = append(requests, r.Method+" "+strings.TrimPrefix(r.URL.EscapedPath(), prefix))
		_, _ = w.Write([]byte(`{"items":[]}`))
	}))
	defer server.Close()
	c, err := New(server.URL, "orc_test")
	if err != nil {
		t.Fatal(err)
	}
	callEverything(t, c)
	for path, ops := range readDocument(t).Paths {
		for method, op := range ops {
			called := slices.ContainsFunc(requests, func(r string) bool { return fits(r, strings.ToUpper(method)+" "+path) })
			if !called {
				t.Errorf("no method calls %s (%s %s)", op.OperationID, strings.ToUpper(method), path)
			}
		}
	}
}

// fits reports whether a request is one of an operation: {id} stands for any segment.
func fits(request, operation string) bool {
	have, want := strings.Split(request, "/"), strings.Split(operation, "/")
	return len(have) == len(want) && !slices.ContainsFunc(want, func(s string) bool {
		i := slices.Index(want, s)
		return !strings.HasPrefix(s, "{") && have[i] != s
	})
}

// callEverything calls each method of the client with zero values, except Do and Call, which are what the others are made of.
func callEverything(t *testing.T, c *Client) {
	t.Helper()
	v := reflect.ValueOf(c)
	for i := range v.NumMethod() {
		m := v.Method(i)
		switch v.Type().Method(i).Name {
		case "Address", "Do", "Call", "Follow":
			continue
		case "MoveSession":
			for _, move := range []Move{Start, Pause, Stop, Cancel} {
				_, _ = c.MoveSession(t.Context(), "id", move)
			}
			continue
		}
		args := []reflect.Value{reflect.ValueOf(t.Context())}
		for j := 1; j < m.Type().NumIn(); j++ {
			arg := reflect.New(m.Type().In(j)).Elem()
			if arg.Kind() == reflect.String {
				arg.SetString("id")
			}
			args = append(args, arg)
		}
		m.Call(args)
	}
}
