package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// giteaHost is a real Gitea with the user bot, over https with a certificate of its own and over ssh.
type giteaHost struct {
	t         *testing.T
	bin, root string // the program and its source folder
	dir       string
	web, ssh  string // host and port
	ca        string // file with its certificate
	token     string
	client    *http.Client
}

// newGitea starts a Gitea, which ends with the test. Without one it skips the test.
func newGitea(t *testing.T) *giteaHost {
	t.Helper()
	g := &giteaHost{t: t, bin: os.Getenv("ORCHESTRATOR_GITEA_BIN"), root: os.Getenv("ORCHESTRATOR_GITEA_ROOT"), dir: t.TempDir(), web: freeGiteaAddress(t), ssh: freeGiteaAddress(t)}
	if g.bin == "" {
		t.Skip("ORCHESTRATOR_GITEA_BIN names no Gitea: .ci/long builds one")
	}
	g.certify()
	g.configure()
	g.command("migrate")
	g.command("admin", "user", "create", "--username", "bot", "--password", "correct-horse-battery", "--email", "bot@example.org", "--must-change-password=false", "--admin")
	said := g.command("admin", "user", "generate-access-token", "--username", "bot", "--token-name", "t", "--scopes", "all", "--raw")
	if g.token = giteaToken.FindString(said); g.token == "" { // its log can come after it
		t.Fatalf("Gitea made no token: %s", said)
	}
	g.serve()
	return g
}

var giteaToken = regexp.MustCompile(`(?m)^[0-9a-f]{40}$`)

func freeGiteaAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (g *giteaHost) must(err error) {
	g.t.Helper()
	if err != nil {
		g.t.Fatal(err)
	}
}

// certify makes a certificate for 127.0.0.1 that no authority of the host has signed.
func (g *giteaHost) certify() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	g.must(err)
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "gitea of a test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	g.must(err)
	private, err := x509.MarshalECPrivateKey(key)
	g.must(err)
	g.ca = filepath.Join(g.dir, "cert.pem")
	g.must(os.WriteFile(g.ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644))
	g.must(os.WriteFile(filepath.Join(g.dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}), 0o600))
	pool := x509.NewCertPool()
	made, err := x509.ParseCertificate(der)
	g.must(err)
	pool.AddCert(made)
	g.client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
}

func (g *giteaHost) configure() {
	host, port, _ := strings.Cut(g.web, ":")
	_, sshPort, _ := strings.Cut(g.ssh, ":")
	name, err := exec.Command("id", "-un").Output()
	g.must(err)
	internal, err := exec.Command(g.bin, "generate", "secret", "INTERNAL_TOKEN").Output()
	g.must(err)
	text := fmt.Sprintf(`RUN_USER = %s
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
PROTOCOL = https
CERT_FILE = %s
KEY_FILE = %s
HTTP_ADDR = %s
HTTP_PORT = %s
ROOT_URL = https://%s/
OFFLINE_MODE = true
STATIC_ROOT_PATH = %s
START_SSH_SERVER = true
BUILTIN_SSH_SERVER_USER = git
SSH_USER = git
SSH_LISTEN_HOST = %s
SSH_LISTEN_PORT = %s
SSH_PORT = %s
[database]
DB_TYPE = sqlite3
PATH = %s
SQLITE_JOURNAL_MODE = WAL
[security]
INSTALL_LOCK = true
SECRET_KEY = of-a-test
INTERNAL_TOKEN = %s
[webhook]
ALLOWED_HOST_LIST = loopback
[cron]
ENABLED = false
[actions]
ENABLED = false
[mailer]
ENABLED = false
[packages]
ENABLED = false
[indexer]
ISSUE_INDEXER_TYPE = db
`, strings.TrimSpace(string(name)), g.ca, filepath.Join(g.dir, "key.pem"), host, port, g.web, g.root, host, sshPort, sshPort, filepath.Join(g.dir, "gitea.db"), strings.TrimSpace(string(internal)))
	g.must(os.WriteFile(filepath.Join(g.dir, "app.ini"), []byte(text), 0o600))
}

func (g *giteaHost) cmd(args ...string) *exec.Cmd {
	c := exec.Command(g.bin, append(args, "--config", filepath.Join(g.dir, "app.ini"))...)
	c.Env = append(os.Environ(), "GITEA_WORK_DIR="+g.dir, "HOME="+g.dir)
	return c
}

func (g *giteaHost) command(args ...string) string {
	g.t.Helper()
	c := g.cmd(args...)
	var complaints bytes.Buffer
	c.Stderr = &complaints
	out, err := c.Output()
	if err != nil {
		g.t.Fatalf("gitea %s: %v\n%s%s", args[0], err, out, complaints.String())
	}
	return string(out)
}

func (g *giteaHost) serve() {
	g.t.Helper()
	c := g.cmd("web")
	log, err := os.Create(filepath.Join(g.dir, "log"))
	g.must(err)
	c.Stdout, c.Stderr, c.SysProcAttr = log, log, dieWithParent()
	g.must(c.Start())
	g.t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		_ = c.Wait()
		if text, err := os.ReadFile(log.Name()); err == nil && g.t.Failed() {
			g.t.Logf("gitea: %s", text[max(0, len(text)-8<<10):])
		}
	})
	deadline := time.Now().Add(60 * time.Second)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if res, err := g.client.Get("https://" + g.web + "/api/v1/version"); err == nil {
			_ = res.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			g.t.Fatal("Gitea does not answer")
		}
		<-tick.C
	}
}

// call sends a request to Gitea's API as bot and fails the test unless it succeeds.
func (g *giteaHost) call(method, path string, in, out any) {
	g.t.Helper()
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		g.must(err)
		body = bytes.NewReader(data)
	}
	r, err := http.NewRequest(method, "https://"+g.web+"/api/v1"+path, body)
	g.must(err)
	r.Header.Set("Authorization", "token "+g.token)
	r.Header.Set("Content-Type", "application/json")
	res, err := g.client.Do(r)
	g.must(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	g.must(err)
	if res.StatusCode > 299 {
		g.t.Fatalf("gitea: %s %s: %d %s", method, path, res.StatusCode, text)
	}
	if out != nil {
		g.must(json.Unmarshal(text, out))
	}
}

// fill makes a repository of bot with files.
func (g *giteaHost) fill(name string, files map[string]string) {
	g.t.Helper()
	g.call(http.MethodPost, "/user/repos", map[string]any{"name": name, "private": true, "auto_init": true, "default_branch": "main"}, nil)
	for file, text := range files {
		g.call(http.MethodPost, "/repos/bot/"+name+"/contents/"+file, map[string]any{"branch": "main", "message": "add " + file, "content": base64.StdEncoding.EncodeToString([]byte(text))}, nil)
	}
}

// bare is the directory in which Gitea stores a repository of bot.
func (g *giteaHost) bare(name string) string {
	return filepath.Join(g.dir, "data", "gitea-repositories", "bot", name+".git")
}

// letIn lets a key write to a repository of bot over ssh.
func (g *giteaHost) letIn(name, key string) {
	g.t.Helper()
	signer, err := ssh.ParsePrivateKey([]byte(key))
	g.must(err)
	g.call(http.MethodPost, "/repos/bot/"+name+"/keys", map[string]any{"title": "orchestrator", "read_only": false, "key": strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))}, nil)
}

// merged returns the commit with which Gitea merged a pull request; empty if it did not.
func (g *giteaHost) merged(name string, number int64) string {
	g.t.Helper()
	var there struct {
		Merged bool
		Commit string `json:"merge_commit_sha"`
	}
	g.call(http.MethodGet, fmt.Sprintf("/repos/bot/%s/pulls/%d", name, number), nil, &there)
	if !there.Merged {
		return ""
	}
	return there.Commit
}
