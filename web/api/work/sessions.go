package work

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// NewSession is what makes a session.
type NewSession struct {
	Title              string          `json:"title" doc:"1 to 200 characters that say what it is about." example:"Greet people by name"`
	InitialPrompt      string          `json:"initial_prompt" doc:"What the agent is told first; 1 to 100,000 characters."`
	ModelIdentifier    string          `json:"model_identifier" doc:"Provider name, slash, model id." example:"openai/gpt-5"`
	Description        string          `json:"description,omitempty" doc:"At most 1,000 characters."`
	SessionType        string          `json:"session_type,omitempty" enum:"execution,planning,review,debug,integration" doc:"execution when left out."`
	Priority           apikit.Priority `json:"priority,omitempty"`
	OpencodeAgent      string          `json:"opencode_agent,omitempty" doc:"build when left out."`
	RepositoryID       string          `json:"repository_id,omitempty" doc:"Left out, the session works in an empty workspace."`
	BaseRef            string          `json:"base_ref,omitempty" doc:"Branch, tag or commit to begin at; the default branch when left out."`
	ParentID           string          `json:"parent_id,omitempty" doc:"A session of the team this one belongs to."`
	MaxDurationSeconds int64           `json:"max_duration_seconds,omitempty" doc:"60 to 86,400 seconds of running time; 3,600 when left out."`
	MaxTokens          *int64          `json:"max_tokens,omitempty" nullable:"true" doc:"A limit of its own; null or left out for none."`
	MaxCostMicroUSD    *int64          `json:"max_cost_microusd,omitempty" nullable:"true" doc:"A limit of its own; null or left out for none."`
	Tags               []string        `json:"tags,omitempty" doc:"At most 20, of at most 50 characters each."`
	Metadata           json.RawMessage `json:"metadata,omitempty" doc:"A JSON object of at most 16 KiB that is kept as it is."`
	Start              bool            `json:"start,omitempty" doc:"Queue it at once; otherwise it is a draft."`
}

// SessionPage is one page of a team's sessions.
type SessionPage struct {
	Items      []SessionRow `json:"items"`
	NextCursor *string      `json:"next_cursor" doc:"The cursor of the next page; null on the last."`
	HasMore    bool         `json:"has_more"`
}

func (a *Operations) SessionRoutes() {
	tags := []string{"Sessions"}
	apikit.Add(a.kit, tenant.WriteSessions, huma.Operation{OperationID: "create-session", Method: http.MethodPost, Path: "/sessions", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary:     "Create a session",
		Description: "Needs a member. With start it is queued at once and runs when the team's quota and this host have room; without, it is a draft (pending)."}, a.createSession)
	apikit.Add(a.kit, tenant.ReadSessions, huma.Operation{OperationID: "list-sessions", Method: http.MethodGet, Path: "/sessions", Tags: tags,
		Summary: "List sessions", Description: "The team's sessions, newest first, a page at a time."}, a.listSessions)
	apikit.Add(a.kit, tenant.ReadSessions, huma.Operation{OperationID: "get-session", Method: http.MethodGet, Path: "/sessions/{id}", Tags: tags,
		Summary: "Read a session", Description: "All there is about one session. queue says why a queued one waits and at which place."}, a.getSession)
}

func (a *Operations) createSession(ctx context.Context, by tenant.Actor, in *struct{ Body NewSession }) (*apikit.Answer[Session], error) {
	s, err := in.Body.session()
	if err != nil {
		return nil, err
	}
	s, err = a.work.CreateSession(ctx, by, s, in.Body.Start)
	if err != nil {
		return nil, err
	}
	return a.answerSession(ctx, by, s)
}

// answerSession adds the place in the queue to a session.
func (a *Operations) answerSession(ctx context.Context, by tenant.Actor, s session.Session) (*apikit.Answer[Session], error) {
	q, err := a.work.SessionQueue(ctx, by, s)
	return apikit.NewAnswer(sessionBody(s, q, a.kit.Clock.Now())), err
}

func (n NewSession) session() (session.Session, error) {
	p, err := session.ParsePriority(string(n.Priority))
	if n.MaxDurationSeconds > int64(24*time.Hour/time.Second) {
		err = fault.Field("max_duration_seconds", "Enter a time limit of 60 to 86,400 seconds (you entered %d).", n.MaxDurationSeconds)
	}
	return session.Session{Title: n.Title, Prompt: n.InitialPrompt, Model: strings.TrimSpace(n.ModelIdentifier), Description: n.Description,
		Type: session.Type(n.SessionType), Priority: p, Agent: n.OpencodeAgent, RepositoryID: repository.ID(n.RepositoryID), BaseRef: strings.TrimSpace(n.BaseRef),
		ParentID: session.ID(n.ParentID), MaxDuration: time.Duration(n.MaxDurationSeconds) * time.Second, MaxTokens: n.MaxTokens,
		MaxCostMicroUSD: n.MaxCostMicroUSD, Tags: n.Tags, Metadata: n.Metadata}, err
}

func (a *Operations) listSessions(ctx context.Context, by tenant.Actor, in *struct {
	Status string `query:"status" doc:"One status, or several with commas between." example:"running,queued"`
	Q      string `query:"q" doc:"Words of the title, tags, or the beginning of an id."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before."`
}) (*apikit.Answer[SessionPage], error) {
	f := session.Filter{Query: in.Q, Before: session.ID(in.Cursor), Limit: in.Limit}
	if in.Status != "" {
		f.Statuses = apikit.MapItems(strings.Split(in.Status, ","), func(s string) session.Status { return session.Status(strings.TrimSpace(s)) })
	}
	p, err := a.work.Sessions(ctx, by, f)
	return apikit.NewAnswer(a.sessionPage(p)), err
}

func (a *Operations) sessionPage(p session.Page) SessionPage {
	now := a.kit.Clock.Now()
	page := SessionPage{Items: apikit.MapItems(p.Items, func(s session.Session) SessionRow { return sessionRow(s, now) }), HasMore: p.More}
	if p.More {
		page.NextCursor = apikit.TextOrNull(p.Items[len(p.Items)-1].ID)
	}
	return page
}

func (a *Operations) getSession(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[Session], error) {
	s, err := a.work.Session(ctx, by, session.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return a.answerSession(ctx, by, s)
}
