package views_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

var (
	goDuration = regexp.MustCompile(`\b(\d+h)?\d+m\d+(\.\d+)?s\b`)
	amount     = regexp.MustCompile(`\$\d[\d,]*(\.\d+)?`)
	wellFormed = regexp.MustCompile(`^\$(\d{1,3}(,\d{3})*\.\d\d|0\.00\d\d)$`)
)

// What a page shows is formatted by one function for each kind of figure. A price per million tokens is exact, so cells of the
// pages of prices are not amounts.
func TestPagesWriteDurationsAndMoneyInOneForm(t *testing.T) {
	t.Parallel()
	eachPage(t, func(t *testing.T, d *goquery.Document) {
		d.Find("script,style,.model-row,.hint,pre,.txt,#models-hint").Remove()
		isPrice := strings.Contains(t.Name(), "prices") || strings.Contains(t.Name(), "provider")
		d.Find("*").Contents().Each(func(_ int, s *goquery.Selection) {
			if goquery.NodeName(s) != "#text" {
				return
			}
			if found := goDuration.FindString(s.Text()); found != "" {
				t.Errorf("a duration as Go prints it: %s", found)
			}
			for _, money := range amount.FindAllString(s.Text(), -1) {
				if !wellFormed.MatchString(money) && !isPrice {
					t.Errorf("money in a form of its own: %s in %q", money, s.Text())
				}
			}
		})
	})
}
