package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Each command names its action beside its help, and a golden file lists all of them. A command without an action fails, because it
// leads to a verb like a route does. "admin" is anyone who can open the data; "public" changes nothing of anyone.
func TestEveryCommandNamesItsAction(t *testing.T) {
	t.Parallel()
	var c cli
	parser, err := kong.New(&c, kong.Vars{"max_concurrent": "10"})
	if err != nil {
		t.Fatal(err)
	}
	known := append(tenant.Actions(), tenant.Public, tenant.AdminOnly)
	var lines []string
	for _, leaf := range parser.Model.Leaves(false) {
		name, action := strings.TrimPrefix(leaf.FullPath(), parser.Model.Name+" "), tenant.Action(leaf.Tag.Get("action"))
		if !slices.Contains(known, action) {
			t.Errorf("the command %q names no action: add action:\"…\" beside its help", name)
		}
		lines = append(lines, fmt.Sprintf("%-24s %s\n", name, action))
	}
	slices.Sort(lines)
	got := strings.Join(lines, "")
	if *update {
		if err := os.WriteFile("testdata/commands.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/commands.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("commands and their actions changed; if that is meant, run go test -update:\n%s", diff)
	}
}
