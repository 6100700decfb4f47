package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/industrial-orchestrator/orchestrator/"

// nouns know words and rules; the order is downhill: each may import only what stands before it.
var nouns = []string{"internal/domain/text", "internal/domain/fault", "internal/domain/tenant", "internal/domain/audit", "internal/domain/user", "internal/domain/factor", "internal/domain/letter", "internal/domain/event", "internal/domain/usage", "internal/domain/quota", "internal/domain/apitoken",
	"internal/domain/provider", "internal/domain/repository", "internal/domain/session", "internal/domain/instance"}

// layer is one row of who may import whom. A pattern ends in /… for a package and all below it; "nouns" stands for all of them.
type layer struct {
	from     string
	may      []string
	never    []string // of the standard library and of modules
	whyNever string
}

var layers = []layer{
	{from: "internal/id", whyNever: "an id is made from randomness and time alone"},
	{from: "internal/clock", whyNever: "the time depends on nothing of ours"},
	{from: "internal/secret", never: []string{"net/http", "database/sql"}, whyNever: "sealing knows no table and no address"},
	{from: "internal/hub", may: []string{"nouns"}, never: []string{"net/http", "database/sql"}, whyNever: "a bell says that there is news, never what: the database says that"},
	{from: "internal/netguard", may: []string{"internal/domain/fault"}, never: []string{"database/sql"}, whyNever: "what may be dialled is the operator's decision, in no table"},
	{from: "internal/config", may: []string{"internal/netguard"}, never: []string{"net/http", "database/sql"}, whyNever: "settings are read and checked; who opens things is cmd"},
	{from: "internal/sandbox", never: []string{"database/sql", "net/http"}, whyNever: "a sandbox starts programs; it decides nothing and stores nothing"},
	{from: "internal/git", may: []string{"nouns", "internal/sandbox", "internal/netguard"}, never: []string{"database/sql"}, whyNever: "git works on trees; what they mean is a verb's business"},
	{from: "internal/git/sshtest", whyNever: "a host for tests knows nothing of ours"},
	{from: "internal/oidc", may: []string{"nouns"}, never: []string{"database/sql"}, whyNever: "a room that does I/O: it asks the identity provider and proves; whom that is here is a verb's business"},
	{from: "internal/scriptmodel", may: []string{"internal/domain/usage"}, never: []string{"database/sql"}, whyNever: "the scripted model is another program's stand-in and may know nothing of ours but the buckets it is held against"},
	{from: "internal/gateway", may: []string{"nouns", "internal/clock", "internal/id"}, never: []string{"database/sql"}, whyNever: "the gateway forwards and counts; what is admitted and kept goes through its Backend"},
	{from: "internal/egress", may: []string{"nouns", "internal/clock"}, never: []string{"database/sql"}, whyNever: "the proxy connects and counts; who may reach what is its Backend's business, what an address is the dialer's"},
	{from: "db/migrations", never: []string{"net/http"}, whyNever: "it is SQL files and nothing else"},
	{from: "db", may: []string{"nouns", "internal/clock", "internal/id", "db/migrations"}, never: []string{"net/http"}, whyNever: "rows become nouns; no rule and no address lives here"},
	{from: "internal/app", may: []string{"nouns", "db", "internal/hub", "internal/id", "internal/clock", "internal/secret"}, never: []string{"net/http", "database/sql"}, whyNever: "a verb checks, changes and rings; it knows neither web nor SQL"},
	{from: "internal/runner/opencode/wire", may: []string{"nouns"}, never: []string{"database/sql"}, whyNever: "what OpenCode and the server say to each other: requests, answers, events; it knows no process and no session"},
	{from: "internal/runner/opencode/proc", may: []string{"nouns", "internal/clock", "internal/id", "internal/runner/opencode/wire"}, never: []string{"net/http", "database/sql"}, whyNever: "it owns processes and hands on their events; what an event means is the turn's business"},
	{from: "internal/runner/opencode/turn", may: []string{"nouns", "internal/clock", "internal/runner", "internal/runner/opencode/proc", "internal/runner/opencode/wire"}, never: []string{"net/http", "database/sql"}, whyNever: "a turn asks through wire and reports through its sink"},
	{from: "internal/runner/opencode", may: []string{"nouns", "internal/runner", "internal/runner/opencode/…"}, never: []string{"net/http", "database/sql"}, whyNever: "the face of wire, proc and turn wires them and decides nothing"},
	{from: "internal/runner/…", may: []string{"nouns", "internal/runner/…", "internal/clock", "internal/id"}, never: []string{"database/sql"}, whyNever: "a runner reports; it has no database"},
	{from: "internal/engine/…", may: []string{"nouns", "internal/app", "internal/runner", "internal/clock", "internal/hub", "internal/id", "internal/git", "internal/sandbox", "internal/engine/…", "db"}, never: []string{"net/http", "database/sql"}, whyNever: "loops call verbs, like people do"},
	{from: "views/…", may: []string{"nouns", "views/…", "static", "internal/id"}, never: []string{"net/http", "database/sql", "github.com/gofiber/fiber/v2"}, whyNever: "a view shows; it never asks"},
	{from: "web/…", may: []string{"nouns", "internal/app", "internal/hub", "internal/id", "internal/clock", "views/…", "static", "web/…"}, never: []string{"database/sql"}, whyNever: "a handler asks a verb and answers; it never touches db"},
	{from: "internal/isolation", may: []string{"internal/domain/fault", "internal/domain/tenant", "internal/id"}, never: []string{"database/sql"}, whyNever: "it asks over HTTP only, as another team would"},
	{from: "internal/isolation/throwaway", may: []string{"nouns", "db", "internal/app", "internal/id", "internal/isolation"}, never: []string{"database/sql"}, whyNever: "it makes teams to be asked for, as the operator's commands do"},
	{from: "internal/texts", may: []string{"internal/domain/letter"}, never: []string{"database/sql"}, whyNever: "a text says what it is given"},
	{from: "internal/post", never: []string{"database/sql"}, whyNever: "the post carries what it is handed, to whom it is told"},
	{from: "static", whyNever: "files"},
}

func TestEveryPackageImportsOnlyWhatItsLayerMay(t *testing.T) {
	t.Parallel()
	for from, imports := range modulePackages(t) {
		l, ok := layerOf(from)
		if !ok {
			continue
		}
		for _, imported := range imports {
			if ours, is := strings.CutPrefix(imported, module); is && ours != from && !matchAny(l.may, ours) {
				t.Errorf("%s imports %s: %s", from, ours, l.whyNever)
			}
			if matchAny(l.never, imported) {
				t.Errorf("%s imports %s: %s", from, imported, l.whyNever)
			}
		}
	}
}

func TestEveryPackageHasALayer(t *testing.T) {
	t.Parallel()
	for from := range modulePackages(t) {
		if _, ok := layerOf(from); ok {
			continue
		}
		switch top, _, _ := strings.Cut(from, "/"); {
		case top == "cmd", top == "e2e", top == "bench", from == "db/dbtest", from == "internal/oidc/oidctest": // they wire, or test the whole
		default:
			t.Errorf("%s has no row in the table of layers", from)
		}
	}
}

// A row for what is not there holds nobody to anything, and hides that a package was renamed.
func TestEveryLayerNamesPackagesThatAreThere(t *testing.T) {
	t.Parallel()
	all := slices.Collect(maps.Keys(modulePackages(t)))
	named := slices.Clone(nouns)
	for _, l := range layers {
		named = append(append(named, l.from), l.may...)
	}
	for _, pattern := range named {
		if !slices.ContainsFunc(all, func(pkg string) bool { return match(pattern, pkg) }) {
			t.Errorf("the table of layers names %s, which does not exist", pattern)
		}
	}
}

// layerOf finds the row of a package; nouns have a row each, downhill.
func layerOf(pkg string) (layer, bool) {
	if i := slices.Index(nouns, pkg); i >= 0 {
		return layer{from: pkg, may: nouns[:i], never: []string{"net/http", "database/sql"}, whyNever: "a noun knows words and rules, and only the nouns below it"}, true
	}
	for _, l := range layers {
		if match(l.from, pkg) {
			return l, true
		}
	}
	return layer{}, false
}

func matchAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, pkg) })
}

func match(pattern, pkg string) bool {
	if pattern == "nouns" {
		return slices.Contains(nouns, pkg)
	}
	if below, ok := strings.CutSuffix(pattern, "/…"); ok {
		return pkg == below || strings.HasPrefix(pkg, below+"/")
	}
	return pattern == pkg
}

// modulePackages maps every package of the module, without the module's path, to what its non-test files import.
func modulePackages(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-e", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatalf("list packages: %v", err)
	}
	all := map[string][]string{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(path.Clean(p.ImportPath), module)] = p.Imports
	}
	if len(all) < 10 {
		t.Fatalf("only %d packages were found", len(all))
	}
	return all
}
