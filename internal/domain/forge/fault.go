package forge

import (
	"strings"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
)

// sentences say what each reason means and what helps; %s is the forge's host.
var sentences = map[Reason]struct {
	kind fault.Kind
	text string
}{
	BadToken:      {fault.Invalid, "%s does not accept the token. A lead can store another one on the repository's page."},
	Forbidden:     {fault.Forbidden, "The token is not allowed to do this on %s. It requires read and write access to the project's code and pull requests."},
	Missing:       {fault.Invalid, "%s has no such project or branch, or the token has no access to it. Check the project and the token on the repository's page."},
	Exists:        {fault.Conflict, "%s already has a pull request of this branch. Choose another branch name."},
	NothingNew:    {fault.Conflict, "The branch has no commit that the target branch on %s does not have. Choose another target branch."},
	Invalid:       {fault.Invalid, "%s refused a value. Change the branch names, the title or the description."},
	Limited:       {fault.Unavailable, "%s accepts no more requests with this token for now. Try again in a few minutes."},
	HeadMoved:     {fault.Conflict, "The branch on %s has other commits than this page shows. Reload the page and check them before you merge."},
	Later:         {fault.Unavailable, "%s has not computed yet whether it can merge. Try again in a minute."},
	Clash:         {fault.Conflict, "The branch conflicts with its target branch on %s. Send the agent a message to merge the target branch, then push again."},
	NeedsChecks:   {fault.Conflict, "%s merges only after its required checks have passed."},
	NeedsReviews:  {fault.Conflict, "%s merges only after its required reviews."},
	IsDraft:       {fault.Conflict, "The pull request is a draft on %s. Mark it as ready for review first."},
	AlreadyMerged: {fault.Conflict, "The pull request is merged on %s already."},
	NotOpen:       {fault.Conflict, "The pull request is closed on %s."},
	NotAllowed:    {fault.Conflict, "A rule of the project on %s prevents this."},
	Unreachable:   {fault.Unavailable, "The server could not connect to %s."},
	TimedOut:      {fault.Unavailable, "%s did not answer in time. Try again: nothing is created twice."},
	Redirected:    {fault.Invalid, "The API on %s has another address. A lead can change the API URL on the repository's page."},
	Broken:        {fault.Unavailable, "The answer of %s is not that of its API. Check the kind of forge and the API URL on the repository's page."},
}

// Fault is a refusal as people read it: what happened and what helps, then the forge's own text. Other errors are returned unchanged.
func Fault(err error, host string) error {
	reason := ReasonOf(err)
	s, ok := sentences[reason]
	if !ok {
		return err
	}
	f := fault.New(s.kind, s.text, host)
	if text := TextOf(err); text != "" {
		f = fault.New(s.kind, s.text+" It reported: %s", host, text)
	}
	return f.Because(err)
}

// Sentence is what Fault says without the forge's own text, which TextOf returns.
func Sentence(err error) string {
	return strings.TrimSuffix(err.Error(), " It reported: "+TextOf(err))
}
