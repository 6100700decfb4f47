package git_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/git"
)

var moment = time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)

// inBare lists a commit's files with their modes, and the subjects since the base.
func (y *yard) inBare(t *testing.T, base, commit string) (files, log string) {
	t.Helper()
	files = sh(t, y.root, "git --git-dir="+y.bare+" ls-tree -r --format='%(objectmode) %(path)' "+commit)
	return files, sh(t, y.root, "git --git-dir="+y.bare+" log --format=%s "+base+".."+commit)
}

func TestSaveKeepsTheAgentsCommitsAndAddsTheRest(t *testing.T) {
	t.Parallel()
	y, tree, base := cloned(t, git.Options{})
	first, err := y.Save(t.Context(), tree, git.Save{Base: base, Message: "Work", At: moment})
	must(t, err)
	if first.Commit != base || first.Commits != 0 {
		t.Errorf("without changes: %+v", first)
	}
	sh(t, tree.Dir, `git switch -qc own && echo 1 >> file && git commit -qam one && git pack-refs --all && git rm -q bin && git commit -qm two &&
		chmod +x noend && ln -sf dir link && mkdir ignored && echo x > ignored/x && echo untracked > "new file"`)
	work, err := y.Save(t.Context(), tree, git.Save{Base: base, Message: "Rest", At: moment})
	must(t, err)
	files, log := y.inBare(t, base, work.Commit)
	if log != "Rest\ntwo\none\n" || work.Commits != 3 {
		t.Errorf("commits %q of %+v", log, work)
	}
	if want := "100644 .gitignore\n100644 dir/two\n100644 file\n120000 link\n100644 new file\n100755 noend\n100755 run\n"; files != want {
		t.Errorf("files %q, want %q", files, want)
	}
	again, err := y.Save(t.Context(), tree, git.Save{Base: base, Message: "Rest", At: moment})
	must(t, err)
	kept, err := y.Work(t.Context(), tree)
	must(t, err)
	if again.Commit != work.Commit || kept != work.Commit {
		t.Errorf("saved again: %s, kept %s, want %s", again.Commit, kept, work.Commit)
	}
	d, err := y.Diff(t.Context(), tree, base)
	must(t, err)
	if len(d.Files) != 5 {
		t.Errorf("the diff after a save has %d files: %+v", len(d.Files), d.Files)
	}
	sh(t, y.root, "git --git-dir="+y.bare+" fsck --strict --no-dangling")
	must(t, y.Remove(t.Context(), tree))
	if kept, err := y.Work(t.Context(), tree); err != nil || kept != "" {
		t.Errorf("a removed tree's work: %q, %v", kept, err)
	}
}

// TestSaveTrustsNothingInTheAgentsGitDirectory: what git refuses, what does not follow the base and what belongs to somebody else becomes
// one commit with the files, and nothing that the agent configured runs.
func TestSaveTrustsNothingInTheAgentsGitDirectory(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"another history":      `git checkout -q --orphan other && git commit -qam other`,
		"a malformed commit":   `git update-ref HEAD $(printf 'tree %s\nparent %s\nauthor x\ncommitter x\n\nhm\n' $(git rev-parse HEAD^{tree}) $(git rev-parse HEAD) | git hash-object -t commit -w --stdin --literally)`,
		"a missing object":     `git commit -qam gone && rm -f $GITDIR/objects/$(git rev-parse HEAD^{tree} | sed 's|^..|&/|')`,
		"no head":              `printf nonsense > $GITDIR/HEAD`,
		"a head that is a way": `printf 'ref: refs/heads/../../../../victim' > $GITDIR/HEAD`,
		"somebody's objects":   `printf '%s\n' "$VICTIM/.git/objects" >> $GITDIR/objects/info/alternates; git update-ref HEAD $(git --git-dir=$VICTIM/.git rev-parse HEAD) || true`,
		"a linked directory":   `rm -rf $GITDIR/objects/info/alternates && ln -s $VICTIM $GITDIR/objects/info/alternates`,
		"settings that run":    `git config core.fsmonitor "touch $OUT/ran" && git config core.sshCommand "touch $OUT/ran" && git config extensions.partialClone o && git config remote.o.uploadpack "touch $OUT/ran" && git config remote.o.url ssh://x/y && mkdir -p $GITDIR/hooks && printf '#!/bin/sh\ntouch $OUT/ran' > $GITDIR/hooks/reference-transaction && chmod +x $GITDIR/hooks/reference-transaction`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y, tree, base := cloned(t, git.Options{})
			victim := filepath.Join(y.root, "victim")
			must(t, os.MkdirAll(victim, 0o700))
			sh(t, victim, "git init -q -b main . && echo secret > secret && git add . && git commit -qm secret")
			sh(t, tree.Dir, "export GITDIR="+tree.Git+" VICTIM="+victim+" OUT="+y.root+"; echo changed >> file; "+script)
			work, err := y.Save(t.Context(), tree, git.Save{Base: base, Message: "All", At: moment})
			must(t, err)
			files, log := y.inBare(t, base, work.Commit)
			if log != "All\n" || work.Commits != 1 || strings.Contains(files, "secret") {
				t.Errorf("commits %q, files %q", log, files)
			}
			if text := sh(t, y.root, "git --git-dir="+y.bare+" show "+work.Commit+":file"); text != "one\nchanged\n" {
				t.Errorf("file is %q", text)
			}
			if _, err := os.Lstat(filepath.Join(y.root, "ran")); err == nil {
				t.Error("something that the agent configured ran")
			}
		})
	}
}

// TestSaveFollowsWhatWasPushed: later work is a fast-forward of it, whether the agent commits in the meantime or not.
func TestSaveFollowsWhatWasPushed(t *testing.T) {
	t.Parallel()
	for name, commits := range map[string]bool{"uncommitted": false, "committed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y, tree, base := cloned(t, git.Options{})
			sh(t, tree.Dir, "echo 1 > one")
			first, err := y.Save(t.Context(), tree, git.Save{Base: base, Message: "First", At: moment})
			must(t, err)
			sh(t, tree.Dir, "echo 2 > two")
			if commits {
				sh(t, tree.Dir, "git add . && git commit -qm both")
			}
			next, err := y.Save(t.Context(), tree, git.Save{Base: base, Onto: first.Commit, Message: "Second", At: moment.Add(time.Hour)})
			must(t, err)
			sh(t, y.root, "git --git-dir="+y.bare+" merge-base --is-ancestor "+first.Commit+" "+next.Commit)
			files, _ := y.inBare(t, base, next.Commit)
			if !strings.Contains(files, " one\n") || !strings.Contains(files, " two\n") {
				t.Errorf("files %q", files)
			}
		})
	}
}

// TestSaveTakesFilesThatAPatchOmits, and names those that it cannot take.
func TestSaveTakesFilesThatAPatchOmits(t *testing.T) {
	t.Parallel()
	y, tree, base := cloned(t, git.Options{LargeFile: 10})
	sh(t, tree.Dir, `echo 0123456789012345 > large && git add large && git commit -qm large && mkdir sub && cd sub && git init -q && echo in > in`)
	work, err := y.Save(t.Context(), tree, git.Save{Base: base, Message: "All", At: moment})
	must(t, err)
	if files, _ := y.inBare(t, base, work.Commit); !strings.Contains(files, "large") || !strings.Contains(files, "sub/in") {
		t.Errorf("files %q", files)
	}
	d, err := y.Diff(t.Context(), tree, base)
	must(t, err)
	if !d.Truncated || len(work.Omitted) != 0 {
		t.Errorf("truncated %v, omitted %+v", d.Truncated, work.Omitted)
	}
}
