package e2e

import (
	"io"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
)

// postOffice is a mail server that stores the e-mails it receives.
type postOffice struct{ got chan *mail.Message }

// NewSession starts a delivery.
func (o *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{office: o}, nil }

type delivery struct{ office *postOffice }

func (d *delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (d *delivery) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (d *delivery) Reset()                               {}
func (d *delivery) Logout() error                        { return nil }

func (d *delivery) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(m.Body)
	m.Body = strings.NewReader(strings.ReplaceAll(strings.ReplaceAll(string(body), "=\r\n", ""), "=3D", "="))
	d.office.got <- m
	return err
}

func newPostOffice(t *testing.T, l net.Listener) *postOffice {
	t.Helper()
	o := &postOffice{make(chan *mail.Message, 8)}
	s := smtp.NewServer(o)
	s.Domain = "localhost"
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return o
}

// TestBrowserInvitationMail invites by e-mail with the operator's text. The e-mail is queued while the mail server is down and while
// this server is killed, and its link works.
func TestBrowserInvitationMail(t *testing.T) {
	t.Parallel()
	browser(t)
	box, texts := freeAddress(t), t.TempDir()
	words := "Subject: Komm zu {{.Team}}\n\n<p>{{.By}} lädt dich ein:</p>\n<p><a href=\"{{.Link}}\">{{.Link}}</a></p>\n"
	if err := os.MkdirAll(filepath.Join(texts, "mail"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"mail/invitation.html": words, "sign-in-notice.html": "<p>Internal system. Use is logged.</p>"} {
		if err := os.WriteFile(filepath.Join(texts, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	w := newWorld(t, "--listen", freeAddress(t), "--smtp-url", "smtp://"+box, "--mail-from", "Agents <agents@example.org>", "--texts", texts)
	w.command("", "tenant", "create", "--slug", "acme", "--name", "Team acme")
	p := w.signIn((&team{w: w, slug: "acme"}).join("ada", "lead"))
	p.open("/t/acme/people")
	p.must(p.page.Locator("#i-email").Fill("new@example.org"))
	p.press("Create invitation link")
	p.reads(".notice.ok", "Invitation sent by e-mail.")
	w.kill()
	l, err := net.Listen("tcp", box)
	if err != nil {
		t.Fatal(err)
	}
	office := newPostOffice(t, l)
	w.start()
	m := <-office.got
	body, _ := io.ReadAll(m.Body)
	link := regexp.MustCompile(`http://[^\s"<]+/invitations/[A-Za-z0-9_-]+`).FindString(string(body))
	if m.Header.Get("To") != "<new@example.org>" || m.Header.Get("Subject") != "Komm zu Team acme" || link == "" {
		t.Fatalf("the letter is %v\n%s", m.Header, body)
	}
	if log := string(w.srv.out.tail(1 << 20)); strings.Contains(log, link[strings.LastIndex(link, "/")+1:]) {
		t.Error("the link is in the log")
	}
	q := w.newPerson()
	q.open("/login")
	q.reads(".sg .r", "Internal system. Use is logged.")
	q.open(strings.TrimPrefix(link, w.url))
	q.fill("Your name", "New")
	q.fill("Password", password)
	q.press("Join and sign in")
	q.reads(".toast", "Welcome to the team.")
}
