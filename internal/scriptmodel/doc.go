// Package scriptmodel is a model server that plays scripts, for tests, the end-to-end suite and --demo.
//
// It implements OpenAI's chat completions and responses and Anthropic's messages, with and without streaming.
// The script is part of the prompt, so that a session needs no other channel. The last user message that contains "SCRIPT:" and a
// JSON array of turns determines the responses. The number of assistant messages after it selects the turn, so that each call of an
// agent's loop plays the next turn.
//
//	Do it. SCRIPT:[{"tools":[{"name":"bash","args":{"command":"ls"}}]},{"text":"done"}]
//
// A later user message without a script ends it. Without a script the response is "ok: " and the prompt. Title and compaction
// requests get fixed responses. The same request gets the same bytes, except for turns that fail a number of times. Every request
// is recorded with the reported usage, so that tests can compare a meter with it exactly. A turn can wait at a gate, so that tests
// wait for signals and never for time:
//
//	POST /gate/{name}/open  opens a gate permanently
//	GET  /gate/{name}       responds when a turn has reached the gate
//	GET  /requests          all requests so far
//	GET  /totals?session=   the reported usage of all sessions or of one
package scriptmodel
