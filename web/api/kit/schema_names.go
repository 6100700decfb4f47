package kit

import (
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// schemasKey is where an operation's metadata holds the schemas of the document, to list the names that exist.
const schemasKey = "schemas"

// listNames lists the names that exist, in a sentence.
func listNames(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " Use one of: " + strings.Join(names, ", ") + "."
}

// parametersOf are the names of the query parameters of an operation.
func parametersOf(op *huma.Operation) (names []string) {
	for _, p := range op.Parameters {
		if p.In == "query" {
			names = append(names, p.Name)
		}
	}
	return names
}

// fieldsAt are the fields of the object at the place of an unknown one, such as body.models[0].price. It is empty if they cannot be
// found.
func fieldsAt(op *huma.Operation, location string) []string {
	schemas, ok := op.Metadata[schemasKey].(huma.Registry)
	if !ok || op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil {
		return nil
	}
	s := op.RequestBody.Content["application/json"].Schema
	steps := strings.Split(location, ".")
	for _, step := range steps[1 : len(steps)-1] {
		if s = schemaAt(schemas, s, step); s == nil {
			return nil
		}
	}
	if s = resolveSchema(schemas, s); s == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(s.Properties))
}

// schemaAt is the schema one step down: of a field, or of an item of a field that is a list.
func schemaAt(schemas huma.Registry, s *huma.Schema, step string) *huma.Schema {
	name, _, item := strings.Cut(step, "[")
	if s = resolveSchema(schemas, s); s != nil {
		s = s.Properties[name]
	}
	if s != nil && item {
		s = s.Items
	}
	return s
}

// resolveSchema follows the references of a schema.
func resolveSchema(schemas huma.Registry, s *huma.Schema) *huma.Schema {
	for s != nil && s.Ref != "" {
		s = schemas.SchemaFromRef(s.Ref)
	}
	return s
}
