package loop

import "time"

// Place is where something was observed: a session, and the conversation of its agent or of one of its sub-agents.
type Place struct {
	Session, Conversation string
	At                    time.Time
}

// Answer is a finished model call.
type Answer struct {
	Place
	ID     string
	Text   string
	Tools  []string // each tool call of the answer with its arguments
	Title  bool     // made for a title: it counts in the minute only
	Status int      // HTTP status; an answer that failed counts in the minute only
	Tokens int64    // weighted
	Cost   int64    // micro-dollars
}

// Call is a tool call that has ended.
type Call struct {
	Place
	ID       string
	Seq      int64 // number of its event; 0 if it is not known
	Tool     string
	Args     string // JSON
	Result   string // output, or the error of a failed one
	Failed   bool
	Duration time.Duration
	Moved    bool // it changed a file
}

// Compaction is the summary that replaced a conversation which had become too long.
type Compaction struct {
	Place
	ID  string
	Seq int64
}
