package session

import "strconv"

// The sizes above which the changes of a session are not stored.
const (
	// LargeFile is the size of a file that is only listed.
	LargeFile = 5 << 20
	// LargePatch is the size of a patch that is replaced by a comment.
	LargePatch = 64 << 20
)

// FileChange is one file of a session's diff against its base commit. Status is added, modified, deleted or renamed.
type FileChange struct {
	Path, OldPath        string
	Status               string
	Additions, Deletions int
	Binary               bool
	// Patch is the file's own diff; empty for a binary file.
	Patch string
	// Omitted is why a part of the file's changes is missing; empty if nothing is missing.
	Omitted Omission
}

// Omission is why a file's changes are missing from its diff or from the session's patch.
type Omission string

// The omissions. With LongDiff, the patch has the changes; with all others it lacks them.
const (
	LongDiff      Omission = "long_diff"       // the file's own diff is too long for pages and the API
	TooLarge      Omission = "too_large"       // the file is larger than LargeFile
	PatchTooLarge Omission = "patch_too_large" // the patch of all files is larger than LargePatch
	InSubmodule   Omission = "submodule"       // files in the directory of a submodule
	InvalidName   Omission = "invalid_name"    // git stores no file with this name
	Unreadable    Omission = "unreadable"      // the file's mode does not let the server read it
)

// Omissions lists every omission.
func Omissions() []Omission {
	return []Omission{LongDiff, TooLarge, PatchTooLarge, InSubmodule, InvalidName, Unreadable}
}

// InPatch reports whether the session's patch has the file's changes.
func (o Omission) InPatch() bool { return o == "" || o == LongDiff }

// Cause is the reason as a clause that completes "Not in the patch: …" or, for LongDiff, "Not shown: …".
func (o Omission) Cause() string {
	switch o {
	case LongDiff:
		return "the diff of this file is too long"
	case TooLarge:
		return "the file is larger than " + strconv.Itoa(LargeFile>>20) + " MiB"
	case PatchTooLarge:
		return "the patch of all changes is larger than " + strconv.Itoa(LargePatch>>20) + " MiB"
	case InSubmodule:
		return "these files are in a submodule, which is a repository of its own"
	case InvalidName:
		return "git does not allow this file name"
	case Unreadable:
		return "the file's mode does not allow reading it"
	}
	return ""
}
