package post

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// office is a mail server that keeps what it is given.
type office struct{ got chan string }

func (o office) NewSession(*smtp.Conn) (smtp.Session, error) { return &visit{office: o}, nil }

type visit struct {
	office
	to string
}

func (v *visit) AuthMechanisms() []string { return []string{sasl.Plain} }

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, name, password string) error {
		if name != "agents" || password != "a secret" {
			return errors.New("no")
		}
		return nil
	}), nil
}

func (v *visit) Mail(string, *smtp.MailOptions) error { return nil }
func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	if v.to = to; strings.HasPrefix(to, "nobody@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such box"}
	}
	return nil
}
func (v *visit) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	v.got <- v.to + "\n" + string(b)
	return err
}
func (v *visit) Reset()        {}
func (v *visit) Logout() error { return nil }

func serve(t *testing.T) (address string, got chan string) {
	t.Helper()
	o := office{make(chan string, 4)}
	s := smtp.NewServer(o)
	s.Domain, s.AllowInsecureAuth = "localhost", true
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return l.Addr().String(), o.got
}

func TestAMailArrivesInBothForms(t *testing.T) {
	t.Parallel()
	address, got := serve(t)
	s, err := New("smtp://agents:a%20secret@"+address, "Agents <agents@example.org>")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), Mail{ID: "m1", To: "ada@example.org", Subject: "Grüße\r\nBcc: x@example.org", HTML: "<p>Hello.</p>", Text: "Hello."}); err != nil {
		t.Fatal(err)
	}
	text := <-got
	for _, want := range []string{"ada@example.org\n", "From: \"Agents\" <agents@example.org>", "Message-ID: <m1@127.0.0.1>", "text/plain", "text/html", "<p>Hello.</p>", "Auto-Submitted: auto-generated"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "\nBcc:") {
		t.Error("a subject wrote a header of its own")
	}
	if err := s.Send(t.Context(), Mail{ID: "m2", To: "nobody@example.org", Subject: "x", HTML: "x", Text: "x"}); err == nil {
		t.Error("a refused recipient is no error")
	}
}

// Without TLS a password goes to this host only.
func TestAPasswordGoesThroughTLS(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{"smtp://mail.example.org": true, "smtps://u:p@mail.example.org:465": true, "smtp://127.0.0.1:2525": true, "mail.example.org:25": false, "http://x": false, "": false} {
		if _, err := New(address, "a@example.org"); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := New("smtp://mail.example.org", "nobody"); err == nil {
		t.Error("a sender without an address is taken")
	}
	if loopback("mail.example.org") || loopback("10.0.0.1") || !loopback("127.0.0.1") || !loopback("localhost") {
		t.Error("what is this host is mistaken")
	}
}
