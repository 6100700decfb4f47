package scriptmodel

import (
	"fmt"
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
