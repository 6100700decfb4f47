package api_test

import (
	"net/http"
	"net/url"
	"testing"
)

func TestANetworkListIsReadAndChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.crew("alpha")
	path := c.lead.furnish(t).Replace("/repositories/{repository}/hosts")
	add := func(host string) reply { return c.lead.post(path, map[string]string{"host": host}) }
	add("*.Example.org:443").want(t, http.StatusNoContent)
	add("registry.npmjs.org:443").want(t, http.StatusNoContent)
	add("registry.npmjs.org:443").want(t, http.StatusConflict)
	add("registry.npmjs.org").want(t, http.StatusUnprocessableEntity)
	type host struct {
		Host    string `json:"host"`
		AddedBy string `json:"added_by"`
	}
	list := func() []host { return as[items[host]](t, c.viewer.get(path)).Items }
	if got := list(); len(got) != 2 || got[0].Host != "*.example.org:443" || got[0].AddedBy == "" {
		t.Errorf("listed %+v", got)
	}
	c.lead.ask(http.MethodDelete, path+"/registry.npmjs.org:443", nil).want(t, http.StatusNoContent)
	c.lead.ask(http.MethodDelete, path+"/"+url.QueryEscape("*.example.org:443"), nil).want(t, http.StatusNoContent)
	if got := list(); len(got) != 0 {
		t.Errorf("left %+v", got)
	}
}
