package repository

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Argv returns the arguments of a check command: with a shell those of sh -c, otherwise the words of the command itself.
func Argv(command string, inShell bool) ([]string, error) {
	argv, err := SplitCommand(command)
	if inShell && err == nil {
		argv = []string{"sh", "-c", command}
	}
	return argv, err
}

// checkNoShell refuses a command that only a shell runs as it is meant, and returns a form that works without one.
func checkNoShell(command string) error {
	argv, err := SplitCommand(command)
	if err != nil {
		return err
	}
	found, kind := shellSyntax(command, argv)
	switch kind {
	case "":
		return nil
	case "variable":
		if rest, _ := shellSyntax("env "+command, append([]string{"env"}, argv...)); rest == "" {
			return fault.Field("check_commands", "%q sets a variable (%s), which only a shell does. Use %s, or turn on \"Run in a shell\".", command, found, "env "+command)
		}
	case "pattern":
		return fault.Field("check_commands", "%q has a pattern (%s), which only a shell replaces by file names. Use %s, put the pattern in quotes to pass it unchanged, or turn on \"Run in a shell\".", command, found, inShell(command))
	}
	return fault.Field("check_commands", "%q has shell syntax (%s), but check commands run without a shell. Use %s, or turn on \"Run in a shell\".", command, found, inShell(command))
}

func inShell(command string) string {
	return "sh -c '" + strings.ReplaceAll(command, "'", `'\''`) + "'"
}

// builtins are words that start a command only in a shell.
var builtins = []string{".", ":", "!", "{", "alias", "bg", "break", "case", "cd", "continue", "declare", "eval", "exec", "exit", "export", "fg", "for", "function", "if",
	"let", "local", "popd", "pushd", "read", "readonly", "return", "set", "shift", "shopt", "source", "trap", "typeset", "ulimit", "umask", "unalias", "unset", "until", "wait", "while"}

var (
	assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)
	expansion  = regexp.MustCompile("^[$]([A-Za-z0-9_{(@*#?$!-])")
	operator   = regexp.MustCompile(`^([0-9]*(>>|>&|>[|]|<<<|<<|<&|<>|>|<)(&?[0-9])?|&&|[|][|]|;;|[|;&()])`)
	shells     = regexp.MustCompile(`^(ba|da|z|k|a|)sh$`)
)

// shellSyntax returns the first part of a command that has a meaning only in a shell, and its kind; both are empty if there is none.
func shellSyntax(command string, argv []string) (found, kind string) {
	if assignment.MatchString(command) {
		return argv[0], "variable"
	}
	if first := argv[0]; slices.Contains(builtins, first) {
		return first, "syntax"
	}
	scan := shellScan{isShell: shells.MatchString(path.Base(argv[0])), wordStart: true}
	for i := 0; i < len(command); i++ {
		if found, kind = scan.step(command, i); kind != "" {
			return found, kind
		}
	}
	return "", ""
}

// shellScan follows the quotes of a command.
type shellScan struct {
	quote              byte
	escaped, wordStart bool
	isShell            bool // the program itself is a shell, which replaces what is in quotes
}

func (s *shellScan) step(command string, i int) (found, kind string) {
	c, rest := command[i], command[i:]
	starts := s.wordStart
	s.wordStart = s.quote == 0 && !s.escaped && (c == ' ' || c == '\t')
	switch {
	case s.escaped:
		s.escaped = false
	case c == '\\' && s.quote != '\'':
		s.escaped = true
	case s.quote != 0 && c == s.quote:
		s.quote = 0
	case s.quote == '\'' || s.quote == '"' && s.isShell:
	case expansion.MatchString(rest):
		return expansion.FindString(rest) + wordRest(rest[2:]), "syntax"
	case c == '`':
		return "`", "syntax"
	case s.quote == '"':
	case c == '\'' || c == '"':
		s.quote = c
	default:
		return unquoted(rest, starts)
	}
	return "", ""
}

// unquoted looks at a character outside quotes.
func unquoted(rest string, starts bool) (found, kind string) {
	isPlain := rest[0] >= '0' && rest[0] <= '9' && !starts // a digit belongs to an operator only at the start of a word
	switch op := operator.FindString(rest); {
	case op != "" && !isPlain:
		return op, "syntax"
	case rest[0] == '*' || rest[0] == '?', rest[0] == '[' && strings.Contains(firstWord(rest), "]"):
		return firstWord(rest), "pattern"
	case starts && (rest[0] == '~' || rest[0] == '#'):
		return firstWord(rest), "syntax"
	}
	return "", ""
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

// wordRest is the rest of a variable's name.
func wordRest(s string) string {
	end := strings.IndexFunc(s, func(c rune) bool {
		return c != '_' && c != '}' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	})
	if end < 0 {
		return s
	}
	return s[:end]
}
