package repos

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Repository is a registered git repository.
type Repository struct {
	ID            string      `json:"id" format:"uuid"`
	Name          string      `json:"name"`
	URL           string      `json:"url" doc:"The clone URL; empty for a local path."`
	Path          string      `json:"path" doc:"The local path; empty for a clone URL."`
	DefaultBranch string      `json:"default_branch"`
	CheckCommands []string    `json:"check_commands"`
	ChecksInShell bool        `json:"checks_in_shell" doc:"Whether sh -c runs the check commands."`
	HasCredential bool        `json:"has_credential"`
	AgentConfig   bool        `json:"agent_config" doc:"Whether the repository's agent configuration is used: opencode.json, .opencode and AGENTS.md."`
	Status        string      `json:"status" enum:"cloning,ready,unusable,failed" doc:"unusable means that the clone is there, but that no session can start from the default branch."`
	Progress      string      `json:"progress" doc:"The last progress message of git, or why the repository failed or is unusable."`
	Branches      []string    `json:"branches" doc:"The branches at the last fetch, most recent first, at most 50."`
	BranchCount   int         `json:"branch_count"`
	Shallow       bool        `json:"shallow" doc:"Whether the source is a shallow clone, so that some or all of its branches could not be fetched."`
	Missing       Missing     `json:"missing" doc:"What the default branch contains and the server does not fetch."`
	CreatedAt     apikit.Time `json:"created_at"`
}

// HasETag makes a repository an object with an ETag.
func (Repository) HasETag() {}

// Branches are the branches of a repository at the last fetch.
type Branches struct {
	Items       []Branch `json:"items" doc:"The most recent first, at most 50."`
	BranchCount int      `json:"branch_count" doc:"How many branches there are."`
}

// Branch is one branch.
type Branch struct {
	Name      string `json:"name"`
	IsDefault bool   `json:"is_default" doc:"Whether sessions start from it unless they name another."`
}

// NewRepository is the input for a repository, with a URL or a path.
type NewRepository struct {
	Name          string   `json:"name" doc:"1 to 100 letters, digits, dots, dashes or slashes." example:"billing-api"`
	URL           string   `json:"url,omitempty" doc:"A clone URL: https://, ssh:// or git@host:path." example:"https://git.example.org/billing-api.git"`
	Path          string   `json:"path,omitempty" doc:"A local path instead of a URL, in a directory that the operator allows for the team."`
	DefaultBranch string   `json:"default_branch,omitempty" doc:"The default is main."`
	CheckCommands []string `json:"check_commands,omitempty" doc:"Commands that run in the session's sandbox after each turn, without a shell unless checks_in_shell is true. Commands with shell syntax are refused without it." example:"[\"go test ./...\"]"`
	ChecksInShell bool     `json:"checks_in_shell,omitempty" doc:"Runs each check command with sh -c."`
	Credential    string   `json:"credential,omitempty" writeOnly:"true" doc:"A token for https or a private key for ssh. Stored encrypted and never returned."`
}

// AgentConfig sets whether a repository's agent configuration is used.
type AgentConfig struct {
	Allowed bool `json:"allowed" doc:"true uses opencode.json, .opencode and AGENTS.md; false ignores them."`
}

func (a *Operations) repositoryRoutes() {
	tags := []string{"Repositories"}
	apikit.Add(a.kit, tenant.ReadRepositories, huma.Operation{OperationID: "list-repositories", Method: http.MethodGet, Path: "/repositories", Tags: tags,
		Summary: "List repositories", Description: "The team's repositories, sorted by name, each with the status of its first clone."}, a.listRepositories)
	apikit.Add(a.kit, tenant.ReadRepositories, huma.Operation{OperationID: "get-repository", Method: http.MethodGet, Path: "/repositories/{id}", Tags: tags,
		Summary: "Get a repository", Description: "One repository with the status of its clone. If the clone failed, progress is the reason."}, a.getRepository)
	apikit.Add(a.kit, tenant.ReadRepositories, huma.Operation{OperationID: "list-branches", Method: http.MethodGet, Path: "/repositories/{id}/branches", Tags: tags,
		Summary: "List branches", Description: "The branches at the last fetch, most recent first, at most 50. Branches of sessions are not among them."}, a.listBranches)
	apikit.Add(a.kit, tenant.EditRepositories, huma.Operation{OperationID: "create-repository", Method: http.MethodPost, Path: "/repositories", Tags: tags, DefaultStatus: http.StatusCreated,
		Summary: "Add a repository", Description: "Requires the lead role. The repository is cloned after the response is sent. Its status then becomes `ready`, `unusable` or `failed`."}, a.createRepository)
	apikit.Add(a.kit, tenant.EditRepositories, huma.Operation{OperationID: "allow-agent-config", Method: http.MethodPut, Path: "/repositories/{id}/agent-config", Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Allow a repository's agent configuration", Description: "Requires the lead role. Takes effect at the next turn. The repository's plugins and MCP servers then run alongside OpenCode and can read and change the session's working tree and conversation, and call models within its limits."}, a.allowAgentConfig)
}

func (a *Operations) listRepositories(ctx context.Context, by tenant.Actor, _ *struct{}) (*apikit.Answer[apikit.List[Repository]], error) {
	rs, err := a.repos.Repositories(ctx, by)
	return apikit.NewAnswer(apikit.NewList(apikit.MapItems(rs, repositoryBody))), err
}

func (a *Operations) getRepository(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[Repository], error) {
	r, err := a.repos.Repository(ctx, by, repository.ID(in.ID))
	return apikit.NewAnswer(repositoryBody(r)), err
}

func (a *Operations) listBranches(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[Branches], error) {
	r, err := a.repos.Repository(ctx, by, repository.ID(in.ID))
	return apikit.NewAnswer(Branches{BranchCount: r.Inspection.BranchCount, Items: apikit.MapItems(r.Inspection.Branches, func(name string) Branch {
		return Branch{name, name == r.DefaultBranch}
	})}), err
}

func (a *Operations) createRepository(ctx context.Context, by tenant.Actor, in *struct{ Body NewRepository }) (*apikit.Answer[Repository], error) {
	b := in.Body
	r := repository.Repository{Name: b.Name, URL: b.URL, Path: b.Path, DefaultBranch: b.DefaultBranch, CheckCommands: b.CheckCommands, ChecksInShell: b.ChecksInShell}
	r, err := a.repos.CreateRepository(ctx, by, r, b.Credential)
	return apikit.NewAnswer(repositoryBody(r)), err
}

func (a *Operations) allowAgentConfig(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Body AgentConfig
}) (*struct{}, error) {
	return nil, a.repos.AllowAgentConfig(ctx, by, repository.ID(in.ID), in.Body.Allowed)
}

func repositoryBody(r repository.Repository) Repository {
	return Repository{ID: string(r.ID), Name: r.Name, URL: r.URL, Path: r.Path, DefaultBranch: r.DefaultBranch, CheckCommands: apikit.Texts(r.CheckCommands),
		HasCredential: r.HasCredential, AgentConfig: r.AgentConfig, Status: string(r.Status), Progress: r.Progress, ChecksInShell: r.ChecksInShell,
		Branches: apikit.Texts(r.Inspection.Branches), BranchCount: r.Inspection.BranchCount, Shallow: r.Inspection.Shallow, Missing: MissingBody(r.Inspection.Gaps), CreatedAt: apikit.NewTime(r.CreatedAt)}
}
