package words_test

import (
	"regexp"
	"strings"
)

// form is a way of writing that docs/words.md bans. The pattern is matched without regard to case.
type form struct{ pattern, instead, example string }

// banned lists the forms that can be matched reliably: what the field never says this way.
var banned = []form{
	// Figures.
	{`\b(\d+h)?\d+m\d+(\.\d+)?s\b`, `the duration in words: "5 minutes", "1 h 20 min"`, "Its 1h0m0s of running time are used."},
	{`\b\d+ %`, `the share without a space: "80%"`, "80 % of the budget"},
	{`(\d|%[a-z]) ?(kB|KB|MB|GB)\b`, `the size in KiB, MiB or GiB: "10.4 MiB"`, "The file has 10.4 MB."},
	{`\$\d+\.\d(\D|$)|\$\d{3,}([^\d.,]|$)|\$\d+ (a|an|per|of|in)\b`, `money with two decimals: "$12.00"`, "It costs $12 a month."},

	// Sentences.
	{`\bcannot be taken\b`, `what is wrong: "2 fields need attention"`, "2 fields cannot be taken as they are."},
	{`\bas (they are|it is)\b`, "what is kept or wrong", "The slug stays as it is."},
	{`\b(stands?|standing) (here|below|above|beside|in|there)\b`, `"is shown", "is listed", "is used in"`, "What to change stands below."},
	{`\bstands? still\b`, `"is paused"`, "The clock stands still until you answer."},
	{`\bas its people\b`, `"the name people see"`, "As its people call it"},
	{`\bfrom now on\b`, `"starting now", "future"`, "is where it is cloned from from now on"},
	{`\bfrom the next \w+( \w+)? on\b`, `"at the next run", "future calls"`, "A new price counts from the next call on."},
	{`\bcounts? (at once|from)\b`, `"takes effect immediately", "applies to"`, "It counts at once."},
	{`\bunder way\b`, `"in progress"`, "Held by calls under way"},
	{`\b(goes|go|went|going) on\b`, `"continues", "resumes"`, "A message goes on in the same conversation."},
	{`\b(is|are|was|were|be|been) (asked|told|taken as|said)\b`, `"is sent", "is requested", "is reported"`, "An admin is asked."},
	{`\bsays? whether\b`, `"shows whether", "reports whether"`, "The answer says whether it worked."},
	{`\bmeanwhile\b`, `"in the meantime"`, "The session is paused meanwhile."},
	{`\ba \w+ of its($|[^\w ]| (was|were|is|are|has|had)\b)`, `"one of its …"`, "a request of its was rejected"},
	{`\bleaves? every\b`, "what is deleted", "It leaves every list with its conversation."},
	{`\bforgotten\b`, `"is removed"`, "The stored key is forgotten with the old address."},
	{`\bsealed\b.*\bshown\b|\bnever shown\b`, `"stored encrypted"`, "Sealed and never shown again."},
	{`\bsays nothing\b`, `what is missing: "is hard to find later"`, `"test session" says nothing in a list of forty.`},
	{`\bsay the\b`, `"describe the", "enter the"`, "Say the outcome, in at most 200 characters."},
	{`\bcan be asked\b`, `"is available"`, "No model can be asked yet."},
	{`\bit has \d+ and \d+\b`, "what to enter", "an output limit between 1 and that; it has 0 and 0"},
	{`\b(has|is made of) (at least|at most|lower-case)\b`, `what to do: "Use at least 12 characters"`, "A password has at least 12 characters; this one has 5."},
	{`\bthe usual one\b`, `"the default"`, "Empty is the usual one of OpenAI."},
	{`\bnobody reaches\b`, `"is not available"`, "Nobody reaches the team then."},
	{`\bholds? from\b`, `"takes effect"`, "It holds from the next pass of retention on."},
	{`\bnever more than you may\b`, `"can't exceed your own permissions"`, "Never more than you may yourself."},
	{`\bwho decides\b`, "the role: an admin, a lead", "Who decides reads it."},
	{`\bis what is\b|\bwhat is (of|kept of)\b`, "the noun", "what is of the month"},
	{`\b(try|tries) (did|that|of)\b|, try \d`, `"attempt"`, "Too many tries did not match."},
	{`\btoo many tries\b`, `"too many failed attempts"`, "Too many tries."},
	{`\bit may what\b|\bmay what\b`, "the permissions", "It may what you may in that team."},
	{`\bis made\.`, `"created"`, "The team is made."},
	{`\bsets? (it|them)? ?up anew\b|\banew\b`, `"again"`, "Register it anew."},
	{`(^|[^.])\bdoubtful\b`, `"unverified"`, "200 doubtful"},
	{`\btruth of\b`, `"reconciliation"`, "Truth of cost"},
	{`\b(asks?|asked) for itself\b`, `"reloads"`, "what the person has open asks for itself again"},
	{`\bof forty\b|\bfour fifths\b`, `the figure: "80%"`, "four fifths of a limit"},
	{`\bword of\b|\bmay word\b`, `"customizable text"`, "What an operator may word."},
	{`\bneeds? (to be )?looked at\b|\bmust be looked at\b`, `"needs attention"`, "2 readings must be looked at"},
	{`\b(are|is) (not )?kept from\b|\bkeeps? \w+ apart\b`, `"is not protected", "is isolated"`, "Agents are not kept from: take all memory"},
	{`\ba bell\b|\bwakes? a\b`, `"starts early"`, "A bell may wake a job before its time."},
	{`\btakes? (it|them) back\b|\btaken back\b`, `"undo", "is withdrawn"`, "A version is never changed or taken back."},
	{`\bafter patience\b`, `"after an idle delay"`, "told its last message again after patience"},
	{`\bsuccessfully\b|\bplease\b|[a-z]!($|[" <])`, "it without courtesy", "Saved successfully"},
}

// literal are whole phrases that pages, e-mails, commands and errors once had; none of them may come back. docs/words.md has the rules
// that they broke.
var literal = []string{
	"to change stands below", "this one has", "stands in addresses", "is made of lower-case letters", "as its people call it", "nothing works now", "ok, 0 partial",
	"held by calls", "forecast of the month's end", "no model can be asked", "a lead adds one", "say the outcome", "an empty tree",
	"says nothing in a list", "that is asked for it", "begins its models' names", "empty is the usual one", "sealed and never shown", "empty prices cost nothing",
	"needs a context of at least", "asks the first model for one word", "it costs what one word costs", "the stored key is forgotten", "the stored credential is forgotten",
	"a new price counts", "fetch what is new", "changes nothing about its sessions", "let it count", "clock stands still", "always would allow",
	"the question stays", "goes on in the same conversation", "go on in the same conversation", "add to what it is told", "steer the next step",
	"was ended cleanly", "resume goes on in it", "the model is asked again", "leave it unanswered", "leaves every list", "has said nothing of its usage", "truth of cost",
	"who decides reads it", "go on by themselves", "it counts at once", "asks for itself again", "you need the role lead", "a browser left open is not enough",
	"never more than you may", "signing in takes your password", "are not kept from", "a bell may wake", "are of the one that answered", "take a person every right",
	"what an operator may word", "what people sign in with beside", "a request of its was rejected", "is paused meanwhile", "too many tries", "holds from the next pass",
	"an admin of this instance is asked", "the answer stands here", "of running time are used", "from now on", "after patience", "not kept from:",
}

// finding is a banned form as it was found.
type finding struct{ found, instead string }

var patterns = compiled()

func compiled() []*regexp.Regexp {
	var all []*regexp.Regexp
	for _, b := range banned {
		all = append(all, regexp.MustCompile("(?i)"+b.pattern))
	}
	return all
}

func bannedIn(says string) (all []finding) {
	says = strings.ReplaceAll(says, "Resume as it is", "Resume") // the name of a button, in docs/words.md
	for i, p := range patterns {
		if found := p.FindString(says); found != "" {
			all = append(all, finding{found, banned[i].instead})
		}
	}
	for _, phrase := range literal {
		if strings.Contains(strings.ToLower(says), phrase) {
			all = append(all, finding{phrase, "what docs/words.md says"})
		}
	}
	return all
}
