package sandbox_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/sandbox"
)

// cacheHouse is a house whose session has tool caches over a base.
type cacheHouse struct {
	*house
	way  how
	base string
}

// cacheWays are the ways in which a program has a file system of its own.
func cacheWays(t *testing.T) (all []how) {
	t.Helper()
	if err := sandbox.CanLayer(t.Context(), t.TempDir()); err != nil {
		t.Skipf("this host has no overlay: %v", err)
	}
	for _, w := range ways() {
		if w.namespaces {
			all = append(all, w)
		}
	}
	return all
}

func newCacheHouse(t *testing.T, w how) *cacheHouse {
	t.Helper()
	h := &cacheHouse{house: newHouse(t), way: w}
	t.Cleanup(func() { // overlayfs closed its working directories
		layers, _ := filepath.Glob(h.layer("*/work/work"))
		for _, dir := range layers {
			must(t, os.Chmod(dir, 0o700))
		}
	})
	h.base = h.at(`teams/a/caches/odd, name:with\signs`)
	for name, text := range map[string]string{"go/build/ab/ab12-d": "compiled", "go/build/cd/cd34-d": "linked", "npm/index": "listed", "pip/wheel": "wheeled"} {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(h.base, name)), 0o700))
		must(t, os.WriteFile(filepath.Join(h.base, name), []byte(text), 0o600))
	}
	must(t, sandbox.Own(h.base, w.user))
	return h
}

// use runs a script in the shell of a session below its agent server, with a layer of its own over layers below.
func (h *cacheHouse) use(t *testing.T, own string, below []string, script string) (string, error) {
	t.Helper()
	caches := sandbox.Caches{Below: below, Own: h.layer(own)}
	must(t, sandbox.MakeCaches(caches.Own, h.way.user))
	spec := h.spec(t, h.way, "/bin/bash", "-c", `"$SHELL" -c "$1"; exit $?`, "server", h.facts()+"BASE='"+h.base+"'\n"+script)
	env, err := spec.Shell.Environ(h.shell)
	must(t, err)
	spec.Shell.Caches = caches
	spec.Env, spec.Caches = append(env, "PATH="+os.Getenv("PATH"), "HOME="+h.home()), caches
	cmd, err := sandbox.Command(t.Context(), spec)
	must(t, err)
	return output(cmd)
}

func (h *cacheHouse) layer(own string) string { return h.at("teams/a/layers-of/" + own) }

// tree is everything that can change in a directory: names, modes, owners, times and contents.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		var sum [32]byte
		if info.Mode().IsRegular() {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			sum = sha256.Sum256(text)
		}
		fmt.Fprintf(&all, "%s %s %d %d %d %s %x\n", strings.TrimPrefix(path, dir), info.Mode(), st.Uid, st.Ino, info.Size(), info.ModTime(), sum)
		return nil
	}))
	return all.String()
}

// cacheAttacks change a file of the caches, F in a directory D of its own. Each must work in a directory that all share, or it would be
// none.
var cacheAttacks = map[string]string{
	"overwrite":       `echo evil > $D/F`,
	"append":          `echo evil >> $D/F`,
	"truncate":        `: > $D/F`,
	"replace":         `echo evil > $D/new && mv -f $D/new $D/F`,
	"delete":          `rm $D/F`,
	"delete_all":      `rm -rf $D`,
	"rename":          `mv $D/F $D/gone`,
	"rename_all":      `mv $D $D-gone`,
	"make_a_new_one":  `echo evil > $D/evil-a`,
	"another_mode":    `chmod 777 $D/F`,
	"another_time":    `touch -d 2001-01-01 $D/F`,
	"hard_link":       `ln $D/F $D/other && echo evil > $D/other`,
	"open_and_extend": `perl -e 'open F,"+<",shift; seek F,0,0; print F "evil"' $D/F`,
}

func TestNoSessionCanWriteWhatAnotherReads(t *testing.T) {
	t.Parallel()
	var attack strings.Builder
	for name, script := range cacheAttacks {
		fmt.Fprintf(&attack, "D=/cache/npm/%s; [ $(cat $D/F) = %[1]s ] && %s && echo 'did %[1]s'\n", name, script)
	}
	for _, w := range cacheWays(t) {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			h := newCacheHouse(t, w)
			for name := range cacheAttacks {
				must(t, os.MkdirAll(filepath.Join(h.base, "npm", name), 0o700))
				must(t, os.WriteFile(filepath.Join(h.base, "npm", name, "F"), []byte(name), 0o600))
			}
			must(t, sandbox.Own(h.base, w.user))
			before := tree(t, h.base)
			const read = `cd /cache && find . | sort; find . -type f | sort | xargs stat -c '%n %a %Y %s'; find . -type f | sort | xargs cat`
			want, err := h.use(t, "two", []string{h.base}, read)
			must(t, err)
			out, _ := h.use(t, "one", []string{h.base}, attack.String())
			for name := range cacheAttacks {
				contains(t, out, "did "+name+"\n")
			}
			if got, err := h.use(t, "two", []string{h.base}, read); err != nil || got != want {
				t.Errorf("another session: %v: %s\nwant %s", err, got, want)
			}
			if after := tree(t, h.base); after != before {
				t.Errorf("the base changed:\n%swas:\n%s", after, before)
			}
			h.attackShared(t, attack.String())
		})
	}
}

// attackShared proves that each attack changes what others read where all share one directory.
func (h *cacheHouse) attackShared(t *testing.T, attack string) {
	t.Helper()
	shared := sandbox.Caches{Own: h.layer("shared")}
	must(t, os.CopyFS(shared.Files(), os.DirFS(h.base)))
	must(t, sandbox.MakeCaches(shared.Own, h.way.user))
	must(t, sandbox.Own(shared.Files(), h.way.user))
	was := map[string]string{}
	look := func(name string) string {
		if _, err := os.Stat(filepath.Join(shared.Files(), "npm", name)); err != nil {
			return "gone"
		}
		return tree(t, filepath.Join(shared.Files(), "npm", name))
	}
	for name := range cacheAttacks {
		was[name] = look(name)
	}
	out, _ := h.use(t, "shared", nil, attack)
	for name := range cacheAttacks {
		if look(name) == was[name] {
			t.Errorf("the attack %s is none: %s", name, out)
		}
	}
}

func TestCachesStayInTheirLayer(t *testing.T) {
	t.Parallel()
	for _, w := range cacheWays(t) {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			h := newCacheHouse(t, w)
			for _, v := range []string{"GOCACHE=/cache/go/build", "GOMODCACHE=/cache/go/mod", "npm_config_cache=/cache/npm", "PIP_CACHE_DIR=/cache/pip", "CARGO_HOME=/cache/cargo"} {
				out, err := h.use(t, "one", []string{h.base}, "env")
				if err != nil {
					t.Errorf("it ended with %v", err)
				}
				contains(t, out, v+"\n")
			}
			// Its own changes last, also over another base, and a check command sees them with changes of its own.
			_, err := h.use(t, "one", []string{h.base}, `echo mine > $GOCACHE/ab/mine && rm $GOCACHE/cd/cd34-d && mkdir -p $CARGO_HOME/registry`)
			must(t, err)
			next := h.at("teams/a/caches/next")
			must(t, os.CopyFS(next, os.DirFS(h.base)))
			must(t, os.WriteFile(filepath.Join(next, "npm", "newer"), []byte("newer"), 0o600))
			must(t, sandbox.Own(next, w.user))
			const read = `cat $GOCACHE/ab/* /cache/npm/newer; ls -d $GOCACHE/cd/* $CARGO_HOME/*`
			out, _ := h.use(t, "one", []string{next}, read)
			contains(t, out, "compiledmine\nnewer")
			contains(t, out, "registry")
			if strings.Contains(out, "cd34-d\n") {
				t.Errorf("what the session deleted is back: %s", out)
			}
			layer := sandbox.Caches{Own: h.layer("one")}.Files()
			before := tree(t, layer)
			out, _ = h.use(t, "check", []string{layer, next}, read+`; rm $GOCACHE/ab/mine; echo checked > $GOCACHE/ab/checked`)
			contains(t, out, "compiledmine\nnewer")
			if tree(t, layer) != before {
				t.Error("a check command changed the session's layer")
			}
		})
	}
}

// TestLayersHaveNoName: the merged directory is all that a session knows of its caches, and it cannot be unmounted.
func TestLayersHaveNoName(t *testing.T) {
	t.Parallel()
	for _, w := range cacheWays(t) {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			h := newCacheHouse(t, w)
			out, err := h.use(t, "one", []string{h.base}, `for d in "$BASE" "$ROOT/teams/a/layers-of" /layer0 /layer1 /old /tmp/old; do ls -d "$d" && echo BREACH; done
				find / -xdev -name '*layer*' -o -xdev -name 'odd,*' | grep . && echo BREACH
				tr '\0' '\n' < /proc/self/environ | grep -F "$ROOT/teams/a/layers-of" && echo BREACH
				grep -F "$ROOT/teams/a/caches" /proc/self/mountinfo && echo BREACH
				umount /cache && echo BREACH; mount -o remount,ro /cache && echo BREACH; echo over`)
			must(t, err)
			contains(t, out, "over")
			if strings.Contains(out, "BREACH") {
				t.Error(out)
			}
		})
	}
}

// TestABaseIsInUseAsLongAsAProgramRuns: a server that was killed and started again must not remove it either.
func TestABaseIsInUseAsLongAsAProgramRuns(t *testing.T) {
	t.Parallel()
	for _, w := range cacheWays(t) {
		h := newCacheHouse(t, w)
		isUsed := func(want bool) {
			t.Helper()
			if used, err := sandbox.CachesInUse(h.base); err != nil || used != want {
				t.Errorf("%s: in use: %v, %v", w.name, used, err)
			}
		}
		isUsed(false)
		spec := h.spec(t, w, "/bin/bash", "-c", "echo up; read")
		spec.Caches = sandbox.Caches{Below: []string{h.base}, Own: h.layer("one")}
		must(t, sandbox.MakeCaches(spec.Caches.Own, w.user))
		cmd, err := sandbox.Command(t.Context(), spec)
		must(t, err)
		in, err := cmd.StdinPipe()
		must(t, err)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		_, err = io.ReadFull(out, make([]byte, 3))
		must(t, err)
		isUsed(true)
		must(t, in.Close())
		_ = cmd.Wait()
		isUsed(false)
	}
}

func TestCachesNeedAFileSystemOfTheirOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	spec := h.spec(t, how{}, "/bin/true")
	spec.Caches = sandbox.Caches{Own: h.at("own")}
	if _, err := sandbox.Command(t.Context(), spec); err == nil {
		t.Error("a program without one was prepared with caches")
	}
}

// TestCachesWithoutRoot runs the tests above as a user without privileges, whose namespaces belong to a user namespace.
func TestCachesWithoutRoot(t *testing.T) {
	t.Parallel()
	out := runWithoutRoot(t, "TestNoSessionCanWriteWhatAnotherReads|TestCachesStayInTheirLayer|TestLayersHaveNoName|TestABaseIsInUseAsLongAsAProgramRuns")
	if bytes.Contains(out, []byte("--- SKIP")) {
		t.Skipf("this host has no overlay without root:\n%s", out)
	}
}

// TestTheBrokerWithoutRoot runs the tests of the broker as such a user.
func TestTheBrokerWithoutRoot(t *testing.T) {
	t.Parallel()
	runWithoutRoot(t, "TestTheBrokerRunsPrograms|TestTheBrokerServesNobodyElse|TestTheBrokerEndsWithTheAgentServer|TestAnEndedCommandTakesAllAlong|TestPinnedFilesStay")
}

// runWithoutRoot runs tests as a user without privileges and returns what they print.
func runWithoutRoot(t *testing.T, tests string) []byte {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("the tests run without root anyway")
	}
	dir, err := os.MkdirTemp("", "without-root-")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(t, os.Chown(dir, 1000, 1000))
	exe, err := os.Executable()
	must(t, err)
	text, err := os.ReadFile(exe)
	must(t, err)
	own := filepath.Join(dir, "sandbox.test")
	must(t, os.WriteFile(own, text, 0o755))
	cmd := exec.CommandContext(t.Context(), own, "-test.v", "-test.run", "^("+tests+")$")
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + dir, "HOME=" + dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 1000, Gid: 1000}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return out
}

// TestCachesAreRestricted: neither a layered nor a single directory honours set-user-ID bits or has devices.
func TestCachesAreRestricted(t *testing.T) {
	t.Parallel()
	for _, w := range cacheWays(t) {
		h := newCacheHouse(t, w)
		for name, below := range map[string][]string{"layered": {h.base}, "single": nil} {
			out, err := h.use(t, name, below, `grep ' /cache ' /proc/self/mountinfo`)
			must(t, err)
			if !strings.Contains(out, "nosuid") || !strings.Contains(out, "nodev") {
				t.Errorf("%s, %s: %s", w.name, name, out)
			}
		}
	}
}
