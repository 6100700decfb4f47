package main

import (
	"crypto/sha512"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/config"
)

// fakeOpenCode prints the pinned version, as OpenCode does, and leaves a file that shows that it was started.
const fakeOpenCode = "#!/bin/sh\ntouch %s\necho " + config.OpencodeVersion + "\n"

// installs runs .ci/opencode in an empty directory, with an npm that brings the program. record is what the record says about it.
func installs(t *testing.T, record func(program, platform string) string) (said string, linked, started bool, err error) {
	t.Helper()
	dir := t.TempDir()
	platform := runtime.GOOS + "-" + map[string]string{"amd64": "x64"}[runtime.GOARCH]
	if strings.HasSuffix(platform, "-") {
		platform += runtime.GOARCH
	}
	mark := filepath.Join(dir, "started")
	program := fmt.Sprintf(fakeOpenCode, mark)
	script, err := os.ReadFile("../../.ci/opencode")
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		"ci/opencode": string(script), "ci/opencode.sha512": record(program, platform),
		"program": program, "bin/npm": "#!/bin/sh\nmkdir -p node_modules/opencode-" + platform + "/bin\ncp -p ../../program node_modules/opencode-" + platform + "/bin/opencode\n",
	} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("sh", "ci/opencode")
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + filepath.Join(dir, "bin") + ":" + os.Getenv("PATH")}
	out, err := cmd.CombinedOutput()
	_, noLink := os.Stat(filepath.Join(dir, ".tools", "opencode", "opencode"))
	_, noMark := os.Stat(mark)
	return string(out), noLink == nil, noMark == nil, err
}

func TestOnlyTheRecordedOpenCodeIsInstalled(t *testing.T) {
	t.Parallel()
	line := func(program, platform string) string {
		return fmt.Sprintf("%x  %s %s\n", sha512.Sum512([]byte(program)), config.OpencodeVersion, platform)
	}
	if said, linked, _, err := installs(t, line); err != nil || !linked {
		t.Errorf("the recorded program: %v, linked %v\n%s", err, linked, said)
	}
	said, linked, started, err := installs(t, func(program, platform string) string { return line(program+" ", platform) })
	if err == nil || linked || started || !strings.Contains(said, "is not OpenCode "+config.OpencodeVersion+" as recorded") {
		t.Errorf("another program: %v, linked %v, started %v\n%s", err, linked, started, said)
	}
	said, linked, started, err = installs(t, func(program, _ string) string { return line(program, "plan9-x64") })
	if err != nil || linked || started || !strings.Contains(said, "is not recorded") {
		t.Errorf("a platform without a record: %v, linked %v, started %v\n%s", err, linked, started, said)
	}
}

// The record is of the version that is installed.
func TestTheRecordIsOfThePinnedOpenCode(t *testing.T) {
	t.Parallel()
	record, err := os.ReadFile("../../.ci/opencode.sha512")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(record)) {
		if f := strings.Fields(line); len(f) != 3 || len(f[0]) != 128 || f[1] != config.OpencodeVersion {
			t.Errorf("%q is not a SHA-512 of OpenCode %s with its platform", line, config.OpencodeVersion)
		}
	}
}
