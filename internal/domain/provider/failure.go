package provider

import "strings"

// The headers of an error response in which the gateway tells the server's runner what kind of error it is. A provider cannot set them,
// because the gateway removes them from providers' responses.
const (
	FailureHeader = "X-Orchestrator-Failure"  // a Failure, or the kind of fault of a refusal of the gateway's own
	RetryAtHeader = "X-Orchestrator-Retry-At" // with FailureWait: when the provider accepts requests again, in RFC 3339
	RawHeader     = "X-Orchestrator-Raw"      // what the provider sent, folded
)

// Failure is what is wrong with a provider.
type Failure string

// The failures that the status of a response does not tell.
const (
	FailureAccount  Failure = "provider_account"  // its account has no credit or quota left
	FailureWait     Failure = "provider_wait"     // it accepts no requests for a long time
	FailureProtocol Failure = "provider_protocol" // it breaks the protocol, and would again
	FailureRedirect Failure = "provider_redirect" // its URL has moved
	FailureResponse Failure = "provider_response" // its response is no completion, but the next may be one
	FailureTooLarge Failure = "too_large"         // the request is larger than the gateway accepts
)

const folds = "abcdefghijklmnop"

// Fold returns s in letters from a to p only, two for each byte. OpenCode retries an error in which it finds certain words or numbers,
// which must not depend on what a provider wrote.
func Fold(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(folds[s[i]>>4])
		b.WriteByte(folds[s[i]&15])
	}
	return b.String()
}

// Unfold reverses Fold; the result is empty if s was not folded.
func Unfold(s string) string {
	b := make([]byte, 0, len(s)/2)
	for i := 0; i+1 < len(s); i += 2 {
		high, low := strings.IndexByte(folds, s[i]), strings.IndexByte(folds, s[i+1])
		if high < 0 || low < 0 {
			return ""
		}
		b = append(b, byte(high<<4|low))
	}
	return string(b)
}
