package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/apitoken"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	"github.com/industrial-orchestrator/orchestrator/internal/git"
	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	git.Main()
	os.Exit(m.Run())
}

// said is what a command answered.
type said struct {
	code     int
	out, err string
}

// orchestrator runs one command as the shell would.
func orchestrator(stdin string, args ...string) said {
	var out, err bytes.Buffer
	code := run(args, streams{strings.NewReader(stdin), &out, &err})
	return said{code, out.String(), err.String()}
}

func TestOperatorMakesTeamPersonAndToken(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	for _, step := range []struct {
		stdin string
		args  string
	}{
		{"", "tenant create --slug acme --name Acme --max-concurrent-sessions 3"},
		{"a long enough password\n", "user create --email ann@example.org --name Ann --admin --password-stdin"},
		{"", "member add --tenant acme --email ann@example.org --role lead"},
	} {
		if s := orchestrator(step.stdin, append(strings.Fields(step.args), "--data", data)...); s.code != 0 || s.out == "" {
			t.Fatalf("%s: %+v", step.args, s)
		}
	}
	s := orchestrator("", "token", "create", "--email", "ann@example.org", "--tenant", "acme", "--name", "ci", "--data", data)
	token := strings.TrimSuffix(s.out, "\n")
	if s.code != 0 || !strings.HasPrefix(token, apitoken.Prefix) || strings.ContainsAny(token, " \n") {
		t.Fatalf("the token command printed %+v", s)
	}
	limits, by := actsAs(t, data, token)
	if by.Slug != "acme" || by.Role != tenant.Lead || limits.MaxConcurrent != 3 {
		t.Errorf("the token acts as %s with %+v", by, limits)
	}
}

// actsAs opens the data as another command would and asks who a token is.
func actsAs(t *testing.T, data, token string) (l tenant.Limits, by tenant.Actor) {
	t.Helper()
	var c cli
	c.Settings.Data, c.Settings.KeyFile = data, data+".key"
	err := withApp(call{ctx: context.Background(), settings: c.Settings}, func(a *app.App) (err error) {
		if by, err = a.People.ActorForToken(context.Background(), token); err != nil {
			return err
		}
		l, err = a.People.Limits(context.Background(), by)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return l, by
}

func TestDataIsClosedToOthers(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(data, 0o755); err != nil {
		t.Fatal(err)
	}
	if s := orchestrator("", "migrate", "--data", data); s.code != 0 {
		t.Fatal(s)
	}
	for path, want := range map[string]os.FileMode{data: 0o700, filepath.Join(data, "db"): 0o700, filepath.Join(data, "teams"): 0o700, data + ".key": 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has %v, %v", path, info.Mode(), err)
		}
	}
}

func TestWrongCommandsSayWhatIsRight(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	for _, c := range []struct {
		args, stdin string
		code        int
		says        string
	}{
		{"member add --tenant acme --email a@example.org --role king", "", 1, "lead, member or viewer"},
		{"member add --tenant nope --email a@example.org --role lead", "", 1, "Team not found"},
		{"user create --email nobody --name N --password-stdin", "short\n", 1, "ann@example.org"},
		{"user create --email a@example.org --name N --password-stdin", "", 1, "12 characters"},
		{"user create --email a@example.org --name N", "", 1, "--password-stdin"},
		{"user create --email a@example.org --name N --password-stdin --oidc-issuer https://login.example.org --oidc-client-id o --oidc-enforced", "a long enough password\n", 1, "Passwords are turned off"},
		{"user sign-in --email nobody@example.org", "", 1, "Person not found"},
		{"serve --oidc-enforced", "", 2, "--oidc-issuer"},
		{"serve --oidc-issuer https://login.example.org --oidc-client-id o --oidc-group developers", "", 2, "GROUP=SLUG:ROLE"},
		{"tenant create --slug UPPER --name Upper", "", 1, "lower-case"},
		{"serve --listen 0.0.0.0:8080", "", 2, "--insecure-http"},
		{"serve --allow-net everywhere", "", 2, "127.0.0.1/32:4010"},
		{"fly", "", 2, "fly"},
	} {
		t.Run(c.args, func(t *testing.T) {
			t.Parallel()
			s := orchestrator(c.stdin, append(strings.Fields(c.args), "--data", data)...)
			if s.code != c.code || !strings.Contains(s.err, c.says) || s.out != "" {
				t.Errorf("%+v", s)
			}
		})
	}
}

// What the database says about its tables and columns means nothing to an operator.
func TestNoCommandPrintsSQL(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	create := strings.Fields("user create --email ann@example.org --name Ann --password-stdin --data " + data)
	if s := orchestrator("a long enough password\n", create...); s.code != 0 {
		t.Fatal(s)
	}
	s := orchestrator("a long enough password\n", create...)
	for _, word := range []string{"constraint", "UNIQUE", "users.", "email_folded", "2067", "SQL"} {
		if strings.Contains(s.err, word) {
			t.Errorf("%q is in %q", word, s.err)
		}
	}
	if s.code != 1 || !strings.Contains(s.err, "ann@example.org") {
		t.Errorf("%+v", s)
	}
	tenants := strings.Fields("tenant create --slug acme --name Acme --data " + data)
	orchestrator("", tenants...)
	if s := orchestrator("", tenants...); s.code != 1 || strings.Contains(s.err, "constraint") {
		t.Errorf("%+v", s)
	}
}

func TestConfigShowsSourcesAndNoSecrets(t *testing.T) {
	t.Setenv("ORCHESTRATOR_DATABASE", "postgres://u:hunter2@host/name")
	s := orchestrator("", "config", "--listen", "127.0.0.1:9")
	if s.code != 0 || strings.Contains(s.out, "hunter2") {
		t.Fatalf("%+v", s)
	}
	for _, want := range []string{"--listen 127.0.0.1:9 flag ORCHESTRATOR_LISTEN", "--database (set, hidden) environment ORCHESTRATOR_DATABASE", "--sandbox on default ORCHESTRATOR_SANDBOX"} {
		if !strings.Contains(strings.Join(strings.Fields(s.out), " "), want) {
			t.Errorf("%q is not in\n%s", want, s.out)
		}
	}
}
