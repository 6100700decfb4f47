package reference

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	views "github.com/industrial-orchestrator/orchestrator/views/reference"
)

// references counts how often the document refers to a schema.
func (b *builder) references(ref string) int { return bytes.Count(b.text, []byte(encode(ref))) }

func (b *builder) schema(name string) views.Schema {
	s := b.Components.Schemas[name]
	out := views.Schema{Name: name, Type: typeOf(s), About: s.Description, IsClosed: s.Closed == false}
	required := map[string]bool{}
	for _, r := range s.Required {
		required[r] = true
	}
	for _, field := range b.order(s) {
		f := b.field(field, s.Properties[field])
		switch {
		case b.inputs[name] && required[field]:
			f.Note = "required"
		case !b.inputs[name] && !required[field]:
			f.Note = "can be absent"
		}
		out.Fields = append(out.Fields, f)
	}
	return out
}

// order has the ID first, then the required fields as the document lists them, then the others by name.
func (b *builder) order(s *schema) []string {
	names := slices.Clone(s.Required)
	slices.SortStableFunc(names, func(x, y string) int { return cmp.Compare(isOther(x), isOther(y)) })
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func isOther(name string) int {
	if name == "id" {
		return 0
	}
	return 1
}

func (b *builder) field(name string, s *schema) views.Field {
	if s == nil {
		return views.Field{Name: name}
	}
	f := views.Field{Name: name, Type: typeOf(s), About: s.Description, Facts: factsOf(s), Values: literals(s.Enum), Examples: literals(s.Examples)}
	if s.Items != nil {
		f.Facts, f.Values = append(f.Facts, factsOf(s.Items)...), append(f.Values, literals(s.Items.Enum)...)
	}
	return f
}

// findInputs finds the schemas that requests consist of.
func (b *builder) findInputs() {
	b.inputs = map[string]bool{}
	for _, methods := range b.Paths {
		for _, op := range methods {
			if op.RequestBody != nil {
				for _, m := range op.RequestBody.Content {
					b.markInput(m.Schema)
				}
			}
		}
	}
}

func (b *builder) markInput(s *schema) {
	if s == nil || s.Ref != "" && b.inputs[s.named()] {
		return
	}
	if s.Ref != "" {
		b.inputs[s.named()] = true
		s = b.resolve(s)
	}
	b.markInput(s.Items)
	for _, part := range s.OneOf {
		b.markInput(part)
	}
	for _, part := range s.Properties {
		b.markInput(part)
	}
}
