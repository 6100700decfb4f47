package wire_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// document is the server's own description of itself.
type document struct {
	Paths      map[string]map[string]*operation `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	Parameters  []struct{ Name, In string } `json:"parameters"`
	RequestBody body                        `json:"requestBody"`
	Responses   map[string]body             `json:"responses"`
}

type body struct {
	Content map[string]struct{ Schema *schema } `json:"content"`
}

func (b body) schema() *schema {
	for _, c := range b.Content {
		return c.Schema
	}
	return nil
}

type schema struct {
	Ref        string             `json:"$ref"`
	Type       string             `json:"type"`
	Enum       []any              `json:"enum"`
	Properties map[string]*schema `json:"properties"`
	Items      *schema            `json:"items"`
	AnyOf      []*schema          `json:"anyOf"`
	OneOf      []*schema          `json:"oneOf"`
	Additional json.RawMessage    `json:"additionalProperties"`
}

// selfDescribed fetches the document from a running server.
func selfDescribed(t *testing.T) (d document) {
	t.Helper()
	srv := runningServer(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/doc", srv.Port), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("opencode", srv.Password)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&d); err != nil {
		t.Fatal(err)
	}
	if len(d.Paths) < 50 || len(d.Components.Schemas) < 100 {
		t.Fatalf("the document has %d paths and %d schemas", len(d.Paths), len(d.Components.Schemas))
	}
	return d
}

// variants are the plain schemas a schema stands for.
func (d document) variants(s *schema) (all []*schema) {
	switch {
	case s == nil:
		return nil
	case s.Ref != "":
		return d.variants(d.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]])
	case len(s.AnyOf)+len(s.OneOf) > 0:
		for _, v := range slices.Concat(s.AnyOf, s.OneOf) {
			all = append(all, d.variants(v)...)
		}
		return all
	}
	return []*schema{s}
}

func (d document) answer(method, path string) *schema {
	return d.Paths[path][method].Responses["200"].schema()
}
func (d document) asks(path string) *schema { return d.Paths[path]["post"].RequestBody.schema() }

// properties are what the events of some types hold.
func (d document) properties(kinds ...string) (all *schema) {
	all = &schema{}
	for _, v := range d.variants(&schema{Ref: "/GlobalEvent"}) {
		for _, e := range d.variants(v.Properties["payload"]) {
			if slices.Contains(kinds, fmt.Sprint(e.Properties["type"].Enum...)) {
				all.AnyOf = append(all.AnyOf, e.Properties["properties"])
			}
		}
	}
	return all
}

// fitting holds Go types against schemas.
type fitting struct {
	document
	t    *testing.T
	seen map[string]bool // structs met
}

func (f *fitting) fits(path string, have reflect.Type, s *schema) {
	f.t.Helper()
	vs := f.variants(s)
	if len(vs) == 0 {
		f.t.Errorf("%s is not in the server's document", path)
	}
	if have.Kind() == reflect.Pointer {
		have = have.Elem()
	}
	switch {
	case have == reflect.TypeFor[json.RawMessage]():
	case have.Kind() == reflect.Struct:
		f.fields(path, have, vs)
	default:
		for _, v := range vs {
			f.plain(path, have, v)
		}
	}
}

// fields finds each field in one variant at least, and fits it to each that has it.
func (f *fitting) fields(path string, have reflect.Type, vs []*schema) {
	f.t.Helper()
	f.seen[have.Name()] = true
	for i := range have.NumField() {
		field := have.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		found := &schema{}
		for _, v := range vs {
			if p := v.Properties[name]; p != nil {
				found.AnyOf = append(found.AnyOf, p)
			}
		}
		f.fits(path+"."+name, field.Type, found)
	}
}

var plainKinds = map[reflect.Kind][]string{reflect.String: {"string"}, reflect.Bool: {"boolean"}, reflect.Float64: {"number", "integer"},
	reflect.Int64: {"integer"}, reflect.Slice: {"array"}, reflect.Map: {"object"}}

func (f *fitting) plain(path string, have reflect.Type, s *schema) {
	f.t.Helper()
	if !slices.Contains(plainKinds[have.Kind()], s.Type) {
		f.t.Errorf("%s is %q in the document, %s here", path, s.Type, have)
		return
	}
	switch have.Kind() {
	case reflect.Slice:
		f.fits(path+"[]", have.Elem(), s.Items)
	case reflect.Map:
		value := s.additional()
		f.fits(path+"{}", have.Elem(), value)
	}
}

func (s *schema) additional() *schema {
	var a schema
	_ = json.Unmarshal(s.Additional, &a) // false and true hold no schema
	return &a
}
