package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/quota"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
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
		return tooMuch("The model provider's response is larger than %s, so it was ended. The operator can raise --max-response-size.", quota.Bytes(x.g.answerBytes))
	case err != nil && errors.Is(context.Cause(x.ctx), errTooSlow):
		return tooMuch("The model provider's response took longer than %s, so it was ended. The operator can raise --max-response-time.", text.Duration(x.g.answerTime))
	}
	return nil
}

// tooMuch is a response beyond a limit, which it would exceed again.
func tooMuch(format string, args ...any) *blame {
	return &blame{failure: provider.FailureProtocol, sentence: fmt.Sprintf(format, args...)}
}
