package gateway

import (
	"bytes"
	"fmt"
)

// What makes a response with status 200 an error of the provider.
const (
	faultEmpty    = "The provider's response is empty."
	faultPage     = "The provider sent a web page instead of a completion. Check the base URL, and whether a proxy asks for a sign-in."
	faultForeign  = "The provider's response is not a completion. Check the base URL."
	faultWhole    = "The provider sent a whole response although a stream was requested."
	faultNoReason = "The provider ended its response without a finish reason, so it may be incomplete."
	unnamedError  = "The provider reported an error."
)

// judgeEvent returns why a response is an error of the provider as soon as an event shows it; empty if it shows nothing.
func (x *exchange) judgeEvent() string {
	a := &x.answer
	switch {
	case a.failure != "":
		return "The provider reported an error: " + sentenceOf(x.scrub(a.failure))
	case a.fault != "":
		return a.fault
	case !x.q.finish.isKnown(a.reason) && meaningOf(a.reason, false) == broken:
		return fmt.Sprintf("The provider ended its response with an error (%s).", a.reason)
	}
	return ""
}

// judgeEnd returns why a response that has ended is an error of the provider; empty if it is none. head is its beginning.
func (x *exchange) judgeEnd(head []byte) string {
	a := &x.answer
	if fault := x.judgeEvent(); fault != "" {
		return fault
	}
	head = bytes.TrimSpace(head)
	switch {
	case a.truncated && (a.reason != "" || !a.spoke):
		return "" // it was too long to be read
	case !a.spoke && bytes.HasPrefix(head, []byte("<")):
		return faultPage
	case !a.spoke && (len(head) == 0 || x.q.isEnd(bytes.TrimPrefix(head, []byte("data: ")))):
		return faultEmpty
	case !a.spoke:
		return faultForeign
	case a.reason != "":
		return ""
	case a.generated == 0:
		return faultEmpty
	}
	return faultNoReason
}

func sentenceOf(s string) string {
	if s != "" && !bytes.ContainsAny([]byte(s[len(s)-1:]), ".!?") {
		return s + "."
	}
	return s
}
