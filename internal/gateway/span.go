package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// member is one member of a JSON object with its position in the text, so that one value can be replaced while every other byte
// stays the same.
type member struct {
	key        string
	raw        []byte // the encoded key
	start, end int
}

// maxDepth is how deep the values of a request may be nested. The deepest schemas of tools have a few dozen levels.
const maxDepth = 200

// members lists the members of the object in body. A duplicate key is an error, because two parsers may read such a text
// differently.
func members(body []byte) ([]member, error) {
	if isDeep(body) {
		return nil, fmt.Errorf("its values are nested more than %d levels deep", maxDepth)
	}
	if !json.Valid(body) {
		return nil, errors.New("it is not valid JSON")
	}
	if body[skipSpace(body, 0)] != '{' {
		return nil, errors.New("it is not a JSON object")
	}
	all := scanMembers(body)
	seen := map[string]bool{}
	for _, m := range all {
		if seen[m.key] {
			return nil, fmt.Errorf("the field %q appears twice", m.key)
		}
		seen[m.key] = true
	}
	return all, nil
}

// isDeep reports whether values are nested deeper than maxDepth. body may be anything.
func isDeep(body []byte) bool {
	depth, inString := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case inString:
			if c == '\\' {
				i++
			}
			inString = c != '"'
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if depth > maxDepth {
			return true
		}
	}
	return false
}

// scanMembers lists the members of an object, which must be valid JSON.
func scanMembers(body []byte) (all []member) {
	i := skipSpace(body, 0)
	for i = skipSpace(body, i+1); body[i] != '}'; {
		var m member
		m, i = nextMember(body, i)
		all = append(all, m)
	}
	return all
}

// nextMember reads "key": value and a comma from valid JSON and returns the position after it.
func nextMember(body []byte, i int) (m member, next int) {
	end := skipValue(body, i)
	m.raw = body[i:end]
	_ = json.Unmarshal(m.raw, &m.key) // a string of valid JSON
	m.start = skipSpace(body, skipSpace(body, end)+1)
	m.end = skipValue(body, m.start)
	return m, afterComma(body, m.end)
}

// elements returns the elements of the array raw, or nil if it is not an array. raw must be valid JSON.
func elements(raw []byte) (all [][]byte) {
	i := skipSpace(raw, 0)
	if i >= len(raw) || raw[i] != '[' {
		return nil
	}
	for i = skipSpace(raw, i+1); raw[i] != ']'; {
		end := skipValue(raw, i)
		all = append(all, raw[i:end])
		i = afterComma(raw, end)
	}
	return all
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

func afterComma(b []byte, i int) int {
	i = skipSpace(b, i)
	if b[i] == ',' {
		i = skipSpace(b, i+1)
	}
	return i
}

// skipValue returns the position after the value that starts at i in valid JSON.
func skipValue(b []byte, i int) int {
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i)
	}
	for i < len(b) && !bytes.ContainsRune([]byte(",]} \n\t\r"), rune(b[i])) {
		i++
	}
	return i
}

func skipString(b []byte, i int) int {
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func skipNested(b []byte, i int) int {
	depth := 0
	for {
		switch b[i] {
		case '"':
			i = skipString(b, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		i++
		if depth == 0 {
			return i
		}
	}
}
