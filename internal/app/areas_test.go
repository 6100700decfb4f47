package app_test

import (
	"path"
	"reflect"
	"slices"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/app"
	appwork "github.com/industrial-orchestrator/orchestrator/internal/app/work"
)

// extra is an area that is new: its verb is in no table yet.
type extra struct{}

// PlantVerb represents a verb that is in no table.
func (*extra) PlantVerb() {}

// A new area cannot be forgotten: the audit table must have its verbs as soon as App has the area, and App must have it as soon as its
// folder exists.
func TestANewAreaIsSeen(t *testing.T) {
	t.Parallel()
	face := reflect.TypeFor[struct {
		Work  *appwork.Verbs
		Extra *extra
	}]()
	if got := forgotten(verbsOf(face), map[string]bool{}); !slices.Contains(got, "Extra.PlantVerb") {
		t.Errorf("a verb of a new area is not found among %d", len(got))
	}
	if got := unwired([]string{"work", "planted"}, face); !slices.Equal(got, []string{"planted"}) {
		t.Errorf("folders without a field: %v", got)
	}
}

func TestEveryAreaIsWired(t *testing.T) {
	t.Parallel()
	for _, area := range unwired(areaFolders(t, "."), reflect.TypeFor[app.App]()) {
		t.Errorf("internal/app/%s is an area that App does not have: its verbs would escape the tests that walk App", area)
	}
}

// unwired returns the folders for which the face has no field.
func unwired(folders []string, face reflect.Type) []string {
	return slices.DeleteFunc(slices.Clone(folders), func(area string) bool {
		for i := range face.NumField() {
			if path.Base(face.Field(i).Type.Elem().PkgPath()) == area {
				return true
			}
		}
		return false
	})
}
