package app_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	appagents "github.com/industrial-orchestrator/orchestrator/internal/app/agents"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/agent"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// unzipped maps the names of an archive to what they hold.
func unzipped(t *testing.T, b []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	ok(t, err)
	all := map[string]string{}
	for _, f := range r.File {
		o, err := f.Open()
		ok(t, err)
		text, err := io.ReadAll(o)
		ok(t, err)
		all[f.Name] = string(text)
	}
	return all
}

func TestAnExportHoldsTheTeamWithoutSecrets(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx := t.Context()
		providers, err := h.app.Models.Providers(ctx, h.lead)
		ok(t, err)
		ok(t, h.app.Models.SetProviderKey(ctx, h.lead, providers[0].ID, canary))
		s, other := h.at(session.Completed), h.stranger
		ok(t, h.app.Work.GiveFeedback(ctx, h.member, s.ID, 1, "Just what I wanted."))
		helper, err := h.app.Agents.CreateAgent(ctx, h.lead, "Helper", agent.Spec{Type: "analyst", Prompt: "Analyse."}, "The first one.")
		ok(t, err)
		prompt := "Analyse more."
		_, err = h.app.Agents.EditAgent(ctx, h.lead, helper.ID, appagents.Edit{Change: func(s *agent.Spec) { s.Prompt = prompt }})
		ok(t, err)
		_, err = h.app.Work.CreateSession(ctx, other, wanted(), false)
		ok(t, err)
		link, _, err := h.app.People.Invite(ctx, h.lead, "new@example.org", tenant.Member)
		ok(t, err)
		_, err = h.app.Console.ExportTeam(ctx, h.member)
		refused(t, "a member", err, fault.Forbidden)
		_, err = h.app.Console.ExportTeam(ctx, h.admin)
		refused(t, "an admin outside", err, fault.Forbidden)
		write, err := h.app.Console.ExportTeam(ctx, h.inside())
		ok(t, err)
		var b bytes.Buffer
		ok(t, write(ctx, &b))
		files := unzipped(t, b.Bytes())
		of, dir := "agents/"+string(helper.ID)+"/", "sessions/"+string(s.ID)+"/"
		for name, holds := range map[string]string{"team.json": `"slug": "alpha"`, "members.json": string(h.member.User), "providers.json": `"base_url"`, "repositories.json": "[",
			"invitations.json": "new@example.org", "tokens.json": "[", "usage.json": "[", "budget_requests.json": "[", "audit.jsonl": `"verb":"enter_team"`,
			dir + "session.json": `"prompt": "Do it."`, dir + "messages.json": "[", dir + "checkpoints.json": "[", dir + "events.jsonl": `"session.created"`, dir + "outcomes.json": "[", dir + "pull_requests.json": "", "merge_queues.json": "",
			dir + "feedback.json": `"note": "Just what I wanted."`, of + "agent.json": `"name": "Helper"`, of + "versions.json": `"changelog": "The first one."`, of + "results.json": "["} {
			if !strings.Contains(files[name], holds) {
				t.Errorf("%s does not hold %s: %.300s", name, holds, files[name])
			}
		}
		if len(files) != 20 {
			t.Errorf("it holds %d files", len(files))
		}
		for name, text := range files {
			for _, secret := range []string{canary, "sk-", link, "hash", "v1:"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s holds %q", name, secret)
				}
			}
		}
	})
}
