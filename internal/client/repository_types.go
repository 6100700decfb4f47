package client

import (
	"time"
)

// Repository is a registered git repository.
type Repository struct {
	AgentConfig   bool      `json:"agent_config"`
	BranchCount   int64     `json:"branch_count"`
	Branches      []string  `json:"branches"`
	CheckCommands []string  `json:"check_commands"`
	ChecksInShell bool      `json:"checks_in_shell"`
	CreatedAt     time.Time `json:"created_at"`
	DefaultBranch string    `json:"default_branch"`
	HasCredential bool      `json:"has_credential"`
	ID            string    `json:"id"`
	Missing       Missing   `json:"missing"`
	Name          string    `json:"name"`
	Path          string    `json:"path"`
	Progress      string    `json:"progress"`
	Shallow       bool      `json:"shallow"`
	Status        string    `json:"status"`
	URL           string    `json:"url"`
}

// NewRepository is the input for a repository, with a URL or a path.
type NewRepository struct {
	CheckCommands []string `json:"check_commands,omitempty"`
	ChecksInShell bool     `json:"checks_in_shell,omitempty"`
	Credential    string   `json:"credential,omitempty"`
	DefaultBranch string   `json:"default_branch,omitempty"`
	Name          string   `json:"name"`
	Path          string   `json:"path,omitempty"`
	URL           string   `json:"url,omitempty"`
}

// RepositoryAddress is a repository's new clone URL.
type RepositoryAddress struct {
	Credential string `json:"credential,omitempty"`
	URL        string `json:"url"`
}

// Host is a host that sessions of a repository can connect to.
type Host struct {
	AddedAt time.Time `json:"added_at"`
	AddedBy string    `json:"added_by"`
	Host    string    `json:"host"`
}

// Branches is the branches of a repository at the last fetch, at most 50, and how many there are.
type Branches struct {
	Items       []Branch `json:"items"`
	BranchCount int64    `json:"branch_count"`
}

// Branch is one branch.
type Branch struct {
	Name      string `json:"name"`
	IsDefault bool   `json:"is_default"`
}
