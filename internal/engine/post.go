package engine

import (
	"context"
)

// Post sends the letters that are due. A letter that the mail server rejects is sent again later; one that it accepted just
// before this server was killed is sent twice, with the same Message-ID.
func (e *Engine) Post(ctx context.Context) error {
	for ctx.Err() == nil {
		due, err := e.app.People.DueLetters(ctx)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, l := range due {
			if err := e.opts.Deliver(ctx, l); err != nil {
				// The mail server's answer names the recipient at most; the link in a letter never reaches the log.
				e.log.Warn("the mail server rejected a letter; it is sent again later", "kind", l.Kind, "letter", l.ID, "error", err)
				continue
			}
			if err := e.app.People.LetterSent(ctx, l); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}
