package git

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
)

// Limits of one fetch from the server.
const (
	serveTimeout = time.Hour
	serveMemory  = 512 << 20
)

// serving are the settings of git while it sends objects: little memory, and no partial clones, for which a client fetches files by ID.
var serving = []string{
	"uploadpack.allowFilter=false", "uploadpack.allowAnySHA1InWant=false", "uploadpack.allowRefInWant=false", "uploadpack.keepAlive=5",
	"pack.threads=1", "pack.windowMemory=64m", "pack.deltaCacheSize=32m", "core.bigFileThreshold=16m",
}

// IsProtocol reports whether a Git-Protocol header selects a version that the server can serve. Any other header is ignored.
func IsProtocol(s string) bool { return s == "version=0" || s == "version=1" || s == "version=2" }

func (g *Git) upload(bare, protocol string, args ...string) call {
	env := []string{"GIT_NAMESPACE=" + namespace}
	if IsProtocol(protocol) {
		env = append(env, "GIT_PROTOCOL="+protocol)
	}
	return call{args: append(append([]string{"upload-pack", "--strict", "--timeout=60"}, args...), "--", bare), env: env, config: serving,
		borrows: []string{bare}, timeout: serveTimeout, memory: serveMemory}
}

// Advertise writes the answer to the first request of a fetch by HTTP: what can be fetched.
func (g *Git) Advertise(ctx context.Context, bare, protocol string, to io.Writer) error {
	if protocol != "version=2" {
		if _, err := io.WriteString(to, "001e# service=git-upload-pack\n0000"); err != nil {
			return err
		}
	}
	c := g.upload(bare, protocol, "--http-backend-info-refs")
	c.stdout = to
	_, err := g.run(ctx, c)
	return err
}

// Upload writes the answer to a further request of a fetch by HTTP. It sends only commits that a visible branch contains, with their
// files; a request for anything else gets the answer that git gives for an object that does not exist.
func (g *Git) Upload(ctx context.Context, bare, protocol string, request []byte, to io.Writer) error {
	wants, err := wantsOf(request)
	if err == nil {
		err = g.checkWants(ctx, bare, wants)
	}
	if errors.Is(err, ErrNotShown) {
		_, err = io.WriteString(to, packetLine("ERR upload-pack: not our ref\n"))
		return err
	}
	if err != nil {
		return err
	}
	c := g.upload(bare, protocol, "--stateless-rpc")
	c.stdin, c.stdout = bytes.NewReader(request), to
	_, err = g.run(ctx, c)
	return err
}

// packetLine returns a line in git's protocol format.
func packetLine(s string) string {
	n := strconv.FormatInt(int64(len(s)+4), 16)
	return strings.Repeat("0", 4-len(n)) + n + s
}

// commands are those of protocol version 2 that the server answers.
var commands = map[string]bool{"command=ls-refs": true, "command=fetch": true}

// wantsOf returns the objects that a request wants. A request that git could read in another way counts as one for something hidden.
func wantsOf(request []byte) (wants []string, err error) {
	for len(request) > 0 {
		if len(request) < 4 {
			return nil, ErrNotShown
		}
		n, err := strconv.ParseUint(string(request[:4]), 16, 16)
		if err != nil || n == 3 || int(n) > len(request) {
			return nil, ErrNotShown
		}
		if n < 4 { // a flush, a delimiter or an end
			request = request[4:]
			continue
		}
		line := strings.TrimSuffix(string(request[4:n]), "\n")
		request = request[n:]
		switch {
		case strings.HasPrefix(line, "want "):
			object, _, _ := strings.Cut(strings.TrimPrefix(line, "want "), " ")
			object = strings.ToLower(strings.TrimSpace(object))
			if !objectPattern(object) {
				return nil, ErrNotShown
			}
			wants = append(wants, object)
		case strings.HasPrefix(line, "want"), strings.HasPrefix(line, "deepen-not"), strings.HasPrefix(line, "filter"),
			strings.HasPrefix(line, "command=") && !commands[line]:
			return nil, ErrNotShown // want-ref, or a ref that is looked for among hidden ones
		}
	}
	return wants, nil
}

// objectPattern reports whether s is the ID of an object.
func objectPattern(s string) bool {
	return len(s) == 40 && strings.Trim(s, "0123456789abcdef") == ""
}
