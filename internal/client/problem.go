package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Problem is a refusal of the server: Code is for programs, Detail is a sentence for people. RequestID finds it in the server's log.
type Problem struct {
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Code      string         `json:"code"`
	Detail    string         `json:"detail"`
	Errors    []FieldProblem `json:"errors"`
	Limit     *LimitProblem  `json:"limit"`
	RequestID string         `json:"-"`
}

// FieldProblem is what is wrong with one input.
type FieldProblem struct {
	Location string `json:"location"`
	Message  string `json:"message"`
}

// LimitProblem is the limit that a request has reached.
type LimitProblem struct {
	Name     string     `json:"name"`
	Value    int64      `json:"value"`
	Used     int64      `json:"used"`
	Reserved int64      `json:"reserved"`
	FreesAt  *time.Time `json:"frees_at"`
	WhoCan   string     `json:"who_can"`
}

// Error is the sentence, with one line for each input if several are wrong, and with the request's id if the server failed.
func (p *Problem) Error() string {
	text := p.Detail
	if len(p.Errors) > 1 {
		lines := make([]string, len(p.Errors))
		for i, e := range p.Errors {
			lines[i] = e.Location + ": " + e.Message
		}
		text = strings.Join(lines, "\n")
	}
	if p.Status >= http.StatusInternalServerError && p.RequestID != "" {
		text += " Request " + p.RequestID + "."
	}
	return text
}

// problemOf is the refusal in an answer, whoever sent it: a proxy in between knows no problems.
func problemOf(r Response) error {
	p := &Problem{RequestID: r.Header.Get("X-Request-ID")}
	isProblem := strings.HasPrefix(r.Header.Get("Content-Type"), "application/problem+json")
	if !isProblem || json.Unmarshal(r.Body, p) != nil || p.Detail == "" {
		p.Detail = fmt.Sprintf("The server answered with status %d, and not as an orchestrator does. Check the address.", r.Status)
		if to := r.Header.Get("Location"); r.Status/100 == 3 && to != "" {
			p.Detail = fmt.Sprintf("The server redirects to %q. Use that address.", to)
		}
	}
	p.Status = r.Status
	return p
}
