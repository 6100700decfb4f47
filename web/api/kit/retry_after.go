package kit

import (
	"net/http"
)

// GetHeaders is Retry-After with the time at which a limit resets, if known. huma sends it with the problem.
func (p *Problem) GetHeaders() http.Header {
	at := p.freesAt()
	if at == "" {
		return nil
	}
	return http.Header{"Retry-After": {at}}
}

// freesAt is when the limit resets, in the format of HTTP; empty if unknown.
func (p *Problem) freesAt() string {
	if p.Limit == nil || p.Limit.FreesAt == nil {
		return ""
	}
	return p.Limit.FreesAt.UTC().Format(http.TimeFormat)
}
