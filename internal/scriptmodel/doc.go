// Package scriptmodel is a model server that plays scripts: for tests, the end-to-end suite and --demo.
//
// It speaks OpenAI's chat completions and responses and Anthropic's messages, streamed and whole.
// The script travels in the prompt, so that a session needs no other channel to it: the last user message that
// holds "SCRIPT:" and a JSON array of turns rules the conversation, and the turn played is the number of
// assistant messages after it. So each call of an agent's loop plays the next turn.
//
//	Do it. SCRIPT:[{"tools":[{"name":"bash","args":{"command":"ls"}}]},{"text":"done"}]
//
// A later user message without a script ends it; without a script the answer is "ok: " and the prompt. Title and
// compaction requests get fixed answers. The same request gets the same bytes, but for the turns told to fail a
// number of times. Every request is kept with the usage that was sent for it, so that a meter can be held
// against it to the token. A turn may wait at a gate, so that tests wait for signals and never for time:
//
//	POST /gate/{name}/open  opens a gate for good
//	GET  /gate/{name}       answers once a turn has reached it
//	GET  /requests          every request served so far
//	GET  /totals?session=   the usage sent, of all sessions or of one
package scriptmodel
