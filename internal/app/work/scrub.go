package work

import (
	"slices"

	appkernel "github.com/industrial-orchestrator/orchestrator/internal/app/kernel"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/event"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
)

// withoutSecrets returns a report without the server's own credentials, which an agent may have come across. The caller's report stays
// as it is.
func withoutSecrets(b session.Batch) session.Batch {
	b.Events = slices.Clone(b.Events)
	for i, e := range b.Events {
		b.Events[i] = eventWithoutSecrets(e)
	}
	b.Asks = slices.Clone(b.Asks)
	for i, ask := range b.Asks {
		b.Asks[i] = askWithoutSecrets(ask)
	}
	b.Parts = slices.Clone(b.Parts)
	for i, p := range b.Parts {
		b.Parts[i].Text = appkernel.RemoveOwnSecrets(p.Text)
	}
	b.Doing = appkernel.RemoveOwnSecrets(b.Doing)
	if b.Trouble != nil {
		why := *b.Trouble
		why.Message = appkernel.RemoveOwnSecrets(why.Message)
		b.Trouble = &why
	}
	return b
}

// eventWithoutSecrets replaces credentials in the encoded data: none has a character that JSON escapes.
func eventWithoutSecrets(e event.Event) event.Event {
	e.Data = jsonWithoutSecrets(e.Data)
	return e
}

func askWithoutSecrets(a session.Ask) session.Ask {
	a.Patterns, a.Always = listWithoutSecrets(a.Patterns), listWithoutSecrets(a.Always)
	a.Metadata, a.Questions = jsonWithoutSecrets(a.Metadata), jsonWithoutSecrets(a.Questions)
	return a
}

// checksWithoutSecrets returns results without the server's own credentials in what the commands printed.
func checksWithoutSecrets(results []repository.CheckResult) []repository.CheckResult {
	results = slices.Clone(results)
	for i, r := range results {
		results[i].Output = appkernel.RemoveOwnSecrets(r.Output)
	}
	return results
}

// filesWithoutSecrets returns changed files without the server's own credentials in what they add.
func filesWithoutSecrets(files []session.FileChange) []session.FileChange {
	files = slices.Clone(files)
	for i, f := range files {
		files[i].Patch = appkernel.RemoveOwnSecretsFromDiff(f.Patch)
	}
	return files
}

func listWithoutSecrets(list []string) []string {
	list = slices.Clone(list)
	for i, s := range list {
		list[i] = appkernel.RemoveOwnSecrets(s)
	}
	return list
}

func jsonWithoutSecrets(raw []byte) []byte {
	if raw == nil {
		return nil
	}
	return []byte(appkernel.RemoveOwnSecrets(string(raw)))
}
