package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is the version of this program, as in CHANGELOG.md.
const release = "0.1.0"

type versionCmd struct{}

// Run prints the version, the Go version that built the program, and the platform.
func (versionCmd) Run(c call) error {
	_, err := fmt.Fprintf(c.io.out, "orchestrator %s %s %s/%s\n", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// buildVersion returns the version with the commit of the build, if known, as build metadata: 0.1.0+1a2b3c4d5e6f, and with
// ".dirty" if the commit was modified.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return release
	}
	return versionOf(info.Settings)
}

func versionOf(settings []debug.BuildSetting) string {
	commit, dirty := "", ""
	for _, s := range settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			commit = "+" + s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = ".dirty"
		}
	}
	if commit == "" {
		return release
	}
	return release + commit + dirty
}
