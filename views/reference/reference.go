// Package reference renders the page about the API: every operation, every schema, and the other names that are accepted. The page
// is the same for everyone and has no scripts.
package reference

import (
	"slices"
	"strings"

	"github.com/a-h/templ"
)

// Document is everything that the page shows. Texts are plain, with `code` between backticks and a paragraph in each line.
type Document struct {
	Title, Version string
	About          string
	// Base is the URL of the API, Source the path of the OpenAPI document, Token how to authenticate.
	Base, Source, Token string
	Areas               []Area
	Names               []OtherName
	// Schemas are those in a chapter of their own; Index has the names of all.
	Schemas []Schema
	Index   []string
}

// Area is what the API can do with one kind of thing.
type Area struct {
	ID, Name, About string
	Operations      []Operation
}

// Operation is one request with its answers.
type Operation struct {
	ID, Method, Path, Summary, About string
	// Role is the weakest role that suffices, Scope the weakest scope of a token; both may be empty.
	Role, Scope string
	Parameters  []Field
	Request     []Body
	NeedsBody   bool
	// Answers are the successful ones.
	Answers, Errors []Answer
	// Examples are commands.
	Examples []string
}

// Field is a parameter or a field of an object.
type Field struct {
	Name string
	// Place is path, query or header; empty for a field of an object.
	Place string
	// Note is required, can be absent, or empty.
	Note  string
	Type  Type
	About string
	// Facts are limits and the default; Values are all possible ones.
	Facts, Values, Examples []string
}

// Type is what a value can be, as words and names of schemas.
type Type []Word

// Word is a part of a type: a text, or the name of a schema.
type Word struct{ Text, Schema string }

// Body is what is sent or returned in one media type. Schema is set if its fields are shown here.
type Body struct {
	Media, About string
	Type         Type
	Schema       *Schema
}

// Answer is a response with its status.
type Answer struct {
	Status, About string
	Bodies        []Body
}

// Schema is an object, or another type with a name. IsClosed is true if further fields are refused.
type Schema struct {
	Name, About string
	Type        Type
	Fields      []Field
	IsClosed    bool
}

// OtherName is a name that is accepted, and the name to prefer. ID is the anchor of its operation.
type OtherName struct{ ID, Operation, In, Name, SameAs string }

// anchor is the ID of a schema's element.
func anchor(schema string) string { return "schema-" + schema }

// orStronger lists a role or a scope, and those that include it.
func orStronger(weakest string, all ...string) string {
	for i, name := range all {
		if name == weakest && i < len(all)-1 {
			return strings.Join(all[i:len(all)-1], ", ") + " or " + all[len(all)-1]
		}
	}
	return weakest
}

// paragraphs are the lines of a text.
func paragraphs(text string) (all []string) {
	for p := range strings.SplitSeq(text, "\n") {
		if p = strings.TrimSpace(p); p != "" {
			all = append(all, p)
		}
	}
	return all
}

// marked is a text as markup: everything is escaped, and what stands between backticks is code.
func marked(text string) string {
	parts := strings.Split(text, "`")
	if len(parts)%2 == 0 {
		return templ.EscapeString(text)
	}
	var b strings.Builder
	for i, part := range parts {
		if i%2 == 1 {
			part = "<code>" + templ.EscapeString(part) + "</code>"
		} else {
			part = templ.EscapeString(part)
		}
		b.WriteString(part)
	}
	return b.String()
}

// distinct are the bodies of answers, each kind once.
func distinct(answers []Answer) (all []Body) {
	for _, a := range answers {
		for _, b := range a.Bodies {
			if !slices.ContainsFunc(all, func(known Body) bool { return known.Media == b.Media && slices.Equal(known.Type, b.Type) }) {
				all = append(all, b)
			}
		}
	}
	return all
}

// noteOf is where a parameter is sent, and whether it is required.
func noteOf(f Field) string {
	switch {
	case f.Place == "":
		return f.Note
	case f.Note == "":
		return "in the " + f.Place
	}
	return "in the " + f.Place + ", " + f.Note
}

// upperFirst begins a phrase like a sentence.
func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
