package reference

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	views "github.com/industrial-orchestrator/orchestrator/views/reference"
)

// typeOf is what a value can be, in words and names of schemas.
func typeOf(s *schema) views.Type {
	switch {
	case s == nil:
		return nil
	case s.Ref != "":
		return views.Type{{Schema: s.named()}}
	case len(s.OneOf) > 0:
		return joined(s.OneOf)
	case len(s.Type) == 0:
		return views.Type{{Text: kindOfValues(s.Enum)}}
	}
	var t views.Type
	for i, kind := range s.Type {
		if i > 0 {
			t = append(t, views.Word{Text: " or "})
		}
		t = append(t, kindOf(s, kind)...)
	}
	return t
}

func joined(all []*schema) (t views.Type) {
	for i, s := range all {
		if i > 0 {
			t = append(t, views.Word{Text: " or "})
		}
		t = append(t, typeOf(s)...)
	}
	return t
}

func kindOf(s *schema, kind string) views.Type {
	switch {
	case kind == "array":
		return append(views.Type{{Text: "list of "}}, plural(typeOf(s.Items))...)
	case kind == "string" && s.Format != "":
		return views.Type{{Text: "string (" + s.Format + ")"}}
	}
	return views.Type{{Text: kind}}
}

// plural is a type as the items of a list; names of schemas stay as they are.
func plural(t views.Type) views.Type {
	t = slices.Clone(t)
	for i, w := range t {
		switch {
		case w.Text == "any JSON value":
			t[i].Text = "any JSON values"
		case w.Text == "list of ":
			t[i].Text = "lists of "
			return t
		case slices.Contains([]string{"string", "integer", "number", "boolean", "object"}, w.Text):
			t[i].Text += "s"
		}
	}
	return t
}

// kindOfValues is the type of a value without one: that of its values, or any.
func kindOfValues(values []any) string {
	var kinds []string
	for _, v := range values {
		kind := "string"
		if _, ok := v.(json.Number); ok {
			kind = "integer"
		}
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) == 0 {
		return "any JSON value"
	}
	return strings.Join(kinds, " or ")
}

// factsOf are the limits of a value, each as a short phrase.
func factsOf(s *schema) (facts []string) {
	add := func(phrase string) {
		if phrase != "" {
			facts = append(facts, phrase)
		}
	}
	add(between(s.Minimum, s.Maximum, ""))
	add(between(s.MinLength, s.MaxLength, " characters"))
	add(between(s.MinItems, s.MaxItems, " items"))
	if s.Pattern != "" {
		add("matches `" + s.Pattern + "`")
	}
	if s.Default != nil {
		add("default `" + literal(s.Default) + "`")
	}
	if s.WriteOnly {
		add("never returned")
	}
	return facts
}

func between(low, high *json.Number, unit string) string {
	switch {
	case low != nil && high != nil:
		return fmt.Sprintf("%s to %s%s", *low, *high, unit)
	case low != nil:
		return fmt.Sprintf("at least %s%s", *low, unit)
	case high != nil:
		return fmt.Sprintf("at most %s%s", *high, unit)
	}
	return ""
}

// literals are values as people read them: strings without quotes, unless they are empty.
func literals(values []any) (all []string) {
	for _, v := range values {
		all = append(all, literal(v))
	}
	return all
}

func literal(v any) string {
	if s, ok := v.(string); ok && s != "" {
		return s
	}
	return encode(v)
}
