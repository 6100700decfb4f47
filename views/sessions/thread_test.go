package sessions_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/views/sessions"
)

func tool(message, part, status, input string) event.Event {
	t := event.Tool{MessageID: message, PartID: part, Tool: "bash", Status: status}
	if input != "" {
		t.Input = []byte(input)
	}
	return event.New(event.AgentTool, event.Actor{Kind: "agent"}, t)
}

func text(message, part, words string) event.Event {
	return event.New(event.AgentMessage, event.Actor{Kind: "agent"}, event.Text{MessageID: message, PartID: part, Text: words})
}

func ask(status, reply string, by event.Actor) event.Event {
	return event.New(event.AgentPermission, by, event.Ask{AskID: "a1", Status: status, Reply: reply, Patterns: []string{"make"}})
}

// story is a log whose parts end in another order than they began in, with an ask between them.
func story() []event.Event {
	ada := event.Actor{Kind: "user", Name: "Ada"}
	events := []event.Event{
		text("m1", "p1", "First."), tool("m2", "p3", "pending", "{}"), tool("m2", "p3", "running", `{"command":"make"}`), ask("asked", "", event.Actor{Kind: "agent"}),
		event.New(event.AgentTodo, event.Actor{Kind: "agent"}, event.Todo{Items: []event.TodoItem{{Content: "Look", Status: "completed"}}}),
		text("m2", "p2", "I run it."), tool("m2", "p4", "running", `{"command":"ls"}`), ask("replied", "once", ada), tool("m2", "p3", "completed", ""), text("m3", "p5", "Done."),
	}
	for i := range events {
		events[i].Seq = int64(i + 1)
	}
	return events
}

func keys(items []sessions.Item) (keys []string) {
	for _, it := range items {
		keys = append(keys, it.Key)
	}
	return keys
}

func TestPartsStandInTheOrderOfTheirMessage(t *testing.T) {
	t.Parallel()
	items := sessions.Fold(story())
	want := []string{"part-p1", "part-p2", "tool-p3", "ask-a1", "event-5", "tool-p4", "part-p5"}
	if got := keys(items); !slices.Equal(got, want) {
		t.Errorf("the conversation is %v, want %v", got, want)
	}
	if got := string(items[2].Tool.Input); got != `{"command":"make"}` {
		t.Errorf("the end of a call lost its input: %s", got)
	}
	if got := items[3].Actor.Name; got != "Ada" {
		t.Errorf("the ask was answered by %q", got)
	}
}

// A stream that takes up a log anywhere shows what the whole log gives.
func TestAThreadShowsWhatFoldDoes(t *testing.T) {
	t.Parallel()
	events := story()
	for from := range events {
		var thread sessions.Thread
		page := sessions.Fold(events[:from])
		for _, e := range events[:from] {
			thread.Add(e)
		}
		for _, e := range events[from:] {
			it, again := thread.Add(e)
			page = put(page, it, again)
		}
		if diff := cmp.Diff(sessions.Fold(events), page); diff != "" {
			t.Errorf("from event %d on (-fold +thread):\n%s", from+1, diff)
		}
	}
}

// put does to a list of items what a page does with a streamed one.
func put(page []sessions.Item, it sessions.Item, again bool) []sessions.Item {
	at := func(key string) int { return slices.Index(keys(page), key) }
	switch {
	case it.Key == "":
	case again:
		page[at(it.Key)] = it
	case it.Before != "":
		page = slices.Insert(page, at(it.Before), it)
	default:
		page = append(page, it)
	}
	return page
}

// A call that asks is one entry: it waits, and afterwards it tells its result and who allowed it.
func TestAnAskIsShownAtItsCall(t *testing.T) {
	t.Parallel()
	agent, ada := event.Actor{Kind: "agent"}, event.Actor{Kind: "user", Name: "Ada"}
	call := func(part, id, status string) event.Event {
		exit := 0
		v := event.Tool{MessageID: "m1", PartID: part, CallID: id, Tool: "bash", Status: status, Input: []byte(`{"command":"make && rm x"}`)}
		if status == "completed" {
			v.Exit, v.Input = &exit, nil
		}
		return event.New(event.AgentTool, agent, v)
	}
	asked := func(ask, id string) event.Event {
		return event.New(event.AgentPermission, agent, event.Ask{AskID: ask, CallID: id, Status: "asked", Permission: "bash", Patterns: []string{"make", "rm x"}})
	}
	replied := event.New(event.AgentPermission, ada, event.Ask{AskID: "a1", Status: "replied", Reply: "once"})
	events := []event.Event{call("p1", "c1", "running"), asked("a1", "c1"), replied, call("p1", "c1", "completed"), call("p2", "c1", "running"), asked("a2", "c1"), asked("a3", "c9")}
	for n, want := range map[int][]string{2: {"waiting for an answer"}, 3: {"running, allowed once by Ada"}, 4: {"exit 0, allowed once by Ada"},
		6: {"exit 0, allowed once by Ada", "waiting for an answer"}, 7: {"exit 0, allowed once by Ada", "waiting for an answer", "waiting for an answer"}} {
		var got []string
		for _, it := range sessions.Fold(events[:n]) {
			var b strings.Builder
			if err := sessions.ItemView(it, sessions.Place{Base: "/t/a/sessions/1"}).Render(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			_, fact, _ := strings.Cut(b.String(), `<span class="fact`)
			_, fact, _ = strings.Cut(fact, ">")
			fact, _, _ = strings.Cut(fact, "<")
			got = append(got, strings.TrimSpace(fact))
			if !strings.Contains(b.String(), "make") {
				t.Errorf("after %d events an entry does not tell its command: %s", n, b.String())
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after %d events:\n%s", n, diff)
		}
	}
}
