package api_test

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/id"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

const the404 = `{"title":"Not Found","status":404,"code":"not_found","detail":"Nothing at this path is visible to this token."}` + "\n"

var elapsed = regexp.MustCompile(`"elapsed_seconds":\d+`)

func TestWhatIsNotThereIsAlways404ToTheByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha").lead
	ids := c.furnish(t)
	for _, path := range []string{"/sessions/" + id.New(), "/sessions/x", "/sessions/%00", "/sessions/..%2f..", "/sessions/" + strings.Repeat("a", 300),
		"/sessions/0192F3A1-0000-7000-8000-00000000000A", "/sessions/x/events", "/sessions/x/diff", "/sessions/x/patch", "/sessions/x/messages",
		"/sessions/x/permissions", "/sessions/x/checks", "/nowhere", "/", "/sessions/", "/me/", "/ME", "/sessions/" + id.New() + "/nothing"} {
		if r := c.get(path).want(t, http.StatusNotFound); r.body != the404 || r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s %s", path, r.Header.Get("Content-Type"), r.body)
		}
	}
	for _, path := range []string{"/sessions/x/start", "/sessions/x/retry", "/model-providers/x/test", ids.Replace("/sessions/{running}/permissions/x"),
		ids.Replace("/sessions/{session}/permissions/{ask}"), "/sessions/x/permissions/{ask}"} {
		body := any(nil)
		if strings.Contains(path, "permissions") {
			body = map[string]string{"reply": "once"}
		}
		if r := c.post(path, body).want(t, http.StatusNotFound); r.body != the404 {
			t.Errorf("%s: %s", path, r.body)
		}
	}
}

// bad is one thing that is wrong with a request, and what its answer must say.
type bad struct {
	path     string
	body     any
	status   int
	location string
	says     string
}

var badInputs = []bad{
	{"/sessions", job(map[string]any{"title": ""}), 422, "body.title", "1 to 200"},
	{"/sessions", job(map[string]any{"title": "  Untitled "}), 422, "body.title", ""},
	{"/sessions", job(map[string]any{"title": 7}), 422, "body.title", "must be a string"},
	{"/sessions", job(map[string]any{"title": strings.Repeat("é", 201)}), 422, "body.title", "201"},
	{"/sessions", map[string]any{"title": "No prompt at all"}, 422, "body", "initial_prompt is required"},
	{"/sessions", job(map[string]any{"colour": "red"}), 422, "body.colour", "does not exist. Use one of: agent_id, base_ref, description"},
	{"/sessions", job(map[string]any{"priority": "urgent"}), 422, "body.priority", "critical, high, medium, low, deferred, 0, 1, 2, 3, 4"},
	{"/sessions", job(map[string]any{"priority": 5}), 422, "body.priority", "critical"},
	{"/sessions", job(map[string]any{"priority": map[string]any{}}), 422, "body.priority", "critical"},
	{"/sessions", job(map[string]any{"session_type": "party"}), 422, "body.session_type", "planning"},
	{"/sessions", job(map[string]any{"model_identifier": "nothing"}), 422, "body.model_identifier", "provider/model"},
	{"/sessions", job(map[string]any{"model_identifier": "nobody/small"}), 422, "body.model_identifier", "nobody"},
	{"/sessions", job(map[string]any{"max_duration_seconds": 59}), 422, "body.max_duration_seconds", "86,400"},
	{"/sessions", job(map[string]any{"max_duration_seconds": int64(9e18)}), 422, "body.max_duration_seconds", "86,400"},
	{"/sessions", job(map[string]any{"max_duration_seconds": 60.5}), 422, "body.max_duration_seconds", "whole number"},
	{"/sessions", job(map[string]any{"max_tokens": 0}), 422, "body.max_tokens", "from 1 to 1,000,000,000,000,000"},
	{"/sessions", job(map[string]any{"base_ref": "--upload-pack=x"}), 422, "body.base_ref", "branch"},
	{"/sessions", job(map[string]any{"tags": "one"}), 422, "body.tags", "list"},
	{"/sessions", job(map[string]any{"tags": []any{1}}), 422, "body.tags[0]", "string"},
	{"/sessions", job(map[string]any{"metadata": "text"}), 422, "body.metadata", "JSON object"},
	{"/sessions", job(map[string]any{"start": "yes"}), 422, "body.start", "true or false"},
	{"/sessions", []any{}, 422, "body", "object"},
	{"/sessions", "null", 422, "body", "object"},
	{"/sessions", "{", 400, "", "not JSON"},
	{"/sessions", `{"title":"a"} x`, 400, "", "not JSON"},
	{"/sessions", nil, 400, "", "requires a JSON object"},
	{"/model-providers", map[string]any{"name": "Not A Slug", "kind": "openai", "models": []any{}}, 422, "body.name", "lower-case"},
	{"/model-providers", map[string]any{"name": "x", "kind": "mine", "models": []any{}}, 422, "body.kind", "openai_compatible"},
	{"/model-providers", map[string]any{"name": "x", "kind": "openai_compatible", "base_url": "ftp://x", "models": []any{map[string]any{"id": "m", "context": 1, "output": 1}}}, 422, "body.base_url", "https://"},
	{"/model-providers", map[string]any{"name": "x", "kind": "openai", "models": []any{map[string]any{"id": "m", "context": 1, "output": 1, "price": 3}}}, 422, "body.models[0].price", "Use one of: context, id, output, price_cache_read"},
	{"/model-providers", map[string]any{"name": "x", "kind": "openai", "a.b[0].c": 1, "models": []any{map[string]any{"id": "m", "context": 1, "output": 1}}}, 422, "body.a.b[0].c", "This field does not exist."},
	{"/model-providers", map[string]any{"name": "x", "kind": "openai", "models": []any{map[string]any{"id": "m", "context": "1", "output": 1}}}, 422, "body.models[0].context", "whole number"},
	{"/repositories", map[string]any{"name": "both", "url": "https://git.example.org/x.git", "path": "/srv/x"}, 422, "body.url", "either"},
	{"/repositories", map[string]any{"name": "x", "url": "file:///etc"}, 422, "body.url", "https://"},
	{"/repositories", map[string]any{"name": "x", "path": "/srv/x", "check_commands": []string{`echo "`}}, 422, "body.check_commands", "quotes"},
	{"/sessions/{session}/start", map[string]any{"force": true}, 422, "body.force", "This field does not exist."},
	{"/sessions/{session}/retry", map[string]any{"fresh": 1}, 422, "body.fresh", "true or false"},
	{"/sessions/{session}/messages", map[string]any{"text": " "}, 422, "body.text", "1 to 100000"},
	{"/sessions/{running}/permissions/{ask}", map[string]any{"reply": "maybe"}, 422, "body.reply", "once, always, reject"},
	{"/sessions/{running}/permissions/{ask}", map[string]any{"reply": "answered"}, 422, "body.reply", "once, always, reject"},
	{"PATCH /session-limits", map[string]any{"max_tokens": 5}, 422, "body.max_tokens", "Use one of: max_cost_microusd_per_session"},
	{"PATCH /session-limits", map[string]any{"max_repeats": 4, "max_repeat": 1}, 422, "body.max_repeat", "does not exist"},
	{"PATCH /session-limits", map[string]any{"max_repeats": 2}, 422, "body.max_repeats", "3 to 10"},
	{"PUT /repositories/{repository}/agent-config", map[string]any{"allowed": true, "alowed": false}, 422, "body.alowed", "does not exist"},
	{"GET /sessions?limit=0", nil, 422, "query.limit", "1 or more"},
	{"GET /sessions?limit=201", nil, 422, "query.limit", "200 or less"},
	{"GET /sessions?limit=ten", nil, 422, "query.limit", "whole number"},
	{"GET /sessions?status=busy", nil, 422, "query.status", "running"},
	{"GET /sessions?cursor=abc", nil, 422, "query.cursor", "without a cursor"},
	{"GET /sessions?state=running", nil, 422, "query.state", "Use one of: status, q, agent_id, limit, cursor, page_size."},
	{"GET /sessions/{session}/events?after=-1", nil, 422, "query.after", "0 or more"},
}

func TestBadInputIsNamedWithWhatWouldBeRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha").lead
	ids := c.furnish(t)
	for i, b := range badInputs {
		method, path, reads := strings.Cut(b.path, " ")
		if !reads {
			method, path = http.MethodPost, b.path
		}
		r := c.ask(method, ids.Replace(path), b.body)
		p := as[apikit.Problem](t, r)
		if r.StatusCode != b.status || p.Status != b.status || r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%d %s: %s, want %d\n%s", i, b.path, r.Status, b.status, r.body)
			continue
		}
		where, said := "", p.Detail
		if len(p.Errors) > 0 {
			where, said = p.Errors[0].Location, p.Errors[0].Message
		}
		if where != b.location || !strings.Contains(said, b.says) || !strings.HasSuffix(said, ".") {
			t.Errorf("%d %s: %q says %q, want %q to say %q", i, b.path, where, said, b.location, b.says)
		}
	}
	if page := as[items[sessionJSON]](t, c.get("/sessions")); len(page.Items) != 2 {
		t.Errorf("refused requests made sessions: there are %d", len(page.Items))
	}
}

func TestSeveralFaultsAreListedTogetherAndSecretsNotRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha").lead
	r := c.post("/sessions", job(map[string]any{"title": "", "max_duration_seconds": 1, "base_ref": ".."})).want(t, http.StatusUnprocessableEntity)
	if p := as[apikit.Problem](t, r); len(p.Errors) != 3 {
		t.Errorf("the faults are %+v", p.Errors)
	}
	for _, body := range []any{map[string]any{"name": 1, "kind": "x", "api_key": "sk-very-secret", "models": 1}, `{"api_key": "sk-very-secret"`} {
		if r := c.post("/model-providers", body); r.StatusCode < 400 || strings.Contains(r.body, "sk-very-secret") {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
	}
}

func TestOtherMethodsTypesAndSizesAreProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha").lead
	for _, method := range []string{"PUT", "PATCH", "DELETE", "OPTIONS"} {
		r := c.ask(method, "/sessions", nil).want(t, http.StatusMethodNotAllowed)
		if r.Header.Get("Allow") != "GET, HEAD, POST" || as[apikit.Problem](t, r).Code != "method_not_allowed" {
			t.Errorf("%s: Allow %q, %s", method, r.Header.Get("Allow"), r.body)
		}
	}
	if r := c.get("/sessions/"+id.New()+"/start").want(t, http.StatusMethodNotAllowed); r.Header.Get("Allow") != "POST" {
		t.Errorf("GET of a verb: Allow %q", r.Header.Get("Allow"))
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/cbor"} {
		r := c.post("/sessions", job(nil), "Content-Type", kind)
		if p := as[apikit.Problem](t, r); r.StatusCode != http.StatusUnsupportedMediaType || p.Code != "unsupported_media_type" {
			t.Errorf("%s: %s", kind, r.body)
		}
	}
	for name, more := range map[string]string{"a byte too many": "Content-Length: 1048577\r\n\r\n", "in chunks": "Transfer-Encoding: chunked\r\n\r\n200000\r\n"} {
		r := w.dial(t, "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+more).want(t, http.StatusRequestEntityTooLarge)
		if p := as[apikit.Problem](t, r); p.Code != "too_large" || !strings.Contains(p.Detail, "1 MiB") || r.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s", name, r.body)
		}
	}
	c.post("/sessions", `"`+strings.Repeat("a", 1<<20-2)+`"`).want(t, http.StatusRequestEntityTooLarge)
}

// dial sends text as it is: a client that sends its whole body is not always there to read that nobody wants it.
func (w *world) dial(t *testing.T, text string) reply {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	asked, err := http.NewRequest(http.MethodPost, w.base, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), asked)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{resp, string(body)}
}

func TestHeadAnswersLikeGetWithoutABody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha").lead
	ids := c.furnish(t)
	for _, path := range []string{"/me", "/sessions", ids.Replace("/sessions/{session}/diff"), ids.Replace("/sessions/{session}/events"), "/sessions/" + id.New(), "/openapi.json"} {
		head, get := c.ask(http.MethodHead, path, nil, "Accept", "text/event-stream, application/json"), c.get(path)
		if head.StatusCode != get.StatusCode || head.body != "" || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("%s: HEAD %d %s, GET %d %s", path, head.StatusCode, head.Header, get.StatusCode, get.Header)
		}
	}
}

func TestInternalErrorsAreLoggedOnceAndNeverShown(t *testing.T) {
	t.Parallel()
	var written bytes.Buffer
	w := newWorldLogging(t, slog.New(slog.NewTextHandler(&written, nil)))
	c := w.crew("alpha").lead
	ids := c.furnish(t)
	w.raw(t, `UPDATE sessions SET tags = 'no list' WHERE id = ?`, ids.Replace("{session}"))
	r := c.get(ids.Replace("/sessions/{session}")).want(t, http.StatusInternalServerError)
	p := as[apikit.Problem](t, r)
	if p.Code != "internal" || len(p.Errors) != 0 {
		t.Errorf("the answer is %s", r.body)
	}
	request := r.Header.Get("X-Request-Id")
	if n := strings.Count(written.String(), "request_id="+request); request == "" || n != 1 {
		t.Errorf("request %q is in the log %d times:\n%s", request, n, &written)
	}
	for _, inside := range []string{"json", "unmarshal", "sql", "scan", "invalid character"} {
		if strings.Contains(strings.ToLower(r.body), inside) {
			t.Errorf("the answer shows %q: %s", inside, r.body)
		}
	}
}
