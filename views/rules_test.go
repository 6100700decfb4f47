package views_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
)

// eachPage holds every page against a rule, under its name.
func eachPage(t *testing.T, rule func(t *testing.T, d *goquery.Document)) {
	t.Helper()
	for name, c := range pages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := goquery.NewDocumentFromReader(strings.NewReader(render(t, c)))
			if err != nil {
				t.Fatal(err)
			}
			rule(t, d)
		})
	}
}

func outer(s *goquery.Selection) string {
	markup, _ := goquery.OuterHtml(s)
	return markup[:min(len(markup), 200)]
}

func TestEveryControlHasAName(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, d *goquery.Document) {
		d.Find("input:not([type=hidden]),select,textarea,button:not([hidden]),a[href]").Each(func(_ int, s *goquery.Selection) {
			if !named(d, s) {
				t.Errorf("no name: %s", outer(s))
			}
		})
	})
}

// named says whether people who cannot see a control are told what it is: by its label, its words or its aria-label.
func named(d *goquery.Document, s *goquery.Selection) bool {
	if s.AttrOr("aria-label", "") != "" || s.AttrOr("aria-hidden", "") == "true" || s.Closest("label").Length() > 0 {
		return true
	}
	if s.Is("button,a") {
		return strings.TrimSpace(s.Text()) != ""
	}
	id := s.AttrOr("id", "")
	return id != "" && strings.TrimSpace(d.Find(`label[for="`+id+`"]`).Text()) != ""
}

func TestNothingIsInline(t *testing.T) {
	t.Parallel()
	handler := regexp.MustCompile(`(?i)<[^>]+\son[a-z]+=|javascript:`)
	eachPage(t, func(t *testing.T, d *goquery.Document) {
		d.Find("style,[style],script:not([src])").Each(func(_ int, s *goquery.Selection) { t.Errorf("inline: %s", outer(s)) })
		if markup, _ := d.Html(); handler.MatchString(markup) {
			t.Errorf("a handler: %s", handler.FindString(markup))
		}
	})
}

// What is described, labelled or replaced is found by its id, which stands once.
func TestIdsStandOnceAndAreFound(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, d *goquery.Document) {
		seen := map[string]int{}
		d.Find("[id]").Each(func(_ int, s *goquery.Selection) { seen[s.AttrOr("id", "")]++ })
		for id, n := range seen {
			if n > 1 {
				t.Errorf("%q stands %d times", id, n)
			}
		}
		for _, a := range []string{"for", "aria-describedby", "aria-labelledby", "popovertarget"} {
			d.Find("[" + a + "]").Each(func(_ int, s *goquery.Selection) {
				for id := range strings.FieldsSeq(s.AttrOr(a, "")) {
					if seen[id] == 0 {
						t.Errorf("%s leads nowhere: %s", a, outer(s))
					}
				}
			})
		}
	})
}

func TestFormsCarryTokenAndTeamAndOneButtonIsPrimary(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, d *goquery.Document) {
		d.Find("form[method=post]").Each(func(_ int, f *goquery.Selection) {
			if f.Find("input[name=csrf]").AttrOr("value", "") != "token" || f.Find("input[name=team]").AttrOr("value", "") != "foundry" {
				t.Errorf("without token or team: %s", outer(f))
			}
			if f.Find("button").Length() == 0 {
				t.Errorf("cannot be sent without script: %s", outer(f))
			}
		})
		shown := d.Find("main .btn.primary").Not("dialog[popover] *")
		if top := shown.Filter("dialog[open] *"); top.Length() > 0 {
			shown = top // what is behind the dialog cannot be used
		}
		if n := shown.Length(); n > 1 {
			t.Errorf("%d primary buttons", n)
		}
	})
}

// Passwords, keys and credentials go one way.
func TestSecretInputsAreEmpty(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, d *goquery.Document) {
		d.Find("input[type=password],[name=credential],[name=api_key]").Each(func(_ int, s *goquery.Selection) {
			if strings.TrimSpace(s.AttrOr("value", "")+s.Text()) != "" || s.AttrOr("autocomplete", "") == "" {
				t.Errorf("holds something, or lets the browser guess: %s", outer(s))
			}
		})
	})
}

// What a person may not do is not drawn: pages of members and viewers hold no forms about the team's things.
func TestReadersSeeNoForms(t *testing.T) {
	t.Parallel()
	for _, part := range []map[string]templ.Component{repositoryPages(), providerPages(), teamPages()} {
		for name, c := range part {
			if !strings.HasSuffix(name, "-viewer") && !strings.HasSuffix(name, "-none") {
				continue
			}
			d, _ := goquery.NewDocumentFromReader(strings.NewReader(render(t, c)))
			d.Find("#leave-team,[popovertarget=leave-team]").Remove() // everybody may go
			if n := d.Find("main form,main dialog,main .btn.danger").Length(); n > 0 {
				t.Errorf("%s holds %d controls", name, n)
			}
		}
	}
}

// A table that becomes cards on a phone says the title and one more thing there.
func TestCardsHaveATitleAndAFact(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, d *goquery.Document) {
		d.Find("table.cards tbody tr").Each(func(_ int, r *goquery.Selection) {
			if r.Find("td.m2").Length() != 1 || r.Find("td.m3,td.m4").Length() == 0 {
				t.Errorf("empty on a phone: %s", outer(r))
			}
		})
	})
}

// A column yields whole: its col, its header and its cells carry the same class, or the columns after it would move into its place.
func TestAColumnYieldsWhole(t *testing.T) {
	t.Parallel()
	place := regexp.MustCompile(`^y[1-4]$`)
	yields := func(s *goquery.Selection) string {
		return strings.Join(slices.DeleteFunc(strings.Fields(s.AttrOr("class", "")), func(c string) bool { return !place.MatchString(c) }), " ")
	}
	eachPage(t, func(t *testing.T, d *goquery.Document) {
		d.Find("table.tbl").Each(func(_ int, table *goquery.Selection) {
			cols := table.Find("col").Map(func(_ int, s *goquery.Selection) string { return yields(s) })
			table.Find("tr").Each(func(_ int, row *goquery.Selection) {
				if cells := row.Children().Map(func(_ int, s *goquery.Selection) string { return yields(s) }); !slices.Equal(cells, cols) {
					t.Errorf("the columns yield as %q, a row as %q: %s", cols, cells, outer(row))
				}
			})
			if table.Closest(".tw").Length() == 0 {
				t.Errorf("outside a box that says how wide it is: %s", outer(table))
			}
		})
	})
}
