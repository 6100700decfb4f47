package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	apikit "github.com/industrial-orchestrator/orchestrator/web/api/kit"
)

// However much is wrong with a body, the answer is a short list of problems.
func TestAHugeBodyGetsAShortAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha").lead
	var few, many strings.Builder
	for i := range 80_000 {
		one := fmt.Sprintf(`"f%d":1,`, i)
		if many.WriteString(one); i < 500 {
			few.WriteString(one)
		}
	}
	repeat := func(text string, n int) string { return strings.Repeat(text, n) }
	for name, body := range map[string]string{
		"unknown fields":      "{" + few.String() + `"title":"x"}`,
		"very many fields":    "{" + many.String() + `"title":"x"}`,
		"a long name":         `{"` + repeat("x", 900_000) + `":1}`,
		"a long list":         `{"title":"x","tags":[` + repeat("1,", 400_000) + `1]}`,
		"nested lists":        `{"title":` + repeat("[", 5000) + repeat("]", 5000) + `}`,
		"nested objects":      `{"metadata":` + repeat(`{"a":`, 5000) + "1" + repeat("}", 5000) + `}`,
		"an unfinished depth": repeat("[", 900_000),
	} {
		r := c.post("/sessions", body).want(t, http.StatusUnprocessableEntity)
		p := as[apikit.Problem](t, r)
		if n := len(p.Errors); n < 1 || n > 20 || len(r.body) > 20_000 || p.Detail == "" {
			t.Errorf("%s: %d problems in %d bytes: %.300s", name, n, len(r.body), p.Detail)
		}
	}
}

// Brackets and commas inside a text are text.
func TestBracketsInATextAreText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha").lead
	c.equip(t)
	c.post("/sessions", job(map[string]any{"initial_prompt": strings.Repeat(`[{"\\",`, 10_000)})).want(t, http.StatusCreated)
}

// A search has as many words as a person types, and says so.
func TestASearchIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha").lead
	var words strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&words, "w%d+", i)
	}
	p := as[apikit.Problem](t, c.get("/sessions?q="+words.String()).want(t, http.StatusUnprocessableEntity))
	if len(p.Errors) != 1 || p.Errors[0].Location != "query.q" || !strings.Contains(p.Detail, "at most 20 words") {
		t.Errorf("the problem is %+v", p)
	}
	c.get("/sessions?q="+strings.Repeat("x", 10_000)).want(t, http.StatusUnprocessableEntity)
	c.get("/sessions?q="+strings.Repeat("word+", 300)).want(t, http.StatusUnprocessableEntity)
	c.get("/sessions?q=port+the+ledger").want(t, http.StatusOK)
}
