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

// DocsPath is the path of the page that shows the document to people.
const DocsPath = "/api/docs"

// bearer is the name of the only security scheme.
const bearer = "bearer"

// newHuma returns huma without pages of its own and without $schema in answers. It refuses unknown input.
func (a *Kit) newHuma() huma.API {
	c := huma.DefaultConfig("Industrial Orchestrator", a.version)
	c.Info.Description = about
	c.Servers = []*huma.Server{{URL: Prefix}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{bearer: {Type: "http", Scheme: "bearer", BearerFormat: "orc_…",
		Description: "An API token from the Account page or from `orchestrator token create`. It is valid for one team. Its permissions are limited by its scope or its owner's current role, whichever is more restrictive."}}
	c.Tags = tags
	c.ExternalDocs = &huma.ExternalDocs{Description: "This document as a page.", URL: DocsPath}
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", "", nil
	c.RejectUnknownQueryParameters = true
	json := huma.Format{Marshal: Encode, Unmarshal: decode}
	c.Formats = map[string]huma.Format{"application/json": json, "json": json}
	return humafiber.NewWithGroup(nil, a.gate, c)
}

const about = `This API gives programs access to everything that a team does with coding agents.

Send an API token as a Bearer token; cookies are ignored. A token is valid for one team. ` + "`X-Tenant-ID`" + ` is optional and must be the ID or slug of that team.
Times are RFC 3339 in UTC with milliseconds, IDs are UUIDv7, money is in whole micro-dollars, and prices are in micro-dollars per million tokens.
Every error is application/problem+json with a code for programs and a sentence for people. A request for a missing object and a request for another team's object return the same 404.
Input with unknown fields is rejected. Responses may gain fields: ignore fields that you do not recognize.`

var tags = []*huma.Tag{
	{Name: "Token", Description: "A token's owner and team."},
	{Name: "Members", Description: "The team's members and open invitations."},
	{Name: "Sessions", Description: "One piece of work by an agent: its states, conversation and result."},
	{Name: "Repositories", Description: "The git repositories that agents work in."},
	{Name: "Model providers", Description: "Services that provide models, and the prices of those models."},
	{Name: "Budget", Description: "What the team may spend in a month, and requests for more."},
	{Name: "Audit log", Description: "What people and programs did, and what was refused."},
}

// addToDocument adds an operation of a plain handler to the document, with its errors.
func (a *Kit) addToDocument(op *huma.Operation) {
	o := a.huma.OpenAPI()
	schema := o.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	for _, status := range append(op.Errors, http.StatusInternalServerError) {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status),
			Content: map[string]*huma.MediaType{problemType: {Schema: schema}}}
	}
	o.AddOperation(op)
}

// documentRoute serves the finished document to everyone, because it has no data.
func (a *Kit) documentRoute() {
	a.openAnswers()
	a.huma.OpenAPI().Extensions = map[string]any{"x-other-names": a.otherNames}
	text, err := json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
	if err != nil {
		panic(err) // the document consists of our own types
	}
	a.document = text
	a.Route(http.MethodGet, "/openapi.json", tenant.Public, func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Send(text)
	})
}

// openAnswers allows unknown fields in answers, so that they can grow. Only input rejects unknown fields.
func (a *Kit) openAnswers() {
	schemas := a.huma.OpenAPI().Components.Schemas
	sent := map[*huma.Schema]bool{}
	for _, path := range a.huma.OpenAPI().Paths {
		for _, op := range []*huma.Operation{path.Post, path.Put, path.Patch, path.Delete} {
			if op != nil && op.RequestBody != nil {
				markSchemas(schemas, op.RequestBody.Content["application/json"].Schema, sent)
			}
		}
	}
	for _, s := range schemas.Map() {
		if !sent[s] {
			s.AdditionalProperties = nil
		}
	}
}

// markSchemas marks a schema and every schema that it consists of.
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
