package opencode

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/runner"
)

// document is the server's own description of itself.
type document struct {
	Paths      map[string]map[string]*operation `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	Parameters  []struct{ Name, In string } `json:"parameters"`
	RequestBody body                        `json:"requestBody"`
	Responses   map[string]body             `json:"responses"`
}

type body struct {
	Content map[string]struct{ Schema *schema } `json:"content"`
}

func (b body) schema() *schema {
	for _, c := range b.Content {
		return c.Schema
	}
	return nil
}

type schema struct {
	Ref        string             `json:"$ref"`
	Type       string             `json:"type"`
	Enum       []any              `json:"enum"`
	Properties map[string]*schema `json:"properties"`
	Items      *schema            `json:"items"`
	AnyOf      []*schema          `json:"anyOf"`
	OneOf      []*schema          `json:"oneOf"`
	Additional json.RawMessage    `json:"additionalProperties"`
}

// selfDescribed fetches the document from the running server.
func selfDescribed(t *testing.T) (d document) {
	t.Helper()
	h := sharedRunner(t)
	newDesk(t, h, "hello").start(t).end(t, runner.Done)
	if err := h.Runner.team(crew).srv.client.call(t.Context(), http.MethodGet, "/doc", "", nil, &d); err != nil {
		t.Fatal(err)
	}
	if len(d.Paths) < 50 || len(d.Components.Schemas) < 100 {
		t.Fatalf("the document has %d paths and %d schemas", len(d.Paths), len(d.Components.Schemas))
	}
	return d
}

// variants are the plain schemas a schema stands for.
func (d document) variants(s *schema) (all []*schema) {
	switch {
	case s == nil:
		return nil
	case s.Ref != "":
		return d.variants(d.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]])
	case len(s.AnyOf)+len(s.OneOf) > 0:
		for _, v := range slices.Concat(s.AnyOf, s.OneOf) {
			all = append(all, d.variants(v)...)
		}
		return all
	}
	return []*schema{s}
}

func (d document) answer(method, path string) *schema {
	return d.Paths[path][method].Responses["200"].schema()
}
func (d document) asks(path string) *schema { return d.Paths[path]["post"].RequestBody.schema() }

// properties are what the events of some types hold.
func (d document) properties(kinds ...string) (all *schema) {
	all = &schema{}
	for _, v := range d.variants(&schema{Ref: "/GlobalEvent"}) {
		for _, e := range d.variants(v.Properties["payload"]) {
			if slices.Contains(kinds, fmt.Sprint(e.Properties["type"].Enum...)) {
				all.AnyOf = append(all.AnyOf, e.Properties["properties"])
			}
		}
	}
	return all
}

// fitting holds Go types against schemas.
type fitting struct {
	document
	t    *testing.T
	seen map[string]bool // structs met
}

func (f *fitting) fits(path string, have reflect.Type, s *schema) {
	f.t.Helper()
	vs := f.variants(s)
	if len(vs) == 0 {
		f.t.Errorf("%s is not in the server's document", path)
	}
	if have.Kind() == reflect.Pointer {
		have = have.Elem()
	}
	switch {
	case have == reflect.TypeFor[json.RawMessage]():
	case have.Kind() == reflect.Struct:
		f.fields(path, have, vs)
	default:
		for _, v := range vs {
			f.plain(path, have, v)
		}
	}
}

// fields finds each field in one variant at least, and fits it to each that has it.
func (f *fitting) fields(path string, have reflect.Type, vs []*schema) {
	f.t.Helper()
	f.seen[have.Name()] = true
	for i := range have.NumField() {
		field := have.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		found := &schema{}
		for _, v := range vs {
			if p := v.Properties[name]; p != nil {
				found.AnyOf = append(found.AnyOf, p)
			}
		}
		f.fits(path+"."+name, field.Type, found)
	}
}

var plainKinds = map[reflect.Kind][]string{reflect.String: {"string"}, reflect.Bool: {"boolean"}, reflect.Float64: {"number", "integer"},
	reflect.Int64: {"integer"}, reflect.Slice: {"array"}, reflect.Map: {"object"}}

func (f *fitting) plain(path string, have reflect.Type, s *schema) {
	f.t.Helper()
	if !slices.Contains(plainKinds[have.Kind()], s.Type) {
		f.t.Errorf("%s is %q in the document, %s here", path, s.Type, have)
		return
	}
	switch have.Kind() {
	case reflect.Slice:
		f.fits(path+"[]", have.Elem(), s.Items)
	case reflect.Map:
		value := s.additional()
		f.fits(path+"{}", have.Elem(), value)
	}
}

func (s *schema) additional() *schema {
	var a schema
	_ = json.Unmarshal(s.Additional, &a) // false and true hold no schema
	return &a
}

func TestEveryFieldIsInTheServersDocument(t *testing.T) {
	t.Parallel()
	f := &fitting{selfDescribed(t), t, map[string]bool{}}
	check := func(v any, s *schema) { f.fits(fmt.Sprintf("%T", v), reflect.TypeOf(v), s) }
	check(healthAnswer{}, f.answer("get", "/global/health"))
	check(sessionInfo{}, f.answer("post", "/session"))
	check(sessionInfo{}, f.answer("get", "/session/{sessionID}"))
	check([]sessionInfo{}, f.answer("get", "/experimental/session"))
	check([]agentInfo{}, f.answer("get", "/agent"))
	check(providersAnswer{}, f.answer("get", "/config/providers"))
	check([]messageAnswer{}, f.answer("get", "/session/{sessionID}/message"))
	check(map[string]statusInfo{}, f.answer("get", "/session/status"))
	check([]permissionAsk{}, f.answer("get", "/permission"))
	check([]questionAsk{}, f.answer("get", "/question"))
	check([]historyEvent{}, f.answer("post", "/sync/history"))
	check(map[string]int64{}, f.asks("/sync/history"))
	check(promptInput{}, f.asks("/session/{sessionID}/prompt_async"))
	check(sessionInput{}, f.asks("/session"))
	check(permissionReply{}, f.asks("/permission/{requestID}/reply"))
	check(questionReply{}, f.asks("/question/{requestID}/reply"))
	check(globalEvent{}, f.answer("get", "/global/event"))
	check(sessionData{}, f.properties("session.created", "session.updated", "session.deleted"))
	check(messageData{}, f.properties("message.updated"))
	check(partData{}, f.properties("message.part.updated"))
	check(removedData{}, f.properties("message.removed", "message.part.removed"))
	check(deltaData{}, f.properties("message.part.delta"))
	check(statusData{}, f.properties("session.status"))
	check(errorEventData{}, f.properties("session.error"))
	check(permissionAsk{}, f.properties("permission.asked"))
	check(questionAsk{}, f.properties("question.asked"))
	check(repliedData{}, f.properties("permission.replied", "question.replied", "question.rejected"))
	for _, name := range structs(t) {
		if !f.seen[name] {
			t.Errorf("api.go has %s, which is held against nothing", name)
		}
	}
}

// structs are the types of api.go.
func structs(t *testing.T) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "api.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
			for _, s := range g.Specs {
				names = append(names, s.(*ast.TypeSpec).Name.Name)
			}
		}
	}
	return names
}

func TestEveryTypeInTheServersDocumentHasADecision(t *testing.T) {
	t.Parallel()
	d := selfDescribed(t)
	kinds := 0
	for _, v := range d.variants(&schema{Ref: "/GlobalEvent"}) {
		for _, e := range d.variants(v.Properties["payload"]) {
			kind := fmt.Sprint(e.Properties["type"].Enum...)
			if kind == "sync" {
				entry := d.variants(e.Properties["syncEvent"])[0]
				base, ok := baseType(fmt.Sprint(entry.Properties["type"].Enum...))
				if kind = base; !ok && decisions[base] != ignored {
					t.Errorf("%s has another form", base)
				}
			}
			kinds++
			if decisions[kind] == "" {
				t.Errorf("no decision about %s", kind)
			}
		}
	}
	for _, p := range d.variants(&schema{Ref: "/Part"}) {
		kinds++
		if kind := fmt.Sprint(p.Properties["type"].Enum...); partDecisions[kind] == "" {
			t.Errorf("no decision about the part %s", kind)
		}
	}
	if kinds < 80 {
		t.Errorf("only %d types were found", kinds)
	}
}

// TestEveryEndpointIsInTheServersDocument makes each call of the client and finds it there, with its parameters.
func TestEveryEndpointIsInTheServersDocument(t *testing.T) {
	t.Parallel()
	d := selfDescribed(t)
	for _, c := range callsOf(t) {
		op := d.operation(c)
		if op == nil {
			t.Errorf("%s %s is not in the document", c.Method, c.URL.Path)
			continue
		}
		for name := range c.URL.Query() {
			if !slices.ContainsFunc(op.Parameters, func(p struct{ Name, In string }) bool { return p.Name == name && p.In == "query" }) {
				t.Errorf("%s %s takes no %s", c.Method, c.URL.Path, name)
			}
		}
	}
}

var braces = regexp.MustCompile(`\\\{[^}]*\\\}`)

func (d document) operation(c *http.Request) *operation {
	for path, ops := range d.Paths {
		if path == c.URL.Path {
			return ops[strings.ToLower(c.Method)]
		}
	}
	for path, ops := range d.Paths {
		like := regexp.MustCompile("^" + braces.ReplaceAllString(regexp.QuoteMeta(path), "[^/]+") + "$")
		if op := ops[strings.ToLower(c.Method)]; op != nil && like.MatchString(c.URL.Path) {
			return op
		}
	}
	return nil
}

// listener notes requests and answers none.
type listener struct{ heard []*http.Request }

func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	l.heard = append(l.heard, r)
	return &http.Response{StatusCode: http.StatusTeapot, Body: http.NoBody}, nil
}

// callsOf makes every call that client.go and stream.go have.
func callsOf(t *testing.T) []*http.Request {
	t.Helper()
	l := &listener{}
	c := &client{base: "http://opencode", http: &http.Client{Transport: l}}
	ctx, dir := t.Context(), "/w"
	calls := map[string]func(){
		"health":          func() { _, _ = c.health(ctx) },
		"boot":            func() { _ = c.boot(ctx, dir) },
		"agents":          func() { _, _ = c.agents(ctx, dir) },
		"providers":       func() { _, _ = c.providers(ctx, dir) },
		"create":          func() { _, _ = c.create(ctx, dir, "t") },
		"session":         func() { _, _ = c.session(ctx, "ses_1") },
		"messages":        func() { _, _ = c.messages(ctx, "ses_1") },
		"prompt":          func() { _ = c.prompt(ctx, "ses_1", promptInput{}) },
		"abort":           func() { _ = c.abort(ctx, "ses_1") },
		"statuses":        func() { _, _ = c.statuses(ctx, dir) },
		"permissions":     func() { _, _ = c.permissions(ctx, dir) },
		"questions":       func() { _, _ = c.questions(ctx, dir) },
		"replyPermission": func() { _ = c.replyPermission(ctx, dir, "per_1", permissionReply{}) },
		"answerQuestion":  func() { _ = c.answerQuestion(ctx, dir, "que_1", json.RawMessage("[]")) },
		"rejectQuestion":  func() { _ = c.rejectQuestion(ctx, dir, "que_1") },
		"history":         func() { _, _ = c.history(ctx, nil) },
		"allSessions":     func() { _, _ = c.allSessions(ctx) },
		"disposeInstance": func() { _ = c.disposeInstance(ctx, dir) },
		"disposeAll":      func() { _ = c.disposeAll(ctx) },
		"events":          func() { _ = c.events(ctx, func(globalEvent) {}) },
	}
	for _, name := range clientMethods(t) {
		call := calls[name]
		if call == nil {
			t.Errorf("the client's %s is held against nothing", name)
			continue
		}
		before := len(l.heard)
		call()
		if len(l.heard) != before+1 {
			t.Errorf("%s made %d calls", name, len(l.heard)-before)
		}
	}
	return l.heard
}

// clientMethods are the client's calls by name: its methods but for those that make a call.
func clientMethods(t *testing.T) (names []string) {
	t.Helper()
	for _, file := range []string{"client.go", "stream.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Recv != nil && !slices.Contains([]string{"request", "call", "ask", "Error"}, fn.Name.Name) {
				names = append(names, fn.Name.Name)
			}
		}
	}
	if len(names) < 20 {
		t.Fatalf("only these calls were found: %q", names)
	}
	return names
}
