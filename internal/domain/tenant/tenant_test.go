package tenant_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/fault"
	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

func TestCheckAtItsBounds(t *testing.T) {
	t.Parallel()
	good := tenant.Tenant{Name: "Acme", Slug: "acme", MaxConcurrentSessions: 1, MaxQueuedSessions: 1}
	for name, c := range map[string]struct {
		change func(*tenant.Tenant)
		field  string
	}{
		"as it is":              {func(*tenant.Tenant) {}, ""},
		"shortest name":         {func(v *tenant.Tenant) { v.Name = "界界" }, ""},
		"too short":             {func(v *tenant.Tenant) { v.Name = " 界 " }, "name"},
		"longest name":          {func(v *tenant.Tenant) { v.Name = strings.Repeat("ü", 100) }, ""},
		"too long":              {func(v *tenant.Tenant) { v.Name = strings.Repeat("ü", 101) }, "name"},
		"shortest slug":         {func(v *tenant.Tenant) { v.Slug = "a" }, ""},
		"no slug":               {func(v *tenant.Tenant) { v.Slug = "" }, "slug"},
		"longest slug":          {func(v *tenant.Tenant) { v.Slug = strings.Repeat("a", 63) }, ""},
		"slug too long":         {func(v *tenant.Tenant) { v.Slug = strings.Repeat("a", 64) }, "slug"},
		"inner hyphen":          {func(v *tenant.Tenant) { v.Slug = "a-1" }, ""},
		"hyphen first":          {func(v *tenant.Tenant) { v.Slug = "-a" }, "slug"},
		"hyphen last":           {func(v *tenant.Tenant) { v.Slug = "a-" }, "slug"},
		"capital":               {func(v *tenant.Tenant) { v.Slug = "Acme" }, "slug"},
		"letters of elsewhere":  {func(v *tenant.Tenant) { v.Slug = "açme" }, "slug"},
		"a line after the slug": {func(v *tenant.Tenant) { v.Slug = "acme\n" }, "slug"},
		"no session at all":     {func(v *tenant.Tenant) { v.MaxConcurrentSessions = 0 }, ""},
		"less than none":        {func(v *tenant.Tenant) { v.MaxConcurrentSessions = -1 }, "max_concurrent_sessions"},
		"no queue":              {func(v *tenant.Tenant) { v.MaxQueuedSessions = 0 }, ""},
		"a queue below none":    {func(v *tenant.Tenant) { v.MaxQueuedSessions = -1 }, "max_queued_sessions"},
	} {
		v := good
		c.change(&v)
		err := v.Check()
		var f *fault.Error
		if c.field == "" && err != nil || c.field != "" && (!errors.As(err, &f) || f.Field != c.field) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
