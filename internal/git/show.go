package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
)

// namespace is the git namespace of what people can fetch from the server. Everything else in the bare clone stays hidden.
const (
	namespace = "out"
	outRefs   = "refs/namespaces/" + namespace + "/"
	shownRefs = outRefs + "refs/heads/"
)

// Show makes a branch of origin and branches of sessions, and nothing else, visible to those who fetch from the bare clone. Branches that
// do not exist are left out.
func (g *Git) Show(ctx context.Context, bare, base string, branches []string) error {
	defer g.lock(bare + "#" + namespace)()
	refs, err := g.refs(ctx, bare, "refs/heads/", "refs/remotes/origin/"+base, outRefs)
	if err != nil {
		return err
	}
	want := map[string]string{}
	for _, b := range branches {
		if commit := refs["refs/heads/"+b]; commit != "" {
			want[shownRefs+b] = commit
		}
	}
	if commit := refs["refs/remotes/origin/"+base]; commit != "" && !contains(want, shownRefs+base+"/") {
		want[shownRefs+base] = commit
	}
	var changes bytes.Buffer
	for ref := range refs {
		if strings.HasPrefix(ref, outRefs) && ref != outRefs+"HEAD" && want[ref] == "" {
			fmt.Fprintf(&changes, "delete %s\n", ref)
		}
	}
	for ref, commit := range want {
		if refs[ref] != commit {
			fmt.Fprintf(&changes, "update %s %s\n", ref, commit)
		}
	}
	if changes.Len() == 0 {
		return nil
	}
	if _, err := g.run(ctx, call{args: []string{"--git-dir=" + bare, "symbolic-ref", outRefs + "HEAD", shownRefs + base}, writes: []string{bare}}); err != nil {
		return err
	}
	_, err = g.run(ctx, call{args: []string{"--git-dir=" + bare, "update-ref", "--no-deref", "--stdin"}, stdin: &changes, writes: []string{bare}})
	return err
}

// contains reports whether a name begins with prefix.
func contains(refs map[string]string, prefix string) bool {
	for ref := range refs {
		if strings.HasPrefix(ref, prefix) {
			return true
		}
	}
	return false
}

// refs returns the objects of the refs below patterns, or of the refs with these names.
func (g *Git) refs(ctx context.Context, dir string, patterns ...string) (map[string]string, error) {
	all := map[string]string{}
	out := records{end: '\n', each: func(line []byte) error {
		if object, ref, ok := strings.Cut(string(line), " "); ok {
			all[ref] = object
		}
		return nil
	}}
	args := append([]string{"--git-dir=" + dir, "for-each-ref", "--format=%(objectname) %(refname)"}, patterns...)
	_, err := g.run(ctx, call{args: args, stdout: &out})
	return all, err
}

// ErrNotShown means that a client wants an object that it cannot see, or that does not exist.
var ErrNotShown = errors.New("not our ref")

// checkWants returns ErrNotShown unless every object is a commit that a visible branch contains. Hidden refs only hide names: git itself
// would send any object whose ID a client knows.
func (g *Git) checkWants(ctx context.Context, bare string, wants []string) error {
	if len(wants) == 0 {
		return nil
	}
	list := strings.Join(wants, "\n") + "\n"
	out, err := g.run(ctx, call{args: []string{"--git-dir=" + bare, "cat-file", "--batch-check=%(objecttype)"}, stdin: strings.NewReader(list)})
	if err != nil {
		return err
	}
	if types := strings.Fields(string(out)); len(types) != len(wants) || strings.Count(string(out), "commit\n") != len(wants) {
		return ErrNotShown
	}
	refs, err := g.refs(ctx, bare, shownRefs)
	if err != nil {
		return err
	}
	for _, commit := range refs {
		list += "^" + commit + "\n"
	}
	out, err = g.run(ctx, call{args: []string{"--git-dir=" + bare, "rev-list", "--max-count=1", "--stdin"}, stdin: strings.NewReader(list)})
	if err == nil && len(out) > 0 {
		return ErrNotShown
	}
	return err
}
