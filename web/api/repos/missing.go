package repos

import (
	"github.com/industrial-orchestrator/orchestrator/internal/domain/repository"
	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// Missing lists the parts of a commit that the server does not fetch.
type Missing struct {
	Submodules     []string `json:"submodules" doc:"The first 50 submodules. Their directories are empty."`
	SubmoduleCount int      `json:"submodule_count"`
	LFSFiles       []string `json:"lfs_files" doc:"The first 50 files stored with Git LFS. The tree has a pointer instead of their content."`
	LFSCount       int      `json:"lfs_file_count"`
}

// MissingBody is the API's form of g.
func MissingBody(g repository.Gaps) Missing {
	return Missing{Submodules: apikit.Texts(g.Submodules), SubmoduleCount: g.SubmoduleCount, LFSFiles: apikit.Texts(g.LFSFiles), LFSCount: g.LFSCount}
}
