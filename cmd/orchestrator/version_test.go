package main

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestTheVersionNamesTheReleaseAndTheCommit(t *testing.T) {
	t.Parallel()
	revision := debug.BuildSetting{Key: "vcs.revision", Value: "1a2b3c4d5e6f7a8b9c0d"}
	for want, settings := range map[string][]debug.BuildSetting{
		"0.1.0":                    nil,
		"0.1.0+1a2b3c4d5e6f":       {revision, {Key: "vcs.modified", Value: "false"}},
		"0.1.0+1a2b3c4d5e6f.dirty": {revision, {Key: "vcs.modified", Value: "true"}},
	} {
		if got := versionOf(settings); got != want {
			t.Errorf("%v is version %s, want %s", settings, got, want)
		}
	}
	if s := orchestrator("", "version"); s.code != 0 || !strings.HasPrefix(s.out, "orchestrator 0.1.0") {
		t.Errorf("version prints %+v", s)
	}
}
