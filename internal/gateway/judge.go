package gateway

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/provider"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// What makes a response with status 200 an error of the provider.
const (
	faultEmpty    = "The model provider's response is empty."
	faultPage     = "The model provider sent a web page instead of a completion. Check the base URL, and whether a proxy asks for a sign-in."
	faultForeign  = "The model provider's response is not a completion. Check the base URL."
	faultWhole    = "The model provider sent a whole response although a stream was requested."
	faultNoReason = "The model provider ended its response without a finish reason, so it may be incomplete."
	unnamedError  = "The model provider reported an error."
)

// judgeEvent returns what is wrong with a response as soon as an event shows it; nil if nothing is.
func (x *exchange) judgeEvent() *blame {
	a := &x.answer
	switch {
	case a.failure != "" && isSpent(http.StatusOK, a.failureCode, a.failure):
		return &blame{failure: provider.FailureAccount, sentence: noCredit}
	case a.failure != "":
		return unfit("The model provider reported an error: " + sentenceOf(x.scrub(a.failure)))
	case a.fault != "":
		return &blame{failure: provider.FailureProtocol, sentence: a.fault}
	case !x.q.finish.isKnown(a.reason) && meaningOf(a.reason, false) == broken:
		return unfit(fmt.Sprintf("The model provider ended its response with an error (%s).", text.Brief(a.reason, 100)))
	}
	return nil
}

// unfit is a response that is no completion, while the next may be one.
func unfit(sentence string) *blame {
	return &blame{failure: provider.FailureResponse, sentence: sentence}
}

// judgeEnd returns what is wrong with a response that has ended; nil if nothing is. head is its beginning.
func (x *exchange) judgeEnd(head []byte) *blame {
	a := &x.answer
	if b := x.judgeEvent(); b != nil {
		return b
	}
	head = bytes.TrimSpace(head)
	switch {
	case a.truncated && (a.reason != "" || !a.spoke):
		return nil // it was too long to be read
	case !a.spoke && bytes.HasPrefix(head, []byte("<")):
		return unfit(faultPage)
	case !a.spoke && (len(head) == 0 || x.q.isEnd(bytes.TrimPrefix(head, []byte("data: ")))):
		return unfit(faultEmpty)
	case !a.spoke:
		return unfit(faultForeign)
	case a.reason != "":
		return nil
	case a.generated == 0:
		return unfit(faultEmpty)
	}
	return unfit(faultNoReason)
}

func sentenceOf(s string) string {
	if s != "" && !bytes.ContainsAny([]byte(s[len(s)-1:]), ".!?") {
		return s + "."
	}
	return s
}
