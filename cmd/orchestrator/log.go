package main

import (
	"io"
	"log/slog"

	"github.com/industrial-orchestrator/orchestrator/internal/config"
)

// newLog makes the log that the settings ask for.
func newLog(s config.Settings, w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // Check let only the four names through
	o := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
