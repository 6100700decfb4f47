package repository

import (
	"fmt"
	"time"
)

// MaxNamed is how many branches, submodules or files an Inspection names.
const MaxNamed = 50

// Inspection is what a clone contained after a fetch. The zero Inspection means that nothing was fetched yet.
type Inspection struct {
	// Branches are the names of branches, most recent first: at most MaxNamed of BranchCount.
	Branches    []string `json:"branches,omitempty"`
	BranchCount int      `json:"branch_count,omitempty"`
	// Default is the default branch at that time. HasDefault is true if sessions can start from it.
	Default    string `json:"default,omitempty"`
	HasDefault bool   `json:"has_default,omitempty"`
	// Shallow is true if the source has only a part of its history, so that some or all of its branches could not be fetched.
	Shallow bool `json:"shallow,omitempty"`
	// Gaps are what the default branch lacks.
	Gaps Gaps      `json:"gaps,omitzero"`
	At   time.Time `json:"at,omitzero"`
}

// Problem is why no session can start from the default branch, as a sentence that names the branches there are; empty if one can.
func (i Inspection) Problem() string {
	switch branch := i.Default; {
	case i.HasDefault:
		return ""
	case i.Shallow && i.BranchCount == 0:
		return "The source is a shallow clone, which has only a part of its history, so nothing could be fetched. Run git fetch --unshallow in the source."
	case i.BranchCount == 0:
		return "The repository has no commits yet. Push a first commit to it."
	case i.Shallow:
		return fmt.Sprintf("The branch %q could not be fetched, because the source is a shallow clone. Run git fetch --unshallow in the source. %s", branch, i.Existing())
	}
	return fmt.Sprintf("The repository has no branch %q. %s", i.Default, i.Existing())
}

// Existing is a sentence with the names of the most recent branches.
func (i Inspection) Existing() string {
	const most = 10
	if i.BranchCount == 0 {
		return "It has no branches yet."
	}
	names := i.Branches[:min(len(i.Branches), most)]
	return "It has " + list(names, i.BranchCount-len(names)) + "."
}

// Notes are sentences about what sessions will miss although they can start.
func (i Inspection) Notes() []string {
	notes := i.Gaps.Sentences()
	if i.Shallow && i.HasDefault {
		notes = append(notes, "The source is a shallow clone, so some of its branches could not be fetched. Run git fetch --unshallow in the source.")
	}
	return notes
}
