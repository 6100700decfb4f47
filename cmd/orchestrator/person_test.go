package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOperatorEndsWhatPeopleMay(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	for _, step := range []struct {
		stdin, args string
		code        int
		says        string
	}{
		{"", "tenant create --slug acme --name Acme", 0, "acme"},
		{"a long enough password\n", "user create --email ann@example.org --name Ann --password-stdin", 0, "Ann"},
		{"a long enough password\n", "user create --email bob@example.org --name Bob --password-stdin", 0, "Bob"},
		{"", "member add --tenant acme --email ann@example.org --role lead", 0, "lead"},
		{"", "member remove --tenant acme --email bob@example.org", 1, "Person not found"},
		{"", "member remove --tenant acme --email ann@example.org", 1, "last lead"},
		{"", "member add --tenant acme --email ann@example.org --role viewer", 1, "last lead"},
		{"", "member add --tenant acme --email bob@example.org --role lead", 0, "lead"},
		{"", "member remove --tenant acme --email ANN@example.org", 0, "from acme"},
		{"", "user deactivate --email bob@example.org", 0, "Deactivated"},
		{"", "user reset --email bob@example.org", 1, "Activate the user first"},
		{"", "token create --email bob@example.org --tenant acme --name ci", 1, "deactivated"},
		{"", "user activate --email bob@example.org", 0, "Activated"},
		{"", "user reset --email bob@example.org --public-url https://agents.example.org/", 0, "https://agents.example.org/reset/"},
		{"", "user reset --email nobody@example.org", 1, "Person not found"},
		{"", "user factors clear --email bob@example.org", 0, "Removed the second factors"},
	} {
		s := orchestrator(step.stdin, append(strings.Fields(step.args), "--data", data)...)
		if s.code != step.code || !strings.Contains(s.out+s.err, step.says) {
			t.Fatalf("%s: %+v", step.args, s)
		}
	}
}

func TestOperatorWordsTheTexts(t *testing.T) {
	t.Parallel()
	dir, data := filepath.Join(t.TempDir(), "texts"), filepath.Join(t.TempDir(), "data")
	if s := orchestrator("", "texts", "export", dir); s.code != 0 || !strings.Contains(s.out, "mail/invitation.html") {
		t.Fatalf("%+v", s)
	}
	broken := filepath.Join(dir, "mail", "invitation.html")
	if err := os.WriteFile(broken, []byte("Subject: x\n\n{{.Nothing}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, says := range map[string]string{
		"serve --texts " + dir:                          broken + " has an error in line 3",
		"serve --smtp-url smtp://mail.example.org":      "--mail-from",
		"serve --smtp-url http://x --mail-from a@b.org": "smtps://user:password@mail.example.org",
		"serve --smtp-url smtp://x --mail-from nobody":  "agents@example.org",
		"serve --require-second-factor some":            "none, admins or all",
	} {
		s := orchestrator("", append(strings.Fields(args), "--data", data, "--listen", "127.0.0.1:0")...)
		if s.code == 0 || !strings.Contains(s.err, says) {
			t.Errorf("%s: %+v", args, s)
		}
	}
}
