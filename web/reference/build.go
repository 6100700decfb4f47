package reference

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	views "github.com/industrial-orchestrator/orchestrator/views/reference"
)

// Build makes the page's data of an OpenAPI document as it is served. Base is the URL of the server, without the path of the API.
func Build(text []byte, base string) (views.Document, error) {
	d, err := parse(text, false)
	if err != nil {
		return views.Document{}, err
	}
	b := builder{document: d, text: text}
	b.findInputs()
	return b.build(base), nil
}

// builder holds what several parts of the page depend on.
type builder struct {
	document
	text []byte
	// inputs are the names of schemas that requests consist of.
	inputs map[string]bool
	// placed are the schemas that are shown where they are used. All others are in a chapter of their own.
	placed map[string]bool
}

func (b *builder) build(base string) views.Document {
	b.placed = map[string]bool{}
	out := views.Document{Title: b.Info.Title, Version: b.Info.Version, About: b.Info.Description, Base: strings.TrimSuffix(base, "/")}
	for _, s := range b.Servers {
		out.Base, out.Source = out.Base+s.URL, s.URL+"/openapi.json"
	}
	for _, name := range slices.Sorted(maps.Keys(b.Components.SecuritySchemes)) {
		out.Token = b.Components.SecuritySchemes[name].Description
	}
	out.Areas = b.areas()
	for _, n := range b.OtherNames {
		out.Names = append(out.Names, b.otherName(n))
	}
	for _, name := range slices.Sorted(maps.Keys(b.Components.Schemas)) {
		s := b.schema(name)
		out.Index = append(out.Index, name)
		if !b.placed[name] {
			out.Schemas = append(out.Schemas, s)
		}
	}
	return out
}

// methods in the order in which a path lists them.
var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}

// areas are the operations by tag: first the tags that the document describes, in its order, then all others.
func (b *builder) areas() (areas []views.Area) {
	place := map[string]int{}
	add := func(name, about string) {
		if _, ok := place[name]; !ok {
			place[name] = len(areas)
			areas = append(areas, views.Area{ID: "area-" + idOf(name), Name: name, About: about})
		}
	}
	for _, t := range b.Tags {
		add(t.Name, t.Description)
	}
	for _, path := range slices.Sorted(maps.Keys(b.Paths)) {
		for _, method := range slices.SortedFunc(maps.Keys(b.Paths[path]), byMethod) {
			op := b.Paths[path][method]
			name := strings.Join(op.Tags, ", ")
			add(name, "")
			a := &areas[place[name]]
			a.Operations = append(a.Operations, b.operation(strings.ToUpper(method), path, op))
		}
	}
	return areas
}

// places of a parameter in the order in which they are shown.
var places = []string{"path", "query", "header"}

func byPlace(x, y parameter) int {
	return cmp.Compare(slices.Index(places, x.In), slices.Index(places, y.In))
}

func byMethod(x, y string) int {
	return cmp.Compare(slices.Index(methods, strings.ToUpper(x)), slices.Index(methods, strings.ToUpper(y)))
}

func (b *builder) operation(method, path string, op operation) views.Operation {
	out := views.Operation{ID: op.ID, Method: method, Path: path, Summary: op.Summary, About: op.Description, Role: op.Role, Scope: op.Scope,
		Examples: b.examples(method, path, op)}
	slices.SortStableFunc(op.Parameters, byPlace)
	for _, p := range op.Parameters {
		f := b.field(p.Name, p.Schema)
		f.Place, f.About = p.In, cmp.Or(p.Description, f.About)
		if p.Required {
			f.Note = "required"
		}
		out.Parameters = append(out.Parameters, f)
	}
	if op.RequestBody != nil {
		out.Request, out.NeedsBody = b.bodies(op.RequestBody.Content), op.RequestBody.Required
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[status]
		a := views.Answer{Status: status, About: r.Description, Bodies: b.bodies(r.Content)}
		if strings.HasPrefix(status, "2") {
			out.Answers = append(out.Answers, a)
		} else {
			out.Errors = append(out.Errors, a)
		}
	}
	return out
}

// bodies are what can be sent or returned, by media type. A schema that nothing else refers to is shown here.
func (b *builder) bodies(content map[string]media) (all []views.Body) {
	for _, mediaType := range slices.Sorted(maps.Keys(content)) {
		s := content[mediaType].Schema
		out := views.Body{Media: mediaType, Type: typeOf(s)}
		if s != nil && s.Ref == "" {
			out.About = s.Description
		}
		if s != nil && s.Ref != "" && b.references(s.Ref) == 1 {
			shown := b.schema(s.named())
			out.Schema, b.placed[s.named()] = &shown, true
		}
		all = append(all, out)
	}
	return all
}

func (b *builder) otherName(n otherName) views.OtherName {
	out := views.OtherName{ID: n.Operation, In: n.In, Name: n.Name, SameAs: n.SameAs}
	for path, methods := range b.Paths {
		for method, op := range methods {
			if op.ID == n.Operation {
				out.Operation = strings.ToUpper(method) + " " + path
			}
		}
	}
	return out
}

// idOf is a name as an anchor.
func idOf(name string) string { return strings.ToLower(strings.ReplaceAll(name, " ", "-")) }
