package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
var nouns = []string{"internal/domain/text", "internal/domain/fault", "internal/domain/tenant", "internal/domain/audit", "internal/domain/user", "internal/domain/factor", "internal/domain/letter", "internal/domain/event", "internal/domain/usage", "internal/domain/loop", "internal/domain/quota", "internal/domain/apitoken",
	"internal/domain/provider", "internal/domain/forge", "internal/domain/repository", "internal/domain/agent", "internal/domain/session", "internal/domain/merge", "internal/domain/instance"}

// layer is one row of who may import whom. A pattern ends in /… for a package and all below it; "nouns" stands for all of them.
type layer struct {
	from     string
	may      []string
	never    []string // of the standard library and of modules
	whyNever string
}

var (
	noHTTP    = []string{"net/http"}
	noSQL     = []string{"database/sql"}
	noHTTPSQL = []string{"net/http", "database/sql"}
)

// layers has the packages that are not cut into areas; those that are have their rows in floors (areas_test.go). The first row
// that fits counts.
var layers = []layer{
	{from: "internal/id", whyNever: "an id is made from randomness and time alone"},
	{from: "internal/clock", whyNever: "the time depends on nothing of ours"},
	{from: "internal/secret", never: noHTTPSQL, whyNever: "sealing knows no table and no address"},
	{from: "internal/hub", may: []string{"nouns"}, never: noHTTPSQL, whyNever: "a bell reports that there is news, never what: the database has that"},
	{from: "internal/netguard", may: []string{"internal/domain/fault"}, never: noSQL, whyNever: "what may be dialled is the operator's decision, in no table"},
	{from: "internal/listener", may: []string{"internal/domain/text"}, never: noSQL, whyNever: "it counts connections and knows nothing about them"},
	{from: "internal/config", may: []string{"internal/domain/text", "internal/netguard"}, never: noHTTPSQL, whyNever: "settings are read and checked; cmd opens things"},
	{from: "internal/sandbox/shim", never: append(noHTTPSQL, "net", "fmt", "encoding/json"), whyNever: "it does its work before other packages are initialized"},
	{from: "internal/sandbox", may: []string{"internal/sandbox/shim"}, never: noHTTPSQL, whyNever: "a sandbox starts programs; it decides nothing and stores nothing"},
	{from: "internal/walk", may: []string{"internal/domain/fault"}, never: noHTTPSQL, whyNever: "it visits and deletes files, whatever they mean"},
	{from: "internal/git", may: []string{"nouns", "internal/sandbox", "internal/walk"}, never: noSQL, whyNever: "git works on trees; what they mean is a verb's business"},
	{from: "internal/git/sshtest", whyNever: "a host for tests knows nothing of ours"},
	{from: "internal/forge", may: []string{"nouns"}, never: noSQL, whyNever: "it sends requests to a forge and reads answers; which repository and whose token is a verb's business"},
	{from: "internal/oidc", may: []string{"nouns"}, never: noSQL, whyNever: "it sends requests to the identity provider and checks proofs; who that is here is a verb's business"},
	{from: "internal/scriptmodel", may: []string{"internal/domain/usage"}, never: noSQL, whyNever: "the scripted model stands in for another program and may know nothing of ours but the kinds of tokens it is compared with"},
	{from: "internal/gateway", may: []string{"nouns", "internal/clock", "internal/listener"}, never: noSQL, whyNever: "the gateway forwards and counts; its Backend admits and stores"},
	{from: "internal/egress", may: []string{"nouns", "internal/clock", "internal/listener"}, never: noSQL, whyNever: "the proxy connects and counts; its Backend decides who reaches what, the dialer what an address is"},
	{from: "db/migrations", never: noHTTP, whyNever: "it is SQL files and nothing else"},
	{from: "internal/runner", may: []string{"nouns"}, never: noHTTPSQL, whyNever: "it is what the engine and every kind of agent agree on"},
	{from: "internal/runner/fake", may: []string{"nouns", "internal/runner"}, never: noHTTPSQL, whyNever: "a runner for tests reports what its script says"},
	{from: "internal/runner/opencode", may: []string{"nouns", "internal/runner", "internal/runner/opencode/…"}, never: noHTTPSQL, whyNever: "the face of wire, proc and turn wires them and decides nothing"},
	{from: "internal/runner/opencode/wire", never: noSQL, whyNever: "what OpenCode and the server send each other: requests, answers, events; it knows no process and no session"},
	{from: "internal/runner/opencode/proc", may: []string{"nouns", "internal/clock", "internal/id", "internal/runner/opencode/wire"}, never: noHTTPSQL, whyNever: "it owns processes and passes their events on; what an event means is the turn's business"},
	{from: "internal/runner/opencode/turn", may: []string{"nouns", "internal/clock", "internal/runner", "internal/runner/opencode/proc", "internal/runner/opencode/wire"}, never: noHTTPSQL, whyNever: "a turn sends requests through wire and reports through its sink"},
	{from: "internal/engine", may: []string{"nouns", "db/…", "internal/app/…", "internal/runner", "internal/clock", "internal/hub"}, never: noHTTPSQL, whyNever: "loops call verbs, like people do, and drive agents through runner alone"},
	{from: "internal/engine/workspace", may: []string{"nouns", "internal/git", "internal/id", "internal/sandbox", "internal/walk"}, never: noHTTPSQL, whyNever: "it owns directories; what happened in them is reported by the engine"},
	{from: "views/ui", may: []string{"nouns"}, never: append(noHTTPSQL, fiberModule), whyNever: "parts of pages know no page"},
	{from: "views/prose", may: []string{"nouns"}, never: append(noHTTPSQL, fiberModule), whyNever: "it makes text safe, whatever page shows it"},
	{from: "views/shell", may: []string{"nouns", "views/ui", "static"}, never: append(noHTTPSQL, fiberModule), whyNever: "the frame knows no page"},
	{from: "views/…", may: []string{"nouns", "views/…"}, never: append(noHTTPSQL, fiberModule), whyNever: "a view shows data; it loads none"},
	{from: "web/places", may: nil, never: noSQL, whyNever: "it counts requests in progress and knows nothing about them"},
	{from: "web/status", may: []string{"internal/domain/fault"}, never: noSQL, whyNever: "it is one table: the HTTP status of each kind of fault"},
	{from: "web/reference", may: []string{"views/reference"}, never: append(noHTTPSQL, fiberModule), whyNever: "it makes a page's data of a document and answers no request"},
	{from: "internal/isolation", may: []string{"internal/domain/fault", "internal/domain/tenant", "internal/id"}, never: noSQL, whyNever: "it sends HTTP requests only, as another team would"},
	{from: "internal/isolation/throwaway", may: []string{"nouns", "db/…", "internal/app/…", "internal/id", "internal/isolation"}, never: noSQL, whyNever: "it makes temporary teams, as the operator's commands do"},
	{from: "cmd/orchestrator/remote", may: []string{"nouns", "internal/client"}, never: append(noSQL, fiberModule), whyNever: "its commands call the API as any other program would, and open no database"},
	{from: "internal/client", may: []string{"internal/id"}, never: append(noSQL, fiberModule), whyNever: "it calls the API as any other program would"},
	{from: "internal/texts", may: []string{"internal/domain/letter"}, never: noSQL, whyNever: "a text has no source but its template and its values"},
	{from: "internal/post", never: noSQL, whyNever: "the post sends the messages it receives to their addresses"},
	{from: "static", whyNever: "files"},
}

const fiberModule = "github.com/gofiber/fiber/v2"

// wiring are the packages without a row: they wire all others, or test the whole.
var wiring = []string{"cmd/…", "e2e", "bench", "db/dbtest", "internal/oidc/oidctest", "internal/domain/factor/factortest"}

func TestEveryPackageImportsOnlyWhatItsLayerMay(t *testing.T) {
	t.Parallel()
	report(t, forbiddenImports(modulePackages(t)))
}

func forbiddenImports(packages map[string][]string) (faults []string) {
	for from, imports := range packages {
		l, _ := layerOf(from)
		for _, imported := range imports {
			ours, isOurs := strings.CutPrefix(imported, module)
			if l.from != "" && (isOurs && ours != from && !matchAny(l.may, ours) || matchAny(l.never, imported)) {
				faults = append(faults, fmt.Sprintf("%s imports %s: %s", from, ours, l.whyNever))
			}
		}
	}
	return faults
}

func TestEveryPackageHasALayer(t *testing.T) {
	t.Parallel()
	report(t, packagesWithoutLayer(modulePackages(t)))
}

// packagesWithoutLayer finds a new package, and so also a new area that is not in the list of areas.
func packagesWithoutLayer(packages map[string][]string) (faults []string) {
	for from := range packages {
		if _, ok := layerOf(from); !ok && !matchAny(wiring, from) {
			faults = append(faults, from+" has no row in the table of layers, or its area is not in the list of areas")
		}
	}
	return faults
}

func TestEveryLayerNamesPackagesThatAreThere(t *testing.T) {
	t.Parallel()
	report(t, layersOfNothing(modulePackages(t), append(slices.Clone(layers), floorLayers()...)))
}

// layersOfNothing finds rows of what is not there: they hold nobody to anything, and hide that a package was renamed.
func layersOfNothing(packages map[string][]string, rows []layer) (faults []string) {
	all := slices.Collect(maps.Keys(packages))
	named := append(slices.Clone(nouns), wiring...)
	for _, l := range rows {
		named = append(append(named, l.from), l.may...)
	}
	for _, pattern := range named {
		if !slices.ContainsFunc(all, func(pkg string) bool { return match(pattern, pkg) }) {
			faults = append(faults, "the table of layers names "+pattern+", which does not exist")
		}
	}
	return faults
}

func report(t *testing.T, faults []string) {
	t.Helper()
	slices.Sort(faults)
	for _, f := range slices.Compact(faults) {
		t.Error(f)
	}
}

// layerOf finds the row of a package; nouns have a row each, downhill.
func layerOf(pkg string) (layer, bool) {
	if i := slices.Index(nouns, pkg); i >= 0 {
		return layer{from: pkg, may: nouns[:i], never: noHTTPSQL, whyNever: "a noun knows words and rules, and only the nouns below it"}, true
	}
	for _, l := range append(floorLayers(), layers...) {
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
