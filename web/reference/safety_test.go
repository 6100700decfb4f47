package reference

import (
	"bytes"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// The page works where nothing but this server can be reached, and under a policy without inline code.
func TestThePageLoadsOnlyOwnFilesAndLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	page := draw(t, golden(t))
	loaded := 0
	ids := byAttribute(page.Find("[id]"), "id")
	page.Find("[src],[srcset],link[href],a[href],[action],[data],[poster]").Each(func(_ int, s *goquery.Selection) {
		for _, attribute := range []string{"src", "srcset", "href", "action", "data", "poster"} {
			url, ok := s.Attr(attribute)
			if !ok {
				continue
			}
			loaded++
			if name, isHere := strings.CutPrefix(url, "#"); isHere {
				if ids[name] == nil {
					t.Errorf("%s leads nowhere", url)
				}
			} else if !strings.HasPrefix(url, "/") || strings.HasPrefix(url, "//") {
				t.Errorf("%s is outside", url)
			}
		}
	})
	if loaded < 500 {
		t.Errorf("only %d addresses", loaded)
	}
	if n := page.Find("script,style,[style],iframe,object,embed,form,img,meta[http-equiv],base").Length(); n > 0 {
		t.Errorf("%d elements that the page does not need", n)
	}
}

func TestEveryIDIsOnThePageOnce(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	draw(t, golden(t)).Find("[id]").Each(func(_ int, s *goquery.Selection) {
		if id := s.AttrOr("id", ""); seen[id] || id == "" {
			t.Errorf("%q is there twice", id)
		} else {
			seen[id] = true
		}
	})
}

const hostile = `</code></pre><script>alert(1)</script><img src=x onerror=alert(1)> "'` + "` onload=`" + ` javascript:alert(1) {{7*7}} &lt;`

// Texts of the document are ours today. Descriptions, names and values are shown as text all the same.
func TestHostileTextsAreEscaped(t *testing.T) {
	t.Parallel()
	quoted := encode(hostile)
	text := golden(t)
	for _, word := range []string{
		`"An API token from the Account page`, `"Create a session"`, `"The outcome in one line, 1 to 200 characters."`, `"Greet people by name"`, `"planning"`, `"critical"`,
		`"parent_session_id"`, `"Industrial Orchestrator"`, `"Sessions"`, `"text/x-diff"`, `"cursor"`, `"uuid"`, `"Created"`,
	} {
		if strings.HasSuffix(word, `page`) {
			text = bytes.Replace(text, []byte(word), []byte(strings.TrimSuffix(quoted, `"`)), 1)
			continue
		}
		if !bytes.Contains(text, []byte(word)) {
			t.Errorf("%s is not in the document", word)
		}
		text = bytes.ReplaceAll(text, []byte(word), []byte(quoted))
	}
	page := draw(t, text)
	if n := page.Find("script,img,[onerror],[onload]").Length(); n > 0 {
		t.Errorf("%d elements came out of a text", n)
	}
	page.Find("a[href]").Each(func(_ int, s *goquery.Selection) {
		if href := s.AttrOr("href", ""); !strings.HasPrefix(href, "#") && !strings.HasPrefix(href, "/") {
			t.Errorf("a link to %s", href)
		}
	})
	if n := strings.Count(page.Text(), "<script>alert(1)</script>"); n < 20 {
		t.Errorf("the text is shown %d times", n)
	}
}
