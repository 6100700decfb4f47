package kernel

import (
	"fmt"
	"strings"
)

// token is one word, number, placeholder, string or sign of a statement. Words are lower-cased.
type token struct {
	kind byte // 'w' word, 'n' number, '$' placeholder, 's' string, 'p' sign
	text string
}

// splitTokens cuts a statement into tokens. It accepts less than SQL on purpose: quoted names, comments, several statements, escape
// strings and dollar quotes are rejected, because each can hide a name from the checks of tokens.
func splitTokens(text string) ([]token, error) {
	var out []token
	for i := 0; i < len(text); {
		c := text[i]
		n := 1
		switch {
		case c == ' ' || c == '\t' || c == '\n':
			i++
			continue
		case isLetter(c):
			n = countWhile(text[i:], func(c byte) bool { return isLetter(c) || isDigit(c) })
			out = append(out, token{'w', strings.ToLower(text[i : i+n])})
			if i+n < len(text) && text[i+n] == '\'' {
				return nil, fmt.Errorf("escape string at %q", text[i:i+n+1])
			}
		case isDigit(c):
			n = countWhile(text[i:], isDigit)
			out = append(out, token{'n', text[i : i+n]})
		case c == '$':
			n = 1 + countWhile(text[i+1:], isDigit)
			if n == 1 {
				return nil, fmt.Errorf("a dollar without a number")
			}
			out = append(out, token{'$', text[i : i+n]})
		case c == '\'':
			end := strings.IndexByte(text[i+1:], '\'')
			if end < 0 || strings.IndexByte(text[i+1:i+1+end], '\\') >= 0 {
				return nil, fmt.Errorf("a string that does not end or contains a backslash")
			}
			n = end + 2
			out = append(out, token{'s', text[i : i+n]})
		case strings.HasPrefix(text[i:], "--") || strings.HasPrefix(text[i:], "/*"):
			return nil, fmt.Errorf("a comment")
		case strings.IndexByte("()=<>,.*+-/%|?!", c) >= 0:
			out = append(out, token{'p', string(c)})
		default:
			return nil, fmt.Errorf("the character %q", c)
		}
		i += n
	}
	return out, nil
}

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

func countWhile(s string, in func(byte) bool) int {
	n := 0
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

// allowedStart holds the words a statement may begin with: those for data, not those for schema, roles or transactions.
var allowedStart = map[string]bool{"select": true, "with": true, "insert": true, "update": true, "delete": true}

// Words that could read or bypass the walls; the prefixes are those of the databases' own catalogues and functions.
var (
	forbiddenWords    = map[string]bool{"temp": true, "information_schema": true, "set_config": true, "current_setting": true, "dblink": true, "load_extension": true}
	forbiddenPrefixes = []string{"sqlite_", "pg_", "pragma_", "lo_", "query_to_", "table_to_", "database_to_", "wall_"}
)

// checkStatement rejects a statement that could bypass the walls and returns the table it writes, or "" if it only reads. A table
// is named with main. after INSERT INTO, UPDATE and DELETE FROM, and nowhere else.
func checkStatement(text string) (string, error) {
	toks, err := splitTokens(text)
	if err != nil {
		return "", fmt.Errorf("statement contains %w: %s", err, text)
	}
	if len(toks) == 0 || !allowedStart[toks[0].text] {
		return "", fmt.Errorf("statement must begin with SELECT, WITH, INSERT, UPDATE or DELETE: %s", text)
	}
	table := ""
	for i, t := range toks {
		if t.kind != 'w' {
			continue
		}
		if isForbidden(t.text) {
			return "", fmt.Errorf("%s could bypass the walls: %s", t.text, text)
		}
		if name, writes := parseWrite(toks, i); writes {
			if name == "" || table != "" {
				return "", fmt.Errorf("a statement may write one table, named with main.: %s", text)
			}
			table = name
		}
		if t.text == "main" && !isWriteTarget(toks, i) {
			return "", fmt.Errorf("read a table by its name without main.: %s", text)
		}
	}
	return table, nil
}

func isForbidden(word string) bool {
	if forbiddenWords[word] {
		return true
	}
	for _, p := range forbiddenPrefixes {
		if strings.HasPrefix(word, p) {
			return true
		}
	}
	return false
}

// parseWrite reports whether the word at i begins a write, and which table of main it names; "" for a table without main.
func parseWrite(toks []token, i int) (table string, writes bool) {
	at := func(k int) string {
		if k < 0 || k >= len(toks) {
			return ""
		}
		return toks[k].text
	}
	k := i + 2
	switch toks[i].text {
	case "insert", "delete":
		if (at(i) == "insert" && at(i+1) != "into") || (at(i) == "delete" && at(i+1) != "from") {
			return "", true
		}
	case "update":
		if at(i-1) == "do" || at(i-1) == "for" {
			return "", false
		}
		k = i + 1
	case "replace":
		return "", at(i+1) == "into"
	default:
		return "", false
	}
	if at(k) != "main" || at(k+1) != "." || k+2 >= len(toks) || toks[k+2].kind != 'w' {
		return "", true
	}
	return at(k + 2), true
}

// isWriteTarget reports whether the main at i names the table of a write.
func isWriteTarget(toks []token, i int) bool {
	if i >= 1 && toks[i-1].text == "update" {
		_, w := parseWrite(toks, i-1)
		return w
	}
	if i >= 2 && (toks[i-1].text == "into" && toks[i-2].text == "insert" || toks[i-1].text == "from" && toks[i-2].text == "delete") {
		return true
	}
	return false
}

// Tokens cuts a statement into the words that a registration checks, for the tests.
func Tokens(text string) ([]string, error) {
	toks, err := splitTokens(text)
	out := make([]string, len(toks))
	for i, t := range toks {
		out[i] = t.text
	}
	return out, err
}
