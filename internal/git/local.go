package git

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// errConfig is the answer to every config of a local repository that git does not accept. It is always the same, because git's own
// message would tell the owner of the repository which files the host has.
var errConfig = fault.Field("path", "This repository's config has an error or includes another file, which is not allowed. Check it with git config --list in the repository.")

// checkConfig refuses a local repository whose config includes other files or that git cannot read.
func (g *Git) checkConfig(ctx context.Context, path string) error {
	dir := path
	if exists(filepath.Join(path, ".git")) {
		dir = filepath.Join(path, ".git")
	}
	for _, name := range []string{"config", "config.worktree"} {
		file := filepath.Join(dir, name)
		info, err := os.Lstat(file)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil || !info.Mode().IsRegular() {
			return errConfig.Because(err)
		}
		args := []string{"config", "--no-includes", "--file", file, "--null", "--name-only", "--list"}
		out, err := g.run(ctx, call{args: args, reads: []string{path}, readAll: true})
		if failed := (*Error)(nil); errors.As(err, &failed) {
			return errConfig.Because(err)
		}
		if err != nil {
			return err
		}
		for _, key := range split0(out) {
			if section, _, _ := strings.Cut(strings.ToLower(key), "."); section == "include" || section == "includeif" {
				return errConfig
			}
		}
	}
	return nil
}

// fetchFault words a failed fetch: for a local repository always in our own words, which name no file of the host.
func fetchFault(s Source, err error) error {
	var failed *Error
	switch {
	case !errors.As(err, &failed) || fault.KindOf(err) != fault.Internal:
		return err
	case strings.Contains(failed.Text, "mismatched algorithms"):
		return fault.New(fault.Invalid, "The repository uses SHA-256 for its objects. Only repositories with SHA-1, which is git's default, can be added.").Because(err)
	case s.Path == "":
		return err
	case strings.Contains(failed.Text, "config"), strings.Contains(failed.Text, "repository extension"), strings.Contains(failed.Text, "repo version"):
		return errConfig.Because(err)
	}
	return fault.New(fault.Unavailable, "git cannot read the local repository. It may be damaged: run git fsck in it. The details are in the server log.").Because(err)
}

// progressPattern matches lines about progress, such as "Receiving objects: 41% (1230/3000)".
var progressPattern = regexp.MustCompile(`^(remote: )?[A-Z][a-z]+ [a-z]+: +[0-9]`)

// isProgress reports whether people may read a line of git's output. Errors about a local repository can name files of the host.
func isProgress(s Source, line string) bool { return s.Path == "" || progressPattern.MatchString(line) }
