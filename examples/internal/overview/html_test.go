package overview

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/klarity-go/klarity/api"
)

// htmlOf returns the page.
func htmlOf(t testing.TB, o *Overview) string {
	t.Helper()
	var b bytes.Buffer
	if err := o.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// voidElements have no end tag.
var voidElements = []string{"meta", "wbr"}

// allowed are the elements of the page and their attributes. None of them loads or runs anything.
var allowed = map[string]string{
	"html": "lang", "head": "", "meta": "charset name content http-equiv", "title": "id", "style": "", "body": "", "main": "",
	"header": "", "footer": "", "section": "aria-labelledby", "h1": "", "h2": "id", "h3": "", "p": "class", "span": "class aria-hidden",
	"time": "datetime", "dl": "class", "dt": "", "dd": "", "div": "class tabindex role aria-labelledby aria-label aria-hidden",
	"table": "", "caption": "class", "thead": "", "tbody": "", "tfoot": "", "tr": "", "th": "scope class", "td": "class",
	"small": "class", "bdi": "", "wbr": "", "details": "open", "summary": "", "figure": "", "figcaption": "", "desc": "id",
	"svg":  "class width height aria-hidden focusable viewbox preserveaspectratio role aria-labelledby",
	"defs": "", "pattern": "id width height patternunits", "rect": "class x width height fill",
	"path": "class d fill stroke stroke-opacity stroke-width fill-opacity",
}

// checkPage fails unless the page is well-formed, and made of what is allowed. It returns its text.
func checkPage(t testing.TB, page string) string {
	t.Helper()
	var open []string
	var text strings.Builder
	ids := map[string]bool{}
	var references []string
	tokens := html.NewTokenizer(strings.NewReader(page))
	for {
		kind := tokens.Next()
		token := tokens.Token()
		switch kind {
		case html.ErrorToken:
			if tokens.Err() != io.EOF {
				t.Fatal(tokens.Err())
			}
			if len(open) > 0 {
				t.Fatalf("%q are not closed", open)
			}
			for _, id := range references {
				if !ids[id] {
					t.Fatalf("there is nothing with the id %q", id)
				}
			}
			return text.String()
		case html.CommentToken:
			t.Fatalf("got a comment: %s", token)
		case html.TextToken:
			text.WriteString(token.Data)
		case html.StartTagToken, html.SelfClosingTagToken:
			attributes, ok := allowed[token.Data]
			if !ok {
				t.Fatalf("got %s", token)
			}
			for _, a := range token.Attr {
				if !slices.Contains(strings.Fields(attributes), a.Key) {
					t.Fatalf("got the attribute %s in %s", a.Key, token)
				}
				switch {
				case a.Key == "id" && ids[a.Val]:
					t.Fatalf("got the id %q twice", a.Val)
				case a.Key == "id":
					ids[a.Val] = true
				case a.Key == "aria-labelledby":
					references = append(references, strings.Fields(a.Val)...)
				}
			}
			if kind == html.StartTagToken && !slices.Contains(voidElements, token.Data) {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("got %s in %q", token, open)
			}
			open = open[:len(open)-1]
		}
	}
}

func TestPagesAreWellFormed(t *testing.T) {
	list := cases()
	list["sheet"] = ofSheet(t)
	for name, o := range list {
		page := htmlOf(t, o)
		text := checkPage(t, page)
		for _, bad := range []string{"NaN", "Inf", "1 records", "%!", "<nil>", "ZgotmplZ"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: the page has %q in it", name, bad)
			}
		}
		if !strings.Contains(text, o.title()) {
			t.Errorf("%s: the page does not say %q", name, o.title())
		}
	}
}

func TestPageAllowsItsStyleOnly(t *testing.T) {
	page := htmlOf(t, ofSheet(t))
	_, rest, _ := strings.Cut(page, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
	document, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for n := range document.Descendants() {
		if n.Data == "meta" && len(n.Attr) == 2 && n.Attr[0].Val == "Content-Security-Policy" {
			got = n.Attr[1].Val
		}
	}
	if got != policy {
		t.Errorf("got  %s\nwant %s", got, policy)
	}
}

func TestPageSaysWhatTheTextSays(t *testing.T) {
	text := checkPage(t, htmlOf(t, ofSheet(t)))
	for _, want := range []string{
		"licences.csv", "26 November 2026, 11:12 UTC", "A dry run: nothing was sent", "4,366.622515", "35.0 %",
		"All costs are those of 7 days, 2026-11-01 to 2026-11-07.", "Cost a day in EUR", "2026-11-04: 630.435445 EUR",
		"한글 문서 Standard", "line 118", "an owner tag", "7 of 120 records are not valid", `is "BTC"`,
		"Klarity merges the later record into the earlier", "line 76",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestPageLosesNoDigit(t *testing.T) {
	o := New(aRun(true))
	o.Add(Item{Record: record("vm", "a", "EUR", "2026-11-01=1234567890123456789012345.678901234567890123"), Outcome: Valid})
	if page, want := htmlOf(t, o), "1,234,567,890,123,456,789,012,345.678901234567890123"; !strings.Contains(page, want) {
		t.Errorf("the page is without %s", want)
	}
}

// hostile are texts that have broken pages and terminals.
var hostile = []string{
	"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "</title></style></svg></desc>", "{{.}}", "<!--", "-->", "]]>",
	"javascript:alert(1)", "'; DROP TABLE x; --", "&lt;b&gt;", "\x1b[2J\x1b]0;title\a", "\u202etxt.exe", "a\r\nb\tc", "\x00\xff\xfe",
	strings.Repeat("/", 400), strings.Repeat("\u0300", 300), strings.Repeat("日", 300), "👩‍👩‍👧‍👦", "", " ",
}

// ofText returns an overview that shows a text wherever text of the input goes.
func ofText(s string, dry bool) *Overview {
	run := aRun(dry)
	run.Source, run.Target = s, s
	good := api.Accepted.String()
	if dry {
		good = Valid
	}
	o := New(run)
	rec := record(s, s, "EUR", "2026-11-01=1.5", "2026-11-02=2.25")
	rec.Name = s
	for range 2 {
		o.Add(Item{Record: rec, Outcome: good, Place: s})
	}
	rec.Costs.Currency, rec.ID = s, "b"
	o.Add(Item{Record: rec, Outcome: good, Place: s})
	o.Add(Item{Record: record("c", "c", ""), Outcome: good, Place: s})
	o.Add(Item{Record: rec, Outcome: s, Place: s, Reason: s})
	o.Add(Item{Key: api.Key{Type: s, ID: s, NID: s}, Outcome: "invalid", Place: s, Reason: s})
	if !dry {
		o.SetEstate(nil, nil)
	}
	return o
}

// checkHostile checks what must hold for any text.
func checkHostile(t testing.TB, s string) {
	t.Helper()
	for _, dry := range []bool{true, false} {
		o := ofText(s, dry)
		page := htmlOf(t, o)
		checkPage(t, page)
		outputs := map[string]string{"page": page}
		for _, columns := range []int{0, 24, 80} {
			text := textOf(o, columns)
			outputs[fmt.Sprint("text of ", columns)] = text
			limit := maxColumns
			if columns > 0 {
				limit = columns - 1
			}
			if n := widest(text); n > limit {
				t.Errorf("%d columns: got a line of %d for %q\n%s", columns, n, s, text)
			}
		}
		for name, output := range outputs {
			for _, r := range output {
				if r < ' ' && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
					t.Errorf("%s: got the control character %U for %q", name, r, s)
					break
				}
			}
		}
	}
}

func TestHostileText(t *testing.T) {
	for _, s := range hostile {
		checkHostile(t, s)
	}
}

func FuzzHostileText(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkHostile(t, s) })
}
