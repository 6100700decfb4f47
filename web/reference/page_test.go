package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	views "github.com/industrial-orchestrator/orchestrator/views/reference"
)

func golden(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile("../api/testdata/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// draw is the page of a document.
func draw(t *testing.T, text []byte) *goquery.Document {
	t.Helper()
	d, err := Build(text, "https://orchestrator.example.org/")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := views.Page(d).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	page, err := goquery.NewDocumentFromReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func generic(t *testing.T, text []byte) (m map[string]any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

// A word of OpenAPI that the page does not read would be left out in silence.
func TestThePageReadsEveryWordOfTheDocument(t *testing.T) {
	t.Parallel()
	if _, err := parse(golden(t), true); err != nil {
		t.Errorf("add it to the page: %v", err)
	}
	planted := bytes.Replace(golden(t), []byte(`"openapi"`), []byte(`"webhooks": {}, "openapi"`), 1)
	if _, err := parse(planted, true); err == nil {
		t.Error("a planted word was not found")
	}
}

func TestTheWholeDocumentIsOnThePage(t *testing.T) {
	t.Parallel()
	for _, missing := range notOnPage(generic(t, golden(t)), draw(t, golden(t))) {
		t.Error(missing)
	}
}

// What is left out of the page is found, whatever it is.
func TestWhatIsLeftOutIsFound(t *testing.T) {
	t.Parallel()
	schemas := func(d map[string]any) map[string]any { return at(d, "components", "schemas") }
	for name, cut := range map[string]func(d map[string]any){
		"operation create-session": func(d map[string]any) { delete(at(d, "paths", "/sessions"), "post") },
		"parameter cursor":         func(d map[string]any) { op := at(d, "paths", "/sessions", "get"); op["parameters"] = []any{} },
		"response 409":             func(d map[string]any) { delete(at(d, "paths", "/sessions", "post", "responses"), "409") },
		"field title":              func(d map[string]any) { delete(at(schemas(d), "NewSession", "properties"), "title") },
		"field who_can":            func(d map[string]any) { delete(at(schemas(d), "LimitProblem", "properties"), "who_can") },
		"value planning": func(d map[string]any) {
			at(schemas(d), "NewSession", "properties", "session_type")["enum"] = []any{"review"}
		},
		"is required":                func(d map[string]any) { delete(at(schemas(d), "NewSession"), "required") },
		"description of field title": func(d map[string]any) { at(schemas(d), "NewSession", "properties", "title")["description"] = "Other." },
		"maximum of parameter limit": func(d map[string]any) {
			for _, p := range at(d, "paths", "/sessions", "get")["parameters"].([]any) {
				delete(p.(map[string]any)["schema"].(map[string]any), "maximum")
			}
		},
		"type of field start": func(d map[string]any) { at(schemas(d), "NewSession", "properties", "start")["type"] = "string" },
		"role of":             func(d map[string]any) { delete(at(d, "paths", "/sessions", "post"), "x-role") },
		"page_size":           func(d map[string]any) { d["x-other-names"] = []any{} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cutDown := generic(t, golden(t))
			cut(cutDown)
			text, err := json.Marshal(cutDown)
			if err != nil {
				t.Fatal(err)
			}
			found := notOnPage(generic(t, golden(t)), draw(t, text))
			if !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, name) }) {
				t.Errorf("%d things are reported, not this one: %v", len(found), found[:min(len(found), 3)])
			}
		})
	}
}

func at(m map[string]any, keys ...string) map[string]any {
	for _, k := range keys {
		m, _ = m[k].(map[string]any)
	}
	return m
}

// notOnPage lists everything in a document that a page does not show at its place. It reads the document as plain JSON, so that it
// depends on nothing that makes the page.
func notOnPage(d map[string]any, page *goquery.Document) (missing []string) {
	c := checker{byID: byAttribute(page.Find("[id]"), "id"), contents: byAttribute(page.Find(".ref-list a"), "href"), inputs: map[string]bool{}, schemas: at(d, "components", "schemas")}
	for path, methods := range at(d, "paths") {
		for method, op := range methods.(map[string]any) {
			c.operation(strings.ToUpper(method), path, op.(map[string]any))
		}
	}
	for name, s := range c.schemas {
		c.schema(name, s.(map[string]any))
	}
	for _, n := range d["x-other-names"].([]any) {
		n := n.(map[string]any)
		row := page.Find("#other-names div").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Find("dt").Text() == n["name"] })
		c.has(row, "other name "+n["name"].(string), n["same_as"].(string))
		c.has(row, "other name "+n["name"].(string), n["in"].(string))
	}
	c.has(page.Find("#using"), "introduction", words(at(d, "info")["description"]))
	return c.missing
}

type checker struct {
	byID, contents map[string]*goquery.Selection
	inputs         map[string]bool // schemas that requests consist of
	schemas        map[string]any
	missing        []string
}

// byAttribute are elements by the value of an attribute; looking for each in the whole page takes long.
func byAttribute(all *goquery.Selection, name string) map[string]*goquery.Selection {
	found := map[string]*goquery.Selection{}
	all.Each(func(_ int, s *goquery.Selection) {
		value := s.AttrOr(name, "")
		if found[value] != nil {
			s = found[value].AddSelection(s)
		}
		found[value] = s
	})
	return found
}

// words is a text as it is compared: without marks and white space.
func words(text any) string {
	s, _ := text.(string)
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "`", "")), "")
}

// find is the element with an ID; without elements if there is none.
func (c *checker) find(id string) *goquery.Selection {
	if s := c.byID[id]; s != nil {
		return s
	}
	return &goquery.Selection{}
}

// has notes what an element does not say.
func (c *checker) has(s *goquery.Selection, what, text string) {
	if s == nil || s.Length() != 1 {
		c.missing = append(c.missing, what+" is not on the page, or twice")
	} else if !strings.Contains(words(s.Text()), words(text)) {
		c.missing = append(c.missing, fmt.Sprintf("%s does not say %q", what, text))
	}
}

func (c *checker) operation(method, path string, op map[string]any) {
	what := "operation " + op["operationId"].(string)
	article := c.find(op["operationId"].(string))
	for _, text := range []any{op["summary"], op["description"], method + path} {
		c.has(article, what, words(text))
	}
	c.has(article, "role of "+what, "Role: "+op["x-role"].(string))
	c.has(article, "scope of "+what, "Scope of the token: "+op["x-token-scope"].(string))
	c.has(c.contents["#"+op["operationId"].(string)], "contents: "+what, words(op["summary"]))
	params, _ := op["parameters"].([]any)
	for _, p := range params {
		p := p.(map[string]any)
		s := p["schema"].(map[string]any)
		if p["description"] != nil {
			s["description"] = p["description"]
		}
		c.field(article, "parameter "+p["name"].(string)+" of "+what, p["name"].(string), s, p["required"] == true, p["in"].(string))
	}
	c.bodies(article, what, at(op, "requestBody", "content"), true)
	for status, r := range at(op, "responses") {
		r := r.(map[string]any)
		c.has(article, "response "+status+" of "+what, status+words(r["description"]))
		c.bodies(article, what, at(r, "content"), false)
	}
}

func (c *checker) bodies(article *goquery.Selection, what string, content map[string]any, isInput bool) {
	for mediaType, m := range content {
		if mediaType != "application/problem+json" {
			c.has(article, what, mediaType)
		}
		s := at(m.(map[string]any), "schema")
		if isInput {
			c.markInput(s)
		}
		c.refers(article, what, s)
	}
}

// refers checks that every schema that something consists of is named there and can be reached.
func (c *checker) refers(at *goquery.Selection, what string, s map[string]any) {
	for _, name := range refs(s) {
		if at.Find(`a[href="#schema-`+name+`"]`).Length() == 0 {
			c.missing = append(c.missing, what+" does not link "+name)
		}
	}
}

// refs are the schemas that a schema names itself, also in lists and alternatives.
func refs(v any) (names []string) {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			names = append(names, strings.TrimPrefix(ref, "#/components/schemas/"))
		}
		for _, part := range v {
			names = append(names, refs(part)...)
		}
	case []any:
		for _, part := range v {
			names = append(names, refs(part)...)
		}
	}
	return names
}

func (c *checker) markInput(s map[string]any) {
	for _, name := range refs(s) {
		if !c.inputs[name] {
			c.inputs[name] = true
			c.markInput(at(c.schemas, name))
		}
	}
}

func (c *checker) schema(name string, s map[string]any) {
	place := c.find("schema-" + name)
	c.has(place, "schema "+name, "")
	c.has(place.Closest("article"), "article of schema "+name, name)
	required, _ := s["required"].([]any)
	for field, f := range at(s, "properties") {
		c.field(place, "field "+field+" of "+name, field, f.(map[string]any), c.inputs[name] && slices.Contains(required, any(field)), "")
	}
}

// field checks the row of a parameter or of a field of an object.
func (c *checker) field(place *goquery.Selection, what, name string, s map[string]any, required bool, in string) {
	row := place.Find("dl.fields>div").FilterFunction(func(_ int, row *goquery.Selection) bool {
		return row.Find("dt>code").Text() == name && (in == "" || strings.Contains(row.Find(".note").Text(), "in the "+in))
	})
	c.has(row, what, name)
	c.has(row, "description of "+what, words(s["description"]))
	if required {
		c.has(row.Find(".note"), what+" is required", "required")
	}
	c.refers(row, what, s)
	for _, key := range []string{"enum", "examples"} {
		values, _ := s[key].([]any)
		for _, v := range values {
			if key == "enum" || s["enum"] == nil {
				c.has(row, fmt.Sprintf("value %v of %s", v, what), literal(v))
			}
		}
	}
	for _, key := range []string{"minimum", "maximum", "default", "minLength", "maxLength", "minItems", "maxItems", "pattern"} {
		if s[key] != nil {
			c.has(row.Find("dd"), key+" of "+what, literal(s[key]))
		}
	}
	switch kind := s["type"].(type) {
	case string:
		c.has(row.Find(".ty"), "type of "+what, strings.Replace(kind, "array", "list of", 1))
	case []any:
		for _, k := range kind {
			c.has(row.Find(".ty"), "type of "+what, strings.Replace(k.(string), "array", "list of", 1))
		}
	}
	if items := at(s, "items"); items != nil {
		values, _ := items["enum"].([]any)
		for _, v := range values {
			c.has(row, fmt.Sprintf("value %v of %s", v, what), literal(v))
		}
	}
}
