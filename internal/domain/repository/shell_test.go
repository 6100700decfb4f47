package repository_test

import (
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

// TestCommandsThatNeedAShellAreRefusedWithAFormThatWorks: the sentence has a command that is accepted in its place.
func TestCommandsThatNeedAShellAreRefusedWithAFormThatWorks(t *testing.T) {
	t.Parallel()
	for command, form := range map[string]string{
		"cd sub && go test":              "sh -c 'cd sub && go test'",
		"cd sub":                         "sh -c 'cd sub'",
		"FOO=1 go test ./...":            "env FOO=1 go test ./...",
		"FOO=1 BAR='x y' make check":     "env FOO=1 BAR='x y' make check",
		"FOO=1 go test && go vet":        "sh -c 'FOO=1 go test && go vet'",
		"go test ./... 2>&1":             "sh -c 'go test ./... 2>&1'",
		"go test ./... > out.txt":        "sh -c 'go test ./... > out.txt'",
		"gofmt -l *.go":                  "sh -c 'gofmt -l *.go'",
		"ls src/?.c":                     "sh -c 'ls src/?.c'",
		"ls [ab].c":                      "sh -c 'ls [ab].c'",
		"echo $HOME":                     "sh -c 'echo $HOME'",
		`echo "$HOME"`:                   `sh -c 'echo "$HOME"'`,
		"echo ${X:-y}":                   "sh -c 'echo ${X:-y}'",
		"test -z $(gofmt -l .)":          "sh -c 'test -z $(gofmt -l .)'",
		`test -z "$(gofmt -l .)"`:        `sh -c 'test -z "$(gofmt -l .)"'`,
		"echo `id`":                      "sh -c 'echo `id`'",
		"make; make test":                "sh -c 'make; make test'",
		"make|cat":                       "sh -c 'make|cat'",
		"make || true":                   "sh -c 'make || true'",
		"make &":                         "sh -c 'make &'",
		"(make)":                         "sh -c '(make)'",
		"! grep -q TODO x":               "sh -c '! grep -q TODO x'",
		"if true":                        "sh -c 'if true'",
		"ls ~/x":                         "sh -c 'ls ~/x'",
		"make # all":                     "sh -c 'make # all'",
		"source venv/bin/activate":       "sh -c 'source venv/bin/activate'",
		`echo 'it' && echo "it's"`:       `sh -c 'echo '\''it'\'' && echo "it'\''s"'`,
		"sort < in":                      "sh -c 'sort < in'",
		"make >&2":                       "sh -c 'make >&2'",
		"export A=1":                     "sh -c 'export A=1'",
		"cat <<EOF":                      "sh -c 'cat <<EOF'",
		"bash -c true && bash -c false":  "sh -c 'bash -c true && bash -c false'",
		"curl http://localhost/?a=1&b=2": "sh -c 'curl http://localhost/?a=1&b=2'",
	} {
		r := repository.Repository{Name: "a", URL: "https://git.example.org/a", DefaultBranch: "main", CheckCommands: []string{command}}
		err := r.Check()
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), form) {
			t.Errorf("%q: %v, want %s", command, err, form)
		}
		if r.CheckCommands = []string{form}; r.Check() != nil {
			t.Errorf("%q is proposed and refused: %v", form, r.Check())
		}
		r.CheckCommands, r.ChecksInShell = []string{command}, true
		if err := r.Check(); err != nil {
			t.Errorf("%q in a shell: %v", command, err)
		}
		if argv, err := repository.Argv(command, true); err != nil || len(argv) != 3 || argv[2] != command {
			t.Errorf("%q: %q, %v", command, argv, err)
		}
	}
}

func TestCommandsThatNeedNoShellAreAccepted(t *testing.T) {
	t.Parallel()
	for _, command := range []string{
		"go test ./...", "make CC=gcc check", "npm run test -- --ci", "go test -run '^Test[A-Z]*$' ./...", "go test -run Test$", "pytest 'tests/*.py'", `prettier --check "src/**/*.ts"`,
		"sh -c 'cd sub && go test 2>&1 | tail'", `bash -c "cd sub && echo $HOME"`, "/bin/sh -c 'a; b'", "env A=1 go test", "test -f x", "[ -f x ]", "echo a#b", "git diff HEAD~1", "cargo test --features=a,b",
		`echo \$HOME \* \&\&`, "python3 -c 'print(1)'", "true", "mvn -B -Dx=y verify", "docker run a:b@sha256:c", "echo 100%", "dotnet test -p:X=1", "x {a,b}", "echo 2 3", "node --test a2.js", "a+b", "./run!",
	} {
		r := repository.Repository{Name: "a", URL: "https://git.example.org/a", DefaultBranch: "main", CheckCommands: []string{command}}
		if err := r.Check(); err != nil {
			t.Errorf("%q: %v", command, err)
		}
		if argv, err := repository.Argv(command, false); err != nil || argv[0] == "sh" && !strings.HasPrefix(command, "sh") {
			t.Errorf("%q: %q, %v", command, argv, err)
		}
	}
	r := repository.Repository{Name: "a", URL: "https://git.example.org/a", DefaultBranch: "main", CheckCommands: []string{`echo "half`}, ChecksInShell: true}
	if err := r.Check(); err == nil {
		t.Error("a quote that is not closed is accepted for a shell")
	}
}

func FuzzEveryProposedFormIsAccepted(f *testing.F) {
	for _, s := range []string{"A=1 b", "a && b", "a 'b' \"$c\"", "a *"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, command string) {
		if len(command) > 200 || repository.CheckCommand(command, false) == nil {
			return
		}
		if _, err := repository.SplitCommand(command); err != nil {
			return
		}
		form := "sh -c '" + strings.ReplaceAll(command, "'", `'\''`) + "'"
		if err := repository.CheckCommand(form, false); err != nil {
			t.Errorf("%q: %v", form, err)
		}
	})
}
