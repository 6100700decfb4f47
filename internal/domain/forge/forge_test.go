package forge_test

import (
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/forge"
)

func TestProposeReadsTheCloneURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]forge.Settings{
		"https://github.com/acme/billing.git":             {Kind: forge.GitHub, API: "https://api.github.com", Project: "acme/billing"},
		"git@github.com:acme/billing.git":                 {Kind: forge.GitHub, API: "https://api.github.com", Project: "acme/billing"},
		"ssh://git@github.corp.example:2222/acme/billing": {Kind: forge.GitHub, API: "https://github.corp.example/api/v3", Project: "acme/billing"},
		"https://gitlab.com/acme/tools/billing.git":       {Kind: forge.GitLab, API: "https://gitlab.com/api/v4", Project: "acme/tools/billing"},
		"https://GitLab.example:8443/acme/billing.git/":   {Kind: forge.GitLab, API: "https://gitlab.example:8443/api/v4", Project: "acme/billing"},
		"https://codeberg.org/acme/billing":               {Kind: forge.Gitea, API: "https://codeberg.org/api/v1", Project: "acme/billing"},
		"git@forgejo.example:acme/billing":                {Kind: forge.Gitea, API: "https://forgejo.example/api/v1", Project: "acme/billing"},
		"https://git.example.org/acme/billing.git":        {Project: "acme/billing"},
		"https://git.example.org/billing.git":             {},
		"/srv/git/billing":                                {},
		"":                                                {},
		"git@host":                                        {},
	} {
		if got := forge.Propose(url); got != want {
			t.Errorf("%q: %+v", url, got)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	good := forge.Settings{Kind: forge.Gitea, API: "https://git.example.org/api/v1", Project: "acme/billing"}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for field, bad := range map[string][]func(*forge.Settings){
		"kind": {func(s *forge.Settings) { s.Kind = "svn" }, func(s *forge.Settings) { s.Kind = "" }},
		"api_url": {func(s *forge.Settings) { s.API = "http://git.example.org/api/v1" }, func(s *forge.Settings) { s.API = "https://u:p@git.example.org" },
			func(s *forge.Settings) { s.API += "/" }, func(s *forge.Settings) { s.API += "?x=1" }, func(s *forge.Settings) { s.API = "file:///etc" }, func(s *forge.Settings) { s.API = "" }},
		"project": {func(s *forge.Settings) { s.Project = "billing" }, func(s *forge.Settings) { s.Project = "a/b/c" }, func(s *forge.Settings) { s.Project = "../../admin" },
			func(s *forge.Settings) { s.Project = "acme/.." }, func(s *forge.Settings) { s.Project = "acme/b?x" }, func(s *forge.Settings) { s.Project = "acme/billing.git" },
			func(s *forge.Settings) { s.Project = "acme/" + strings.Repeat("x", 300) }},
	} {
		for i, change := range bad {
			s := good
			change(&s)
			err := s.Check()
			if f, ok := err.(fault.Fields); !ok || len(f) != 1 || f[0].Field != field || strings.Contains(err.Error(), "u:p") {
				t.Errorf("%s %d: %v", field, i, err)
			}
		}
	}
	for _, local := range []string{"http://127.0.0.1:3000/api/v1", "http://localhost:3000/api/v1", "http://[::1]:3000/api/v1"} {
		s := good
		if s.API = local; s.Check() != nil {
			t.Errorf("%s: %v", local, s.Check())
		}
	}
}

func TestTheMarkerNamesNothing(t *testing.T) {
	t.Parallel()
	m := forge.Marker("0192-session", "fix")
	if m == forge.Marker("0192-session", "fix2") || m == forge.Marker("0193", "fix") || strings.Contains(m, "0192") || strings.Contains(m, "fix") {
		t.Error(m)
	}
	n := forge.New{Body: "text\n", Marker: m}
	if !forge.HasMarker(n.Description(), m) || forge.HasMarker("text", m) || forge.HasMarker("text", "") || (forge.New{Body: "text"}).Description() != "text" {
		t.Error(n.Description())
	}
}
