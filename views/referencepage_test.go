package views_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"github.com/industrial-orchestrator/orchestrator/views/reference"
)

// referencePages are a small API with one of everything. web/reference draws the whole one.
func referencePages() map[string]templ.Component {
	session := reference.Schema{Name: "Session", Fields: []reference.Field{
		{Name: "id", Type: reference.Type{{Text: "string (uuid)"}}},
		{Name: "created_by", Type: reference.Type{{Schema: "Person"}, {Text: " or null"}}, About: "Who created it, as in `GET /members`."},
	}}
	create := reference.Schema{Name: "NewSession", IsClosed: true, Fields: []reference.Field{
		{Name: "title", Note: "required", Type: reference.Type{{Text: "string"}}, About: "The outcome in one line.", Examples: []string{"Greet people by name"}, Facts: []string{"1 to 200 characters"}},
		{Name: "session_type", Type: reference.Type{{Text: "string"}}, Values: []string{"execution", "planning"}, Facts: []string{"default `execution`"}},
		{Name: "a_name_that_is_as_long_as_names_become_when_they_say_everything_at_once", Type: reference.Type{{Text: "list of lists of strings"}}},
	}}
	return map[string]templ.Component{"reference": reference.Page(reference.Document{
		Title: "Industrial Orchestrator", Version: "v0.2.0", Base: "https://orchestrator.foundry.tools/api/v1", Source: "/api/v1/openapi.json",
		About: "This API gives programs access.\n\nSend an API token as a Bearer token.", Token: "An API token from the Account page.",
		Areas: []reference.Area{{ID: "area-sessions", Name: "Sessions", About: "One piece of work by an agent.", Operations: []reference.Operation{{
			ID: "create-session", Method: "POST", Path: "/sessions", Summary: "Create a session", About: "If start is true, the session is queued.", Role: "member", Scope: "run",
			Parameters: []reference.Field{{Name: "Idempotency-Key", Place: "header", Type: reference.Type{{Text: "string"}}, About: "Repeats the first answer."}},
			Request:    []reference.Body{{Media: "application/json", Type: reference.Type{{Schema: "NewSession"}}, Schema: &create}},
			Answers:    []reference.Answer{{Status: "201", About: "Created", Bodies: []reference.Body{{Media: "application/json", Type: reference.Type{{Schema: "Session"}}}}}},
			Errors:     []reference.Answer{{Status: "401", About: "Unauthorized"}},
			Examples:   []string{"curl \"$API/sessions\" \\\n  -H \"Authorization: Bearer $TOKEN\" \\\n  -d '{\n  \"title\": \"Greet people by name\"\n}'"},
		}}}},
		Names:   []reference.OtherName{{ID: "create-session", Operation: "POST /sessions", In: "body", Name: "parent_session_id", SameAs: "parent_id"}},
		Schemas: []reference.Schema{session, {Name: "Person", Fields: []reference.Field{{Name: "name", Type: reference.Type{{Text: "string"}}}}}},
		Index:   []string{"NewSession", "Person", "Session"},
	})}
}

// People find the page where they create the tokens that it is about.
func TestTheAccountPageLeadsToTheReference(t *testing.T) {
	t.Parallel()
	found := 0
	for name, c := range accountPages() {
		d, err := goquery.NewDocumentFromReader(strings.NewReader(render(t, c)))
		if err != nil {
			t.Fatal(err)
		}
		if d.Find(`form[action="/account/tokens"]`).Length() == 0 {
			continue
		}
		found++
		if d.Find(`.ph:contains("API tokens") a[href="/api/docs"]`).Length() != 1 {
			t.Errorf("%s has no link to it", name)
		}
	}
	if found == 0 {
		t.Error("no page has the form for a token")
	}
}
