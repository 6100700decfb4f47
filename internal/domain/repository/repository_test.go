package repository_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
)

func TestCheckAtItsBounds(t *testing.T) {
	t.Parallel()
	type repo = repository.Repository
	for name, c := range map[string]struct {
		change func(*repo)
		field  string
	}{
		"as it is":                 {func(*repo) {}, ""},
		"longest name":             {func(r *repo) { r.Name = strings.Repeat("a", 100) }, ""},
		"name too long":            {func(r *repo) { r.Name = strings.Repeat("a", 101) }, "name"},
		"no name":                  {func(r *repo) { r.Name = "" }, "name"},
		"dots and slashes":         {func(r *repo) { r.Name = "Org/shop.web_2" }, ""},
		"a way up in the name":     {func(r *repo) { r.Name = "a/../b" }, "name"},
		"a name of elsewhere":      {func(r *repo) { r.Name = "größe" }, "name"},
		"a path":                   {func(r *repo) { r.URL, r.Path = "", "/srv/git/shop" }, ""},
		"a path that is not whole": {func(r *repo) { r.URL, r.Path = "", "git/shop" }, "path"},
		"a path that is no text":   {func(r *repo) { r.URL, r.Path = "", "/srv/\xff" }, "path"},
		"a path with a NUL":        {func(r *repo) { r.URL, r.Path = "", "/srv/a\x00b" }, "path"},
		"both":                     {func(r *repo) { r.Path = "/srv/git/shop" }, "url"},
		"neither":                  {func(r *repo) { r.URL = "" }, "url"},
		"no branch":                {func(r *repo) { r.DefaultBranch = "" }, "default_branch"},
		"twenty checks":            {func(r *repo) { r.CheckCommands = slices.Repeat([]string{"true"}, 20) }, ""},
		"one check too many":       {func(r *repo) { r.CheckCommands = slices.Repeat([]string{"true"}, 21) }, "check_commands"},
		"a long check":             {func(r *repo) { r.CheckCommands = []string{strings.Repeat("é", 1000)} }, ""},
		"a check too long":         {func(r *repo) { r.CheckCommands = []string{strings.Repeat("é", 1001)} }, "check_commands"},
		"a check of two lines":     {func(r *repo) { r.CheckCommands = []string{"true\nfalse"} }, "check_commands"},
		"an open quote":            {func(r *repo) { r.CheckCommands = []string{`echo "a`} }, "check_commands"},
		"an empty check":           {func(r *repo) { r.CheckCommands = []string{" \t"} }, "check_commands"},
	} {
		r := repo{Name: "shop", URL: "https://example.org/shop.git", DefaultBranch: "main"}
		c.change(&r)
		err := r.Check()
		var f *fault.Error
		if c.field == "" && err != nil || c.field != "" && (!errors.As(err, &f) || f.Field != c.field) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCloneURLs(t *testing.T) {
	t.Parallel()
	for url, ok := range map[string]bool{
		"https://example.org/a/b.git": true, "https://example.org:8443/b": true, "ssh://git@example.org:22/a/b": true, "ssh://example.org/b": true,
		"git@example.org:a/b.git": true, "deploy.bot@sub.example.org:b": true,
		"http://example.org/b": false, "git://example.org/b": false, "file:///etc": false, "/srv/git": false, "ext::sh -c id": false,
		"https://user:pw@example.org/b": false, "https://token@example.org/b": false, "ssh://git:pw@example.org/b": false,
		"https://example.org/b?x=1": false, "https://example.org/b#x": false, "https:///b": false, "https://-oProxyCommand=x/b": false,
		"ssh://-oProxyCommand=id/b": false, "ssh://-oProxyCommand=id@example.org/b": false, "-o@example.org:b": false,
		"git@-oProxyCommand=id:b": false, "git@example.org:-b": false, "git@example.org:b c": false, "git@example.org:a\nb": false, "": false,
		"https://example.org/\xff": false, "git@example.org:\xff": false, "transport::https://example.org": false,
	} {
		r := repository.Repository{Name: "shop", URL: url, DefaultBranch: "main"}
		if err := r.Check(); (err == nil) != ok {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	for ref, ok := range map[string]bool{
		"main": true, "feature/x": true, "v1.2.3": true, "a+b@c": true, "0123abcd": true, strings.Repeat("a", 200): true,
		strings.Repeat("a", 201): false, "": false, "-x": false, "--upload-pack=x": false, "a..b": false, "a@{1}": false, "a.lock": false, "a/": false,
		"/a": false, "a b": false, "a~1": false, "a^": false, "a:b": false, "a?": false, "a*": false, "a[": false, "a\\b": false, "a\n": false,
		"größe": true, "功能/登录": true, "emoji🎉": true, "feature#12": true, "fix(ui)": true, "_dev": true, "a=b": true, "x,y": true, "100%": true, "it's": true,
		"a./b": true, "{x}": true, "$HOME": true, "a|b": true, "a;b": true, "!x": true, strings.Repeat("界", 200): true, strings.Repeat("界", 201): false,
		"a\x7f": false, "a\tb": false, "\xff": false, "a\x00b": false, "größe.lock": false, "größe..": false,
		"a//b": false, "a/.b": false, "a.": false, "a.lock/b": false, ".a": false, "@": false,
	} {
		if err := repository.CheckRef("base_ref", ref); (err == nil) != ok || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", ref, err)
		}
	}
}

func TestSplitCommand(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][]string{
		"go test ./...":            {"go", "test", "./..."},
		"  a \t b  ":               {"a", "b"},
		`echo "a b" 'c "d'`:        {"echo", "a b", `c "d`},
		`a"b c"d`:                  {"ab cd"},
		`echo "" ''`:               {"echo", "", ""},
		`a\ b \"c`:                 {"a b", `"c`},
		`'a\b'`:                    {`a\b`},
		`"a\"b"`:                   {`a"b`},
		"echo $HOME *.go | x && y": {"echo", "$HOME", "*.go", "|", "x", "&&", "y"},
		"größe 界":                  {"größe", "界"},
	} {
		if got, err := repository.SplitCommand(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q gives %q, %v", line, got, err)
		}
	}
	for _, line := range []string{"", " ", `"a`, `'a`, `a\`, "a\nb", "a\x00b", "a\rb\n"} {
		if got, err := repository.SplitCommand(line); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q gives %q, %v", line, got, err)
		}
	}
}

func FuzzSplitCommandNeverBreaksALine(f *testing.F) {
	f.Add(`a "b c" 'd' e\ f`)
	f.Fuzz(func(t *testing.T, line string) {
		argv, err := repository.SplitCommand(line)
		if err == nil && (len(argv) == 0 || strings.ContainsAny(strings.Join(argv, ""), "\n\x00")) {
			t.Errorf("%q gives %q", line, argv)
		}
	})
}
