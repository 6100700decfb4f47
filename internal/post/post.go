// Package post sends e-mails through the operator's mail server. It does not depend on the kinds of e-mails or the database.
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

// within is the time limit for one e-mail.
const within = 30 * time.Second

// Sender sends e-mails through one mail server. Its methods are safe for concurrent use.
type Sender struct {
	host string
	opts []mail.Option
	from string
}

// Mail is one e-mail. ID determines its Message-ID, so that mail programs show an e-mail that is sent twice only once.
type Mail struct{ ID, To, Subject, HTML, Text string }

// New parses a URL such as smtp://user:password@mail.example.org:587 (with STARTTLS) or smtps://… (with TLS from the start).
// A password is sent to another host only over TLS; a mail server on this host may use plain SMTP. New does not connect yet.
func New(address, from string) (*Sender, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, fmt.Errorf("--smtp-url is not valid: use smtp:// or smtps:// and a host, such as smtps://user:password@mail.example.org")
	}
	if _, err := netmail.ParseAddress(from); err != nil {
		return nil, fmt.Errorf("--mail-from %q is not valid: use an address such as \"Agents <agents@example.org>\"", from)
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

// Send delivers one e-mail to the mail server. It returns nil if the server has accepted it.
func (s *Sender) Send(ctx context.Context, m Mail) error {
	msg := mail.NewMsg()
	if err := msg.From(s.from); err != nil {
		return fmt.Errorf("set the sender: %w", err)
	}
	if err := msg.To(m.To); err != nil {
		return fmt.Errorf("set the recipient: %w", err)
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
		return fmt.Errorf("send an e-mail: %w", err)
	}
	return nil
}
