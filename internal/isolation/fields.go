package isolation

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Fields are the form fields of all pages, each with a valid value. A test compares the list with the handlers.
var Fields = map[string]string{
	"admin":                   "",
	"agent":                   "build",
	"agent_id":                "",
	"agent_type":              "reviewer",
	"avoided_technologies":    "",
	"capabilities":            "testing",
	"changelog":               "",
	"do":                      "save",
	"max_concurrent_tasks":    "5",
	"max_steps":               "",
	"preferred_technologies":  "",
	"rule_action":             "ask",
	"rule_pattern":            "*",
	"rule_permission":         "bash",
	"system_prompt":           "Review.",
	"temperature":             "",
	"tier":                    "",
	"until":                   "2030-01-01T00:00:00Z",
	"version":                 "",
	"allowed":                 "yes",
	"answer":                  "{}",
	"api_key":                 "k",
	"moved_key":               "k",
	"api_url":                 "https://git.example.org/api/v1",
	"base":                    "main",
	"base_ref":                "main",
	"base_url":                "https://models.example.org/v1",
	"body":                    "b",
	"branch":                  "fix/x",
	"cache_read":              "1",
	"cache_write":             "1",
	"check_commands":          "go test ./...",
	"checkpoint":              "1",
	"checks_in_shell":         "",
	"code":                    "000000",
	"cost":                    "1",
	"credential":              "",
	"default_branch":          "main",
	"description":             "d",
	"draft":                   "",
	"email":                   "nobody@example.org",
	"expires":                 "30",
	"files_only":              "",
	"fingerprint":             "SHA256:x",
	"fresh":                   "",
	"from":                    "",
	"host":                    "h.example.org:443",
	"initial_prompt":          "Describe the repository.",
	"input":                   "1",
	"kind":                    "openai_compatible",
	"max_concurrent_sessions": "10",
	"max_cost":                "1",
	"max_duration_seconds":    "3600",
	"max_minutes":             "60",
	"max_queued_sessions":     "10",
	"max_tokens":              "1000",
	"message":                 "m",
	"message_id":              "msg_1",
	"model":                   "m",
	"model_context":           "9000",
	"model_id":                "m",
	"model_identifier":        "scripted/small",
	"model_output":            "900",
	"model_price_cache_read":  "1",
	"model_price_cache_write": "1",
	"model_price_input":       "1",
	"model_price_output":      "1",
	"name":                    "n",
	"next":                    "/",
	"note":                    "n",
	"old_password":            "x",
	"opencode_agent":          "",
	"output":                  "1",
	"passkey":                 "p",
	"password":                "x",
	"path":                    "",
	"priority":                "medium",
	"project":                 "acme/site",
	"provider":                "p",
	"reason":                  "r",
	"refuse":                  "",
	"repeats":                 "6",
	"required_capabilities":   "",
	"reply":                   "once",
	"repository_id":           "",
	"requests":                "60",
	"revoke_tokens":           "",
	"role":                    "viewer",
	"scope":                   "read",
	"session_cost":            "20",
	"session_tokens":          "5000000",
	"session_type":            "execution",
	"slug":                    "s",
	"start":                   "",
	"storage":                 "20",
	"technologies":            "",
	"tags":                    "",
	"team_name":               "t",
	"team_slug":               "t",
	"text":                    "x",
	"theme":                   "dark",
	"ticket":                  "t",
	"time_zone":               "UTC",
	"to":                      "up",
	"title":                   "A title",
	"tokens":                  "1000",
	"value":                   "1",
	"url":                     "https://git.example.org/x.git",
	"token":                   "t",
}

// Queries are the query parameters of all pages. A test compares the list with the handlers.
var Queries = []string{"a", "after", "after_id", "agent_type", "at", "attempt", "b", "before", "by", "capability", "check", "code", "done", "end", "entry", "error", "from", "iss", "message", "need", "needs", "next", "object", "person", "preferred_type", "q", "repository", "result", "service", "since", "state", "status", "team", "technologies", "to", "top", "until", "verb", "view"}

// stranger returns an ID with the same format and time that does not exist, because lists are paged by IDs. It returns other texts
// unchanged.
func stranger(text string) string {
	return ids.ReplaceAllStringFunc(text, func(id string) string {
		last := "0"
		if strings.HasSuffix(id, last) {
			last = "1"
		}
		return id[:len(id)-1] + last
	})
}

// Document is the part of an OpenAPI document about bodies and queries.
type Document struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]schema }
}

type operation struct {
	Parameters  []struct{ Name, In string }
	RequestBody struct {
		Content map[string]struct{ Schema schema }
	}
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Format     string
	Enum       []any
	Examples   []any
	Items      *schema
	Properties map[string]schema
	Required   []string
}

// ReadDocument reads an OpenAPI document.
func ReadDocument(text []byte) (d Document, err error) {
	if err := json.Unmarshal(text, &d); err != nil {
		return d, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	return d, nil
}

// operation finds a route in the document, which writes {id} where the router has :id.
func (d Document) operation(to Route) operation {
	for path, methods := range d.Paths {
		if apiPrefix+strings.NewReplacer("{", ":", "}", "").Replace(path) == to.Path {
			return methods[strings.ToLower(to.Method)]
		}
	}
	return operation{}
}

func (d Document) resolve(s schema) schema {
	if s.Ref != "" {
		return d.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	return s
}

func (d Document) bodyOf(to Route) schema {
	return d.resolve(d.operation(to).RequestBody.Content["application/json"].Schema)
}

// sample generates a body with the required fields of an operation.
func (d Document) sample(to Route) map[string]any {
	s := d.bodyOf(to)
	out := map[string]any{}
	for _, name := range s.Required {
		out[name] = d.value(name, s.Properties[name])
	}
	return out
}

func (d Document) value(name string, s schema) any {
	s = d.resolve(s)
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Items != nil:
		return []any{}
	case s.Type == "integer" || s.Type == "number":
		return 1000
	case s.Type == "boolean":
		return true
	case s.Type == "object":
		return map[string]any{}
	case Fields[name] != "":
		return Fields[name]
	}
	return "x"
}

// queries are the query parameters of an operation.
func (d Document) queries(to Route) (out []string) {
	for _, p := range d.operation(to).Parameters {
		if p.In == "query" {
			out = append(out, p.Name)
		}
	}
	return out
}

// references are the fields of an operation's body that contain an ID.
func (d Document) references(to Route) (out []string) {
	for _, name := range slices.Sorted(maps.Keys(d.bodyOf(to).Properties)) {
		if strings.HasSuffix(name, "_id") {
			out = append(out, name)
		}
	}
	return out
}
