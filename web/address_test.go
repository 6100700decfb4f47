package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// T-29: the form that changes an address says that the key goes, and the key is gone.
func TestT29TheFormOfANewAddressForgetsTheKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := crew(t, w, "alpha")
	b := w.signedIn("lead-alpha")
	ps, err := w.app.Models.Providers(context.Background(), a)
	if err != nil {
		t.Fatal(err)
	}
	at := "/providers/" + string(ps[0].ID)
	if page := b.get("/t/alpha" + at); !strings.Contains(page.body, "Changing the URL removes the stored") {
		t.Error("the page does not say what becomes of the key")
	}
	page := b.act("alpha", at+"/address", url.Values{"base_url": {"nonsense"}}).want(t, http.StatusUnprocessableEntity)
	if page.doc(t).Find(`[name=base_url][aria-invalid=true]`).Length() != 1 {
		t.Error("the refused field is not marked")
	}
	to := b.act("alpha", at+"/address", url.Values{"base_url": {"https://new.example.org/v1"}}).want(t, http.StatusSeeOther)
	if page := b.get(to.Header.Get("Location")); !strings.Contains(page.body, "The secret for the old URL was removed") {
		t.Error("the page does not say that the key is gone")
	}
	if p, err := w.app.Models.Provider(context.Background(), a, ps[0].ID); err != nil || p.HasKey || p.BaseURL != "https://new.example.org/v1" {
		t.Errorf("the provider: %+v, %v", p, err)
	}
}
