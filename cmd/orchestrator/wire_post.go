package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/letter"
	"github.com/industrial-orchestrator/orchestrator/internal/post"
	"github.com/industrial-orchestrator/orchestrator/internal/texts"
)

// wirePost loads the texts before anything is opened, so that an invalid one stops the start. Without a mail server no e-mail
// is sent.
func (s *server) wirePost(context.Context) (err error) {
	if s.texts, err = texts.Load(s.settings.TextsDir); err != nil || s.settings.SMTPURL == "" {
		return err
	}
	s.post, err = post.New(string(s.settings.SMTPURL), s.settings.MailFrom)
	return err
}

// deliverer returns the function that sends e-mails with the operator's texts, or nil if no mail server is configured.
func (s *server) deliverer() func(context.Context, letter.Letter) error {
	if s.post == nil {
		return nil
	}
	return func(ctx context.Context, l letter.Letter) error {
		m, err := s.texts.Mail(l.Kind, l.Data)
		if err != nil {
			return err
		}
		return s.post.Send(ctx, post.Mail{ID: l.ID, To: l.To, Subject: m.Subject, HTML: m.HTML, Text: m.Text})
	}
}

// signInNotice returns the paragraphs of the operator's notice on the sign-in page.
func (s *server) signInNotice() ([]string, error) {
	u, err := url.Parse(s.settings.PublicURL)
	if err != nil {
		return nil, err
	}
	return s.texts.SignInNotice(u.Host)
}

type textsExportCmd struct {
	Dir string `arg:"" placeholder:"DIR" help:"Directory to write to. Existing files are not overwritten."`
}

// Run writes the default texts.
func (t textsExportCmd) Run(c call) error {
	if err := texts.Export(t.Dir); err != nil {
		return err
	}
	for _, name := range texts.Names() {
		if _, err := fmt.Fprintln(c.io.out, name); err != nil {
			return err
		}
	}
	return nil
}
