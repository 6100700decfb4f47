package id_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/id"
)

func TestIDsSortByTheTimeTheyWereMade(t *testing.T) {
	t.Parallel()
	var ids []string
	for range 5000 {
		v := id.New()
		if !id.Valid(v) || v[14] != '7' {
			t.Fatalf("made %s", v)
		}
		ids = append(ids, v)
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Error("ids do not sort, or repeat")
	}
}

func TestOnlyOneSpellingIsValid(t *testing.T) {
	t.Parallel()
	v := id.New()
	for _, odd := range []string{"", "x", v + " ", strings.ToUpper(v[:35]) + "A", "{" + v + "}", "urn:uuid:" + v, strings.ReplaceAll(v, "-", ""), v[:35], v[:35] + "g", v[:35] + "\x00"} {
		if id.Valid(odd) {
			t.Errorf("%q is valid", odd)
		}
	}
	if id.Short(v) != v[28:] || id.Short("odd") != "odd" {
		t.Errorf("short: %s, %s", id.Short(v), id.Short("odd"))
	}
}
