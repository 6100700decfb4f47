package git

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// bundles are where systems keep the certificates of their authorities, as Go looks for them.
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/cacert.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
}

// authoritiesFile is the name in git's home of the file with the host's authorities and those of Options.CAFile.
const authoritiesFile = "authorities.pem"

// writeAuthorities prepares the file that https connections check certificates with. Git has one file for all authorities, so the host's
// are copied into it. Without Options.CAFile there is none, and git uses the host's by itself.
func (g *Git) writeAuthorities() error {
	path := filepath.Join(g.opt.Home, authoritiesFile)
	if g.opt.CAFile == "" {
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("remove git's authorities: %w", err)
		}
		return nil
	}
	added, err := os.ReadFile(g.opt.CAFile)
	if err != nil {
		return fmt.Errorf("read the certificate authority for git: %w", err)
	}
	all := bytes.Join([][]byte{hostBundle(), added}, []byte("\n"))
	if err := os.WriteFile(path, all, 0o644); err != nil {
		return fmt.Errorf("write git's authorities: %w", err)
	}
	return os.Chmod(path, 0o644) // git's user reads it
}

func hostBundle() []byte {
	for _, path := range append([]string{os.Getenv("SSL_CERT_FILE")}, bundles...) {
		if text, err := os.ReadFile(path); err == nil && path != "" {
			return text
		}
	}
	return nil
}

// trusts is the environment that makes git check certificates with writeAuthorities' file.
func (g *Git) trusts() []string {
	if g.opt.CAFile == "" {
		return nil
	}
	return []string{"GIT_SSL_CAINFO=" + filepath.Join(g.opt.Home, authoritiesFile)}
}
