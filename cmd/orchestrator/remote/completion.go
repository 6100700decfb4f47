package remote

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help says where the script goes.
func (completionCmd) Help() string {
	return "bash: orchestrator completion bash > ~/.local/share/bash-completion/completions/orchestrator\n\n" +
		"zsh: orchestrator completion zsh > a file _orchestrator in a directory of $fpath\n\n" +
		"fish: orchestrator completion fish > ~/.config/fish/completions/orchestrator.fish"
}

// Run prints the script. It completes commands and flags of both kinds of commands.
func (c *completionCmd) Run(s *shell) error {
	all := wordsOf(s.model, nil)
	if s.Operator != nil {
		all = wordsOf(s.Operator(), all)
	}
	_, err := io.WriteString(s.Out, scripts[c.Shell](all))
	return err
}

// place is a point of the command line and what can follow it.
type place struct {
	path  string // the commands so far, such as "session list"
	words []word
}

type word struct{ text, help string }

// wordsOf adds the places of a program to those of another one, which knows its own commands better.
func wordsOf(app *kong.Application, known []place) []place {
	var visit func(n *kong.Node, path string, flags []*kong.Flag)
	visit = func(n *kong.Node, path string, flags []*kong.Flag) {
		p, flags := place{path: path}, append(flags[:len(flags):len(flags)], n.Flags...)
		for _, child := range n.Children {
			if child.Type == kong.CommandNode && !child.Hidden {
				p.words = append(p.words, word{child.Name, child.Help})
			}
		}
		for _, arg := range n.Positional {
			for value := range strings.SplitSeq(arg.Enum, ",") {
				if value != "" {
					p.words = append(p.words, word{value, arg.Help})
				}
			}
		}
		for _, f := range flags {
			if !f.Hidden {
				p.words = append(p.words, wordsOfFlag(f)...)
			}
		}
		known = addPlace(known, p)
		for _, child := range n.Children {
			if child.Type != kong.CommandNode || child.Hidden {
				continue
			}
			for _, name := range append([]string{child.Name}, child.Aliases...) {
				visit(child, strings.TrimSpace(path+" "+name), flags)
			}
		}
	}
	visit(app.Node, "", nil)
	return known
}

// wordsOfFlag is a flag, and its opposite if it has one.
func wordsOfFlag(f *kong.Flag) []word {
	all := []word{{"--" + f.Name, f.Help}}
	if f.Tag.Negatable != "" {
		all = append(all, word{"--no-" + f.Name, f.Help})
	}
	return all
}

// addPlace joins the words of the beginning; any other place keeps those that it has.
func addPlace(known []place, p place) []place {
	i := slices.IndexFunc(known, func(k place) bool { return k.path == p.path })
	if i < 0 {
		return append(known, p)
	}
	if p.path == "" {
		for _, w := range p.words {
			if !slices.ContainsFunc(known[i].words, func(k word) bool { return k.text == w.text }) && !strings.HasPrefix(w.text, "--") {
				known[i].words = append(known[i].words, w)
			}
		}
	}
	return known
}

var scripts = map[string]func([]place) string{"bash": bashScript, "fish": fishScript,
	"zsh": func(all []place) string {
		return "#compdef orchestrator\nautoload -U +X bashcompinit && bashcompinit\n" + bashScript(all)
	}}

// bashScript completes with the words of the place that the commands before the cursor lead to.
func bashScript(all []place) string {
	var b strings.Builder
	b.WriteString("# Completion of orchestrator for bash.\n_orchestrator_words() {\n  case \"$1\" in\n")
	for _, p := range all {
		texts := make([]string, len(p.words))
		for i, w := range p.words {
			texts[i] = w.text
		}
		fmt.Fprintf(&b, "  %q) echo %q ;;\n", p.path, strings.Join(texts, " "))
	}
	b.WriteString(`  esac
}
_orchestrator() {
  local current="${COMP_WORDS[COMP_CWORD]}" path="" word next i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    case "$word" in -*) continue ;; esac
    next="${path:+$path }$word"
    if [ -n "$(_orchestrator_words "$next")" ]; then path="$next"; fi
  done
  COMPREPLY=($(compgen -W "$(_orchestrator_words "$path")" -- "$current"))
}
complete -o default -F _orchestrator orchestrator
`)
	return b.String()
}

func fishScript(all []place) string {
	var b strings.Builder
	b.WriteString("# Completion of orchestrator for fish.\nfunction __orchestrator_path\n  string join ' ' -- (string match -v -- '-*' (commandline -opc)[2..])\nend\ncomplete -c orchestrator -f\n")
	for _, p := range all {
		at := fmt.Sprintf("string match -qr '^%s( |$)' -- (__orchestrator_path)", p.path)
		if p.path == "" {
			at = "test -z (__orchestrator_path)"
		}
		for _, w := range p.words {
			kind, text := "-a", w.text
			if flag, ok := strings.CutPrefix(w.text, "--"); ok {
				kind, text = "-l", flag
			}
			fmt.Fprintf(&b, "complete -c orchestrator -n %s %s %s -d %s\n", fishQuote(at), kind, text, fishQuote(w.help))
		}
	}
	return b.String()
}

func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", " ").Replace(s) + "'"
}
