package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
)

// The limits of one response if Options sets none.
const (
	DefaultAnswerBytes = 64 << 20
	DefaultAnswerTime  = time.Hour
)

var errTooSlow = errors.New("the response took too long")

// withinTime bounds a call, from the request to the end of the response.
func (g *Gateway) withinTime(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeoutCause(parent, g.answerTime, errTooSlow)
	return ctx, cancel
}

// overLimit counts n more bytes of the response, and says which limit it exceeds; nil if none. err is how its reading ended.
func (x *exchange) overLimit(n int, err error) *blame {
	x.received += int64(n)
	switch {
	case x.received > x.g.answerBytes:
		return tooMuch("The model provider's response is larger than %s, so it was ended. The operator can raise --max-response-size.", bytesWord(x.g.answerBytes))
	case err != nil && errors.Is(context.Cause(x.ctx), errTooSlow):
		return tooMuch("The model provider's response took longer than %s, so it was ended. The operator can raise --max-response-time.", timeWord(x.g.answerTime))
	}
	return nil
}

// tooMuch is a response beyond a limit, which it would exceed again.
func tooMuch(format string, args ...any) *blame {
	return &blame{failure: provider.FailureProtocol, sentence: fmt.Sprintf(format, args...)}
}

func bytesWord(n int64) string {
	switch {
	case n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

func timeWord(d time.Duration) string {
	switch {
	case d == time.Hour:
		return "1 hour"
	case d%time.Hour == 0:
		return fmt.Sprintf("%d hours", d/time.Hour)
	case d%time.Minute == 0 && d > time.Minute:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
	return d.String()
}
