package git

import (
	"context"
	"encoding/base64"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// Source is the origin of a repository. Exactly one of URL and Path is set.
type Source struct {
	// URL is https://…, ssh://… or user@host:path; Path is a local repository that AllowedPath has approved.
	URL, Path string
	// Credential is a token, user:password, or a private key in PEM for ssh; empty for none.
	Credential string
	// HostKey is the pinned key of an SSH host, in the format of authorized_keys; empty if it has not been seen yet.
	HostKey string
	// Trust decides about any other key that the host presents and returns why it is not trusted. If it is nil, only the first key is
	// trusted.
	Trust func(ctx context.Context, key string) error
}

// access contains what a command needs to connect to a source.
type access struct {
	address string
	reads   []string // directories that the command must reach
	env     []string
	secrets []string
	way     Way
	ends    []func()
}

// onClose registers a function for close.
func (a *access) onClose(end func()) { a.ends = append(a.ends, end) }

// close runs the registered functions, last one first.
func (a access) close() {
	for _, end := range slices.Backward(a.ends) {
		end()
	}
}

// reach prepares access to a source. It passes the credential through the environment or an in-memory SSH agent, never on a command
// line or on disk.
func (g *Git) reach(ctx context.Context, s Source) (access, error) {
	a := access{address: s.URL}
	if s.Path != "" {
		a.address, a.env, a.reads = s.Path, []string{"GIT_ALLOW_PROTOCOL=file"}, []string{s.Path}
		if err := checkLocal(s.Path); err != nil {
			return a, err
		}
		return a, g.checkConfig(ctx, s.Path)
	}
	host, port, ssh, err := target(s.URL)
	if err != nil {
		return a, err
	}
	if g.opt.Way != nil {
		a.way = g.opt.Way(host, port)
		a.onClose(a.way.Close)
		a.secrets = append(a.secrets, a.way.Proxy)
	}
	if ssh {
		return g.reachSSH(ctx, a, s, host, port)
	}
	return a.reachHTTPS(s.Credential), nil
}

func (a access) reachHTTPS(credential string) access {
	a.env = []string{"GIT_ALLOW_PROTOCOL=https"}
	var config []string
	if a.way.Proxy != "" {
		config = append(config, "http.proxy", a.way.Proxy, "http.proxyAuthMethod", "basic")
	}
	if credential != "" {
		user, password, ok := strings.Cut(credential, ":")
		if !ok {
			user, password = "x-access-token", credential
		}
		basic := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
		a.secrets = append(a.secrets, basic, credential, password)
		config = append(config, "http.extraHeader", "Authorization: Basic "+basic)
	}
	a.env = append(a.env, configEnv(config)...)
	return a
}

// configEnv sets git configuration through the environment instead of the command line.
func configEnv(pairs []string) []string {
	env := []string{"GIT_CONFIG_COUNT=" + strconv.Itoa(len(pairs)/2)}
	for i := 0; i < len(pairs); i += 2 {
		n := strconv.Itoa(i / 2)
		env = append(env, "GIT_CONFIG_KEY_"+n+"="+pairs[i], "GIT_CONFIG_VALUE_"+n+"="+pairs[i+1])
	}
	return env
}

// target parses a clone URL.
func target(raw string) (host string, port uint16, ssh bool, err error) {
	if user, rest, ok := strings.Cut(raw, "@"); ok && !strings.Contains(user, "/") {
		host, _, ok := strings.Cut(rest, ":")
		if ok && plainHost(host) && !strings.HasPrefix(user, "-") {
			return host, 22, true, nil
		}
	}
	u, err := url.Parse(raw)
	if err != nil || !plainHost(u.Hostname()) || u.Scheme != "https" && u.Scheme != "ssh" {
		return "", 0, false, fault.Field("url", "The clone URL must start with https:// or ssh://, or have the form git@host:path.")
	}
	port = map[string]uint16{"https": 443, "ssh": 22}[u.Scheme]
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return "", 0, false, fault.Field("url", "%q is not a valid port.", p)
		}
		port = uint16(n)
	}
	return u.Hostname(), port, u.Scheme == "ssh", nil
}

var hostPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// plainHost reports whether host is an address or a name that all programs interpret in the same way. Some programs read numbers such
// as 0x7f.1 as addresses, and non-ASCII letters may be converted.
func plainHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := labels[len(labels)-1]
	_, err := strconv.ParseUint(last, 0, 64)
	return hostPattern.MatchString(host) && err != nil && strings.Trim(last, "0123456789") != ""
}

// AllowedPath returns path with links resolved if it is a repository in one of the operator's directories.
func AllowedPath(roots []string, path string) (string, error) {
	refused := fault.Field("path", "A local repository must be in a directory that the operator allows with --repo-root.")
	clean, err := filepath.EvalSymlinks(path)
	if err != nil || !filepath.IsAbs(path) {
		return "", refused.Because(err)
	}
	for _, root := range roots {
		real, err := filepath.EvalSymlinks(root)
		if err != nil {
			continue
		}
		below, err := filepath.Rel(real, clean)
		if err == nil && below != ".." && !strings.HasPrefix(below, ".."+string(filepath.Separator)) {
			return clean, checkLocal(clean)
		}
	}
	return "", refused
}

// checkLocal refuses a repository that uses data outside itself through alternates, links or a separate git directory, because a
// team could use these to read files outside the operator's directory.
func checkLocal(path string) error {
	root, err := os.OpenRoot(path)
	if err != nil {
		return fault.Field("path", "No git repository was found at this path.").Because(err)
	}
	defer root.Close()
	dir := ""
	if info, err := root.Lstat(".git"); err == nil {
		if !info.IsDir() {
			return fault.Field("path", "This repository's .git is not a directory. Instead, add the repository that it points to.")
		}
		dir = ".git/"
	}
	if _, err := root.Lstat(dir + "objects"); err != nil {
		return fault.Field("path", "No git repository was found at this path.").Because(err)
	}
	for _, name := range []string{"objects/info/alternates", "objects/info/http-alternates", "commondir"} {
		if _, err := root.Lstat(dir + name); err == nil {
			return fault.Field("path", "This repository borrows objects from another repository (%s), which is not allowed.", name)
		}
	}
	for _, name := range []string{"objects", "refs", "packed-refs", "HEAD", "config", "config.worktree", "shallow"} {
		if err := noLinks(root, dir+name); err != nil {
			return err
		}
	}
	return nil
}
