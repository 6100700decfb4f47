package engine

import "context"

// Post sends the letters that are due. One that the mail server has not taken comes again later; one that was taken just before
// this server was killed goes out twice, under one Message-ID.
func (e *Engine) Post(ctx context.Context) error {
	for ctx.Err() == nil {
		due, err := e.app.DueLetters(ctx)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, l := range due {
			if err := e.opts.Deliver(ctx, l); err != nil {
				// What the mail server says names the recipient at most; the link in a letter stays out of the log.
				e.log.Warn("a letter was not taken and is tried again later", "kind", l.Kind, "letter", l.ID, "error", err)
				continue
			}
			if err := e.app.LetterSent(ctx, l); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}
