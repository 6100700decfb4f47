// Package post sends e-mails through the operator's mail server. It knows no letter and no table.
package post

import (
	"context"
	"fmt"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	mail "github.com/wneessen/go-mail"
)

// within bounds one e-mail's way to the mail server.
const within = 30 * time.Second

// Sender sends through one mail server. Its methods are safe for concurrent use.
type Sender struct {
	host string
	opts []mail.Option
	from string
}

// Mail is one e-mail. ID makes its Message-ID, so that one that is sent twice is one to who reads it.
type Mail struct{ ID, To, Subject, HTML, Text string }

// New reads an address such as smtp://user:password@mail.example.org:587 (with STARTTLS) or smtps://… (with TLS from the start).
// A password goes to another host only through TLS; a mail server on this host may have none. Nothing is connected to yet.
func New(address, from string) (*Sender, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, fmt.Errorf("--smtp-url is smtp:// or smtps:// with a host, such as smtps://user:password@mail.example.org")
	}
	if _, err := netmail.ParseAddress(from); err != nil {
		return nil, fmt.Errorf("--mail-from %q is not an address such as \"Agents <agents@example.org>\"", from)
	}
	s := &Sender{host: u.Hostname(), from: from, opts: []mail.Option{mail.WithTimeout(within)}}
	s.secure(u)
	if port, err := strconv.Atoi(u.Port()); err == nil {
		s.opts = append(s.opts, mail.WithPort(port))
	}
	if name := u.User.Username(); name != "" {
		password, _ := u.User.Password()
		kind := mail.SMTPAuthAutoDiscover
		if u.Scheme == "smtp" && loopback(u.Hostname()) {
			kind = mail.SMTPAuthPlainNoEnc
		}
		s.opts = append(s.opts, mail.WithSMTPAuth(kind), mail.WithUsername(name), mail.WithPassword(password))
	}
	return s, nil
}

func (s *Sender) secure(u *url.URL) {
	switch {
	case u.Scheme == "smtps":
		s.opts = append(s.opts, mail.WithSSLPort(false))
	case loopback(u.Hostname()):
		s.opts = append(s.opts, mail.WithTLSPortPolicy(mail.TLSOpportunistic))
	default:
		s.opts = append(s.opts, mail.WithTLSPortPolicy(mail.TLSMandatory))
	}
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Send hands one e-mail to the mail server; nil says that the server has taken it.
func (s *Sender) Send(ctx context.Context, m Mail) error {
	msg := mail.NewMsg()
	if err := msg.From(s.from); err != nil {
		return fmt.Errorf("write the sender: %w", err)
	}
	if err := msg.To(m.To); err != nil {
		return fmt.Errorf("write the recipient: %w", err)
	}
	msg.Subject(m.Subject)
	msg.SetMessageIDWithValue(m.ID + "@" + s.host)
	msg.SetDate()
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	c, err := mail.NewClient(s.host, s.opts...)
	if err != nil {
		return fmt.Errorf("prepare the mail server: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if err := c.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("send a mail: %w", err)
	}
	return nil
}
