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

// Source is where a repository comes from: exactly one of URL and Path is set.
type Source struct {
	// URL is https://…, ssh://… or user@host:path; Path is a local repository that AllowedPath has approved.
	URL, Path string
	// Credential is a token, user:password, or a private key in PEM for ssh; empty for none.
	Credential string
	// HostKey is what an ssh host is known by, in the form of authorized_keys; empty when it was not seen yet.
	HostKey string
	// Trust is asked about any other key the host shows, and says why it may not be trusted. nil trusts the first one only.
	Trust func(ctx context.Context, key string) error
}

// access is what a command needs to reach a source.
type access struct {
	address string
	env     []string
	secrets []string
	way     Way
	ends    []func()
}

// also has done something more at the end.
func (a *access) also(end func()) { a.ends = append(a.ends, end) }

// close ends what serves the access, the latest first.
func (a access) close() {
	for _, end := range slices.Backward(a.ends) {
		end()
	}
}

// reach prepares the way to a source. The credential goes through the environment or an agent in memory: never on a
// command line, never on disk.
func (g *Git) reach(ctx context.Context, s Source) (access, error) {
	a := access{address: s.URL}
	if s.Path != "" {
		a.address, a.env = s.Path, []string{"GIT_ALLOW_PROTOCOL=file"}
		return a, checkLocal(s.Path)
	}
	host, port, ssh, err := target(s.URL)
	if err != nil {
		return a, err
	}
	if g.opt.Way != nil {
		a.way = g.opt.Way(host, port)
		a.also(a.way.Close)
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

// configEnv sets keys and values without the command line.
func configEnv(pairs []string) []string {
	env := []string{"GIT_CONFIG_COUNT=" + strconv.Itoa(len(pairs)/2)}
	for i := 0; i < len(pairs); i += 2 {
		n := strconv.Itoa(i / 2)
		env = append(env, "GIT_CONFIG_KEY_"+n+"="+pairs[i], "GIT_CONFIG_VALUE_"+n+"="+pairs[i+1])
	}
	return env
}

// target takes a clone URL apart.
func target(raw string) (host string, port uint16, ssh bool, err error) {
	if user, rest, ok := strings.Cut(raw, "@"); ok && !strings.Contains(user, "/") {
		host, _, ok := strings.Cut(rest, ":")
		if ok && plainHost(host) && !strings.HasPrefix(user, "-") {
			return host, 22, true, nil
		}
	}
	u, err := url.Parse(raw)
	if err != nil || !plainHost(u.Hostname()) || u.Scheme != "https" && u.Scheme != "ssh" {
		return "", 0, false, fault.Field("url", "A clone URL begins with https:// or ssh:// or is git@host:path.")
	}
	port = map[string]uint16{"https": 443, "ssh": 22}[u.Scheme]
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return "", 0, false, fault.Field("url", "%q is no port.", p)
		}
		port = uint16(n)
	}
	return u.Hostname(), port, u.Scheme == "ssh", nil
}

var hostPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// plainHost says whether host is an address, or a name that whoever connects reads as we do. Numbers such as 0x7f.1 are
// addresses to some, and letters from elsewhere may become others.
func plainHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := labels[len(labels)-1]
	_, err := strconv.ParseUint(last, 0, 64)
	return hostPattern.MatchString(host) && err != nil && strings.Trim(last, "0123456789") != ""
}

// AllowedPath gives path without links when it is a repository below one of the operator's directories.
func AllowedPath(roots []string, path string) (string, error) {
	refused := fault.Field("path", "A local repository lies below a directory the operator allowed with --repo-root.")
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

// checkLocal refuses a repository that borrows from outside itself: alternates, links, a git directory elsewhere.
// Through any of them a team could read what lies beyond the operator's directory.
func checkLocal(path string) error {
	root, err := os.OpenRoot(path)
	if err != nil {
		return fault.Field("path", "There is no git repository at this path.").Because(err)
	}
	defer root.Close()
	dir := ""
	if info, err := root.Lstat(".git"); err == nil {
		if !info.IsDir() {
			return fault.Field("path", "This repository's .git is not a directory; register the repository it points to.")
		}
		dir = ".git/"
	}
	if _, err := root.Lstat(dir + "objects"); err != nil {
		return fault.Field("path", "There is no git repository at this path.").Because(err)
	}
	for _, name := range []string{"objects/info/alternates", "objects/info/http-alternates", "commondir"} {
		if _, err := root.Lstat(dir + name); err == nil {
			return fault.Field("path", "This repository borrows objects from another one (%s), which is refused.", name)
		}
	}
	for _, name := range []string{"objects", "refs", "packed-refs", "HEAD", "config"} {
		if err := noLinks(root, dir+name); err != nil {
			return err
		}
	}
	return nil
}
