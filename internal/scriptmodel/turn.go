package scriptmodel

import (
	"fmt"
	"strconv"
	"strings"
)

// turn returns the response for c, and a name for counting the failures of the turn.
func (c conversation) turn() (Turn, string, error) {
	switch {
	case strings.Contains(c.system, "title generator"):
		return Turn{Text: "Scripted session title"}, "title", nil
	case strings.Contains(c.system, "context summarization agent"):
		return Turn{Text: "## Objective\n- scripted summary"}, "compaction", nil
	}
	turns, at, err := c.script()
	if err != nil {
		return Turn{}, "", err
	}
	if at < 0 {
		return Turn{Text: "ok: " + shorten(c.lastPrompt())}, "echo", nil
	}
	step := c.answersAfter(at)
	name := fmt.Sprintf("%s/%d", c.messages[at].text, step)
	if n := len(turns); n > 0 && step >= n && turns[n-1].Forever {
		return turns[n-1], name, nil
	}
	if step >= len(turns) {
		return Turn{Text: "(script ended)"}, name, nil
	}
	return turns[step], name, nil
}

// script finds the active script and the message that contains it; at is -1 if there is none.
func (c conversation) script() (turns []Turn, at int, err error) {
	at = -1
	for i, m := range c.messages {
		if m.role != "user" {
			continue
		}
		text := m.text
		if known, ok := c.known[strings.TrimSpace(text)]; ok {
			text = marker + known
		}
		found, has, err := parseScript(text)
		switch {
		case err != nil:
			return nil, -1, err
		case has:
			turns, at = found, i
		case strings.TrimSpace(m.text) != "":
			turns, at = nil, -1
		}
	}
	return turns, at, nil
}

func (c conversation) answersAfter(at int) (n int) {
	for _, m := range c.messages[at+1:] {
		if m.role == "assistant" {
			n++
		}
	}
	return n
}

func (c conversation) lastPrompt() (last string) {
	for _, m := range c.messages {
		if m.role == "user" && strings.TrimSpace(m.text) != "" {
			last = m.text
		}
	}
	return strings.TrimSpace(last)
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60])
	}
	return s
}

// promptOf is the usage of a turn. A model called reports-20000 reports 20,000 prompt tokens for every call, whatever the script says: it
// stands for a context that was configured too small.
func promptOf(model string, u *Usage) *Usage {
	digits, found := strings.CutPrefix(model, "reports-")
	n, err := strconv.ParseInt(digits, 10, 64)
	if !found || err != nil {
		return u
	}
	return &Usage{Prompt: n, Completion: 50}
}
