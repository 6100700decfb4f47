// Package reference makes the page about the API of the OpenAPI document. It reads nothing else, so the page says what the
// document says.
package reference

import (
	"bytes"
	"encoding/json"
	"strings"
)

// document is as much of OpenAPI 3.1 as our document uses. A test fails if it uses more.
type document struct {
	OpenAPI      string                          `json:"openapi"`
	Info         info                            `json:"info"`
	ExternalDocs any                             `json:"externalDocs"` // this page
	Servers      []server                        `json:"servers"`
	Tags         []tag                           `json:"tags"`
	Paths        map[string]map[string]operation `json:"paths"`
	Components   struct {
		Schemas         map[string]*schema `json:"schemas"`
		SecuritySchemes map[string]scheme  `json:"securitySchemes"`
	} `json:"components"`
	OtherNames []otherName `json:"x-other-names"`
}

type info struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

type server struct {
	URL string `json:"url"`
}

type tag struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

type scheme struct {
	Type         string `json:"type"`
	Scheme       string `json:"scheme"`
	BearerFormat string `json:"bearerFormat"`
	Description  string `json:"description"`
}

type otherName struct {
	Operation string `json:"operation"`
	In        string `json:"in"`
	Name      string `json:"name"`
	SameAs    string `json:"same_as"`
}

type operation struct {
	ID          string              `json:"operationId"`
	Summary     string              `json:"summary"`
	Description string              `json:"description"`
	Tags        []string            `json:"tags"`
	Security    any                 `json:"security"` // the same for all: see the introduction
	Role        string              `json:"x-role"`
	Scope       string              `json:"x-token-scope"`
	Parameters  []parameter         `json:"parameters"`
	RequestBody *body               `json:"requestBody"`
	Responses   map[string]response `json:"responses"`
}

type parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Description string  `json:"description"`
	Required    bool    `json:"required"`
	Explode     any     `json:"explode"` // lists in a query; there are none
	Schema      *schema `json:"schema"`
}

type body struct {
	Required bool             `json:"required"`
	Content  map[string]media `json:"content"`
}

type response struct {
	Description string           `json:"description"`
	Content     map[string]media `json:"content"`
}

type media struct {
	Schema *schema `json:"schema"`
}

type schema struct {
	Ref         string             `json:"$ref"`
	Type        kinds              `json:"type"`
	Format      string             `json:"format"`
	Description string             `json:"description"`
	Enum        []any              `json:"enum"`
	Default     any                `json:"default"`
	Examples    []any              `json:"examples"`
	Minimum     *json.Number       `json:"minimum"`
	Maximum     *json.Number       `json:"maximum"`
	MinLength   *json.Number       `json:"minLength"`
	MaxLength   *json.Number       `json:"maxLength"`
	MinItems    *json.Number       `json:"minItems"`
	MaxItems    *json.Number       `json:"maxItems"`
	Pattern     string             `json:"pattern"`
	WriteOnly   bool               `json:"writeOnly"`
	Items       *schema            `json:"items"`
	OneOf       []*schema          `json:"oneOf"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	// Closed is false where further fields are refused; absent elsewhere.
	Closed any `json:"additionalProperties"`
}

// kinds are the types of a value: one, or several in a list.
type kinds []string

// UnmarshalJSON reads both forms.
func (k *kinds) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(b, []byte("[")) {
		return json.Unmarshal(b, (*[]string)(k))
	}
	var one string
	err := json.Unmarshal(b, &one)
	*k = kinds{one}
	return err
}

// parse reads a document and keeps numbers as they are written.
func parse(text []byte, strict bool) (d document, err error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if strict {
		dec.DisallowUnknownFields()
	}
	err = dec.Decode(&d)
	return d, err
}

const refPrefix = "#/components/schemas/"

// named is the name of the schema that s refers to; empty if s is no reference.
func (s *schema) named() string { return strings.TrimPrefix(s.Ref, refPrefix) }

// resolve follows a reference. The result is never nil.
func (d document) resolve(s *schema) *schema {
	if s != nil && s.Ref != "" {
		s = d.Components.Schemas[s.named()]
	}
	if s == nil {
		return &schema{}
	}
	return s
}
