package remote

import "fmt"

type sessionFeedbackCmd struct {
	theSession
	Thumb string `arg:"" enum:"up,down,clear" help:"up, down, or clear for none."`
	Note  string `help:"Why. Everybody in the team can read it." placeholder:"TEXT"`
}

// Run replaces what the person said about the session before.
func (f *sessionFeedbackCmd) Run(s *shell) error {
	c, v, err := f.find(s)
	if err != nil {
		return err
	}
	value := map[string]int64{"up": 1, "down": -1, "clear": 0}[f.Thumb]
	if err := c.GiveFeedback(s.ctx, v.ID, value, f.Note); err != nil || s.json {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "Saved: %s. It counts for the figures of the session's agent.\n", f.Thumb)
	return err
}
