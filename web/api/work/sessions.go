package work

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// NewSession is the input for a session.
type NewSession struct {
	Title              string          `json:"title" doc:"The outcome in one line, 1 to 200 characters." example:"Greet people by name"`
	InitialPrompt      string          `json:"initial_prompt" doc:"The first message to the agent, 1 to 100,000 characters."`
	ModelIdentifier    string          `json:"model_identifier,omitempty" doc:"The model, as provider/model. Required unless the session's agent has one; it wins over the agent's." example:"openai/gpt-5"`
	AgentID            string          `json:"agent_id,omitempty" doc:"An agent of the team. If the session names none, the team's default agent, if there is one."`
	Route              *apikit.Need    `json:"route,omitempty" doc:"Let the agent be chosen for a need. The session holds one of its places while it is queued."`
	Description        string          `json:"description,omitempty" doc:"Up to 1,000 characters."`
	SessionType        string          `json:"session_type,omitempty" enum:"execution,planning,review,debug,integration" doc:"The default is execution."`
	Priority           Priority        `json:"priority,omitempty"`
	OpencodeAgent      string          `json:"opencode_agent,omitempty" doc:"One of OpenCode's own agents, instead of agent_id or route. The default is build."`
	RepositoryID       string          `json:"repository_id,omitempty" doc:"If omitted, the session starts from an empty folder."`
	BaseRef            string          `json:"base_ref,omitempty" doc:"The branch, tag or commit to start from. The default is the repository's default branch."`
	ParentID           string          `json:"parent_id,omitempty" doc:"The parent: another session of the team, that you may change."`
	ParentSessionID    string          `json:"parent_session_id,omitempty" doc:"Another name for parent_id."`
	MaxDurationSeconds int64           `json:"max_duration_seconds,omitempty" doc:"The time limit: 60 to 86,400 seconds of running time. The default is 3,600."`
	MaxTokens          Limit           `json:"max_tokens,omitempty" doc:"The session's own limit in weighted tokens. If omitted, the team's limit for sessions. If the team has one, a higher limit, or null for none, requires the lead role."`
	MaxCostMicroUSD    Limit           `json:"max_cost_microusd,omitempty" doc:"The session's own limit. If omitted, the team's limit for sessions. If the team has one, a higher limit, or null for none, requires the lead role."`
	MaxMemoryBytes     *int64          `json:"max_memory_bytes,omitempty" doc:"What all processes of the session may take together, at least 512 MiB. If omitted, the team's limit for sessions."`
	MaxCPUMilli        *int64          `json:"max_cpu_milli,omitempty" doc:"Thousandths of a CPU core for all processes of the session. If omitted, the team's limit for sessions."`
	MaxTasks           *int64          `json:"max_tasks,omitempty" doc:"Processes and threads of the session. If omitted, the team's limit for sessions."`
	Tags               []string        `json:"tags,omitempty" doc:"Up to 20 tags of up to 50 characters."`
	Metadata           json.RawMessage `json:"metadata,omitempty" doc:"A JSON object of up to 16 KiB. It is returned unchanged."`
	Start              bool            `json:"start,omitempty" doc:"If true, the session is queued immediately; otherwise it is a draft."`
}

// SessionPage is one page of a team's sessions.
type SessionPage struct {
	Items      []SessionRow `json:"items"`
	NextCursor *string      `json:"next_cursor" doc:"The cursor of the next page; null on the last page."`
	HasMore    bool         `json:"has_more"`
}

func (a *Operations) sessionRoutes() {
	tags := []string{"Sessions"}
	apikit.Add(a.kit, tenant.WriteSessions, huma.Operation{OperationID: "create-session", Method: http.MethodPost, Path: "/sessions", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary:     "Create a session",
		Description: "Requires the member role. If start is true, the session is queued immediately and runs as soon as the team's quota and the host allow it. Otherwise it is a draft (pending)."}, a.createSession)
	apikit.Add(a.kit, tenant.ReadSessions, huma.Operation{OperationID: "list-sessions", Method: http.MethodGet, Path: "/sessions", Tags: tags,
		Summary: "List sessions", Description: "The team's sessions, newest first, one page at a time."}, a.listSessions)
	apikit.Add(a.kit, tenant.ReadSessions, huma.Operation{OperationID: "get-session", Method: http.MethodGet, Path: "/sessions/{id}", Tags: tags,
		Summary: "Get a session", Description: "One session with all its fields. For a queued session, `queue` gives its position and the reason it is waiting."}, a.getSession)
	a.kit.AcceptAlso(
		apikit.OtherName{Operation: "create-session", In: "body", Name: "parent_session_id", SameAs: "parent_id"},
		apikit.OtherName{Operation: "create-session", In: "body", Name: "priority: 0 to 4", SameAs: "priority: critical to deferred"},
		apikit.OtherName{Operation: "list-sessions", In: "query", Name: "page_size", SameAs: "limit"})
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

// answerSession answers with a session and its place in the queue.
func (a *Operations) answerSession(ctx context.Context, by tenant.Actor, s session.Session) (*apikit.Answer[Session], error) {
	q, err := a.work.SessionQueue(ctx, by, s)
	return apikit.NewAnswer(sessionBody(s, q, a.kit.Clock.Now())), err
}

func (n NewSession) session() (session.Session, error) {
	p, err := session.ParsePriority(string(n.Priority))
	if n.ParentID == "" {
		n.ParentID = n.ParentSessionID
	} else if n.ParentSessionID != "" && n.ParentSessionID != n.ParentID {
		err = fault.Field("parent_session_id", "This is another name for parent_id. Send one of them.")
	}
	if n.MaxDurationSeconds > int64(24*time.Hour/time.Second) {
		err = fault.Field("max_duration_seconds", "Enter a time limit of 60 to 86,400 seconds (you entered %d).", n.MaxDurationSeconds)
	}
	v := session.Session{Title: n.Title, AgentID: agent.ID(n.AgentID), Prompt: n.InitialPrompt, Model: strings.TrimSpace(n.ModelIdentifier), Description: n.Description,
		Type: session.Type(n.SessionType), Priority: p, Agent: n.OpencodeAgent, RepositoryID: repository.ID(n.RepositoryID), BaseRef: strings.TrimSpace(n.BaseRef),
		ParentID: session.ID(n.ParentID), MaxDuration: time.Duration(n.MaxDurationSeconds) * time.Second, MaxTokens: n.MaxTokens.Value,
		MaxCostMicroUSD: n.MaxCostMicroUSD.Value, NoMaxTokens: n.MaxTokens.isNone(), NoMaxCost: n.MaxCostMicroUSD.isNone(),
		Resources: tenant.Resources{Memory: n.MaxMemoryBytes, CPU: n.MaxCPUMilli, Tasks: n.MaxTasks}, Tags: n.Tags, Metadata: n.Metadata}
	if n.Route != nil {
		need := n.Route.Noun()
		v.Need, v.Model = &need, cmp.Or(v.Model, need.Model)
	}
	return v, err
}

func (a *Operations) listSessions(ctx context.Context, by tenant.Actor, in *struct {
	Status string `query:"status" doc:"One status, or several separated by commas." example:"running,queued"`
	Q      string `query:"q" doc:"Words in the title or tags, or the start of an ID."`
	Agent  string `query:"agent_id" doc:"An agent of the team."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" doc:"next_cursor of the previous page."`
	Size   int    `query:"page_size" minimum:"1" maximum:"200" doc:"Another name for limit."`
}) (*apikit.Answer[SessionPage], error) {
	f := session.Filter{Query: in.Q, Agent: agent.ID(in.Agent), Before: session.ID(in.Cursor), Limit: cmp.Or(in.Size, in.Limit)}
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
