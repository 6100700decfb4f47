package main

import (
	"io"
	"log/slog"

	"github.com/industrial-orchestrator/orchestrator/internal/config"
)

// newLog returns a logger with the level and format of the settings.
func newLog(s config.Settings, w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // Check accepts only the four level names
	o := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
