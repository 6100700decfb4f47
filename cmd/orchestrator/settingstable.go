package main

import (
	webkit "github.com/industrial-orchestrator/orchestrator/web/kit"
)

// settingsTable lists the current settings for the console, with secrets masked.
func (s *server) settingsTable() (all []webkit.Setting) {
	for _, l := range s.settings.Lines(nil, func(string) (string, bool) { return "", false }) {
		all = append(all, webkit.Setting{Name: l.Name, Value: l.Value, Help: l.Help})
	}
	return all
}
