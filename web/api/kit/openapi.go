package kit

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// bearer names the one way to sign in.
const bearer = "bearer"

// NewHuma makes the part that speaks JSON: no pages of its own, no $schema in answers, unknown input refused.
func (a *Kit) newHuma() huma.API {
	c := huma.DefaultConfig("Industrial Orchestrator", a.version)
	c.Info.Description = about
	c.Servers = []*huma.Server{{URL: Prefix}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{bearer: {Type: "http", Scheme: "bearer", BearerFormat: "orc_…",
		Description: "An API token, made under Account or with `orchestrator token create`. It works in one team; its right is the weaker of its scope and its owner's role now."}}
	c.Tags = tags
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", "", nil
	c.RejectUnknownQueryParameters = true
	json := huma.Format{Marshal: Encode, Unmarshal: json.Unmarshal}
	c.Formats = map[string]huma.Format{"application/json": json, "json": json}
	return humafiber.NewWithGroup(nil, a.gate, c)
}

const about = `Everything a team does with coding agents, for other programs.

Sign in with an API token as Bearer; cookies are ignored. A token works in one team; ` + "`X-Tenant-ID`" + ` may name it by id or slug, another name is refused.
Times are RFC 3339 in UTC with milliseconds, ids are UUIDv7, money is whole micro-dollars, prices are micro-dollars per million tokens.
Every error is application/problem+json with a code for programs and a sentence for people. What is not there and what belongs to another team is the same 404.
Input with unknown names is refused. Answers may gain fields: ignore those you do not know.`

var tags = []*huma.Tag{
	{Name: "Token", Description: "Who a token acts as."},
	{Name: "Members", Description: "Who is in the team, and who is invited."},
	{Name: "Sessions", Description: "One piece of work given to an agent: its states, conversation and outcome."},
	{Name: "Repositories", Description: "Where agents work."},
	{Name: "Model providers", Description: "Where models are asked and what they cost."},
	{Name: "Audit log", Description: "Who did what, and what was refused."},
}

// addToDocument puts an operation of a plain handler into the document, with the errors it names.
func (a *Kit) addToDocument(op *huma.Operation) {
	o := a.huma.OpenAPI()
	schema := o.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	for _, status := range append(op.Errors, http.StatusInternalServerError) {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status),
			Content: map[string]*huma.MediaType{problemType: {Schema: schema}}}
	}
	o.AddOperation(op)
}

// DocumentRoute serves the finished document to everybody: it holds no data.
func (a *Kit) documentRoute() {
	a.openAnswers()
	text, err := json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
	if err != nil {
		panic(err) // the document is made of our own types alone
	}
	a.Route(http.MethodGet, "/openapi.json", tenant.Public, func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Send(text)
	})
}

// openAnswers lets answers grow: only what is sent to us is closed to unknown fields.
func (a *Kit) openAnswers() {
	schemas := a.huma.OpenAPI().Components.Schemas
	taken := map[*huma.Schema]bool{}
	for _, path := range a.huma.OpenAPI().Paths {
		if path.Post != nil && path.Post.RequestBody != nil {
			markSchemas(schemas, path.Post.RequestBody.Content["application/json"].Schema, taken)
		}
	}
	for _, s := range schemas.Map() {
		if !taken[s] {
			s.AdditionalProperties = nil
		}
	}
}

// markSchemas notes a schema and all it is made of.
func markSchemas(schemas huma.Registry, s *huma.Schema, seen map[*huma.Schema]bool) {
	if s = resolveSchema(schemas, s); s == nil || seen[s] {
		return
	}
	seen[s] = true
	markSchemas(schemas, s.Items, seen)
	for _, p := range s.Properties {
		markSchemas(schemas, p, seen)
	}
}
