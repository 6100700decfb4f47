package text_test

import (
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/text"
)

func TestURLIsOneSpelling(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://bücher.example":             "https://xn--bcher-kva.example",
		"HTTPS://Bücher.Example:8443/Ä?q=Ü":  "https://xn--bcher-kva.example:8443/Ä?q=Ü",
		"https://BU\u0308CHER.example/x":     "https://xn--bcher-kva.example/x",
		"https://xn--bcher-kva.example":      "https://xn--bcher-kva.example",
		"SSH://git@Host.Example:22/Repo.git": "ssh://git@host.example:22/Repo.git",
		"https://User:Pass@HOST":             "https://User:Pass@host",
		"http://[FD00::1]:80/":               "http://[fd00::1]:80/",
		"git@Host:Repo":                      "git@Host:Repo",
		"https://日本語.example":                "https://xn--wgv71a119e.example",
		"https://-ü.example":                 "https://-ü.example",
		"":                                   "",
	} {
		if got := text.URL(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestALineLeavesAMark(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" Fix it ": "Fix it", "❤️": "❤️", "\u200b✓": "\u200b✓", "🏴\U000E0067\U000E007F": "🏴\U000E0067\U000E007F", "–": "–", "日": "日",
		"": "", " ": "", "\u200b": "", "\u200b \u2060\ufeff": "", "\u3164": "", "\u2800\u2800": "", "\u00ad": "", "\ufe0f": "", "\u034f": "", "\u202e": "", "\x01": "",
		"\u00a0": "", "\u115f\u1160": "", "\U000E0041": "",
	} {
		if got := text.Line(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
