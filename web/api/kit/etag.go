package kit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// Tagged is the body of an object that has an ETag, so that a program can make sure that it changes what it has read.
type Tagged interface{ HasETag() }

// object reads one object as its GET operation returns it.
type object func(ctx context.Context, by tenant.Actor, id string) ([]byte, error)

// figures are fields that change while nobody changes the object. They are no part of its ETag.
var figures = []string{"elapsed_seconds", "doing", "tokens", "cost_microusd", "last_event_at", "last_seq", "files_changed", "additions", "deletions", "queue", "progress", "load", "recent", "tier", "circuit"}

// tagOf is the ETag of an object in an answer; empty if the answer has none.
func tagOf(body []byte) string {
	fields := map[string]json.RawMessage{}
	if json.Unmarshal(body, &fields) != nil {
		return ""
	}
	for _, f := range figures {
		delete(fields, f)
	}
	rest, _ := json.Marshal(fields) // raw messages always encode, sorted by name
	sum := sha256.Sum256(rest)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

// setTag adds the ETag to an answer with a tagged object.
func setTag(c *fiber.Ctx) error {
	err := c.Next()
	if err == nil && c.Response().StatusCode()/100 == 2 {
		c.Set(fiber.HeaderETag, tagOf(c.Response().Body()))
	}
	return err
}

// taggedNouns are the objects that have an ETag, for the document. A test compares them with the operations.
var taggedNouns = []string{"/sessions/{id}", "/agents/{id}", "/repositories/{id}", "/model-providers/{id}"}

var taggedType = reflect.TypeFor[Tagged]()

// hasTag reports whether the answer of an operation is a tagged object.
func hasTag(answer reflect.Type) bool {
	if answer.Kind() != reflect.Struct {
		return false
	}
	body, ok := answer.FieldByName("Body")
	return ok && body.Type.Implements(taggedType)
}

// isObject reports whether an operation reads one object: GET /noun/{id}.
func isObject(op huma.Operation) bool {
	return op.Method == http.MethodGet && strings.HasSuffix(op.Path, "/{id}") && strings.Count(op.Path, "/") == 2
}

// keepObject registers how the object of a GET operation is read.
func keepObject[I, O any](a *Kit, path string, h call[I, O]) {
	a.objects[path] = func(ctx context.Context, by tenant.Actor, id string) ([]byte, error) {
		in, ok := any(new(I)).(*ByID)
		if !ok {
			panic("an object with an ETag is read by its ID: " + path)
		}
		in.ID = id
		out, err := h(ctx, by, any(in).(*I))
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		err = Encode(&b, reflect.ValueOf(out).Elem().FieldByName("Body").Interface())
		return b.Bytes(), err
	}
}

// objectPath is the path of the object that an operation changes: /noun/{id} of /noun/{id}/verb.
func objectPath(path string) string {
	parts := strings.SplitN(path, "/", 4)
	return strings.Join(parts[:min(len(parts), 3)], "/")
}

const matchHeader = "If-Match"

var matchParam = &huma.Param{Name: matchHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString},
	Description: "The ETag of the object as you read it. If the object has changed since, nothing happens and the answer is 412. Figures such as elapsed time and cost do not count as changes."}

// checkMatch refuses a change of an object that is not as the program read it. Requests with If-Match on one object run one after another.
func (a *Kit) checkMatch(path string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		wanted := c.Get(matchHeader)
		if wanted == "" {
			return c.Next()
		}
		read, ok := a.objects[path]
		if !ok {
			return Invalid(FieldProblem{"header." + matchHeader, "This operation changes no object that has an ETag. Omit the header."})
		}
		by := VisitOf(c).Actor
		defer a.matching.lock(string(by.Tenant) + path + c.Params("id"))()
		body, err := read(c.UserContext(), by, c.Params("id"))
		if err != nil {
			return err
		}
		if !matches(wanted, tagOf(body)) {
			return newProblem(http.StatusPreconditionFailed, "precondition_failed", "The object has changed since you read it. Nothing was done. Read it again, and decide whether the change still fits.")
		}
		return c.Next()
	}
}

// matches compares as RFC 9110 does: a list of ETags, or * for any; weak ones never match.
func matches(wanted, tag string) bool {
	return wanted == "*" || slices.ContainsFunc(strings.Split(wanted, ","), func(w string) bool { return strings.TrimSpace(w) == tag })
}

// queues lets requests about one object run one after another. The zero value is ready.
type queues struct {
	mu   sync.Mutex
	open map[string]*queue
}

type queue struct {
	sync.Mutex
	users int
}

// lock waits for its turn and returns the end of it.
func (q *queues) lock(name string) (unlock func()) {
	q.mu.Lock()
	if q.open == nil {
		q.open = map[string]*queue{}
	}
	one := q.open[name]
	if one == nil {
		one = &queue{}
		q.open[name] = one
	}
	one.users++
	q.mu.Unlock()
	one.Lock()
	return func() {
		one.Unlock()
		q.mu.Lock()
		defer q.mu.Unlock()
		if one.users--; one.users == 0 {
			delete(q.open, name)
		}
	}
}
