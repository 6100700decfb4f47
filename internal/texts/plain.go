package texts

import (
	"strings"

	"golang.org/x/net/html"
)

// paragraphs returns the paragraphs of an HTML text without markup and with collapsed white space.
func paragraphs(markup string) (all []string) {
	var words strings.Builder
	end := func() {
		if p := strings.Join(strings.Fields(words.String()), " "); p != "" {
			all = append(all, p)
		}
		words.Reset()
	}
	tokens := html.NewTokenizer(strings.NewReader(markup))
	for {
		switch tokens.Next() {
		case html.ErrorToken: // the end: reading a string causes no other error
			end()
			return all
		case html.TextToken:
			words.WriteString(html.UnescapeString(string(tokens.Raw())))
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			if name, _ := tokens.TagName(); blocks[string(name)] {
				end()
			}
		}
	}
}

// blocks are the tags that start or end a paragraph.
var blocks = map[string]bool{"p": true, "div": true, "br": true, "ul": true, "ol": true, "li": true, "h1": true, "h2": true, "h3": true, "tr": true, "table": true, "hr": true, "body": true}
