package overview

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"regexp"
	"strings"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
)

// pageTemplate is the page with its style. The style is part of the template, not a value, since
// it is the one text on the page that must not be escaped.
var pageTemplate = template.Must(template.New("page").
	Funcs(template.FuncMap{"colour": colour, "levels": levels, "pieces": pieces}).
	Parse(strings.Replace(pageHTML, "STYLE", pageCSS, 1)))

// colour returns the number of the pattern of a row, from 1. The last one is for all further rows.
func colour(row int) int { return min(row+1, maxSeries) }

// levels splits a type after its slashes, where a line may be broken.
func levels(s string) []string { return strings.SplitAfter(s, "/") }

// piece is a part of a sentence: a date, which must not be broken, or what is between dates.
type piece struct {
	Text string
	Date bool
}

var date = regexp.MustCompile(`\d{4}-\d\d-\d\d`)

func pieces(s string) (list []piece) {
	end := 0
	for _, at := range date.FindAllStringIndex(s, -1) {
		list = append(list, piece{s[end:at[0]], false}, piece{s[at[0]:at[1]], true})
		end = at[1]
	}
	return append(list, piece{s[end:], false})
}

// styleHash allows this style, and no other, in the page's Content-Security-Policy.
func styleHash() string {
	sum := sha256.Sum256([]byte(pageCSS))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// WriteHTML writes the overview as a page that needs no other file and has no script. The page
// mostly has some hundred kilobytes, and never more than a few megabytes: what is beyond the bounds
// of its tables and charts is folded or counted, and it says so.
func (o *Overview) WriteHTML(w io.Writer) error { return pageTemplate.Execute(w, o.page()) }
