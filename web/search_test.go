package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/industrial-orchestrator/orchestrator/internal/domain/tenant"
)

// A search of too many words is explained in the place of the list, and its words can be edited.
func TestATooLongSearchIsExplained(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("acme", "ann", tenant.Lead)
	query := strings.TrimSuffix(strings.Repeat("word+", 300), "+")
	d := w.signedIn("ann").get("/t/acme/sessions?q="+query).want(t, http.StatusUnprocessableEntity).doc(t)
	if !strings.Contains(d.Find("main").Text(), "Search for at most 20 words") {
		t.Errorf("the page says %q", d.Find("main").Text())
	}
	if got := d.Find("input[name=q]").AttrOr("value", ""); !strings.HasPrefix(got, "word word") {
		t.Errorf("the search field has %q", got)
	}
}
