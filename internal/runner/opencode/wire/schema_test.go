package wire_test

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

	"github.com/industrial-orchestrator/orchestrator/internal/runner/opencode/wire"
)

func TestEveryFieldIsInTheServersDocument(t *testing.T) {
	t.Parallel()
	f := &fitting{selfDescribed(t), t, map[string]bool{}}
	check := func(v any, s *schema) { f.fits(fmt.Sprintf("%T", v), reflect.TypeOf(v), s) }
	check(wire.Health{}, f.answer("get", "/global/health"))
	check(wire.Session{}, f.answer("post", "/session"))
	check(wire.Session{}, f.answer("get", "/session/{sessionID}"))
	check([]wire.Session{}, f.answer("get", "/experimental/session"))
	check([]wire.Agent{}, f.answer("get", "/agent"))
	check(wire.Providers{}, f.answer("get", "/config/providers"))
	check([]wire.MessageWithParts{}, f.answer("get", "/session/{sessionID}/message"))
	check(map[string]wire.Status{}, f.answer("get", "/session/status"))
	check([]wire.PermissionAsk{}, f.answer("get", "/permission"))
	check([]wire.QuestionAsk{}, f.answer("get", "/question"))
	check([]wire.HistoryEntry{}, f.answer("post", "/sync/history"))
	check(map[string]int64{}, f.asks("/sync/history"))
	check(wire.PromptInput{}, f.asks("/session/{sessionID}/prompt_async"))
	check(wire.SessionInput{}, f.asks("/session"))
	check(wire.PermissionReply{}, f.asks("/permission/{requestID}/reply"))
	check(wire.QuestionReply{}, f.asks("/question/{requestID}/reply"))
	check(wire.Event{}, f.answer("get", "/global/event"))
	check(wire.SessionChanged{}, f.properties("session.created", "session.updated", "session.deleted"))
	check(wire.MessageChanged{}, f.properties("message.updated"))
	check(wire.PartChanged{}, f.properties("message.part.updated"))
	check(wire.Removed{}, f.properties("message.removed", "message.part.removed"))
	check(wire.PartDelta{}, f.properties("message.part.delta"))
	check(wire.StatusChanged{}, f.properties("session.status"))
	check(wire.FailureRaised{}, f.properties("session.error"))
	check(wire.PermissionAsk{}, f.properties("permission.asked"))
	check(wire.QuestionAsk{}, f.properties("question.asked"))
	check(wire.AskReplied{}, f.properties("permission.replied", "question.replied", "question.rejected"))
	for _, name := range structs(t) {
		if !f.seen[name] {
			t.Errorf("%s is held against nothing", name)
		}
	}
}

// structs are the types of the files that hold shapes.
func structs(t *testing.T) (names []string) {
	t.Helper()
	for _, name := range []string{"answers.go", "messages.go", "events.go", "inputs.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
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
	}
	return names
}

func isIgnored(eventType string) bool {
	d, _ := wire.DecisionOn(eventType)
	return d == wire.Ignored
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
				base, ok := wire.BaseType(fmt.Sprint(entry.Properties["type"].Enum...))
				if kind = base; !ok && !isIgnored(base) {
					t.Errorf("%s has another form", base)
				}
			}
			kinds++
			if _, known := wire.DecisionOn(kind); !known {
				t.Errorf("no decision about %s", kind)
			}
		}
	}
	for _, p := range d.variants(&schema{Ref: "/Part"}) {
		kinds++
		if kind := fmt.Sprint(p.Properties["type"].Enum...); !wire.KnowsPart(kind) {
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
	c := wire.NewClient(1, "", nil)
	c.HTTP.Transport = l
	ctx, dir := t.Context(), "/w"
	calls := map[string]func(){
		"Health":          func() { _, _ = c.Health(ctx) },
		"Boot":            func() { _ = c.Boot(ctx, dir) },
		"Agents":          func() { _, _ = c.Agents(ctx, dir) },
		"Providers":       func() { _, _ = c.Providers(ctx, dir) },
		"CreateSession":   func() { _, _ = c.CreateSession(ctx, dir, "t") },
		"Session":         func() { _, _ = c.Session(ctx, "ses_1") },
		"DeleteSession":   func() { _ = c.DeleteSession(ctx, "ses_1") },
		"Messages":        func() { _, _ = c.Messages(ctx, "ses_1") },
		"Prompt":          func() { _ = c.Prompt(ctx, "ses_1", wire.PromptInput{}) },
		"Abort":           func() { _ = c.Abort(ctx, "ses_1") },
		"Statuses":        func() { _, _ = c.Statuses(ctx, dir) },
		"Permissions":     func() { _, _ = c.Permissions(ctx, dir) },
		"Questions":       func() { _, _ = c.Questions(ctx, dir) },
		"ReplyPermission": func() { _ = c.ReplyPermission(ctx, dir, "per_1", wire.PermissionReply{}) },
		"AnswerQuestion":  func() { _ = c.AnswerQuestion(ctx, dir, "que_1", json.RawMessage("[]")) },
		"RejectQuestion":  func() { _ = c.RejectQuestion(ctx, dir, "que_1") },
		"History":         func() { _, _ = c.History(ctx, nil) },
		"AllSessions":     func() { _, _ = c.AllSessions(ctx) },
		"DisposeInstance": func() { _ = c.DisposeInstance(ctx, dir) },
		"DisposeAll":      func() { _ = c.DisposeAll(ctx) },
		"Events":          func() { _ = c.Events(ctx, func(wire.Event) {}) },
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
	for _, file := range []string{"calls.go", "stream.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Recv != nil && !slices.Contains([]string{"request", "call", "send", "Error"}, fn.Name.Name) {
				names = append(names, fn.Name.Name)
			}
		}
	}
	if len(names) < 20 {
		t.Fatalf("only these calls were found: %q", names)
	}
	return names
}
