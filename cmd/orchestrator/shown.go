package main

import "github.com/industrial-orchestrator/orchestrator/web"

// shown are the settings of this start for the operator's page, secrets masked.
func (s *server) shown() (all []web.Setting) {
	for _, l := range s.settings.Lines(nil, func(string) (string, bool) { return "", false }) {
		all = append(all, web.Setting{Name: l.Name, Value: l.Value, Help: l.Help})
	}
	return all
}
