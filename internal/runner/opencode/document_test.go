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
)

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
