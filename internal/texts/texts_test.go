package texts

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The default texts are in files under version control as people get them: a change of them is seen in review.
func TestTheDefaultTexts(t *testing.T) {
	t.Parallel()
	all, err := Load("")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range letter.Kinds() {
		m, err := all.Mail(k, letter.Sample(k))
		if err != nil {
			t.Error(err)
		}
		golden(t, string(k)+".txt", fmt.Sprintf("Subject: %s\n\n%s\n\n----\n%s\n", m.Subject, m.Text, m.HTML))
		if strings.Contains(m.Text+m.HTML, "no value") || strings.Contains(m.Subject, "  ") {
			t.Errorf("%s leaves a hole: %+v", k, m)
		}
	}
	if n, err := all.SignInNotice("agents.example.org"); err != nil || n != nil {
		t.Errorf("the default notice says %q, %v", n, err)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; if that is meant, run go test -update:\n%s", path, diff)
	}
}

func write(t *testing.T, name, text string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestAnOverrideTakesTheDefaultsPlace(t *testing.T) {
	t.Parallel()
	all, err := Load(write(t, "mail/invitation.html", "Subject: Komm zu {{.Team}}\n\n<p>{{.By}} lädt ein.<br>{{.Link}}</p>"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := all.Mail(letter.Invitation, letter.Data{Team: "A & B", By: "<b>Grace</b>", Link: "https://x/?a=1&b=2"})
	if err != nil || m.Subject != "Komm zu A & B" || m.Text != "<b>Grace</b> lädt ein.\n\nhttps://x/?a=1&b=2" || strings.Contains(m.HTML, "<b>") {
		t.Errorf("%+v, %v", m, err)
	}
	if m, err := all.Mail(letter.Reset, letter.Sample(letter.Reset)); err != nil || !strings.Contains(m.Text, "set a new password") {
		t.Errorf("what is not overridden is not the default: %+v, %v", m, err)
	}
	all, err = Load(write(t, "sign-in-notice.html", "<p>Private system of {{.Server}}.</p>\n<script>alert(1)</script><p>Use is logged.</p>"))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := all.SignInNotice("x.example"); err != nil || len(n) < 2 || n[0] != "Private system of x.example." {
		t.Errorf("%q, %v", n, err)
	}
}

// What is broken is found at the start, with its file and line.
func TestABrokenOverrideIsNamed(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"Subject: x\n\n{{.By":                        "mail/invitation.html has an error in line 3",
		"Subject: x\n\n\n{{.Nothing}}":               "mail/invitation.html has an error in line 4",
		"Subject: x\n\n{{nothing}}":                  "mail/invitation.html has an error in line 3",
		"Hello":                                      "mail/invitation.html has an error in line 1",
		"Subject: \n\nx":                             "mail/invitation.html has an error in line 1",
		"Subject: x\n\n<a href='{{if .By}}'>{{end}}": "mail/invitation.html has an error in line 3",
	} {
		if _, err := Load(write(t, "mail/invitation.html", text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v; want %q", text, err, says)
		}
	}
	if _, err := Load(write(t, "mail/invitatoin.html", "x")); err == nil || !strings.Contains(err.Error(), "is not a text of this server") || !strings.Contains(err.Error(), "mail/invitation.html") {
		t.Errorf("a mistyped name: %v", err)
	}
	if _, err := Load(filepath.Join(t.TempDir(), "nowhere")); err == nil || !strings.Contains(err.Error(), "read --texts") {
		t.Errorf("no directory: %v", err)
	}
}

func TestWhatIsExportedIsWhatIsUsed(t *testing.T) {
	t.Parallel()
	dir := write(t, "sign-in-notice.html", "<p>Mine.</p>")
	if err := Export(dir); err != nil {
		t.Fatal(err)
	}
	all, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := all.SignInNotice(""); len(n) != 1 || n[0] != "Mine." {
		t.Errorf("an operator's file was written over: %q", n)
	}
	for _, name := range Names() {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}
