package reference

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// unknown stands for a text that the document has no example of.
const unknown = "…"

// deepest is how far an example is indented. It ends that of a schema which consists of itself.
const deepest = 16

// examples are commands that send the operation: one, and a second where the answer can be a stream. They consist of what the
// document says; what it does not know is a variable of the shell or an ellipsis.
func (d document) examples(method, path string, op operation) []string {
	all := []string{d.curl(method, path, op, "")}
	if _, ok := op.Responses["200"].Content[eventStream]; ok {
		all = append(all, d.curl(method, path, op, eventStream))
	}
	return all
}

const eventStream = "text/event-stream"

func (d document) curl(method, path string, op operation, accept string) string {
	data, first := d.data(op), "curl "
	if method != "GET" && (method != "POST" || data == "") {
		first += "-X " + method + " "
	}
	if accept != "" {
		first += "-N "
	}
	lines := []string{first + `"$API` + inVariables(path) + queryOf(op) + `"`, `-H "Authorization: Bearer $TOKEN"`}
	if accept != "" {
		lines = append(lines, `-H "Accept: `+accept+`"`)
	}
	if data != "" {
		lines = append(lines, `-H "Content-Type: application/json"`, "-d '"+strings.ReplaceAll(data, "'", `'\''`)+"'")
	}
	return strings.Join(lines, " \\\n  ")
}

var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

// inVariables writes a path with variables of the shell: /sessions/{id} is /sessions/${ID}.
func inVariables(path string) string {
	return pathParameter.ReplaceAllStringFunc(path, func(p string) string { return variable(strings.Trim(p, "{}")) })
}

func variable(name string) string { return "${" + strings.ToUpper(name) + "}" }

// queryOf are the parameters of the query that are required or have an example.
func queryOf(op operation) string {
	var parts []string
	for _, p := range op.Parameters {
		switch {
		case p.In != "query" || p.Schema == nil:
		case len(p.Schema.Examples) > 0:
			parts = append(parts, p.Name+"="+url.QueryEscape(literal(p.Schema.Examples[0])))
		case p.Required:
			parts = append(parts, p.Name+"="+variable(p.Name))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "?" + strings.Join(parts, "&")
}

// data is a body with the required fields, and with others that have an example if none is required. It is empty where the body can
// be left out.
func (d document) data(op operation) string {
	if op.RequestBody == nil {
		return ""
	}
	data := d.sample(op.RequestBody.Content["application/json"].Schema, "")
	if data == "{}" && !op.RequestBody.Required {
		return ""
	}
	return data
}

// sample is a value of a schema as indented JSON.
func (d document) sample(s *schema, indent string) string {
	s = d.resolve(s)
	switch {
	case len(indent) > deepest:
		return "{}"
	case len(s.Examples) > 0:
		return encode(s.Examples[0])
	case s.Default != nil:
		return encode(s.Default)
	case len(s.Enum) > 0:
		return encode(s.Enum[0])
	case len(s.OneOf) > 0:
		return d.sample(s.OneOf[0], indent)
	case len(s.Type) == 0:
		return "{}"
	}
	return d.sampleOf(s, s.Type[0], indent)
}

func (d document) sampleOf(s *schema, kind, indent string) string {
	switch kind {
	case "object":
		return d.object(s, indent)
	case "array":
		return "[" + d.sample(s.Items, indent) + "]"
	case "boolean":
		return "true"
	case "integer", "number":
		if s.Minimum != nil {
			return s.Minimum.String()
		}
		return "1"
	}
	return encode(unknown)
}

func (d document) object(s *schema, indent string) string {
	var lines []string
	for _, name := range d.shownFields(s) {
		lines = append(lines, indent+"  "+encode(name)+": "+d.sample(s.Properties[name], indent+"  "))
	}
	if len(lines) == 0 {
		return "{}"
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n" + indent + "}"
}

// shownFields are the required fields, in the order of the document; without any, those that have an example.
func (d document) shownFields(s *schema) (names []string) {
	if len(s.Required) > 0 {
		return s.Required
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if len(s.Properties[name].Examples) > 0 {
			names = append(names, name)
		}
	}
	return names
}

// encode is a value as JSON for people: < and & stay, because the page escapes them.
func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // what was decoded from JSON can be encoded
	return strings.TrimSpace(b.String())
}
