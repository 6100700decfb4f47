package main

import "github.com/industrial-orchestrator/orchestrator/web"

// settingsTable lists the current settings for the console, with secrets masked.
func (s *server) settingsTable() (all []web.Setting) {
	for _, l := range s.settings.Lines(nil, func(string) (string, bool) { return "", false }) {
		all = append(all, web.Setting{Name: l.Name, Value: l.Value, Help: l.Help})
	}
	return all
}
