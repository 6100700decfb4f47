// Package config defines every setting of the server in one struct: its flag, its ORCHESTRATOR_* variable, its default and its
// help text. It validates the settings and prints them; it opens nothing and starts nothing.
package config

import (
	"strings"
	"time"
)

// Settings holds all settings. Both kong (for flags) and Lines (for `orchestrator config`) read the tags, so that they list the
// same settings. After Check every path is absolute and every derived value is set.
type Settings struct {
	Listen       string `name:"listen" env:"ORCHESTRATOR_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address and port to serve the pages and the API on."`
	PublicURL    string `name:"public-url" env:"ORCHESTRATOR_PUBLIC_URL" placeholder:"URL" help:"URL that users open, such as https://agents.example.org. Default: http:// followed by the listen address."`
	InsecureHTTP bool   `name:"insecure-http" env:"ORCHESTRATOR_INSECURE_HTTP" help:"Allow plain HTTP on an address that other hosts can reach. Others on the network can then read passwords and cookies."`
	AllowedHost  List   `name:"allowed-host" env:"ORCHESTRATOR_ALLOWED_HOST" placeholder:"HOST" help:"Additional host name (with a port, if any) to accept in requests. Requests for other hosts are rejected. Repeatable."`
	TrustedProxy List   `name:"trusted-proxy" env:"ORCHESTRATOR_TRUSTED_PROXY" placeholder:"CIDR" help:"Address range of a proxy whose X-Forwarded-For header is trusted. Repeatable."`

	RequireSecondFactor string `name:"require-second-factor" env:"ORCHESTRATOR_REQUIRE_SECOND_FACTOR" default:"none" placeholder:"none|admins|all" help:"Who must have a passkey or an authenticator app in addition to a password. Users without either must set one up at their next sign-in before they can do anything else."`

	SMTPURL  Secret `name:"smtp-url" env:"ORCHESTRATOR_SMTP_URL" placeholder:"URL" help:"Mail server for invitations, password resets and notices: smtps://user:password@mail.example.org, or the same with smtp:// to use STARTTLS. Default: no e-mail is sent; instead, pages show the links so that you can pass them on."`
	MailFrom string `name:"mail-from" env:"ORCHESTRATOR_MAIL_FROM" placeholder:"ADDRESS" help:"Sender address for e-mails, for example 'Agents <agents@example.org>'. Required with --smtp-url."`
	TextsDir string `name:"texts" env:"ORCHESTRATOR_TEXTS" placeholder:"DIR" help:"Directory with your own texts for e-mails and the sign-in notice. To start from the default texts, run 'orchestrator texts export DIR'."`

	Data     string `name:"data" env:"ORCHESTRATOR_DATA" default:"./data" placeholder:"DIR" help:"Directory for the database, repositories and working trees."`
	Database Secret `name:"database" env:"ORCHESTRATOR_DATABASE" placeholder:"DSN" help:"PostgreSQL database to use instead of the embedded SQLite database, as postgres://user:password@host/name."`
	// MasterKey has no flag, because every process on the host can read a command line.
	MasterKey Secret `kong:"-" name:"master-key" env:"ORCHESTRATOR_MASTER_KEY" help:"Master keys to use instead of a key file: 32 random bytes each, base64-encoded and separated by commas. The last one encrypts new secrets."`
	KeyFile   string `name:"key-file" env:"ORCHESTRATOR_KEY_FILE" placeholder:"FILE" help:"File with the master keys, which encrypt stored secrets. It must be outside the data directory and is created on the first start. Default: the data directory's path plus .key."`

	AuditHeads string `name:"audit-heads" env:"ORCHESTRATOR_AUDIT_HEADS" placeholder:"FILE" help:"File with the last seals of the audit logs. It must be outside the data directory. Default: the key file's path plus .audit-heads.json."`

	OpencodeBin  string        `name:"opencode-bin" env:"ORCHESTRATOR_OPENCODE_BIN" placeholder:"FILE" help:"Path to the OpenCode program. Default: the one installed by 'make run', otherwise opencode in PATH."`
	OpencodeIdle time.Duration `name:"opencode-idle" env:"ORCHESTRATOR_OPENCODE_IDLE" default:"10m" placeholder:"TIME" help:"How long a session's OpenCode process keeps running while idle."`
	WarmSpares   int           `name:"warm-spares" env:"ORCHESTRATOR_WARM_SPARES" default:"1" placeholder:"N" help:"Number of spare OpenCode processes for each active team, so that a new session starts at once. A spare ends when the team has been idle for --opencode-idle, or when another session requires its place. 0 turns spares off."`
	Sandbox      string        `name:"sandbox" env:"ORCHESTRATOR_SANDBOX" default:"on" placeholder:"on|off" help:"Run OpenCode and its shell in a sandbox. With 'off', agents have the same permissions as the server, and pages show a warning."`
	AgentEgress  string        `name:"agent-egress" env:"ORCHESTRATOR_AGENT_EGRESS" default:"closed" placeholder:"closed|open" help:"Agents' network access. With 'closed', agents can reach only the model gateway and the hosts on a repository's network list. With 'open', they can reach any public host, and pages show a warning."`

	AgentUIDs      UIDs   `name:"agent-uids" env:"ORCHESTRATOR_AGENT_UIDS" default:"auto" placeholder:"BASE:COUNT" help:"Range of user and group IDs for agents if the server runs as root. Each team is permanently assigned its own ID. 'auto' picks an unused range; 'off' runs agents as the server's user."`
	AgentCgroup    string `name:"agent-cgroup" env:"ORCHESTRATOR_AGENT_CGROUP" default:"auto" placeholder:"DIR" help:"cgroup v2 directory in which each team gets a group with limits, and each session one below it. 'auto' uses the server's own group if permitted; 'off' creates no groups."`
	AgentMemory    Bytes  `name:"agent-memory" env:"ORCHESTRATOR_AGENT_MEMORY" default:"8GiB" placeholder:"SIZE" help:"Total memory limit for a team's agents. Requires control groups. 0 means no limit."`
	AgentCPUs      CPUs   `name:"agent-cpus" env:"ORCHESTRATOR_AGENT_CPUS" default:"0" placeholder:"N" help:"Total CPU limit for a team's agents, in CPU cores, for example 1.5. Requires control groups. 0 means no limit."`
	AgentTasks     int    `name:"agent-tasks" env:"ORCHESTRATOR_AGENT_TASKS" default:"1024" placeholder:"N" help:"Maximum total number of processes and threads for a team's agents. Requires a separate user or control group per team."`
	AgentOpenFiles int    `name:"agent-open-files" env:"ORCHESTRATOR_AGENT_OPEN_FILES" default:"65536" placeholder:"N" help:"Maximum number of open files per agent process."`
	AgentFileSize  Bytes  `name:"agent-file-size" env:"ORCHESTRATOR_AGENT_FILE_SIZE" default:"4GiB" placeholder:"SIZE" help:"Maximum size of a file that an agent writes."`
	AgentDisk      Bytes  `name:"agent-disk" env:"ORCHESTRATOR_AGENT_DISK" default:"20GiB" placeholder:"SIZE" help:"Maximum disk space for one session's working tree and home directory. A session that exceeds it is ended. 0 means no limit."`

	ToolCaches    string `name:"tool-caches" env:"ORCHESTRATOR_TOOL_CACHES" default:"on" placeholder:"on|off" help:"Share the caches of Go, npm, pip and cargo among a repository's sessions. The server fills them by running the repository's check commands on its default branch, at most once an hour. Requires --sandbox=on."`
	ToolCacheSize Bytes  `name:"tool-cache-size" env:"ORCHESTRATOR_TOOL_CACHE_SIZE" default:"2GiB" placeholder:"SIZE" help:"Maximum disk space for a repository's shared tool caches. Larger ones are filled again from nothing."`

	AllowNet      NetRules  `name:"allow-net" env:"ORCHESTRATOR_ALLOW_NET" placeholder:"CIDR:PORT" help:"Private address range and port that the server can connect to, for example for a model server on this host or network. Agents cannot connect to it. Repeatable."`
	AllowAgentNet NetRules  `name:"allow-agent-net" env:"ORCHESTRATOR_ALLOW_AGENT_NET" placeholder:"CIDR:PORT" help:"Private address range and port that agents can connect to if a lead also lists it for the repository, for example for a package registry. Do not open a model server: calls to it would bypass the gateway and the budget. Repeatable."`
	CAFile        string    `name:"ca-file" env:"ORCHESTRATOR_CA_FILE" placeholder:"FILE" help:"Certificates (PEM) of a private certificate authority that the server trusts in addition to the host's: for git over https, forges, model providers and the identity provider."`
	RepoRoot      RepoRoots `name:"repo-root" env:"ORCHESTRATOR_REPO_ROOT" placeholder:"SLUG=DIR[:rw]" help:"Directory whose local repositories a team can use; with :rw, the team can also push branches to them. Repeatable."`
	GatewayListen string    `name:"gateway-listen" env:"ORCHESTRATOR_GATEWAY_LISTEN" default:"127.0.0.1:0" placeholder:"HOST:PORT" help:"Loopback address of the model gateway. Port 0 picks a free port and keeps it across restarts."`

	MaxResponseSize Bytes         `name:"max-response-size" env:"ORCHESTRATOR_MAX_RESPONSE_SIZE" default:"64MiB" placeholder:"SIZE" help:"Maximum size of one response from a model provider. A larger one is ended."`
	MaxResponseTime time.Duration `name:"max-response-time" env:"ORCHESTRATOR_MAX_RESPONSE_TIME" default:"1h" placeholder:"TIME" help:"Maximum time for one response from a model provider. A longer one is ended."`

	MaxRunningSessions int   `name:"max-running-sessions" env:"ORCHESTRATOR_MAX_RUNNING_SESSIONS" default:"20" placeholder:"N" help:"Maximum number of running sessions on this host, across all teams."`
	MaxAgentProcesses  int   `name:"max-agent-processes" env:"ORCHESTRATOR_MAX_AGENT_PROCESSES" default:"0" placeholder:"N" help:"Maximum number of OpenCode processes on this host, running, idle and spare. Each running session has one. 0 means as many as fit into memory."`
	MinFreeMemory      Bytes `name:"min-free-memory" env:"ORCHESTRATOR_MIN_FREE_MEMORY" default:"512MiB" placeholder:"SIZE" help:"Minimum free memory. Below this, no new sessions start."`

	AnswerWithin     time.Duration `name:"answer-within" env:"ORCHESTRATOR_ANSWER_WITHIN" default:"30m" placeholder:"TIME" help:"How long a session waits for an answer before it pauses and frees its slot."`
	FirstEventWithin time.Duration `name:"first-event-within" env:"ORCHESTRATOR_FIRST_EVENT_WITHIN" default:"60s" placeholder:"TIME" help:"How long to wait for OpenCode's first event in a turn before the attempt fails and is retried."`
	StalledAfter     time.Duration `name:"stalled-after" env:"ORCHESTRATOR_STALLED_AFTER" default:"5m" placeholder:"TIME" help:"How long a turn can go without events before its session is shown as degraded. The session continues."`
	CheckTimeout     time.Duration `name:"check-timeout" env:"ORCHESTRATOR_CHECK_TIMEOUT" default:"10m" placeholder:"TIME" help:"Time limit for one check command."`
	CheckpointEvery  time.Duration `name:"checkpoint-every" env:"ORCHESTRATOR_CHECKPOINT_EVERY" default:"5m" placeholder:"TIME" help:"How often a checkpoint of a running session is taken, in addition to the one after each turn."`

	OIDCIssuer     string `name:"oidc-issuer" env:"ORCHESTRATOR_OIDC_ISSUER" placeholder:"URL" help:"Issuer URL of the OpenID Connect provider, exactly as it appears in the provider's tokens. A private address also requires --allow-net."`
	OIDCClientID   string `name:"oidc-client-id" env:"ORCHESTRATOR_OIDC_CLIENT_ID" placeholder:"ID" help:"This server's client ID at the provider."`
	OIDCSecretFile string `name:"oidc-client-secret-file" env:"ORCHESTRATOR_OIDC_CLIENT_SECRET_FILE" placeholder:"FILE" help:"File with the client secret. Omit it for a public client."`
	// OIDCSecret has no flag, for the same reason as MasterKey.
	OIDCSecret      Secret     `kong:"-" name:"oidc-client-secret" env:"ORCHESTRATOR_OIDC_CLIENT_SECRET" help:"Client secret. Use this instead of --oidc-client-secret-file."`
	OIDCLabel       string     `name:"oidc-label" env:"ORCHESTRATOR_OIDC_LABEL" default:"single sign-on" placeholder:"NAME" help:"The provider's name, as shown on the sign-in button."`
	OIDCScope       List       `name:"oidc-scope" env:"ORCHESTRATOR_OIDC_SCOPE" default:"email,profile" placeholder:"SCOPE" help:"Scope to request in addition to openid. Repeatable."`
	OIDCGroupsClaim string     `name:"oidc-groups-claim" env:"ORCHESTRATOR_OIDC_GROUPS_CLAIM" default:"groups" placeholder:"CLAIM" help:"Claim that lists a user's groups."`
	OIDCGroup       GroupRules `name:"oidc-group" env:"ORCHESTRATOR_OIDC_GROUP" sep:";" placeholder:"GROUP=SLUG:ROLE" help:"Team and role (lead, member or viewer) that a group grants, applied at every sign-in. Repeatable; in the environment variable, separate entries with semicolons."`
	OIDCAdminGroup  string     `name:"oidc-admin-group" env:"ORCHESTRATOR_OIDC_ADMIN_GROUP" placeholder:"GROUP" help:"Group whose members are admins of this instance. Users outside the group lose admin rights at their next sign-in."`
	OIDCLinkEmail   bool       `name:"oidc-link-email" env:"ORCHESTRATOR_OIDC_LINK_EMAIL" help:"Link provider accounts to existing users by verified e-mail address. Use this only if users cannot choose their own address at the provider."`
	OIDCSignUp      bool       `name:"oidc-sign-up" env:"ORCHESTRATOR_OIDC_SIGN_UP" help:"Create an account for every user of the provider, not only for users who were invited or are in a mapped group."`
	OIDCEnforced    bool       `name:"oidc-enforced" env:"ORCHESTRATOR_OIDC_ENFORCED" help:"Turn off passwords: nobody can set a password or sign in with one. If the provider is down, run 'orchestrator user sign-in' to print a sign-in link."`
	OIDCLoginHours  int        `name:"oidc-login-hours" env:"ORCHESTRATOR_OIDC_LOGIN_HOURS" default:"12" placeholder:"N" help:"Number of hours after which a user must sign in through the provider again."`

	MetricsListen string `name:"metrics-listen" env:"ORCHESTRATOR_METRICS_LISTEN" placeholder:"HOST:PORT" help:"Separate address for /metrics. Default: /metrics is served together with the pages if --metrics-token is set."`
	MetricsToken  Secret `name:"metrics-token" env:"ORCHESTRATOR_METRICS_TOKEN" placeholder:"TOKEN" help:"Bearer token required for /metrics."`
	LogLevel      string `name:"log-level" env:"ORCHESTRATOR_LOG_LEVEL" default:"info" placeholder:"debug|info|warn|error" help:"Minimum level of messages to log."`
	LogFormat     string `name:"log-format" env:"ORCHESTRATOR_LOG_FORMAT" default:"text" placeholder:"text|json" help:"Format of the log on standard error."`
	Demo          bool   `name:"demo" env:"ORCHESTRATOR_DEMO" help:"Run a demo with a scripted model and temporary data, on a loopback address only."`
}

// MasterKeyEnv is the environment variable for MasterKey.
const MasterKeyEnv = "ORCHESTRATOR_MASTER_KEY"

// OIDCSecretEnv is the environment variable for OIDCSecret.
const OIDCSecretEnv = "ORCHESTRATOR_OIDC_CLIENT_SECRET"

// HTTPS reports whether users open the pages over HTTPS, which decides the cookie's name and its Secure flag.
func (s Settings) HTTPS() bool { return strings.HasPrefix(s.PublicURL, "https://") }

// SandboxOn reports whether agents run in a sandbox.
func (s Settings) SandboxOn() bool { return s.Sandbox == "on" }

// EgressOpen reports whether agents may connect to every public host.
func (s Settings) EgressOpen() bool { return s.AgentEgress == "open" }
