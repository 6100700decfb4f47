// Package config is every setting of the server in one struct: its flag, its ORCHESTRATOR_* variable, its default and its sentence.
// It checks settings against each other and prints them; it opens nothing and starts nothing.
package config

import (
	"strings"
	"time"
)

// Settings are all settings. The tags are read by kong for flags and by Lines for `orchestrator config`, so that neither can forget one.
// After Check every path is absolute and every value that follows from another is filled in.
type Settings struct {
	Listen       string `name:"listen" env:"ORCHESTRATOR_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address of the pages and the API."`
	PublicURL    string `name:"public-url" env:"ORCHESTRATOR_PUBLIC_URL" placeholder:"URL" help:"Address people use, such as https://agents.example.org. Default: http:// and the listen address."`
	InsecureHTTP bool   `name:"insecure-http" env:"ORCHESTRATOR_INSECURE_HTTP" help:"Allow plain http on an address others can reach. Passwords and cookies can then be read on the way."`
	AllowedHost  List   `name:"allowed-host" env:"ORCHESTRATOR_ALLOWED_HOST" placeholder:"HOST" help:"Further name, with its port where it has one, under which this server may be asked; others are refused. Repeatable."`
	TrustedProxy List   `name:"trusted-proxy" env:"ORCHESTRATOR_TRUSTED_PROXY" placeholder:"CIDR" help:"Address range of a proxy whose X-Forwarded-For is believed. Repeatable."`

	RequireSecondFactor string `name:"require-second-factor" env:"ORCHESTRATOR_REQUIRE_SECOND_FACTOR" default:"none" placeholder:"none|admins|all" help:"Who must have a passkey or an authenticator app beside the password. A person without one sets it up at the next sign-in and can do nothing else before."`

	SMTPURL  Secret `name:"smtp-url" env:"ORCHESTRATOR_SMTP_URL" placeholder:"URL" help:"Mail server for invitations, resets and notices, as smtps://user:password@mail.example.org or smtp:// with STARTTLS. Default: no mail is sent, links are shown to be handed over."`
	MailFrom string `name:"mail-from" env:"ORCHESTRATOR_MAIL_FROM" placeholder:"ADDRESS" help:"Sender of e-mails, such as Agents <agents@example.org>; needed with --smtp-url."`
	TextsDir string `name:"texts" env:"ORCHESTRATOR_TEXTS" placeholder:"DIR" help:"Directory with own wordings of e-mails and the sign-in notice; orchestrator texts export DIR writes the defaults."`

	Data     string `name:"data" env:"ORCHESTRATOR_DATA" default:"./data" placeholder:"DIR" help:"Directory of the database, repositories and work trees."`
	Database Secret `name:"database" env:"ORCHESTRATOR_DATABASE" placeholder:"DSN" help:"PostgreSQL to use instead of the embedded SQLite, as postgres://user:password@host/name."`
	// MasterKey has no flag: every process of the host can read a command line.
	MasterKey Secret `kong:"-" name:"master-key" env:"ORCHESTRATOR_MASTER_KEY" help:"Master keys instead of a key file, separated by commas, each 32 random bytes in base64; the last one seals."`
	KeyFile   string `name:"key-file" env:"ORCHESTRATOR_KEY_FILE" placeholder:"FILE" help:"Master keys that seal credentials, outside the data directory. Made on the first start. Default: the data directory's name and .key."`

	OpencodeBin  string        `name:"opencode-bin" env:"ORCHESTRATOR_OPENCODE_BIN" placeholder:"FILE" help:"The OpenCode program. Default: the one make run installs, then opencode in PATH."`
	OpencodeIdle time.Duration `name:"opencode-idle" env:"ORCHESTRATOR_OPENCODE_IDLE" default:"10m" placeholder:"TIME" help:"How long a team's OpenCode stays up without work."`
	Sandbox      string        `name:"sandbox" env:"ORCHESTRATOR_SANDBOX" default:"on" placeholder:"on|off" help:"Confine OpenCode and its shell. off leaves agents the server's own rights, with a banner."`
	AgentEgress  string        `name:"agent-egress" env:"ORCHESTRATOR_AGENT_EGRESS" default:"closed" placeholder:"closed|open" help:"Whether agents may reach the network beyond the model gateway. open is shown with a banner."`

	AgentUIDs      UIDs   `name:"agent-uids" env:"ORCHESTRATOR_AGENT_UIDS" default:"auto" placeholder:"BASE:COUNT" help:"User and group numbers of the teams' agents where the server runs as root: each team gets one of its own, for good. auto takes a range nobody uses; off leaves agents the server's user."`
	AgentCgroup    string `name:"agent-cgroup" env:"ORCHESTRATOR_AGENT_CGROUP" default:"auto" placeholder:"DIR" help:"Directory of cgroup v2 in which each team's agents get a group of their own, with limits. auto uses the server's own group where it may; off makes none."`
	AgentMemory    Bytes  `name:"agent-memory" env:"ORCHESTRATOR_AGENT_MEMORY" default:"8GiB" placeholder:"SIZE" help:"Memory of one team's agents together, where there are control groups; 0 is no limit."`
	AgentCPUs      CPUs   `name:"agent-cpus" env:"ORCHESTRATOR_AGENT_CPUS" default:"0" placeholder:"N" help:"Processors one team's agents may use together, such as 1.5, where there are control groups; 0 is no limit."`
	AgentTasks     int    `name:"agent-tasks" env:"ORCHESTRATOR_AGENT_TASKS" default:"1024" placeholder:"N" help:"Processes and threads one team's agents may have at once, where each team has a user or a control group of its own."`
	AgentOpenFiles int    `name:"agent-open-files" env:"ORCHESTRATOR_AGENT_OPEN_FILES" default:"65536" placeholder:"N" help:"Files one process of an agent may hold open."`
	AgentFileSize  Bytes  `name:"agent-file-size" env:"ORCHESTRATOR_AGENT_FILE_SIZE" default:"4GiB" placeholder:"SIZE" help:"Size of one file an agent may write."`
	AgentDisk      Bytes  `name:"agent-disk" env:"ORCHESTRATOR_AGENT_DISK" default:"20GiB" placeholder:"SIZE" help:"Disk one session's tree and home may take; a session that takes more is ended. 0 is no limit."`

	AllowNet      NetRules  `name:"allow-net" env:"ORCHESTRATOR_ALLOW_NET" placeholder:"CIDR:PORT" help:"Private address range and port the server may connect to, for a model server on this host or network. Repeatable."`
	RepoRoot      RepoRoots `name:"repo-root" env:"ORCHESTRATOR_REPO_ROOT" placeholder:"SLUG=DIR" help:"Directory below which one team may use local repositories. Repeatable."`
	GatewayListen string    `name:"gateway-listen" env:"ORCHESTRATOR_GATEWAY_LISTEN" default:"127.0.0.1:0" placeholder:"HOST:PORT" help:"Loopback address of the model gateway; port 0 takes a free one and keeps it over restarts."`

	MaxRunningSessions int   `name:"max-running-sessions" env:"ORCHESTRATOR_MAX_RUNNING_SESSIONS" default:"20" placeholder:"N" help:"Sessions that run on this host at once, over all teams."`
	MaxAgentProcesses  int   `name:"max-agent-processes" env:"ORCHESTRATOR_MAX_AGENT_PROCESSES" default:"8" placeholder:"N" help:"OpenCode processes on this host at once; each team with work has one."`
	MinFreeMemory      Bytes `name:"min-free-memory" env:"ORCHESTRATOR_MIN_FREE_MEMORY" default:"512MiB" placeholder:"SIZE" help:"Free memory below which no further session starts."`

	AnswerWithin     time.Duration `name:"answer-within" env:"ORCHESTRATOR_ANSWER_WITHIN" default:"30m" placeholder:"TIME" help:"How long a session waits for a person's answer before it is paused and its slot freed."`
	FirstEventWithin time.Duration `name:"first-event-within" env:"ORCHESTRATOR_FIRST_EVENT_WITHIN" default:"60s" placeholder:"TIME" help:"How long OpenCode may be silent at the start of a turn before the attempt fails and is tried again."`
	StalledAfter     time.Duration `name:"stalled-after" env:"ORCHESTRATOR_STALLED_AFTER" default:"5m" placeholder:"TIME" help:"How long a turn may be silent before its session is shown as degraded; nothing is stopped."`
	CheckTimeout     time.Duration `name:"check-timeout" env:"ORCHESTRATOR_CHECK_TIMEOUT" default:"10m" placeholder:"TIME" help:"How long one check command may run."`

	OIDCIssuer     string `name:"oidc-issuer" env:"ORCHESTRATOR_OIDC_ISSUER" placeholder:"URL" help:"OpenID Connect provider people sign in with, as it writes itself in its tokens. A private address needs --allow-net too."`
	OIDCClientID   string `name:"oidc-client-id" env:"ORCHESTRATOR_OIDC_CLIENT_ID" placeholder:"ID" help:"What this server is called at the provider."`
	OIDCSecretFile string `name:"oidc-client-secret-file" env:"ORCHESTRATOR_OIDC_CLIENT_SECRET_FILE" placeholder:"FILE" help:"File with this server's secret at the provider; none for a public client."`
	// OIDCSecret has no flag, as MasterKey has none.
	OIDCSecret      Secret     `kong:"-" name:"oidc-client-secret" env:"ORCHESTRATOR_OIDC_CLIENT_SECRET" help:"This server's secret at the provider, instead of a file."`
	OIDCLabel       string     `name:"oidc-label" env:"ORCHESTRATOR_OIDC_LABEL" default:"single sign-on" placeholder:"NAME" help:"What people call the provider; stands on the button."`
	OIDCScope       List       `name:"oidc-scope" env:"ORCHESTRATOR_OIDC_SCOPE" default:"email,profile" placeholder:"SCOPE" help:"What is asked of the provider beside openid. Repeatable."`
	OIDCGroupsClaim string     `name:"oidc-groups-claim" env:"ORCHESTRATOR_OIDC_GROUPS_CLAIM" default:"groups" placeholder:"CLAIM" help:"Claim that lists a person's groups."`
	OIDCGroup       GroupRules `name:"oidc-group" env:"ORCHESTRATOR_OIDC_GROUP" sep:";" placeholder:"GROUP=SLUG:ROLE" help:"Team and role (lead, member, viewer) that a group gives, applied at every sign-in. Repeatable; separated by ; in the variable."`
	OIDCAdminGroup  string     `name:"oidc-admin-group" env:"ORCHESTRATOR_OIDC_ADMIN_GROUP" placeholder:"GROUP" help:"Group whose people are admins of this instance; at sign-in who is not in it is none."`
	OIDCLinkEmail   bool       `name:"oidc-link-email" env:"ORCHESTRATOR_OIDC_LINK_EMAIL" help:"Let a verified e-mail address of the provider sign in the person who has it here. Only where nobody can choose an address there."`
	OIDCSignUp      bool       `name:"oidc-sign-up" env:"ORCHESTRATOR_OIDC_SIGN_UP" help:"Make an account for whoever the provider knows, not only for who is invited or in a mapped group."`
	OIDCEnforced    bool       `name:"oidc-enforced" env:"ORCHESTRATOR_OIDC_ENFORCED" help:"Close every way to sign in with, or to set, a password. user sign-in lets one in from this host when the provider is down."`
	OIDCLoginHours  int        `name:"oidc-login-hours" env:"ORCHESTRATOR_OIDC_LOGIN_HOURS" default:"12" placeholder:"N" help:"Hours a login lasts until the provider is asked again."`

	MetricsListen string `name:"metrics-listen" env:"ORCHESTRATOR_METRICS_LISTEN" placeholder:"HOST:PORT" help:"Own address for /metrics. Default: /metrics is served with the pages, where a metrics token is set."`
	MetricsToken  Secret `name:"metrics-token" env:"ORCHESTRATOR_METRICS_TOKEN" placeholder:"TOKEN" help:"Bearer token that /metrics asks for."`
	LogLevel      string `name:"log-level" env:"ORCHESTRATOR_LOG_LEVEL" default:"info" placeholder:"debug|info|warn|error" help:"The least important line that is logged."`
	LogFormat     string `name:"log-format" env:"ORCHESTRATOR_LOG_FORMAT" default:"text" placeholder:"text|json" help:"Form of the log on standard error."`
	Demo          bool   `name:"demo" env:"ORCHESTRATOR_DEMO" help:"Try it out: a scripted model, throw-away data, loopback only."`
}

// MasterKeyEnv is the variable of MasterKey.
const MasterKeyEnv = "ORCHESTRATOR_MASTER_KEY"

// OIDCSecretEnv is the variable of OIDCSecret.
const OIDCSecretEnv = "ORCHESTRATOR_OIDC_CLIENT_SECRET"

// HTTPS says whether people reach the pages over https, which decides the cookie's name and its Secure flag.
func (s Settings) HTTPS() bool { return strings.HasPrefix(s.PublicURL, "https://") }

// SandboxOn says whether agents are confined.
func (s Settings) SandboxOn() bool { return s.Sandbox == "on" }

// EgressOpen says whether agents may reach the network beyond the gateway.
func (s Settings) EgressOpen() bool { return s.AgentEgress == "open" }
