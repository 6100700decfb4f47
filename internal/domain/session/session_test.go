package session_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

func good(change func(*session.Session)) session.Session {
	s := session.Session{Title: "Refuse a start over budget", Prompt: "Do it.", Model: "local/small", Priority: session.Medium}.Clean()
	change(&s)
	return s
}

// fields are the inputs an error complains about, in order and once each.
func fields(err error) []string {
	var all fault.Fields
	if !errors.As(err, &all) {
		return nil
	}
	var out []string
	for _, f := range all {
		out = append(out, f.Field)
	}
	return slices.Compact(out)
}

func n(v int64) *int64 { return &v }

func TestCheckAtItsBounds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		field  string
		ok     func(*session.Session)
		broken func(*session.Session)
	}{
		"title, longest":  {"title", func(s *session.Session) { s.Title = strings.Repeat("ß", 200) }, func(s *session.Session) { s.Title = strings.Repeat("ß", 201) }},
		"title, shortest": {"title", func(s *session.Session) { s.Title = "界" }, func(s *session.Session) { s.Title = "" }},
		"description":     {"description", func(s *session.Session) { s.Description = strings.Repeat("é", 1000) }, func(s *session.Session) { s.Description = strings.Repeat("é", 1001) }},
		"prompt, longest": {"initial_prompt", func(s *session.Session) { s.Prompt = strings.Repeat("界", 100_000) }, func(s *session.Session) { s.Prompt = strings.Repeat("界", 100_001) }},
		"prompt, none":    {"initial_prompt", func(s *session.Session) { s.Prompt = "x" }, func(s *session.Session) { s.Prompt = "" }},
		"type":            {"session_type", func(s *session.Session) { s.Type = "integration" }, func(s *session.Session) { s.Type = "Execution" }},
		"priority, first": {"priority", func(s *session.Session) { s.Priority = 0 }, func(s *session.Session) { s.Priority = -1 }},
		"priority, last":  {"priority", func(s *session.Session) { s.Priority = 4 }, func(s *session.Session) { s.Priority = 5 }},
		"model":           {"model_identifier", func(s *session.Session) { s.Model = "a/b/c:d.e" }, func(s *session.Session) { s.Model = "a" }},
		"model's halves":  {"model_identifier", func(s *session.Session) { s.Model = "a//" }, func(s *session.Session) { s.Model = "/b" }},
		"agent":           {"opencode_agent", func(s *session.Session) { s.Agent = strings.Repeat("a", 64) }, func(s *session.Session) { s.Agent = "build\n" }},
		"shortest limit":  {"max_duration_seconds", func(s *session.Session) { s.MaxDuration = time.Minute }, func(s *session.Session) { s.MaxDuration = time.Minute - time.Millisecond }},
		"longest limit":   {"max_duration_seconds", func(s *session.Session) { s.MaxDuration = 24 * time.Hour }, func(s *session.Session) { s.MaxDuration = 24*time.Hour + time.Second }},
		"tokens":          {"max_tokens", func(s *session.Session) { s.MaxTokens = n(1) }, func(s *session.Session) { s.MaxTokens = n(0) }},
		"cost":            {"max_cost_microusd", func(s *session.Session) { s.MaxCostMicroUSD = n(1) }, func(s *session.Session) { s.MaxCostMicroUSD = n(-1) }},
		"base ref":        {"base_ref", func(s *session.Session) { s.BaseRef = "v1.2/x" }, func(s *session.Session) { s.BaseRef = "--upload-pack=x" }},
		"tags":            {"tags", func(s *session.Session) { s.Tags = make20("t") }, func(s *session.Session) { s.Tags = append(make20("t"), "one more") }},
		"a tag":           {"tags", func(s *session.Session) { s.Tags = []string{strings.Repeat("ü", 50)} }, func(s *session.Session) { s.Tags = []string{strings.Repeat("ü", 51)} }},
		"metadata":        {"metadata", func(s *session.Session) { s.Metadata = object(16 << 10) }, func(s *session.Session) { s.Metadata = object(16<<10 + 1) }},
		"metadata's kind": {"metadata", func(s *session.Session) { s.Metadata = []byte(`{"a": null}`) }, func(s *session.Session) { s.Metadata = []byte(`[1]`) }},
		"metadata null":   {"metadata", func(s *session.Session) { s.Metadata = []byte(`{}`) }, func(s *session.Session) { s.Metadata = []byte(`null`) }},
	} {
		if err := good(c.ok).Check(); err != nil {
			t.Errorf("%s, just inside: %v", name, err)
		}
		if got := fields(good(c.broken).Check()); !slices.Equal(got, []string{c.field}) {
			t.Errorf("%s, just outside: complains about %v", name, got)
		}
	}
}

func make20(word string) (out []string) {
	for i := range 20 {
		out = append(out, fmt.Sprint(word, i))
	}
	return out
}

// object is a JSON object of exactly size bytes.
func object(size int) []byte {
	return []byte(`{"k":"` + strings.Repeat("x", size-8) + `"}`)
}

func TestTitlesThatSayNothing(t *testing.T) {
	t.Parallel()
	for _, title := range []string{"test session", "New Session", "  UNTITLED ", "coding task", "\tDEVELOPMENT session\n"} {
		s := good(func(s *session.Session) { s.Title = title }).Clean()
		if err := s.Check(); !slices.Equal(fields(err), []string{"title"}) || !strings.Contains(err.Error(), "hard to find") {
			t.Errorf("%q: %v", title, err)
		}
	}
	for _, title := range []string{"test session 2", "untitled document", "coding tasks", "a new session"} {
		if err := good(func(s *session.Session) { s.Title = title }).Check(); err != nil {
			t.Errorf("%q: %v", title, err)
		}
	}
}

func TestEveryFaultIsToldAtOnce(t *testing.T) {
	t.Parallel()
	err := session.Session{Priority: 9, MaxDuration: time.Second, Metadata: []byte("{")}.Check()
	want := []string{"title", "initial_prompt", "session_type", "priority", "model_identifier", "opencode_agent", "max_duration_seconds", "metadata"}
	if got := fields(err); !slices.Equal(got, want) {
		t.Errorf("complains about %v", got)
	}
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("kind %s", fault.KindOf(err))
	}
}

func TestCleanTrimsAndFills(t *testing.T) {
	t.Parallel()
	s := session.Session{Title: " \t a\x00b\xff ", Prompt: " \n ", Tags: []string{" x ", "x", "", "y\x00"}}.Clean()
	if s.Title != "a�b�" || s.Prompt != "" || !slices.Equal(s.Tags, []string{"x", "y�"}) {
		t.Errorf("cleaned: %q %q %q", s.Title, s.Prompt, s.Tags)
	}
	if s.Type != "execution" || s.Agent != "build" || s.MaxDuration != time.Hour || string(s.Metadata) != "{}" {
		t.Errorf("filled: %+v", s)
	}
	if p := (session.Session{Prompt: "  indented\n"}).Clean().Prompt; p != "  indented\n" {
		t.Errorf("a prompt's own blanks are kept: %q", p)
	}
}

func TestPriorities(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]session.Priority{"": 2, "critical": 0, "high": 1, "medium": 2, "low": 3, "deferred": 4, "0": 0, "4": 4} {
		if got, err := session.ParsePriority(text); err != nil || got != want {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"5", "-1", "High", " high", "00", "٢"} {
		if got, err := session.ParsePriority(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
	for i, name := range session.Priorities() {
		if session.Priority(i).String() != name {
			t.Errorf("%d is %s", i, session.Priority(i))
		}
	}
	if session.Priority(5).String() != "unknown" || session.Priority(-1).String() != "unknown" {
		t.Error("a priority that is none has a name")
	}
}

func TestBranchNames(t *testing.T) {
	t.Parallel()
	const id = session.ID("01920000-0000-7000-8000-0000abcd1234")
	for title, want := range map[string]string{
		"Refuse a start over budget":   "refuse-a-start-over-budget",
		"Fix #12: a/b.c_d":             "fix-12-a-b-c-d",
		"Größe 界":                      "gre",
		"界":                            "work",
		"--- .. ~^:?*[\\ @{":           "work",
		"HEAD.lock":                    "head-lock",
		strings.Repeat("ab ", 40):      strings.Repeat("ab-", 13) + "a",
		"a" + strings.Repeat(" b", 60): "a" + strings.Repeat("-b", 19),
	} {
		if got := session.BranchName(id, title); got != "orchestrator/abcd1234-"+want {
			t.Errorf("%q gives %s", title, got)
		}
	}
}

func FuzzBranchNameIsARef(f *testing.F) {
	f.Add("a..b @{ x.lock")
	form := regexp.MustCompile(`^orchestrator/abcd1234-[a-z0-9]+(-[a-z0-9]+)*$`)
	f.Fuzz(func(t *testing.T, title string) {
		if got := session.BranchName("01920000-0000-7000-8000-0000abcd1234", title); !form.MatchString(got) || len(got) > 70 {
			t.Errorf("%q gives %s", title, got)
		}
	})
}

func TestShortIDs(t *testing.T) {
	t.Parallel()
	if got := session.Short("01920000-0000-7000-8000-0000abcd1234"); got != "abcd1234" {
		t.Errorf("short: %s", got)
	}
	if got := session.Short("odd"); got != "odd" {
		t.Errorf("what is no id: %s", got)
	}
}

func TestElapsedCountsRunningTimeOnly(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	since := now.Add(-time.Minute)
	for name, c := range map[string]struct {
		s    session.Session
		want time.Duration
	}{
		"stands":            {session.Session{Ran: time.Hour}, time.Hour},
		"runs":              {session.Session{Ran: time.Hour, RanSince: &since}, 61 * time.Minute},
		"clock set back":    {session.Session{Ran: time.Hour, RanSince: new(now.Add(time.Minute))}, time.Hour},
		"has not run a bit": {session.Session{}, 0},
	} {
		if got := c.s.Elapsed(now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var b strings.Builder
	for _, st := range session.Statuses() {
		parts := []time.Duration{0}
		if st == session.Running {
			parts = []time.Duration{0, 70, 71, 90, 91, 200}
		}
		for _, part := range parts {
			h, ok := session.Session{Status: st, MaxDuration: 100 * time.Second, Ran: part * time.Second}.Health(now)
			fmt.Fprintf(&b, "%s at %d %%: %.1f %v\n", st, part, h, ok)
		}
	}
	golden(t, "health.txt", b.String())
}

func TestATitleThatNobodySeesIsRefused(t *testing.T) {
	t.Parallel()
	for _, title := range []string{"\u200b", "\u2060 \ufeff", "\u3164", "\u2800", "\u00ad", "\u202e\u202c"} {
		s := good(func(s *session.Session) { s.Title, s.Tags = title, []string{title, "kept"} }).Clean()
		var f fault.Fields
		if err := s.Check(); !errors.As(err, &f) || f[0].Field != "title" {
			t.Errorf("%q: %v", title, err)
		}
		if len(s.Tags) != 1 || s.Tags[0] != "kept" {
			t.Errorf("%q as a tag: %q", title, s.Tags)
		}
	}
	if s := good(func(s *session.Session) { s.Title = " 🏳️‍🌈 " }).Clean(); s.Check() != nil || s.Title != "🏳️‍🌈" {
		t.Errorf("a visible title became %q: %v", s.Title, s.Check())
	}
}
