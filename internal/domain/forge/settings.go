// Package forge defines pull requests and the forges (GitHub, GitLab, Gitea, Forgejo) on which repositories have them. It sends no
// requests: internal/forge does.
package forge

import (
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

// Kind is a forge's API.
type Kind string

// The kinds of forges. Gitea is also Forgejo, which has the same API.
const (
	GitHub Kind = "github"
	GitLab Kind = "gitlab"
	Gitea  Kind = "gitea"
)

// Kinds are all kinds, in the order of a form.
var Kinds = []Kind{GitHub, GitLab, Gitea}

// Name is the name of the kind for people.
func (k Kind) Name() string {
	switch k {
	case GitHub:
		return "GitHub"
	case GitLab:
		return "GitLab"
	case Gitea:
		return "Gitea or Forgejo"
	}
	return "none"
}

// Settings are where a repository has its pull requests. The zero Settings mean that it has none.
type Settings struct {
	Kind Kind
	// API is the base URL of the API without a slash at its end, such as https://git.example.org/api/v1.
	API string
	// Project is owner/name; on GitLab, the whole path.
	Project string
}

// IsSet reports whether the repository has a forge.
func (s Settings) IsSet() bool { return s.Kind != "" }

// Host is the name of the API's host for people. For api.github.com it is github.com.
func (s Settings) Host() string {
	u, err := url.Parse(s.API)
	if err != nil {
		return ""
	}
	if u.Host == "api.github.com" {
		return "github.com"
	}
	return u.Host
}

// Split returns the owner and the name of a project on GitHub or Gitea.
func (s Settings) Split() (owner, name string) {
	owner, name, _ = strings.Cut(s.Project, "/")
	return owner, name
}

var partPattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$`)

// Check validates s as a person entered it.
func (s Settings) Check() error {
	var f fault.Fields
	if s.Kind != GitHub && s.Kind != GitLab && s.Kind != Gitea {
		f.Add("kind", "%q is not a kind of forge. Use github, gitlab or gitea.", text.Brief(string(s.Kind), 40))
	}
	if !validAPI(s.API) {
		f.Add("api_url", "%q is not a valid API URL. Use https://, a host and a path, such as https://git.example.org/api/v1.", text.Brief(withoutUser(s.API), 200))
	}
	parts := strings.Split(s.Project, "/")
	ok := len(parts) == 2 || s.Kind == GitLab && len(parts) > 2 && len(parts) <= 20
	for _, p := range parts {
		ok = ok && partPattern.MatchString(p) && !strings.HasSuffix(p, ".git")
	}
	if !ok {
		f.Add("project", "%q is not a valid project. Use the owner and the name, such as acme/billing-api.", text.Brief(s.Project, 200))
	}
	return f.Err()
}

// withoutUser removes a user and a password from a URL, for messages.
func withoutUser(s string) string {
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		return "…" + s[at:]
	}
	return s
}

// validAPI allows plain http only to this host, because the token is in every request.
func validAPI(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery || len(s) > 500 || strings.HasSuffix(s, "/") {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// Propose returns the settings that fit a clone URL. The kind is empty if the host's name does not show it, and all are if the URL has
// no project.
func Propose(cloneURL string) Settings {
	host, project := splitClone(cloneURL)
	if host == "" || !strings.Contains(project, "/") {
		return Settings{}
	}
	kind := kindOf(host)
	return Settings{Kind: kind, API: APIOf(kind, cloneURL), Project: project}
}

// APIOf returns the usual API URL of a kind of forge on the host of a clone URL; "" if there is none.
func APIOf(kind Kind, cloneURL string) string {
	host, _ := splitClone(cloneURL)
	switch {
	case host == "":
		return ""
	case host == "github.com":
		return "https://api.github.com"
	}
	path := map[Kind]string{GitHub: "/api/v3", GitLab: "/api/v4", Gitea: "/api/v1"}[kind]
	if path == "" {
		return ""
	}
	return "https://" + host + path
}

var hostSigns = []struct {
	sign string
	kind Kind
}{{"github", GitHub}, {"gitlab", GitLab}, {"gitea", Gitea}, {"forgejo", Gitea}, {"codeberg", Gitea}}

func kindOf(host string) Kind {
	for _, s := range hostSigns {
		if strings.Contains(host, s.sign) {
			return s.kind
		}
	}
	return ""
}

// splitClone returns the host of a clone URL, with the port only for https, and the path without .git.
func splitClone(raw string) (host, project string) {
	if user, rest, ok := strings.Cut(raw, "@"); ok && !strings.Contains(user, "/") {
		host, path, ok := strings.Cut(rest, ":")
		if !ok {
			return "", ""
		}
		return text.Host(host), trimProject(path)
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return "", ""
	}
	host = text.Host(u.Hostname())
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if u.Scheme == "https" && u.Port() != "" {
		host += ":" + u.Port()
	}
	return host, trimProject(u.Path)
}

func trimProject(path string) string {
	return strings.TrimSuffix(strings.Trim(path, "/"), ".git")
}
