package work

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/session"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
	apirepos "github.com/industrial-orchestrator/orchestrator/web/api/repos"
)

// Diff is what a session changed since its base commit, at the end of its last turn.
type Diff struct {
	Files   []File           `json:"files"`
	Missing apirepos.Missing `json:"missing" doc:"What the session's working tree lacks of its base commit."`
}

// File is one changed file.
type File struct {
	Path      string `json:"path"`
	OldPath   string `json:"old_path" doc:"The previous path of a renamed file; otherwise empty."`
	Status    string `json:"status" enum:"added,modified,deleted,renamed"`
	Additions int    `json:"additions"`
	Deletions int    `json:"deletions"`
	Binary    bool   `json:"binary"`
	Patch     string `json:"patch" doc:"A unified diff; empty for a binary file, and for a file with omitted that has none."`
	Omitted   string `json:"omitted" enum:",long_diff,too_large,patch_too_large,submodule,invalid_name,unreadable" doc:"Why changes of this file are missing; empty if they are complete. With long_diff, only this response lacks them; with any other value, the session's patch lacks them too."`
	Reason    string `json:"omitted_reason" doc:"omitted in words; empty if the changes are complete."`
}

// Check is the result of one check command.
type Check struct {
	Command    string      `json:"command"`
	Verdict    string      `json:"verdict" enum:"passed,failed,timed_out,not_run"`
	Passed     bool        `json:"passed"`
	Exit       *int        `json:"exit" doc:"The exit code; null if the command did not end by itself."`
	Output     string      `json:"output"`
	Truncated  bool        `json:"truncated" doc:"Whether output is incomplete."`
	DurationMS int64       `json:"duration_ms"`
	Attempt    int         `json:"attempt"`
	FinishedAt apikit.Time `json:"finished_at"`
}

func (a *Operations) changeRoutes() {
	tags := []string{"Sessions"}
	apikit.Add(a.kit, tenant.ReadSessions, huma.Operation{OperationID: "get-diff", Method: http.MethodGet, Path: "/sessions/{id}/diff", Tags: tags,
		Summary: "Get the diff", Description: "The files that the session has changed, as of the end of its last turn."}, a.readDiff)
	a.kit.AddPlain(tenant.ReadSessions, huma.Operation{OperationID: "get-patch", Method: http.MethodGet, Path: "/sessions/{id}/patch", Tags: tags, Errors: []int{http.StatusConflict},
		Parameters: []*huma.Param{idParam, attemptParam}, Responses: map[string]*huma.Response{"200": {Description: "A patch for `git apply`.", Content: map[string]*huma.MediaType{"text/x-diff": {Schema: &huma.Schema{Type: huma.TypeString}}}}},
		Summary: "Get the diff as a patch", Description: "The diff as text for `git apply`. Returns 409 before the end of the first turn. The header `X-Truncated: true` means that the patch lacks changes. Comments at its head and the field `omitted` of the diff name the files."}, a.sendPatch)
	apikit.Add(a.kit, tenant.ReadSessions, huma.Operation{OperationID: "list-checks", Method: http.MethodGet, Path: "/sessions/{id}/checks", Tags: tags,
		Summary: "List the results of the checks", Description: "The results of the repository's check commands in the session's working tree."}, a.listChecks)
}

func (a *Operations) readDiff(ctx context.Context, by tenant.Actor, in *apikit.ByID) (*apikit.Answer[Diff], error) {
	fs, err := a.work.Files(ctx, by, session.ID(in.ID))
	if err != nil {
		return nil, err
	}
	gaps, err := a.work.Gaps(ctx, by, session.ID(in.ID))
	return apikit.NewAnswer(Diff{Missing: apirepos.MissingBody(gaps), Files: apikit.MapItems(fs, fileBody)}), err
}

func fileBody(f session.FileChange) File {
	return File{f.Path, f.OldPath, f.Status, f.Additions, f.Deletions, f.Binary, f.Patch, string(f.Omitted), f.Omitted.Cause()}
}

func (a *Operations) sendPatch(c *fiber.Ctx) error {
	id := session.ID(c.Params("id"))
	p, err := a.work.Patch(c.UserContext(), apikit.VisitOf(c).Actor, id, attemptIn(c))
	if err != nil {
		return err
	}
	if p.TakenAt.IsZero() {
		return fault.New(fault.Conflict, "There is no diff yet. It is created when a turn ends.")
	}
	c.Set(fiber.HeaderContentType, "text/x-diff; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="%s.patch"`, strings.ToLower(string(id))))
	c.Set("X-Truncated", fmt.Sprint(p.Truncated))
	return c.Send(p.Text)
}

// attemptIn reads the number of an attempt from the query; anything else is 0, which means the last one.
func attemptIn(c *fiber.Ctx) int {
	n, _ := strconv.ParseInt(c.Query("attempt"), 10, 32)
	return int(max(n, 0))
}

func (a *Operations) listChecks(ctx context.Context, by tenant.Actor, in *struct {
	apikit.ByID
	Attempt int32 `query:"attempt" minimum:"0" doc:"The number of an attempt; by default the last one that has results."`
}) (*apikit.Answer[apikit.List[Check]], error) {
	cs, err := a.work.Checks(ctx, by, session.ID(in.ID), int(in.Attempt))
	return apikit.NewAnswer(apikit.NewList(apikit.MapItems(cs, checkBody))), err
}

func checkBody(r repository.CheckResult) Check {
	c := Check{Command: r.Command, Verdict: string(r.Verdict), Passed: r.Verdict == repository.Passed, Output: r.Output, Truncated: r.Truncated,
		DurationMS: r.Duration.Milliseconds(), Attempt: r.Attempt, FinishedAt: apikit.NewTime(r.FinishedAt)}
	if r.Verdict == repository.Passed || r.Verdict == repository.Broken {
		c.Exit = &r.ExitCode
	}
	return c
}
