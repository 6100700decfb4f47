package kit

import (
	"net/http"
)

// GetHeaders says in Retry-After when a limit frees by itself, where that is known; huma sends it with the problem.
func (p *Problem) GetHeaders() http.Header {
	at := p.freesAt()
	if at == "" {
		return nil
	}
	return http.Header{"Retry-After": {at}}
}

// freesAt is when the limit frees, as HTTP writes times; empty when nobody knows.
func (p *Problem) freesAt() string {
	if p.Limit == nil || p.Limit.FreesAt == nil {
		return ""
	}
	return p.Limit.FreesAt.UTC().Format(http.TimeFormat)
}
